"""What a job's process tells the queue while it works: `Telling`."""

import sys
import threading
import time
from collections.abc import Callable

from pydantic import JsonValue

from songreel.models.errors import MachineError
from songreel.models.queued import QueuedJob
from songreel.queue.eta import seconds_left
from songreel.queue.stages import Stages, rounds_of
from songreel.store.queue import Queue

SELDOM = 1.0
"""Seconds between two tellings of progress, or of one part that grows."""
BEAT = 10.0
"""Seconds after which a job that has nothing to tell says that it is alive; a sixth of the time
after which it is taken for dead."""


class Telling:
    """Tells the queue of one job, from a thread of its own, so that work never waits for it.

    Args:
        queue: Of the workspace.
        job: Taken up by this process.
        lost: Called once, from the thread, when the job is another worker's.
    """

    def __init__(self, queue: Queue, job: QueuedJob, lost: Callable[[], None]) -> None:
        self._queue, self._job, self._lost = queue, job, lost
        self._stages = Stages(job.work.kind, self._stand, rounds_of(job.work))
        self._before = queue.seconds(job.work.kind)
        self._began = time.monotonic()
        self._first = self._at = job.progress
        self._doing = "starting"
        self._found: dict[str, JsonValue] = {}
        self._notices: list[str] = []
        self._lock, self._news = threading.Lock(), threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="telling", daemon=True)

    def __enter__(self) -> "Telling":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Tell what is left, and no more after that."""
        self._ended = True
        self._news.set()
        self._thread.join()

    def progress(self, what: str, done: float) -> None:
        """A stage is so far."""
        self._stages(what, done)

    def found(self, part: str, value: JsonValue) -> None:
        """A part of an analysis was heard; of one that grows, the last is told."""
        with self._lock:
            self._found[part] = value
        self._news.set()

    def notice(self, text: str) -> None:
        """Something worth knowing."""
        with self._lock:
            self._notices.append(text)
        self._news.set()

    def belongs(self, project: str) -> None:
        """The job works on this project, which it has made."""
        self._queue.belongs(self._job, project)

    def _stand(self, what: str, done: float) -> None:
        # A job that goes on where it was left shows what was reached until it is there again.
        at = max(self._at, done)
        news = (what, round(at, 3)) != (self._doing, round(self._at, 3))
        self._doing, self._at = what, at
        if news:
            self._news.set()

    def _run(self) -> None:
        while not self._ended:
            self._tell()
            self._news.wait(BEAT)
            if not self._ended:
                time.sleep(SELDOM)
            self._news.clear()
        self._tell()

    def _tell(self) -> None:
        """Tell what there is; where the database does not answer, the next time."""
        with self._lock:
            found, self._found = self._found, {}
            notices, self._notices = self._notices, []
        try:
            for part, value in found.items():
                self._queue.tell(self._job, "found", {"part": part, "value": value})
            for text in notices:
                self._queue.tell(self._job, "notice", {"text": text})
            wish = self._queue.alive(self._job, self._doing, self._at, self._left())
        except MachineError as error:
            print(f"songreel: {error}", file=sys.stderr, flush=True)
            return
        if wish == "lost" and not self._ended:
            self._ended = True
            self._lost()

    def _left(self) -> float | None:
        """Seconds left, by the pace of this attempt beyond what was reached before it."""
        share = (self._at - self._first) / (1 - self._first) if self._first < 1 else 0.0
        return seconds_left(share, time.monotonic() - self._began, self._before)
