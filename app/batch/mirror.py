"""The batch in the workspace's database, for whoever watches from elsewhere: `Mirror`."""

import socket
from collections.abc import Callable, Sequence

from pydantic import JsonValue

from songreel.batch.record import FilmRecord
from songreel.models.errors import SongreelError
from songreel.store.batches import Batches, BatchFilm


class Mirror:
    """Tells the database what `batch.json` says; the file counts, and trouble ends no film.

    Args:
        database: Its URL.
        batch: Id of the batch.
        title: What people know it by.
        trouble: Called once with why the database is not told any more.
    """

    def __init__(
        self, database: str, batch: str, title: str, trouble: Callable[[str], None]
    ) -> None:
        self._database, self._batch, self._title = database, batch, title
        self._trouble = trouble
        self._table: Batches | None = None
        self._taken: dict[str, BatchFilm] = {}
        self._who = socket.gethostname()

    def plan(self, films: Sequence[FilmRecord]) -> None:
        """What the batch consists of."""

        def write() -> None:
            self._table = Batches(self._database)
            tasks: dict[str, dict[str, JsonValue]] = {
                film.name: {
                    "song": film.song,
                    "wishes": film.wishes.model_dump(mode="json"),
                }
                for film in films
            }
            self._table.plan(self._batch, self._title, tasks)

        self._told(write)

    def take(self, name: str) -> None:
        """A film is begun."""
        table = self._table
        if table is None:
            return

        def write() -> None:
            # Whoever holds the out folder is the only one at work on the batch: none is waited for.
            film = table.take(self._batch, self._who, stale=0.0, name=name)
            if film is not None:
                self._taken[name] = film

        self._told(write)

    def end(self, film: FilmRecord) -> None:
        """A film is done, failed, or was interrupted."""
        table, taken = self._table, self._taken.pop(film.name, None)
        if table is None or taken is None:
            return

        def write() -> None:
            if film.state == "done" and film.outcome is not None:
                told = film.outcome.model_dump(mode="json")
                table.done(taken, told)
            elif film.state == "failed":
                table.failed(taken, film.error)
            else:
                table.give_back(taken)

        self._told(write)

    def _told(self, write: Callable[[], None]) -> None:
        try:
            write()
        except SongreelError as error:
            self._table = None
            self._trouble(f"the database is not told of this batch: {error}")
