"""What a job's process says, in a file that does not grow without end: `JobLog`."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from songreel.models.errors import MachineError

LARGEST = 256 * 1024
"""Bytes of a log; when it is full it becomes the one before, of which there is one."""
LOGS = "logs"
"""Folder of the workspace."""
KEPT = timedelta(days=90)
"""For so long a log is kept after its last line."""


def log_of(workspace: Path, job: str) -> Path:
    """Where the log of a job is."""
    return workspace / LOGS / f"{job}.log"


def read_log(workspace: Path, job: str) -> str:
    """What a job's processes have said lately; empty where they said nothing."""
    path = log_of(workspace, job)
    files = (path.with_suffix(".log.1"), path)
    return "".join(
        file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()
    )


class JobLog:
    """Copies what comes out of a process into its job's log, until it ends.

    Args:
        path: The log.
        source: What the process writes to; closed at its end.
    """

    def __init__(self, path: Path, source: IO[bytes]) -> None:
        self._path, self._source = path, source
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent)
        except OSError as error:
            raise MachineError(f"cannot write {path.parent}: {error.strerror or error}") from error
        self._thread = threading.Thread(target=self._copy, name="job log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the last line."""
        self._thread.join(timeout=5.0)

    def _copy(self) -> None:
        with self._source as source:
            for line in iter(source.readline, b""):
                try:
                    self._add(line[:8192])
                except OSError:
                    continue  # a full disk: the process must not stop because nobody reads it

    def _add(self, line: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size + len(line) > LARGEST:
            self._path.replace(self._path.with_suffix(".log.1"))
        with self._path.open("ab") as file:
            file.write(line)


def _sweep(folder: Path) -> None:
    """Remove logs that nobody has written to for long."""
    limit = (datetime.now(UTC) - KEPT).timestamp()
    for old in folder.iterdir():
        with suppress(FileNotFoundError):  # another runner was faster
            if old.stat().st_mtime < limit:
                old.unlink()
