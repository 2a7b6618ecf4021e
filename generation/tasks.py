"""Clips that are asked of workers, and where each stands: `Task`, `Tasks`."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Generic, Literal, TypeVar

from songreel.models.clip import Job, JobState
from songreel.models.errors import MachineError, ProviderError
from songreel.models.files import PARTIAL
from songreel.models.local import Effort


@dataclass
class Task:
    """A clip that was asked for: written by whoever has it made, read by whoever polls."""

    id: str
    path: Path
    status: Literal["waiting", "done", "failed"] = "waiting"
    text: str = "waiting for a worker"
    share: float = 0.0
    eta: float | None = None
    effort: Effort | None = None
    fatal: bool = False
    """Whether no other clip can be made either before a person has changed something."""
    cancelled: bool = False

    def fail(self, text: str, *, fatal: bool = False) -> None:
        """There will be no clip."""
        self.status, self.text, self.fatal = "failed", text, fatal

    def finish(self, effort: Effort) -> None:
        """The clip is at its path; one that nobody wants any more is taken away."""
        if self.cancelled:
            self.path.unlink(missing_ok=True)
            self.fail("cancelled")
        else:
            self.effort, self.share, self.text = effort, 1.0, ""
            self.status = "done"


T = TypeVar("T", bound=Task)


class Tasks(Generic[T]):
    """The clips of one run and the threads that have them made, which start with the first clip.

    Who inherits takes tasks from `_queue`. All that is written here is written by who holds
    `_changed`.

    Args:
        minds: What each thread does, until `_awaited` is False.
    """

    def __init__(self, minds: Sequence[Callable[[], None]]) -> None:
        self._changed = Condition()
        self._queue: deque[T] = deque()
        self._tasks: dict[str, T] = {}
        self._closed = False
        self._broken = ""
        """Why no clip can be made any more."""
        self._threads = [Thread(target=mind, name="worker", daemon=True) for mind in minds]
        self._begun = False

    def task(self, ident: str) -> T | None:
        """Where a clip stands; None if it was never asked for here."""
        with self._changed:
            return self._tasks.get(ident)

    def cancel(self, ident: str) -> None:
        """A clip is not wanted any more: nothing of it is left."""
        with self._changed:
            task = self._tasks.get(ident)
            if task is None:
                return
            task.cancelled = True
            if task in self._queue:
                self._queue.remove(task)
                task.fail("cancelled")
            elif task.status == "done":
                task.path.unlink(missing_ok=True)
            self._changed.notify_all()

    def close(self) -> None:
        """End all workers and wait until they have ended."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _want(self, task: T) -> None:
        """Have a clip made; one that is under way already, or done, is not made again."""
        with self._changed:
            known = self._tasks.get(task.id)
            ended = known is not None and (known.cancelled or known.status == "failed")
            gone = known is not None and known.status == "done" and not known.path.exists()
            if known is None or ended or gone:
                self._tasks[task.id] = task
                self._queue.append(task)
                self._changed.notify_all()
            if not self._begun:
                self._begun = True
                for thread in self._threads:
                    thread.start()

    def _awaited(self) -> bool:
        """Whether there is a clip to be made; waits for one, and is False once all is closed."""
        with self._changed:
            while not (self._queue or self._closed):
                self._changed.wait()
            return not self._closed

    def _give_up(self, reason: str) -> None:
        """No clip can be made: all that wait have failed."""
        with self._changed:
            self._broken = reason
            while self._queue:
                self._queue.popleft().fail(reason, fatal=True)


def state_of(task: Task | None, job: Job[Any]) -> JobState:
    """Where `job` stands, whose `task` is this one.

    Raises:
        ProviderError: There is none.
        MachineError: It cannot be made, nor any other clip of this provider.
    """
    if task is None:
        raise unknown(job)
    if task.status == "waiting":
        return JobState(status="waiting", progress=task.share, detail=task.text, eta=task.eta)
    if task.status == "failed":
        if task.fatal:
            raise MachineError(f"{job.provider}: {task.text}")
        return JobState(status="failed", detail=task.text)
    result = str(task.path.absolute())
    return JobState(status="done", progress=1.0, result=result, effort=task.effort)


def unknown(job: Job[Any]) -> ProviderError:
    """What is to be said of a job of an earlier process."""
    return ProviderError(
        f"{job.provider}: job {job.id} is not known; it ended with an earlier run",
        provider=job.provider,
    )


def own_file(scratch: Path, name: str, ident: str, suffix: str = ".mp4") -> Path:
    """Where a clip, or another file, under way lies; its folder is there from now on.

    The process id keeps two runs on one folder from writing into one file; until the shelf takes
    it in it is nothing to keep, should this run be killed.

    Raises:
        MachineError: The folder cannot be made.
    """
    try:
        scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"cannot make the folder {scratch}: {error.strerror or error}"
        ) from error
    return scratch / f"{name}-{ident}-{os.getpid()}{suffix}{PARTIAL}"
