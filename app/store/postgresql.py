"""The workspace's database on a PostgreSQL server: connections, turns, and what it refuses."""

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
)

from songreel.models.errors import InvalidInput, MachineError

_TURN = 0x736F6E67
"""Of the advisory lock under which writers take turns: "song"."""
_SECRETS = ("password", "sslpassword")
_CONNECT: dict[str, Any] = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    # A server that vanished is noticed within half a minute, not after TCP's two hours.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    # Prepared statements outlive a transaction; poolers such as PgBouncer do not keep them.
    "prepare_threshold": None,
}
"""What libpq and psycopg are told where the URL says nothing else."""


class PostgresqlServer:
    """A database on a server.

    Processes and machines share it. Writers take turns by an advisory lock and read what the one
    before has committed, so that a limit which held when it was read holds when a line is added;
    readers see one state and wait for nobody.

    One pool of connections serves a process: one that lay idle is tried before it is used, since
    servers are restarted and firewalls forget while a clip takes its minutes. Forked children
    begin with a pool of their own.

    Args:
        url: Of the database.
        patience: Seconds for which writers are waited for, and a server that restarts.

    Raises:
        InvalidInput: The URL has an option that is none.
        MachineError: The driver is not installed.
    """

    file: Path | None = None

    def __init__(self, url: URL, patience: float) -> None:
        self._url, self._patience = url, patience
        shown = url.difference_update_query(_SECRETS)
        self.name = shown.render_as_string(hide_password=True)
        try:
            self.engine = _engine(url)
        except (ArgumentError, TypeError) as error:
            raise InvalidInput(f"{self.name} is no database URL that is known: {error}") from error
        except ImportError as error:
            raise MachineError(
                f"{self.name} needs psycopg, which is not installed or finds no libpq; "
                "install it with `pip install 'songreel[postgres]'`"
            ) from error

    def open(self) -> None:
        """Refuse what could not keep the texts of songs.

        Raises:
            InvalidInput: The database is neither in UTF-8 nor in bytes as they come.
        """
        with self._connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding not in ("UTF8", "SQL_ASCII"):
            raise InvalidInput(
                f"{self.name} is kept in {encoding}, which has no letters for many songs; make "
                f"one in UTF-8: createdb --encoding UTF8 --template template0 NAME"
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state."""
        with self._connect() as connection, connection.begin():
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction beside which nobody else writes.

        The level is READ COMMITTED whatever the server's default is: each statement sees what was
        committed before it. A level with one snapshot would take it before the turn is had.
        """
        milliseconds = int(self._patience * 1000)
        with self._connect() as connection, connection.begin():
            # A process that was stopped in its turn does not stop all others for ever.
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; "
                f"SET LOCAL lock_timeout = {milliseconds}; "
                f"SET LOCAL idle_in_transaction_session_timeout = {2 * milliseconds}"
            )
            connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_TURN)))
            yield connection

    def keep(self, version: int) -> None:
        """Nothing to copy before an upgrade: on PostgreSQL also `CREATE` and `ALTER` are undone.

        All steps are one transaction under the writers' turn; whatever fails or is killed leaves
        tables and lines as they were.
        """

    def sentence(self, error: Exception) -> str | None:
        """What was refused and the way out; None of a broken rule of the tables, which is a bug."""
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None) or ""
        reason = self._reason(error)
        if state == "42501":
            return (
                f"{self._user} may not do this in {self.name}: {reason}; its owner allows it: "
                f'GRANT CREATE, USAGE ON SCHEMA public TO "{self._url.username or "USER"}", or '
                "makes a database of its own for it: createdb --owner USER NAME"
            )
        if isinstance(error, IntegrityError | ProgrammingError | DataError):
            return None
        if state == "55P03":
            return (
                f"{self.name} is being written by another process for longer than "
                f"{self._patience:g} s; try again when that one is done"
            )
        if state == "25006":
            return f"{self.name} can only be read: {reason}; name the server that takes writes"
        if state.startswith("53"):
            return f"cannot write {self.name}: {reason}; its server lacks space or memory"
        if getattr(error, "connection_invalidated", False) or state.startswith(("08", "57P")):
            return (
                f"the connection to {self.name} was lost ({reason}); nothing is half written: run "
                "the same command again to go on"
            )
        return f"the database {self.name} does not serve: {reason}"

    def _connect(self) -> Connection:
        """A connection; a server that is restarting or full is waited for.

        So is one that answered this process before. One that never did is told at once.
        """
        until, pause = time.monotonic() + self._patience, 0.05
        while True:
            try:
                connection = self.engine.connect()
            except DBAPIError as error:
                reason = self._reason(error)
                passing = self._url in _reached or any(text in reason for text in _PASSING)
                if not passing or time.monotonic() + pause > until:
                    raise self._refusal(reason) from error
                time.sleep(pause)
                pause = min(2 * pause, 2.0)
            else:
                _reached.add(self._url)
                return connection

    def _refusal(self, reason: str) -> MachineError | InvalidInput:
        """Why there is no connection.

        The driver gives no codes here. A server may speak another language than English: then
        its words stand alone.
        """
        for texts, way_out in _REFUSALS:
            if any(text in reason for text in texts):
                return MachineError(f"cannot connect to {self.name}: {reason}; {way_out}")
        if "invalid" in reason and "connection option" in reason:
            return InvalidInput(f"{self.name} is no database URL that is known: {reason}")
        return MachineError(f"cannot connect to {self.name}: {reason}")

    def _reason(self, error: Exception) -> str:
        """The first line of what the driver says, without the password."""
        text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        for secret in (self._url.password, *(self._url.query.get(key) for key in _SECRETS)):
            if isinstance(secret, str) and len(secret) > 3:
                text = text.replace(secret, "***")
        # "connection failed: connection to server at "host", port 5432 failed: FATAL:  ..."
        return text.rpartition("failed: ")[2].removeprefix("FATAL: ").strip()

    @property
    def _user(self) -> str:
        return f"the user {self._url.username}" if self._url.username else "this user"


_PASSING = (
    "is starting up", "is shutting down", "in recovery mode", "not yet accepting",
    "too many clients", "too many connections", "remaining connection slots",
)  # fmt: skip
_REFUSALS: tuple[tuple[tuple[str, ...], str], ...] = (
    (_PASSING, "try again, or raise max_connections of the server"),
    (
        ("password authentication", "no password supplied"),
        "mend user and password in SONGREEL_DATABASE (in a password write @ / : % as %40 %2F %3A "
        "%25), or keep the password out of it, in PGPASSWORD or ~/.pgpass",
    ),
    (("no pg_hba.conf entry",), "the server's pg_hba.conf must let this machine in"),
    (("permission denied for database",), "its owner allows it: GRANT CONNECT ON DATABASE"),
    (
        ('database "',),
        "make it with `createdb NAME` on the server, or name another one in SONGREEL_DATABASE",
    ),
    (('role "',), "make it with `createuser NAME` on the server, or name another user"),
    (
        (
            "refused", "No such file", "resolve host", "timeout", "timed out", "unreachable",
            "not known", "No route",
        ),
        "no server answers there: start it, or mend host and port in SONGREEL_DATABASE",
    ),
)  # fmt: skip

_engines: dict[URL, Engine] = {}
_reached: set[URL] = set()
_guard = Lock()


def _engine(url: URL) -> Engine:
    """The pool of this process for `url`: two connections are kept, more are opened as needed."""
    with _guard:
        if url not in _engines:
            told = {key: value for key, value in _CONNECT.items() if key not in url.query}
            _engines[url] = sql.create_engine(
                url,
                connect_args=told,
                hide_parameters=True,
                max_overflow=-1,
                pool_pre_ping=True,
                pool_size=2,
            )
        return _engines[url]


@atexit.register
def close() -> None:
    """Close the connections that this process keeps; what needs one opens it anew."""
    for engine in _engines.values():
        engine.dispose()


def _after_fork() -> None:
    """A connection serves one process: the parent keeps it, the child opens its own."""
    global _guard
    _guard = Lock()
    for engine in _engines.values():
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
