"""The workspace's database as one SQLite file: how it is opened, copied, and what it refuses."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from songreel.models.errors import MachineError
from songreel.models.files import private_folder, whole

_WRITES = "songreel_writes"
_NO_ROOM = frozenset(
    {
        sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM,
    }
)  # fmt: skip
"""The disk is full, or may not be written."""


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
        self._patience, self._url = patience, url
        self._file = _file(url)
        self.file: Path | None = self._file
        self.name = str(self._file)
        try:
            private_folder(self._file.parent)  # songs, words and prompts are nobody else's
        except OSError as error:
            raise MachineError(f"cannot make {self._file.parent}: {error.strerror}") from error
        self.engine = self._engine(url)

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
                if _code(error) in _NO_ROOM and self._file.is_file():
                    return  # it can still be read, perhaps
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state; also where the disk is full or read-only."""
        with ExitStack() as opened:
            try:
                connection = opened.enter_context(self.engine.begin())
            except (DBAPIError, sqlite3.OperationalError) as error:
                if _code(error) not in _NO_ROOM or not self._file.is_file():
                    raise
                connection = opened.enter_context(self._frugal().begin())
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction beside which nobody else writes."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def _engine(self, url: URL, *first: str) -> sql.Engine:
        """Connections to the file, for which the pragmas `first` hold."""
        engine = sql.create_engine(
            url, poolclass=NullPool, connect_args={"timeout": self._patience}, hide_parameters=True
        )

        def before(connection: Any, record: Any) -> None:  # noqa: ARG001 (SQLAlchemy's signature)
            for pragma in first:
                connection.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", before)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _frugal(self) -> sql.Engine:
        """Connections that read without making a file beside the database, as others must."""
        log = self._file.with_name(f"{self._file.name}-wal")
        if _read_only(self._file.parent) and not (log.is_file() and log.stat().st_size):
            where = f"file:{quote(str(self._file.absolute()))}"
            query = {"immutable": "1", "mode": "ro", "uri": "true"}
            return self._engine(self._url.set(database=where, query=query))
        # The index of the log is kept in memory; others wait meanwhile.
        return self._engine(self._url, "locking_mode = EXCLUSIVE")

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
            case code if code in _NO_ROOM:
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
    if not writes:  # what cannot be read says so here, and the state that is seen is that of now
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")


def _read_only(folder: Path) -> bool:
    """Whether nobody can write on the file system of a folder."""
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _code(error: Exception) -> int | None:
    """SQLite's primary result code."""
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
