"""Looks at every picture of a finished film once: lengths, cuts, faults, stills."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error

from songreel.assembly.barcode import Barcode
from songreel.assembly.cutfinder import CutFinder, Found
from songreel.assembly.faults import FaultWatch
from songreel.assembly.stills import Gallery, jpeg_of, wanted_stills
from songreel.assembly.thumbs import thumb_of
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress
from songreel.models.render import Fault
from songreel.models.timeline import Timeline


@dataclass(frozen=True)
class Seen:
    """What the pictures of a film showed."""

    frames: int
    on_grid: bool
    """Whether frame k is shown at exactly k / rate (to the container's own rounding)."""
    size: tuple[int, int]
    cuts: tuple[Found, ...]
    faults: tuple[Fault, ...]
    flashes: int
    """Most flashes in any second over a quarter of the picture."""


def watch(
    video: Path, timeline: Timeline, progress: Progress, gallery: Gallery | None = None
) -> Seen:
    """Decode all frames of `video` and look for what `timeline` planned.

    Args:
        video: The finished file.
        timeline: What it should show.
        progress: Told how much of the film has been seen.
        gallery: If given, it receives the pictures before and after each planned cut, and the
            whole film's colours.

    Raises:
        InvalidInput: The file has no picture or does not decode.
    """
    wanted = wanted_stills(timeline)
    finder, faults = CutFinder(timeline), FaultWatch(timeline)
    barcode = Barcode(timeline.frames)
    count, on_grid, size = 0, True, (0, 0)
    try:
        with av.open(str(video)) as container:
            if not container.streams.video:
                raise InvalidInput(f"{video} has no picture")
            stream = container.streams.video[0]
            stream.thread_type = "FRAME"
            base = stream.time_base or Fraction(1)
            for frame in container.decode(stream):
                at = round((frame.pts or 0) * base * timeline.rate)
                on_grid = on_grid and at == count
                # A film off the grid is told as such; its cuts are still where its frames are.
                place = at if on_grid else count
                size = (frame.width, frame.height)
                thumb = thumb_of(frame)
                finder.feed(place, thumb)
                faults.feed(place, thumb)
                barcode.feed(place, thumb)
                if gallery is not None and place in wanted:
                    gallery.stills[place] = jpeg_of(frame)
                count += 1
                if count % 64 == 0:
                    progress("watching the film", min(1.0, count / timeline.frames))
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"cannot watch {video}: {reason}") from error
    progress("watching the film", 1.0)
    if gallery is not None:
        gallery.barcode = barcode.png()
    return Seen(count, on_grid, size, finder.finish(), faults.finish(), faults.flashes)
