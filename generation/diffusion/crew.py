"""Worker processes and their clips, seen from the process that wants them: `Crew`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from songreel.generation.diffusion.process import Command, Process, started
from songreel.generation.diffusion.wire import (
    Cancel,
    Done,
    Failed,
    Loading,
    Making,
    Notice,
    Progress,
    Ready,
)
from songreel.generation.tasks import Task, Tasks
from songreel.models.errors import MachineError

_LOOK = 0.05
"""Seconds between two looks at what a worker is to be told."""
_SILENCE = 3600.0
"""Seconds without a word after which a worker hangs: every block of a denoiser is a word, compiling
a large one takes up to some ten minutes."""


@dataclass(kw_only=True)
class Wanted(Task):
    """A clip that was asked for, and what has become of it so far."""

    make: Making
    losses: int = 0
    """Workers that died while they made it."""
    notices: list[str] = field(default_factory=list)


class Crew(Tasks[Wanted]):
    """Workers of one model, one a post; they start with the first clip.

    Args:
        load: What each is told first; `devices` is filled in.
        posts: Devices of each worker.
        command: How one is started.
        what: Is made by them, as messages call it.
    """

    def __init__(
        self,
        load: Loading,
        posts: Sequence[tuple[str, ...]],
        command: Command = started,
        what: str = "clip",
    ) -> None:
        super().__init__([partial(self._mind, post) for post in posts])
        self._load, self._command, self._what = load, command, what
        self._notices: dict[str, None] = {}
        self._pids: set[int] = set()
        self._made = False
        """Whether any clip was."""

    def submit(self, make: Making) -> None:
        """Have a clip made; one that is under way already, or done, is not made again."""
        self._want(Wanted(make.id, make.path, make=make))

    def notices(self) -> tuple[str, ...]:
        """What the workers had to say, each once."""
        with self._changed:
            return tuple(self._notices)

    def workers(self) -> tuple[int, ...]:
        """Process ids of the workers that are there now."""
        with self._changed:
            return tuple(self._pids)

    def _mind(self, post: tuple[str, ...]) -> None:
        """Look after one post: a worker when there is work, another one when it dies."""
        try:
            while self._awaited():
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
        mine: list[Wanted] = []
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
                for task in mine:  # of a crew that was closed, or can make nothing any more
                    task.fail(self._broken or "its worker was ended", fatal=bool(self._broken))

    def _note(self, message: object, mine: list[Wanted]) -> None:
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
                task.fail(message.text, fatal=message.cause in ("input", "machine"))
            else:
                said = (*task.notices, *message.effort.notices)
                task.finish(message.effort.model_copy(update={"notices": said}))
                self._made = True

    def _lost(self, process: Process, mine: list[Wanted], why: str) -> None:
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
                    task.fail("cancelled")
                elif task.losses > 1:
                    # Where nothing was ever made it is not this clip: its weights, say, are more
                    # than the machine's memory.
                    task.fail(
                        f"two workers died while they made it, at last: {reason}",
                        fatal=not self._made,
                    )
                else:
                    task.notices.append(
                        f"the worker on {process.where} died while it made this {self._what} "
                        f"({reason}); made again by another one"
                    )
                    task.share, task.eta, task.text = 0.0, None, "made again"
                    self._queue.appendleft(task)
            mine.clear()
            self._changed.notify_all()
