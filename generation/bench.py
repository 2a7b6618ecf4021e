"""Files made on this machine by threads of this process, behind jobs: `Bench`."""

from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import Future as Running
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Generic, TypeVar

from songreel.generation.tasks import own_file, unknown
from songreel.models.clip import Job, JobState
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.order import Order

R = TypeVar("R", bound=Order)

Told = Callable[[float], None]
"""Told the share of a file that is made; raises once it is not wanted any more."""

Making = Callable[[Path, Told], None]
"""Writes a file."""


class _Cancelled(Exception):
    """The job's file is no longer wanted."""


@dataclass
class _Task:
    """A job under way: written by its thread, read by whoever polls."""

    path: Path
    stop: Event = field(default_factory=Event)
    share: float = 0.0
    running: "Running[None] | None" = None

    @property
    def spent(self) -> bool:
        """Whether there is nothing to be had of it: stopped, failed, or its file taken away."""
        ended = self.running is not None and self.running.done()
        return self.stop.is_set() or (ended and not self.path.exists())

    def told(self, share: float) -> None:
        """It is this far; the thread ends here where nobody wants the file."""
        self.share = min(share, 1.0)
        if self.stop.is_set():
            raise _Cancelled


class Bench(Generic[R]):
    """Jobs of a source that makes its files here.

    Threads are enough where what they call lets go of the interpreter lock: numba kernels, OpenCV,
    swscale, x264, scipy's filters.

    Args:
        name: Of the source.
        scratch: Folder for the files; made when first needed.
        workers: Files at a time.
        suffix: Of their names.
    """

    def __init__(self, name: str, scratch: Path, workers: int, suffix: str = ".mp4") -> None:
        self._name, self._scratch, self._suffix = name, scratch, suffix
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"songreel-{name}")
        self._tasks: dict[str, _Task] = {}
        self._lock = Lock()

    def make(self, request: R, making: Making) -> Job[R]:
        """Start on `request`, whose file `making` writes; the same request is one job.

        Raises:
            MachineError: The scratch folder cannot be made.
        """
        job = Job[R](provider=self._name, id=request.fingerprint[:16], request=request)
        path = own_file(self._scratch, self._name, job.id, self._suffix)
        with self._lock:
            known = self._tasks.get(job.id)
            if known is None or known.spent:
                task = self._tasks[job.id] = _Task(path)
                before = known.running if known is not None else None
                task.running = self._pool.submit(_run, making, task, before)
        return job

    def poll(self, job: Job[R]) -> JobState:
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
            return JobState(status="waiting", progress=task.share)
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

    def cancel(self, job: Job[R]) -> None:
        """Have `job` stop when it is next told how far it is; a finished file is removed."""
        with self._lock:
            task = self._tasks.get(job.id)
        if task is None or task.running is None:
            return
        task.stop.set()
        task.running.cancel()
        if task.running.done():
            task.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop all jobs and wait for their threads, which is a moment."""
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run(making: Making, task: _Task, before: "Running[None] | None") -> None:
    if before is not None and not before.cancelled():
        before.exception()  # the cancelled one still holds the file's name
    task.told(0.0)
    making(task.path, task.told)
    if task.stop.is_set():
        task.path.unlink(missing_ok=True)
        raise _Cancelled
