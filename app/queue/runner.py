"""Takes jobs up and has each done by a process of its own: `Runner`."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from songreel.models.errors import MachineError
from songreel.models.queued import QueuedJob
from songreel.queue.log import JobLog, log_of
from songreel.queue.webhooks import Sender
from songreel.settings import Settings
from songreel.store.database import Database
from songreel.store.queue import Queue
from songreel.store.queue_workers import STALE

LOOK = 0.5
"""Seconds between two looks at the queue."""
REMIND = 15.0
"""Seconds after which a process that does not stop is asked again: an interrupt can be lost."""
GRACE = 60.0
"""Seconds after which it is ended: what it has finished is kept, the rest is made again."""
AFTER_ERROR = 5.0

_log = logging.getLogger("songreel.queue")


@dataclass
class _Child:
    """A job and the process that does it."""

    job: QueuedJob
    process: subprocess.Popen[bytes]
    log: JobLog
    asked: list[float] = field(default_factory=list)
    """When it was asked to stop."""


class Runner:
    """Does the jobs of a workspace, in the background of a server or of `songreel jobs work`.

    Several may work for one workspace, on several machines. When a runner is killed, its processes
    end with it, and another one, or the same one started again, goes on with its jobs.

    Args:
        settings: Of the workspace.
        at_once: Jobs that are done at the same time; of one project always one.
        stale: Seconds after which a worker that was not heard of is taken for dead.
        grace: Seconds that a job has to stop.
        webhooks: Whether those who asked to be told of jobs are told from here too.
    """

    def __init__(
        self,
        settings: Settings,
        at_once: int = 1,
        *,
        stale: float = STALE,
        grace: float = GRACE,
        webhooks: bool = True,
    ) -> None:
        self._settings, self._at_once = settings, at_once
        self._stale, self._grace = stale, grace
        self._folder = settings.workspace / "workers"
        where = sha256(str(settings.workspace.absolute()).encode()).hexdigest()[:8]
        self._prefix = f"{socket.gethostname()}:{where}/"
        self.worker = self._prefix + uuid4().hex[:12]
        self._lock = FileLock(self._lock_of(self.worker))
        self._children: list[_Child] = []
        self._sender = Sender(settings) if webhooks else None
        self._ending, self._look = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin.

        Raises:
            MachineError: The workspace cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except OSError as error:
            raise MachineError(f"cannot write {self._folder}: {error.strerror or error}") from error
        self._queue = Queue(Database(self._settings.database))
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
        self._thread.start()
        if self._sender is not None:
            self._sender.start()

    def stop(self) -> None:
        """Stop the jobs at work, which wait for another runner, and end."""
        if self._thread is None:
            return
        self._ending.set()
        self._look.set()
        self._thread.join()
        self._thread = None
        if self._sender is not None:
            self._sender.stop()
        self._lock.release()
        with suppress(OSError):
            Path(self._lock.lock_file).unlink()

    def wake(self) -> None:
        """Look at the queue at once: something was added."""
        self._look.set()

    @property
    def working(self) -> int:
        """Jobs at work just now."""
        return len(self._children)

    def __enter__(self) -> "Runner":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        while not (self._ending.is_set() and not self._children):
            pause = LOOK
            try:
                for child in tuple(self._children):
                    self._attend(child)
                if not self._ending.is_set():
                    while len(self._children) < self._at_once and self._begin():
                        pass
            except MachineError as error:  # the database is away for a while, or the disk is full
                _log.warning("%s", error)
                pause = AFTER_ERROR
            self._look.wait(pause)
            self._look.clear()

    def _begin(self) -> bool:
        """Take up a job, if there is one."""
        open_ = self._queue.all(("waiting", "working"))
        at_work = {child.job.id for child in self._children}
        for left in open_:
            if left.worker == self.worker and left.id not in at_work:
                self._queue.give_back(left)  # taken up, and then the disk was full, or the like
        others = [job for job in open_ if job.state == "working" and job.worker != self.worker]
        dead, alive = self._here({job.worker for job in others})
        if not (
            len(others) + len(self._children) < len(open_)
            or dead
            or any(self._unheard(job) for job in others if job.worker not in alive)
        ):
            return False
        job = self._queue.take(self.worker, stale=self._stale, dead=dead, alive=alive)
        if job is None:
            return False
        command = [sys.executable, "-m", "songreel.queue.child", job.id, str(job.attempts)]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,  # Ctrl-C at the server's terminal is the server's to act on
            )
        except OSError as error:
            self._queue.give_back(job)
            raise MachineError(f"cannot start a process: {error.strerror or error}") from error
        assert process.stdout is not None
        try:
            log = JobLog(log_of(self._settings.workspace, job.id), process.stdout)
        except MachineError:
            _end(process)
            self._queue.give_back(job)
            raise
        self._children.append(_Child(job, process, log))
        return True

    def _unheard(self, job: QueuedJob) -> bool:
        since = datetime.now(UTC) - (job.heard or job.made)
        return since.total_seconds() > self._stale

    def _attend(self, child: _Child) -> None:
        """See whether a process has ended, or is to."""
        if child.process.poll() is not None:
            self._ended(child)
            return
        wished = self._ending.is_set() or self._queue.get(child.job.id).wish != ""
        now = time.monotonic()
        if not (wished or child.asked):
            return
        if child.asked and now - child.asked[0] > self._grace:
            _end(child.process)
        elif not child.asked or now - child.asked[-1] > REMIND:
            child.asked.append(now)
            with suppress(OSError):
                child.process.send_signal(signal.SIGINT)

    def _ended(self, child: _Child) -> None:
        """Take leave of a process, and say what it could not say itself."""
        status = child.process.returncode
        _end(child.process)  # what it has started ends with it
        if child.process.stdin is not None:
            with suppress(OSError):
                child.process.stdin.close()
        child.log.close()
        job = self._queue.get(child.job.id)
        if (job.state, job.attempts, job.worker) == ("working", child.job.attempts, self.worker):
            if job.wish == "cancel":
                self._queue.cancelled(job)
            elif job.wish == "pause":
                self._queue.paused(job)
            elif self._ending.is_set() or child.asked:
                self._queue.give_back(job)
            else:
                self._queue.crashed(job, _how(status))
        self._children.remove(child)

    def _here(self, workers: set[str]) -> tuple[list[str], list[str]]:
        """Workers of this machine and workspace: those whose runner is no more, and the others."""
        dead, alive = [], []
        for worker in workers - {self.worker}:
            if not worker.startswith(self._prefix):
                continue
            lock = FileLock(self._lock_of(worker))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                alive.append(worker)
                continue
            except OSError:
                continue
            lock.release()
            with suppress(OSError):
                Path(lock.lock_file).unlink()
            dead.append(worker)
        return dead, alive

    def _lock_of(self, worker: str) -> str:
        return str(self._folder / f"{worker.rpartition('/')[2]}.lock")

    def _environment(self) -> dict[str, str]:
        """Of the processes: the same settings, whatever this process was started with."""
        settings = self._settings
        return os.environ | {
            "SONGREEL_WORKSPACE": str(settings.workspace),
            "SONGREEL_DATABASE": settings.database,
            "SONGREEL_WORKERS": str(settings.workers),
            "SONGREEL_CONFIG": str(settings.config),
            "SONGREEL_ASSETS": settings.assets_url,
            "PYTHONUNBUFFERED": "1",
        }


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()


def _how(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return f"ended by {signal.Signals(-status).name}"
    return f"ended by signal {-status}"
