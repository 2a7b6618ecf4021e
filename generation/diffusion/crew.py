"""Worker processes and their clips, seen from the process that wants them: `Crew`."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Literal

from songreel.generation.diffusion.process import Command, Process, started
from songreel.generation.diffusion.wire import (
    Cancel,
    Done,
    Failed,
    Load,
    Make,
    Notice,
    Progress,
    Ready,
)
from songreel.models.errors import MachineError
from songreel.models.local import Effort

_LOOK = 0.05
"""Seconds between two looks at what a worker is to be told."""
_SILENCE = 3600.0
"""Seconds without a word after which a worker hangs: every block of a denoiser is a word, compiling
a large one takes up to some ten minutes."""


@dataclass
class Task:
    """A clip that was asked for: written by the crew's threads, read by whoever polls."""

    make: Make
    status: Literal["waiting", "done", "failed"] = "waiting"
    text: str = "waiting for a worker"
    share: float = 0.0
    eta: float | None = None
    effort: Effort | None = None
    fatal: bool = False
    """Whether no other clip can be made either before a person has changed something."""
    losses: int = 0
    """Workers that died while they made it."""
    notices: list[str] = field(default_factory=list)
    cancelled: bool = False


class Crew:
    """Workers of one model, one a post; they start with the first clip.

    Args:
        load: What each is told first; `devices` is filled in.
        posts: Devices of each worker.
        command: How one is started.
        ahead: Whether a worker may be sent the next clip before it is done with one.
    """

    def __init__(
        self, load: Load, posts: Sequence[tuple[str, ...]], command: Command | None = None
    ) -> None:
        self._load, self._command = load, command or started
        self._changed = Condition()
        self._queue: deque[Task] = deque()
        self._tasks: dict[str, Task] = {}
        self._notices: dict[str, None] = {}
        self._closed = False
        self._broken = ""
        self._threads = [
            Thread(target=self._mind, args=(post,), name=f"worker {','.join(post)}", daemon=True)
            for post in posts
        ]
        self._begun = False
        self._pids: set[int] = set()
        self._made = False
        """Whether any clip was."""

    def submit(self, make: Make) -> None:
        """Have a clip made; one that is under way already, or done, is not made again."""
        with self._changed:
            known = self._tasks.get(make.id)
            ended = known is not None and (known.cancelled or known.status == "failed")
            gone = known is not None and known.status == "done" and not make.path.exists()
            if known is None or ended or gone:
                self._tasks[make.id] = task = Task(make)
                self._queue.append(task)
                self._changed.notify_all()
            if not self._begun:
                self._begun = True
                for thread in self._threads:
                    thread.start()

    def task(self, ident: str) -> Task | None:
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
                task.status, task.text = "failed", "cancelled"
            elif task.status == "done":
                task.make.path.unlink(missing_ok=True)
            self._changed.notify_all()

    def notices(self) -> tuple[str, ...]:
        """What the workers had to say, each once."""
        with self._changed:
            return tuple(self._notices)

    def workers(self) -> tuple[int, ...]:
        """Process ids of the workers that are there now."""
        with self._changed:
            return tuple(self._pids)

    def close(self) -> None:
        """End all workers and wait until they have ended."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _mind(self, post: tuple[str, ...]) -> None:
        """Look after one post: a worker when there is work, another one when it dies."""
        try:
            while True:
                with self._changed:
                    while not (self._queue or self._closed):
                        self._changed.wait()
                    if self._closed:
                        return
                if self._broken:
                    self._give_up(self._broken)
                    continue
                with Process(post, self._load, self._command) as process:
                    self._serve(process)
        except Exception as error:
            self._give_up(f"{type(error).__name__}: {error}")
            raise

    def _serve(self, process: Process) -> None:
        """Have clips made by one worker until it dies or the crew closes."""
        mine: list[Task] = []
        told: set[str] = set()
        room, silent = 1, time.monotonic()
        try:
            pid = process.start()
        except MachineError as error:
            self._give_up(str(error))
            return
        with self._changed:
            self._pids.add(pid)
        try:
            while True:
                if self._broken:
                    self._give_up(self._broken)
                    return
                with self._changed:
                    if self._closed:
                        return
                    while self._queue and len(mine) < room and process.ready:
                        mine.append(self._queue.popleft())
                        mine[-1].text = "starting"
                        process.say(mine[-1].make)
                        silent = time.monotonic()
                    for task in mine:
                        if task.cancelled and task.make.id not in told:
                            told.add(task.make.id)
                            process.say(Cancel(id=task.make.id))
                for message in process.heard(_LOOK):
                    silent = time.monotonic()
                    if isinstance(message, Ready):
                        room = 1 + message.ahead
                    self._note(message, mine)
                if mine and time.monotonic() - silent > _SILENCE:
                    raise EOFError(f"said nothing for {_SILENCE / 60:.0f} minutes")
        except (EOFError, OSError) as error:
            self._lost(process, mine, str(error))
        finally:
            with self._changed:
                self._pids.discard(pid)

    def _note(self, message: object, mine: list[Task]) -> None:
        """Draw the consequence of what a worker said."""
        with self._changed:
            if isinstance(message, Notice):
                self._notices.setdefault(message.text)
                return
            if isinstance(message, Failed) and not message.id:
                if message.cause in ("input", "machine"):
                    self._broken = message.text
                else:
                    self._notices.setdefault(message.text)
                return
            if not isinstance(message, Progress | Done | Failed):
                return
            task = next((each for each in mine if each.make.id == message.id), None)
            if task is None:
                return
            if isinstance(message, Progress):
                task.text, task.share, task.eta = message.text, message.share, message.eta
                return
            mine.remove(task)
            if isinstance(message, Failed):
                task.fatal = message.cause in ("input", "machine")
                task.status, task.text = "failed", message.text
            elif task.cancelled:
                task.make.path.unlink(missing_ok=True)
                task.status, task.text = "failed", "cancelled"
            else:
                said = (*task.notices, *message.effort.notices)
                task.effort = message.effort.model_copy(update={"notices": said})
                task.status, task.share, task.text = "done", 1.0, ""
                self._made = True

    def _lost(self, process: Process, mine: list[Task], why: str) -> None:
        """A worker has died: its clips are made again, once."""
        reason = process.last_words() or why or "no reason given"
        with self._changed:
            if self._closed:
                return
            if not process.ready and not mine:
                self._broken = f"the worker on {process.where} ended before it was ready: {reason}"
                return
            for task in reversed(mine):
                task.losses += 1
                if task.cancelled:
                    task.status, task.text = "failed", "cancelled"
                elif task.losses > 1:
                    task.status = "failed"
                    task.text = f"two workers died while they made it, at last: {reason}"
                    # Where nothing was ever made it is not this clip: its weights, say, are more
                    # than the machine's memory.
                    task.fatal = not self._made
                else:
                    task.notices.append(
                        f"the worker on {process.where} died while it made this clip ({reason}); "
                        "made again by another one"
                    )
                    task.share, task.eta, task.text = 0.0, None, "made again"
                    self._queue.appendleft(task)
            self._changed.notify_all()

    def _give_up(self, reason: str) -> None:
        """No clip can be made: all that wait have failed."""
        with self._changed:
            self._broken = reason
            while self._queue:
                task = self._queue.popleft()
                task.status, task.text, task.fatal = "failed", reason, True
