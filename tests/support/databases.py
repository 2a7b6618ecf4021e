"""Places for the databases of a test: files, or databases on the tests' own server."""

from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.pool import NullPool

from support.postgres import Server


class Places:
    """New, empty databases of one kind.

    Args:
        folder: For files.
        server: For databases on it; None: files.
    """

    def __init__(self, folder: Path, server: Server | None) -> None:
        self._folder, self._server = folder, server
        self._made: list[str] = []

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return "sqlite" if self._server is None else "postgresql"

    def __call__(self) -> str:
        """The URL of a new database."""
        if self._server is None:
            self._made.append(f"songreel{len(self._made) or ''}.db")
            return f"sqlite:///{self._folder / self._made[-1]}"
        self._made.append(self._server.fresh())
        return self._server.url(self._made[-1]).render_as_string(hide_password=False)

    def close(self) -> None:
        """Drop the databases; files go with their folder."""
        if self._server is not None:
            from songreel.store import postgresql

            postgresql.close()
            for name in self._made:
                self._server.run(f"DROP DATABASE {name} WITH (FORCE)")


def plain(where: str) -> sql.Engine:
    """The database without anything of ours: what a stranger with its URL may try."""
    return sql.create_engine(where, poolclass=NullPool)
