"""The order of jobs that have not ended: `last_place`, `place_before`."""

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.queued import ENDED
from songreel.store.queue_tables import JOBS

_OPEN = JOBS.c.state.not_in(ENDED)
_NEAREST = 1e-6
"""Two places closer than this leave no room between them: all are counted anew."""


def last_place(connection: Connection) -> float:
    """A place behind all others."""
    found = connection.execute(sql.select(sql.func.max(JOBS.c.place)).where(_OPEN)).scalar()
    return 1.0 if found is None else found + 1.0


def place_before(connection: Connection, job: str, before: str) -> tuple[str, ...]:
    """Put `job` right before another one; gives the other jobs whose place was counted anew."""
    asked = sql.select(JOBS.c.id, JOBS.c.place).where(_OPEN, JOBS.c.id != job)
    others = connection.execute(asked.order_by(JOBS.c.place, JOBS.c.id)).all()
    at = next((i for i, row in enumerate(others) if row.id == before), len(others))
    low = others[at - 1].place if at else others[0].place - 2.0 if others else 0.0
    high = others[at].place if at < len(others) else low + 2.0
    if high - low > _NEAREST:
        _put(connection, job, (low + high) / 2)
        return ()
    names = [row.id for row in others]
    names.insert(at, job)
    for place, name in enumerate(names, start=1):
        _put(connection, name, float(place))
    return tuple(name for name in names if name != job)


def _put(connection: Connection, job: str, place: float) -> None:
    connection.execute(sql.update(JOBS).where(JOBS.c.id == job).values(place=place))
