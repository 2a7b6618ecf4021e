"""Clips made on this machine: threads that turn frames into files, behind jobs."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from songreel.generation.bench import Bench, Told
from songreel.generation.encode import Shown, final_options, write_clip
from songreel.generation.final import keyframes
from songreel.generation.single import single_threaded
from songreel.models.clip import ClipRequest, Job

Frames = Callable[[], Iterator[Shown]]


class Workshop(Bench[ClipRequest]):
    """Jobs of a local provider of clips; each keeps to the thread that makes it."""

    def submit(self, request: ClipRequest, frames: Frames) -> Job:
        """Start on `request`, whose pictures `frames()` yields; the same request is one job.

        Raises:
            MachineError: The scratch folder cannot be made.
        """
        return self.make(request, partial(_write, request, frames))


def _write(request: ClipRequest, frames: Frames, path: Path, told: Told) -> None:
    write = write_clip
    if request.final is not None:
        options = final_options(request.final, request.rate)
        write = partial(write_clip, options=options, keys=keyframes(request))
    with single_threaded():
        write(
            frames(),
            path,
            width=request.width,
            height=request.height,
            rate=request.rate,
            count=request.frames,
            written=lambda count: told(count / request.frames),
        )
