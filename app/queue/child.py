"""The process that does one job: `python -m songreel.queue.child JOB ATTEMPT`.

It ends when its standard input does: whoever started it holds the other end.
"""

import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songreel.models.queued import QueuedJob
    from songreel.workspace import Workspace

ALONE = 10.0
"""Seconds that work has to stop by itself once nobody is there any more who asked for it."""
BUSY = 5.0
"""Seconds for which other jobs go before one whose project another process works on."""


def main(job: str, attempt: int) -> int:
    """Do the job, and say how it ended; the exit status is 0 where that could be said."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _ends_first()
    threading.Thread(target=_watch, name="watch", daemon=True).start()
    from songreel.settings import Settings
    from songreel.workspace import Workspace

    workspace = Workspace(Settings.load())
    taken = workspace.queue.get(job)
    if (taken.state, taken.attempts) != ("working", attempt):
        return 0  # another worker's by now
    workspace = workspace.acting(taken.actor or "queue")
    began = time.monotonic()
    try:
        ended = _done(workspace, taken)
    finally:
        # What follows is short, and must be said whole.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if ended:
        _remember(workspace, job, time.monotonic() - began)
    return 0


def _done(workspace: "Workspace", job: "QueuedJob") -> bool:
    """Do the work; whether the job has ended."""
    from songreel.holding import Busy
    from songreel.models.errors import SongreelError
    from songreel.queue.agreement import NotAgreed
    from songreel.queue.telling import Telling

    queue = workspace.queue
    try:
        with Telling(queue, job, _interrupt) as tell:
            from songreel.queue.perform import perform

            result = perform(workspace, job, tell)
        return queue.done(job, result)
    except KeyboardInterrupt as stopped:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for text in getattr(stopped, "__notes__", ()):
            print(f"songreel: {text}", file=sys.stderr, flush=True)
        return _left(workspace, job)
    except Busy as busy:
        queue.wait(job, BUSY, f"waits: {_told(workspace, job, busy)}")
        return False
    except NotAgreed as error:
        return queue.failed(job, str(error), {"quote": error.quote})
    except SongreelError as error:
        return queue.failed(job, _told(workspace, job, error))
    except Exception as error:
        traceback.print_exc()
        told = f"{type(error).__name__}: {_told(workspace, job, error)}".partition("\n")[0]
        return queue.failed(job, f"songreel has a fault here ({told}); the job's log says more")


def _told(workspace: "Workspace", job: "QueuedJob", error: Exception) -> str:
    """An error for people elsewhere: folders of this machine's workspace are left out."""
    from songreel.queue.bench import GIVEN

    text, folder = str(error), workspace.settings.workspace
    own = folder / "jobs" / job.id
    for place in (own / GIVEN, own, workspace.films, folder):
        for known in {place, place.absolute()}:
            text = text.replace(f"{known}{os.sep}", "")
    return text


def _left(workspace: "Workspace", job: "QueuedJob") -> bool:
    """Stopped: as it was wished, or because the worker stops. Whether that ends the job."""
    queue = workspace.queue
    match queue.get(job.id).wish:
        case "cancel":
            return queue.cancelled(job)
        case "pause":
            queue.paused(job)
        case _:
            queue.give_back(job)
    return False


def _remember(workspace: "Workspace", job: str, seconds: float) -> None:
    """A line of the audit trail on a job that has ended, and what it cost."""
    from songreel.store.ledger import Ledger

    ended = workspace.queue.get(job)
    paid = Ledger(workspace.database).spent_by(job)  # also by one that failed after it had bought
    workspace.trail.add(
        "job.ended",
        ended.project,
        job,
        {
            "kind": ended.work.kind, "state": ended.state, "error": ended.error,
            "seconds": round(seconds, 1),
        },
        paid if paid or "paid_usd" in ended.result else None,
    )  # fmt: skip


def _interrupt() -> None:
    """Ctrl-C, from another thread."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()


def _watch() -> None:
    """Stop when nobody holds the other end of standard input any more."""
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    _interrupt()
    time.sleep(ALONE)
    # With all that it has started: nobody stays at work on a project that nobody watches.
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _ends_first() -> None:
    """Where memory runs out on Linux, the kernel is to end this process, not who started it."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
