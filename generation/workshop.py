"""Clips made on this machine: threads that turn frames into files, behind jobs."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import Future as Running
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Lock

from songreel.generation.encode import Shown, final_options, write_clip
from songreel.generation.final import keyframes
from songreel.generation.single import single_threaded
from songreel.generation.tasks import clip_file, unknown
from songreel.models.clip import ClipRequest, Job, JobState
from songreel.models.errors import InvalidInput, ProviderError

Frames = Callable[[], Iterator[Shown]]


class _Cancelled(Exception):
    """The job's frames are no longer wanted."""


@dataclass
class _Task:
    """A job under way: written by its thread, read by whoever polls."""

    path: Path
    stop: Event = field(default_factory=Event)
    done: int = 0
    running: "Running[None] | None" = None

    @property
    def spent(self) -> bool:
        """Whether there is nothing to be had of it: stopped, failed, or its file taken away."""
        ended = self.running is not None and self.running.done()
        return self.stop.is_set() or (ended and not self.path.exists())


class Workshop:
    """Jobs of a local provider.

    Threads are enough: numba kernels, OpenCV, swscale and x264 let go of the interpreter lock, and
    each keeps to the thread that calls it.

    Args:
        name: Of the provider.
        scratch: Folder for the files; made when first needed.
        workers: Clips at a time.
    """

    def __init__(self, name: str, scratch: Path, workers: int) -> None:
        self._name, self._scratch = name, scratch
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"songreel-{name}")
        self._tasks: dict[str, _Task] = {}
        self._lock = Lock()

    def submit(self, request: ClipRequest, frames: Frames) -> Job:
        """Start on `request`, whose pictures `frames()` yields; the same request is one job.

        Raises:
            MachineError: The scratch folder cannot be made.
        """
        job = Job(provider=self._name, id=request.fingerprint[:16], request=request)
        path = clip_file(self._scratch, self._name, job.id)
        with self._lock:
            known = self._tasks.get(job.id)
            if known is None or known.spent:
                task = self._tasks[job.id] = _Task(path)
                before = known.running if known is not None else None
                task.running = self._pool.submit(self._make, request, frames, task, before)
        return job

    def poll(self, job: Job) -> JobState:
        """Where `job` stands.

        Raises:
            ProviderError: The job is not known here.
            MachineError: The file could not be written.
        """
        with self._lock:
            task = self._tasks.get(job.id)
        if task is None or task.running is None:
            raise unknown(job)
        if not task.running.done():
            return JobState(status="waiting", progress=min(task.done / job.request.frames, 1.0))
        try:
            error = task.running.exception()
        except CancelledError:
            error = _Cancelled()
        if isinstance(error, _Cancelled):
            return JobState(status="failed", detail="cancelled")
        if isinstance(error, ProviderError | InvalidInput):
            return JobState(status="failed", detail=str(error))
        if error is not None:
            raise error
        return JobState(status="done", progress=1.0, result=str(task.path.absolute()))

    def cancel(self, job: Job) -> None:
        """Have `job` stop at its next frame; a finished file is removed."""
        with self._lock:
            task = self._tasks.get(job.id)
        if task is None or task.running is None:
            return
        task.stop.set()
        task.running.cancel()
        if task.running.done():
            task.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop all jobs and wait for their threads, a frame's time."""
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(
        self, request: ClipRequest, frames: Frames, task: _Task, before: "Running[None] | None"
    ) -> None:
        if before is not None and not before.cancelled():
            before.exception()  # the cancelled one still holds the file's name

        def written(count: int) -> None:
            task.done = count
            if task.stop.is_set():
                raise _Cancelled

        if task.stop.is_set():
            raise _Cancelled
        write = write_clip
        if request.final is not None:
            options = final_options(request.final, request.rate)
            write = partial(write_clip, options=options, keys=keyframes(request))
        with single_threaded():
            write(
                frames(),
                task.path,
                width=request.width,
                height=request.height,
                rate=request.rate,
                count=request.frames,
                written=written,
            )
        if task.stop.is_set():
            task.path.unlink(missing_ok=True)
            raise _Cancelled
