"""How worker processes are ended, and what their end is called: `end`, `ending`, `last_line`."""

import signal
import subprocess


def end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait for a process to end by itself, and end it when it does not within `seconds`."""
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ending(status: int | None, log: str = "") -> str:
    """How a process ended, as a clause.

    Args:
        status: As `Popen.returncode`: below zero a signal's number; None where it has not ended.
        log: All that it wrote; its last line tells more, unless a signal ended it.

    Returns:
        `exit status 1: ValueError: …` or `ended by signal 9, …`; empty where nothing is known.
    """
    if status is not None and status < 0:
        why = ", as the system does where its memory is used up"
        return f"ended by signal {-status}{why if status == -signal.SIGKILL else ''}"
    how = "" if status is None else f"exit status {status}"
    return ": ".join(filter(None, (how, last_line(log))))


def last_line(log: str) -> str:
    """The last line of what a process wrote, at most 300 characters of it."""
    lines = log.strip().splitlines()
    return lines[-1].strip()[:300] if lines else ""
