"""Reading the book inside a transaction: sums, limits that hold, where a reservation stands."""

from decimal import Decimal
from typing import Any, Literal, NamedTuple

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Row

from songreel.store.amounts import usd
from songreel.store.queue_tables import PURCHASES
from songreel.store.schema import ENTRIES, LIMITS


class Scope(NamedTuple):
    """What a limit bounds: one project, the workspace, or the workspace in a calendar month."""

    kind: Literal["project", "month", "workspace"]
    project: str = ""


WORKSPACE = Scope("workspace")
MONTH = Scope("month")
"""Months are those of UTC; a clip counts in the month in which it was ordered."""


class Limit(NamedTuple):
    """A limit that holds now."""

    scope: Scope
    usd: Decimal
    booked: Decimal
    """Charged and set aside within the scope, USD."""


class Standing(NamedTuple):
    """Where the reservation of a key stands."""

    last: Row[Any] | None
    """Its latest line."""
    settled: bool
    open: int
    """Set aside just now, millionths of a USD."""

    @property
    def is_open(self) -> bool:
        """Whether it waits to be settled or released."""
        return self.last is not None and self.last.kind == "reserve"


def standing(connection: Connection, project: str, key: str) -> Standing:
    """Where the reservation `key` of `project` stands."""
    asked = sql.select(ENTRIES).where(ENTRIES.c.project == project, ENTRIES.c.key == key)
    lines = connection.execute(asked.order_by(ENTRIES.c.id)).all()
    last = lines[-1] if lines else None
    settled = any(line.kind == "settle" for line in lines)
    return Standing(last, settled, last.usd if last is not None and last.kind == "reserve" else 0)


def booked(connection: Connection, scope: Scope, month: str) -> Decimal:
    """Charged and set aside within `scope`, USD; `month` is the one that is meant, "2026-11"."""
    total = sql.select(sql.func.coalesce(sql.func.sum(ENTRIES.c.change), 0))
    if scope.kind == "project":
        total = total.where(ENTRIES.c.project == scope.project)
    elif scope.kind == "month":
        total = total.where(ENTRIES.c.month == month)
    return usd(int(connection.execute(total).scalar_one()))


def of_job(connection: Connection, job: str) -> Decimal:
    """What became of all that a job of the queue has ordered: charged and set aside, USD."""
    same = sql.and_(*(ENTRIES.c[name] == PURCHASES.c[name] for name in ("project", "key", "round")))
    total = (
        sql.select(sql.func.coalesce(sql.func.sum(ENTRIES.c.change), 0))
        .select_from(PURCHASES.join(ENTRIES, same))
        .where(PURCHASES.c.job == job)
    )
    return usd(int(connection.execute(total).scalar_one()))


def limits(connection: Connection, project: str | None, month: str) -> tuple[Limit, ...]:
    """The limits that hold: of `project` (of all if None), of the month, of the workspace."""
    latest = sql.select(sql.func.max(LIMITS.c.id)).group_by(LIMITS.c.scope, LIMITS.c.project)
    found = sql.select(LIMITS).where(LIMITS.c.id.in_(latest), LIMITS.c.usd.is_not(None))
    rows = connection.execute(found.order_by(LIMITS.c.project)).all()
    held: list[Limit] = []
    for kind in ("project", "month", "workspace"):
        for row in rows:
            if row.scope == kind and (kind != "project" or project in (None, row.project)):
                scope = Scope(row.scope, row.project)
                held.append(Limit(scope, usd(row.usd), booked(connection, scope, month)))
    return tuple(held)
