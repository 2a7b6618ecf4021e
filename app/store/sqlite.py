"""The workspace's database as one SQLite file: how it is opened, copied, and what it refuses."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from songreel.models.errors import MachineError
from songreel.models.files import whole

_WRITES = "songreel_writes"


class SqliteFile:
    """A file with a write-ahead log where the file system can have one, flushed at every commit.

    A connection lives as long as its transaction, so that nothing is shared between threads or
    forked processes.

    Args:
        url: Names the file, which is made with its folder if need be.
        patience: Seconds for which another process that writes is waited for.

    Raises:
        MachineError: The folder cannot be made.
    """

    def __init__(self, url: URL, patience: float) -> None:
        self._patience = patience
        self._file = _file(url)
        self.file: Path | None = self._file
        self.name = str(self._file)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot make {self._file.parent}: {error.strerror}") from error
        self.engine = sql.create_engine(
            url, poolclass=NullPool, connect_args={"timeout": patience}, hide_parameters=True
        )
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    def open(self) -> None:
        """Switch to the write-ahead log; the file remembers it.

        SQLite does not wait by itself for others while it switches. Where the log cannot be had
        (network folders), the ordinary journal stays, which is as safe and only slower.
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                with self.engine.connect() as connection:
                    cursor = connection.connection.cursor()
                    cursor.execute("PRAGMA journal_mode = WAL")
                return
            except (DBAPIError, sqlite3.OperationalError) as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction beside which nobody else writes."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def keep(self, version: int) -> None:
        """Copy the file as it is, beside it, before its tables are changed."""
        kept = self._file.with_name(f"{self._file.stem}-v{version}{self._file.suffix}")
        with (
            whole(kept, sqlite3.Error) as partial,
            closing(sqlite3.connect(self._file, timeout=self._patience)) as source,
            closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)

    def sentence(self, error: Exception) -> str | None:
        """What was refused and the way out; None of a broken rule of the tables, which is a bug."""
        if isinstance(error, IntegrityError | ProgrammingError | DataError):
            return None
        reason = str(getattr(error, "orig", None) or error).strip().replace("\n", " ")
        match _code(error):
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return (
                    f"{self.name} is being written by another process for longer than "
                    f"{self._patience:g} s; try again when that one is done"
                )
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                return (
                    f"{self.name} cannot be read as a database ({reason}); move it away to begin "
                    "a new one (films are not touched, the history of costs starts anew), or put "
                    "a copy back in its place"
                )
            case (
                sqlite3.SQLITE_FULL
                | sqlite3.SQLITE_READONLY
                | sqlite3.SQLITE_CANTOPEN
                | sqlite3.SQLITE_IOERR
                | sqlite3.SQLITE_PERM
            ):
                return (
                    f"cannot write {self.name}: {reason}; free space or mend the rights of its "
                    "folder, or choose another one with --workspace"
                )
        return f"the database {self.name} does not serve: {reason}"


def _file(url: URL) -> Path:
    named = url.database or ""
    if named.startswith("file:"):  # SQLite's own URI, e.g. with mode=ro
        return Path(named.removeprefix("file:").partition("?")[0])
    return Path(named)


def _prepare(connection: Any, record: Any) -> None:  # noqa: ARG001 (SQLAlchemy's signature)
    # The driver opens transactions by itself, and too late: only before the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _code(error: Exception) -> int | None:
    """SQLite's primary result code."""
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
