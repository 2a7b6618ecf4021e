"""The audit trail: who did what, and what it cost. `Trail`."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sql
from pydantic import JsonValue
from sqlalchemy.engine import Connection, RowMapping

from songreel.models.workspace import TrailEntry
from songreel.store.amounts import micro, usd
from songreel.store.part import Part
from songreel.store.schema import stamp
from songreel.store.schema_base import plain
from songreel.store.storing import Stored, TrailCost, stored
from songreel.store.workspace_tables import TRAIL

_ACTION = re.compile(r"[a-z]+(\.[a-z-]+)+")
_SECRET = re.compile(r"key|token|secret|password|authorization|credential", re.IGNORECASE)
_USERINFO = re.compile(r"(\w+://)[^/@\s]+@")


class Trail(Part):
    """The audit trail of a workspace; the database lets nobody change or remove a line.

    Arguments and errors are those of `Part`.
    """

    def add(
        self,
        action: str,
        project: str = "",
        subject: str = "",
        detail: Mapping[str, JsonValue] | None = None,
        usd: Decimal | None = None,
        stored: int | None = None,
    ) -> None:
        """Add a line.

        Args:
            action: What was done: `job.ended`, `clip.bought` …
            project: Id of the project it was done to, if any.
            subject: What it was done to: a job, a shot, an asset.
            detail: More of it; values under names of keys, tokens and passwords are left out.
            usd: What it cost.
            stored: Bytes that the store gained, negative where it lost some.
        """
        with self.database.write() as connection:
            enter(
                connection, stamp(self._clock()), self._actor, action, project=project,
                subject=subject, detail=detail, usd=usd, stored=stored,
            )  # fmt: skip

    def entries(
        self,
        project: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        *,
        action: str | None = None,
        after: int = 0,
    ) -> tuple[TrailEntry, ...]:
        """Lines in their order.

        Args:
            project: Only of the project with this id; None for all.
            since: Only from this moment on; None for all.
            limit: No more than this, the latest of them, or with `after` the first; None: all.
            action: Only what was done so: `plan.changed`, or all of a kind: `plan`.
            after: Only lines with a higher id.
        """
        order = TRAIL.c.id if after else TRAIL.c.id.desc()
        asked = sql.select(TRAIL).where(TRAIL.c.id > after).order_by(order)
        if project is not None:
            asked = asked.where(TRAIL.c.project == project)
        if since is not None:
            asked = asked.where(TRAIL.c.at >= stamp(since))
        if action is not None:
            asked = asked.where(
                sql.or_(TRAIL.c.action == action, TRAIL.c.action.startswith(f"{action}."))
            )
        if limit is not None:
            asked = asked.limit(limit)
        with self.database.read() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(_entry(row) for row in sorted(rows, key=lambda row: row["id"]))

    def cost(
        self,
        project: str | None = None,
        since: datetime | None = None,
        *,
        price: Decimal | None = None,
    ) -> TrailCost:
        """What generation and storage have cost up to now.

        What clips cost is told by the ledger, what was held for how long by this trail.

        Args:
            project: Id of one project; its share of what is stored is not known. None: of all.
            since: Only from this moment on; None: from the beginning.
            price: USD for a GB (2³⁰ bytes) held for a month (730 hours); None: not known.
        """
        from songreel.store.costs import costs, total
        from songreel.store.ledger import Ledger

        ledger = Ledger(self.database)
        paid = total(costs(ledger, "project", project, since.date() if since else None))
        holding: Stored | None = None
        if project is None:
            with self.database.read() as connection:
                holding = stored(connection, since, self._clock())
        return TrailCost.of(paid.total, paid.open, holding, price)


def enter(
    connection: Connection,
    at: str,
    actor: str,
    action: str,
    *,
    project: str = "",
    subject: str = "",
    detail: Mapping[str, JsonValue] | None = None,
    usd: Decimal | None = None,
    stored: int | None = None,
) -> None:
    """Add a line in the transaction of what it tells of; arguments as `Trail.add`."""
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} is no action; write noun.verb")
    connection.execute(
        sql.insert(TRAIL).values(
            at=at,
            actor=actor,
            action=action,
            project=project,
            subject=plain(subject),
            detail=_harmless(dict(detail or {})),
            usd=None if usd is None else micro(usd),
            stored=stored,
        )
    )


def _harmless(value: Any) -> Any:
    """`value` without secrets: a slip elsewhere must not be written where nothing is removed."""
    if isinstance(value, dict):
        return {
            name: "***" if _SECRET.search(name) and isinstance(item, str) else _harmless(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_harmless(item) for item in value]
    return _USERINFO.sub(r"\1***@", plain(value)) if isinstance(value, str) else value


def _entry(row: RowMapping) -> TrailEntry:
    paid = None if row["usd"] is None else usd(row["usd"])
    return TrailEntry(**dict(row) | {"usd": paid})
