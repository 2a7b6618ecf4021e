"""The workspace's database: where it is, how it is opened, read and written."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from songreel.models.errors import InvalidInput, MachineError
from songreel.store.schema import SCHEMA, STEPS, Step, now

PATIENCE = 30.0
"""Seconds for which another process that writes is waited for."""


class Backend(Protocol):
    """A kind of database: what SQLite and PostgreSQL do each in their way."""

    name: str
    """For people; never with a password."""
    file: Path | None

    def open(self) -> None:
        """Make it ready for the first transaction."""

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state."""

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction beside which nobody else writes; whole or not at all."""

    def keep(self, version: int) -> None:
        """Keep what is there safe from the upgrade that follows in the same transaction."""

    def sentence(self, error: Exception) -> str | None:
        """What was refused and the way out; None of a bug."""


class Database:
    """One database, its tables brought up to date when it is opened.

    SQLite by default: one file, flushed to the disk at every commit, so that what was booked
    outlives a power cut. PostgreSQL where several machines work for one workspace. An object may
    be used from several threads, and in forked processes.

    Args:
        where: Path of an SQLite file, made with its folder if need be, or a database URL
            (`sqlite:///...`, `postgresql://...`).
        steps: Of the schema, from an empty database on; others than the built-in ones for tests.
        patience: Seconds for which another process that writes is waited for, and a server that
            restarts.

    Raises:
        InvalidInput: The URL is none, or names a database that is not supported, or the tables
            are of a newer songreel.
        MachineError: The database cannot be opened or written, or is spoilt, or no server
            answers, or its driver is not installed. Nothing is ever deleted.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        steps: Sequence[Step] = STEPS,
        patience: float = PATIENCE,
    ) -> None:
        self._steps = tuple(steps)
        self._backend = _backend(_url(where), patience)
        self.name, self.file = self._backend.name, self._backend.file
        with self._spoken():
            self._backend.open()
            self._bring_up_to_date()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            MachineError: It cannot be read.
        """
        with self._spoken(), self._backend.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside, from its first statement on.

        It is kept whole when the block ends, and undone whole when the block raises.

        Raises:
            MachineError: It cannot be written: disk full, read-only, locked for too long, or the
                connection was lost.
        """
        with self._spoken(), self._backend.write() as connection:
            yield connection

    def _bring_up_to_date(self) -> None:
        with self.read() as connection:
            if self._version(connection) == len(self._steps):
                return
        with self.write() as connection:
            found = self._version(connection)
            if found == len(self._steps):
                return  # another process was faster
            if found > 0:
                self._backend.keep(found)
            else:
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

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """What the database refuses, in a sentence. A broken rule of its tables stays a bug."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            sentence = self._backend.sentence(error)
            if sentence is None:
                raise
            raise MachineError(sentence) from error


def _backend(url: URL, patience: float) -> Backend:
    if url.get_backend_name() == "sqlite":
        from songreel.store.sqlite import SqliteFile

        return SqliteFile(url, patience)
    from songreel.store.postgresql import PostgresqlServer

    return PostgresqlServer(url, patience)


def _url(where: str | Path) -> URL:
    if isinstance(where, Path):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:
        raise InvalidInput(
            "SONGREEL_DATABASE is no database URL; write sqlite:///FILE or "
            "postgresql://USER@HOST/NAME"
        ) from error
    kind = url.get_backend_name()
    if kind == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise InvalidInput("SONGREEL_DATABASE names no file; write sqlite:///FILE")
        return url
    if url.drivername not in ("postgresql+psycopg", "postgresql", "postgres"):
        raise InvalidInput(
            f"a {url.drivername} database is not supported; use SQLite (sqlite:///FILE) or "
            "PostgreSQL (postgresql://USER@HOST/NAME)"
        )
    if "@" in (url.host or ""):
        # What stands before it is a part of the password.
        raise InvalidInput(
            "SONGREEL_DATABASE has more than one @ before its host; write those of user and "
            "password as %40"
        )
    return url.set(drivername="postgresql+psycopg")
