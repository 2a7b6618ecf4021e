"""Batches of films and where each film stands: `Batches`, shared by all who work on them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlalchemy as sql
from pydantic import AwareDatetime, Field, JsonValue
from sqlalchemy.engine import Connection

from songreel.models.document import Frozen
from songreel.store.database import Database
from songreel.store.schema import BATCHES, FILMS, stamp

State = Literal["waiting", "working", "done", "failed"]
Task = Mapping[str, JsonValue]
"""What is to be made or was made, as plain JSON; the tables do not look into it."""


class BatchFilm(Frozen):
    """One film of a batch."""

    batch: str
    name: str
    """What it is known by in the batch, e.g. its folder's name."""
    place: Annotated[int, Field(ge=0)]
    """In the order in which the films were given."""
    task: Task
    state: State
    attempts: Annotated[int, Field(ge=0)] = 0
    """Times it was taken up."""
    worker: str = ""
    """Who took it up last."""
    error: str = ""
    """Why the last attempt failed; one sentence."""
    result: Mapping[str, JsonValue] = {}
    """Of a film that is done."""
    began: AwareDatetime | None = None
    """When it was taken up last (UTC)."""
    heard: AwareDatetime | None = None
    """When its worker was last heard of."""
    ended: AwareDatetime | None = None
    """When it was done or failed."""

    @property
    def seconds(self) -> float | None:
        """Of the attempt that ended it."""
        if self.began is None or self.ended is None:
            return None
        return (self.ended - self.began).total_seconds()


class Batch(Frozen):
    """A batch of films."""

    id: str
    title: str
    at: AwareDatetime
    """When it was first planned (UTC)."""


class Batches:
    """The batches of a workspace; safe to use from many processes and machines at once.

    A film that was taken up belongs to its attempt: `alive`, `done`, `failed` and `give_back` of
    an attempt that is not the film's last one any more, because another worker took it over,
    change nothing and say False.

    Args:
        where: Path of an SQLite file, a database URL, or a database that is open already.
        clock: The time; None: the database's own, the same for all machines.

    Raises:
        InvalidInput: The URL is none, or the tables are of a newer songreel.
        MachineError: The database cannot be opened or written, or is spoilt; of every method.
    """

    def __init__(
        self, where: str | Path | Database, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.database = where if isinstance(where, Database) else Database(where)
        self._clock = clock

    def plan(self, batch: str, title: str, films: Mapping[str, Task]) -> tuple[BatchFilm, ...]:
        """Have `batch` consist of `films`, by name; made if it does not exist.

        A film that is known with the same task stays as it is, so that a batch planned again goes
        on. One whose task has changed waits anew, and its attempts count from 0. Films that are
        not named any more are dropped.

        Returns:
            The films in their order, as they stand now.
        """
        with self.database.write() as connection:
            if self._batch(connection, batch) is None:
                moment = self._now(connection)
                row = {"id": batch, "at": moment, "title": title}
                connection.execute(sql.insert(BATCHES).values(row))
            else:
                of_batch = BATCHES.c.id == batch
                connection.execute(sql.update(BATCHES).where(of_batch).values(title=title))
            known = {film.name: film for film in self._films(connection, batch)}
            for name in known.keys() - films.keys():
                connection.execute(sql.delete(FILMS).where(*_key(batch, name)))
            for place, (name, task) in enumerate(films.items()):
                film = known.get(name)
                fresh = {**_FRESH, "place": place, "task": dict(task), "attempts": 0}
                if film is None:
                    values = {"batch": batch, "name": name, **fresh}
                    connection.execute(sql.insert(FILMS).values(values))
                elif film.task != task:
                    change = sql.update(FILMS).where(*_key(batch, name))
                    connection.execute(change.values(fresh))
                elif film.place != place:
                    change = sql.update(FILMS).where(*_key(batch, name))
                    connection.execute(change.values(place=place))
            return self._films(connection, batch)

    def batches(self) -> tuple[Batch, ...]:
        """All batches, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(sql.select(BATCHES).order_by(BATCHES.c.at, BATCHES.c.id))
            return tuple(Batch(id=row.id, title=row.title, at=row.at) for row in rows)

    def films(self, batch: str) -> tuple[BatchFilm, ...]:
        """The films of `batch` in their order; none where there is no such batch."""
        with self.database.read() as connection:
            return self._films(connection, batch)

    def take(
        self, batch: str, worker: str, *, stale: float, name: str | None = None
    ) -> BatchFilm | None:
        """Take up the first film that waits, or whose worker was not heard of for `stale` seconds.

        With `name` that film alone, also when it is done or failed: it is made again.

        Returns:
            The film as it stands now; None where nothing is to be taken up just now.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            limit = stamp(datetime.fromisoformat(moment) - timedelta(seconds=stale))
            dead = sql.and_(FILMS.c.state == "working", FILMS.c.heard < limit)
            free = sql.or_(FILMS.c.state == "waiting", dead)
            if name is not None:
                free = sql.and_(FILMS.c.name == name, sql.or_(FILMS.c.state != "working", dead))
            asked = (
                sql.select(FILMS.c.name)
                .where(FILMS.c.batch == batch, free)
                .order_by(FILMS.c.place)
                .limit(1)
            )
            taken = connection.execute(asked).scalar()
            if taken is None:
                return None
            change = sql.update(FILMS).where(*_key(batch, taken))
            connection.execute(
                change.values(
                    state="working", attempts=FILMS.c.attempts + 1, worker=worker, error="",
                    result={}, began=moment, heard=moment, ended=None,
                )
            )  # fmt: skip
            return next(film for film in self._films(connection, batch) if film.name == taken)

    def alive(self, film: BatchFilm) -> bool:
        """Say that its worker is still at work; False: it was taken over, stop."""
        return self._end(film, lambda moment: {"heard": moment})

    def done(self, film: BatchFilm, result: Task) -> bool:
        """The film is finished."""
        return self._end(
            film,
            lambda moment: {
                "state": "done", "result": dict(result), "heard": moment, "ended": moment,
            },
        )  # fmt: skip

    def failed(self, film: BatchFilm, error: str) -> bool:
        """The film cannot be made; `again` lets it wait anew."""
        return self._end(
            film,
            lambda moment: {"state": "failed", "error": error, "heard": moment, "ended": moment},
        )

    def give_back(self, film: BatchFilm) -> bool:
        """The worker stops (interrupted, say); the film waits for another one."""
        return self._end(film, lambda _: _FRESH)

    def again(self, batch: str) -> int:
        """Let films that failed wait anew, their attempts counted on; gives how many."""
        with self.database.write() as connection:
            change = sql.update(FILMS).where(FILMS.c.batch == batch, FILMS.c.state == "failed")
            return connection.execute(change.values(_FRESH)).rowcount

    def _end(self, film: BatchFilm, values: Callable[[str], Mapping[str, Any]]) -> bool:
        with self.database.write() as connection:
            change = sql.update(FILMS).where(
                *_key(film.batch, film.name),
                FILMS.c.state == "working",
                FILMS.c.attempts == film.attempts,
                FILMS.c.worker == film.worker,
            )
            moment = self._now(connection)
            return connection.execute(change.values(dict(values(moment)))).rowcount == 1

    def _batch(self, connection: Connection, batch: str) -> Any:
        return connection.execute(sql.select(BATCHES).where(BATCHES.c.id == batch)).one_or_none()

    def _films(self, connection: Connection, batch: str) -> tuple[BatchFilm, ...]:
        asked = sql.select(FILMS).where(FILMS.c.batch == batch).order_by(FILMS.c.place)
        return tuple(BatchFilm(**row) for row in connection.execute(asked).mappings())

    def _now(self, connection: Connection) -> str:
        if self._clock is not None:
            return stamp(self._clock())
        if connection.dialect.name == "postgresql":
            return stamp(connection.execute(sql.select(sql.func.clock_timestamp())).scalar_one())
        return stamp(datetime.now(UTC))


_FRESH: Mapping[str, Any] = {
    "state": "waiting", "worker": "", "error": "", "result": {},
    "began": None, "heard": None, "ended": None,
}  # fmt: skip


def _key(batch: str, name: str) -> tuple[sql.ColumnElement[bool], sql.ColumnElement[bool]]:
    return FILMS.c.batch == batch, FILMS.c.name == name
