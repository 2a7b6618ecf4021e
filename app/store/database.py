"""The workspace's database: where it is, how it is opened, read and written."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)
from sqlalchemy.pool import NullPool

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.store.schema import SCHEMA, STEPS, Step, now

PATIENCE = 30.0
"""Seconds for which another process that writes is waited for."""
_WRITES = "songreel_writes"
_LOCK = 0x736F6E67
"""Of the advisory lock under which writers to PostgreSQL take turns: "song"."""


class Database:
    """One database, its tables brought up to date when it is opened.

    SQLite by default, with a write-ahead log where the file system can have one, and flushed to
    the disk at every commit: what was booked outlives a power cut. A connection lives as long as
    its transaction, so that nothing is shared between threads or forked processes.

    Args:
        where: Path of an SQLite file, made with its folder if need be, or a database URL
            (`sqlite:///...`, `postgresql+psycopg://...`).
        steps: Of the schema, from an empty database on; others than the built-in ones for tests.
        patience: Seconds for which another process that writes is waited for.

    Raises:
        InvalidInput: The URL is none, or names a database that is not supported, or the tables
            are of a newer songreel.
        MachineError: The file cannot be opened or written, or is spoilt, or the driver of the
            database is not installed. Nothing is ever deleted.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        steps: Sequence[Step] = STEPS,
        patience: float = PATIENCE,
    ) -> None:
        self._steps, self._patience = tuple(steps), patience
        url = _url(where)
        self.file = _file(url)
        self.name = str(self.file) if self.file else url.render_as_string(hide_password=True)
        if self.file is not None:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise MachineError(f"cannot make {self.file.parent}: {error.strerror}") from error
        self._engine = self._connected(url)
        with self._spoken():
            if self.file is not None:
                self._write_ahead()
            self._bring_up_to_date()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            MachineError: It cannot be read.
        """
        with self._spoken(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside, from its first statement on.

        It is kept whole when the block ends, and undone whole when the block raises.

        Raises:
            MachineError: It cannot be written: disk full, read-only, or locked for too long.
        """
        with self._spoken(), self._engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_LOCK)))
                yield connection

    def _connected(self, url: URL) -> Engine:
        try:
            if self.file is None:
                return sql.create_engine(url, hide_parameters=True)
            engine = sql.create_engine(
                url,
                poolclass=NullPool,
                connect_args={"timeout": self._patience},
                hide_parameters=True,
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise InvalidInput(f"{self.name} is no database URL that is known: {error}") from error
        except ImportError as error:
            raise MachineError(
                f"{self.name} needs the Python package {error.name!r}, which is not installed; "
                f"install it with `pip install {error.name}`"
            ) from error
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _write_ahead(self) -> None:
        """Switch to the write-ahead log; the file remembers it.

        SQLite does not wait by itself for others while it switches. Where the log cannot be had
        (network folders), the ordinary journal stays, which is as safe and only slower.
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                with self._engine.connect() as connection:
                    cursor = connection.connection.cursor()
                    cursor.execute("PRAGMA journal_mode = WAL")
                return
            except (DBAPIError, sqlite3.OperationalError) as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _bring_up_to_date(self) -> None:
        with self.read() as connection:
            if self._version(connection) == len(self._steps):
                return
        with self.write() as connection:
            found = self._version(connection)
            if found == len(self._steps):
                return  # another process was faster
            if found > 0 and self.file is not None:
                self._copy(self.file, found)
            if found == 0:
                SCHEMA.create(connection, checkfirst=True)
            for number, step in enumerate(self._steps[found:], start=found + 1):
                step(connection)
                connection.execute(sql.insert(SCHEMA).values(version=number, at=now()))

    def _version(self, connection: Connection) -> int:
        """Steps that were taken; 0 of a database that is new."""
        if not sql.inspect(connection).has_table(SCHEMA.name):
            return 0
        found: int = connection.execute(sql.select(sql.func.max(SCHEMA.c.version))).scalar() or 0
        if found > len(self._steps):
            raise InvalidInput(
                f"{self.name} was written by a newer songreel (its tables have version {found}, "
                f"this one knows {len(self._steps)}); update songreel, or use another workspace "
                "with --workspace"
            )
        return found

    def _copy(self, file: Path, version: int) -> None:
        """Keep the database as it is, beside it, before its tables are changed."""
        kept = file.with_name(f"{file.stem}-v{version}{file.suffix}")
        with (
            whole(kept, sqlite3.Error) as partial,
            closing(sqlite3.connect(file, timeout=self._patience)) as source,
            closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """What the database refuses, in a sentence. A broken rule of its tables stays a bug."""
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError):
            raise
        except (DBAPIError, sqlite3.Error) as error:
            raise MachineError(self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
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


def _url(where: str | Path) -> URL:
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise InvalidInput(
            "SONGREEL_DATABASE is no database URL; write sqlite:///FILE or "
            "postgresql+psycopg://USER@HOST/NAME"
        ) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInput(
            f"a {url.get_backend_name()} database is not supported; use SQLite or PostgreSQL"
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise InvalidInput("SONGREEL_DATABASE names no file; write sqlite:///FILE")
    return url


def _file(url: URL) -> Path | None:
    """The file of an SQLite database; None of one elsewhere."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    if url.database.startswith("file:"):  # SQLite's own URI, e.g. with mode=ro
        return Path(url.database.removeprefix("file:").partition("?")[0])
    return Path(url.database)


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
