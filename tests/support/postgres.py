"""A PostgreSQL server of the tests' own: made from the installed package, private, stopped always.

Nothing listens on the network: the server is reached by a socket in its own folder.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from sqlalchemy.engine import URL

USER, PASSWORD = "songreel", "pa55 w@rd/of:tests"
"""Who owns the tests' databases; the password has what a URL must escape."""
_PATIENCE = 30.0
"""Seconds in which a server starts and stops, also on a busy machine."""


def programs() -> Path | None:
    """Folder of the newest server's programs; None where no server is installed."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(debian, key=lambda path: float(path.parent.name), reverse=True):
        if (folder / "initdb").is_file():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def needs_postgresql() -> Path:
    """Folder of the server's programs; without them or psycopg tests are skipped or fail."""
    lacking = None
    found = programs()
    if found is None:
        lacking = "no PostgreSQL server is installed (Debian package: postgresql)"
    else:
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            lacking = f"psycopg is not there ({error}); `make test-all` brings it"
    if lacking is None:
        assert found is not None
        return found
    if os.environ.get("SONGREEL_TEST_ALL"):
        pytest.fail(lacking)
    pytest.skip(lacking)


class Server:
    """A server in a new folder. The server refuses to run as root: then it runs as `postgres`.

    Args:
        programs: Folder of `initdb` and `postgres`.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # A socket's path may have 107 bytes: pytest's own folders are too deep.
        self.folder = Path(tempfile.mkdtemp(prefix="songreel-pg."))
        self._owner = _unprivileged()
        self._give(self.folder)
        self._data, self._count = self.folder / "data", 0
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._initialise()
            self.start()
            self.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start it and wait until it answers; it ends with the thread that called this."""
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for setting in (
            f"unix_socket_directories={self.folder}",
            "listen_addresses=",
            # What a power cut takes is of no interest here.
            "fsync=off", "full_page_writes=off", "autovacuum=off",
            "shared_buffers=16MB", "max_connections=40", "log_min_messages=fatal",
        ):  # fmt: skip
            command += ["-c", setting]
        if shutil.which("setpriv"):
            # Whatever becomes of the tests' process, the server does not outlive it.
            command = ["setpriv", "--pdeathsig", "QUIT", *command]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, **self._owner
            )
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self.run("SELECT 1")
                return
            except sql.exc.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(f"no server: {self._told()}") from None
                time.sleep(0.02)

    def stop(self, signal: int = 2) -> None:
        """Stop it as `pg_ctl stop -m fast` does; 3 (QUIT) stops it at once, as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal)
            self._process.wait(_PATIENCE)

    def close(self) -> None:
        """Stop it and remove its folder."""
        try:
            self.stop(3)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, user: str = USER, password: str | None = PASSWORD) -> URL:
        """Of one of its databases."""
        return URL.create(
            "postgresql+psycopg", user, password, database=database,
            query={"host": str(self.folder)},
        )  # fmt: skip

    def fresh(self, options: str = "") -> str:
        """A new, empty database of `USER`; gives its name."""
        self._count += 1
        name = f"films_{self._count}"
        self.run(f"CREATE DATABASE {name} OWNER {USER} TEMPLATE template0 {options}")
        return name

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the server's administrator; gives its rows."""
        url = self.url(database, "postgres", "admin")
        engine = sql.create_engine(url, poolclass=sql.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    def _initialise(self) -> None:
        secret = self.folder / "secret"
        secret.write_text("admin")
        self._give(secret)
        command = [
            str(self._programs / "initdb"), "-D", str(self._data), "-U", "postgres",
            "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256",
            f"--pwfile={secret}",
        ]  # fmt: skip
        subprocess.run(
            command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **self._owner
        )

    def _give(self, path: Path) -> None:
        if self._owner:
            os.chown(path, self._owner["user"], self._owner["group"])

    def _told(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]


def _unprivileged() -> dict[str, Any]:
    """How the server's processes are started where the tests run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
