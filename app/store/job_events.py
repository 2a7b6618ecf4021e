"""What happened to jobs, as the tables keep it: `Events`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sql
from pydantic import JsonValue
from sqlalchemy.engine import Connection

from songreel.models.queued import JobEvent
from songreel.store.queue_tables import JOB_EVENTS, QUEUE_STATE
from songreel.store.schema import stamp

Kind = Literal["state", "progress", "found", "notice"]

SELDOM = 1.0
"""Seconds between two events of progress of one job, where its stage is the same."""
NEWS = timedelta(minutes=1)
"""For so long progress is news."""
FINDINGS = timedelta(days=1)
"""For so long what a job found is kept; the analysis itself is kept elsewhere."""
KEPT = timedelta(days=30)
"""For so long all other events are kept, so that the table does not grow without end."""
_SELDOM_PRUNED = timedelta(hours=1)
_MOST_PRUNED = 5000
"""Events dropped at once, in a tenth of a second: somebody waits for it."""


def is_news(last: JobEvent | None, told: Mapping[str, Any], moment: str) -> bool:
    """Whether progress is worth an event after the `last` one."""
    if last is None or _stage(last.data.get("doing")) != _stage(told["doing"]):
        return True
    since = datetime.fromisoformat(moment) - last.at
    changed = any(last.data.get(name) != told[name] for name in ("doing", "progress"))
    return changed and not 0 <= since.total_seconds() < SELDOM  # below: the clock was set back


def _stage(doing: object) -> str:
    return str(doing).partition(":")[0]


class Events:
    """Reading and writing events, within the transactions of the queue."""

    def add(
        self,
        connection: Connection,
        job: Any,
        kind: Kind,
        data: Mapping[str, Any],
        moment: str,
    ) -> int:
        """Add an event of the job in the row `job`; its id.

        A part of an analysis that is told again takes the place of what was told before.
        """
        part = str(data.get("part", ""))[:32] if kind == "found" else ""
        if part:
            same = (JOB_EVENTS.c.job == job.id, JOB_EVENTS.c.part == part)
            connection.execute(sql.delete(JOB_EVENTS).where(*same))
        row = {
            "job": job.id, "project": job.project, "at": moment, "kind": kind, "part": part,
            "data": dict(data),
        }  # fmt: skip
        added = connection.execute(sql.insert(JOB_EVENTS).values(row))
        id_: int = added.inserted_primary_key[0] if added.inserted_primary_key else 0
        return id_

    def replace(
        self, connection: Connection, job: Any, told: Mapping[str, JsonValue], moment: str
    ) -> None:
        """Add progress, and drop that which is no news any more."""
        limit = stamp(datetime.fromisoformat(moment) - NEWS)
        old = sql.or_(JOB_EVENTS.c.at < limit, JOB_EVENTS.c.at > moment)
        same = (JOB_EVENTS.c.job == job.id, JOB_EVENTS.c.kind == "progress")
        connection.execute(sql.delete(JOB_EVENTS).where(*same, old))
        self.add(connection, job, "progress", told, moment)

    def forget(self, connection: Connection, job: str, kind: Kind) -> None:
        """Drop a job's events of a kind."""
        connection.execute(
            sql.delete(JOB_EVENTS).where(JOB_EVENTS.c.job == job, JOB_EVENTS.c.kind == kind)
        )

    def prune(self, connection: Connection, moment: str) -> None:
        """Drop events of all jobs that are old: once an hour, and a part of them at a time."""
        now = datetime.fromisoformat(moment)
        state = QUEUE_STATE.c.name == "pruned"
        last = connection.execute(sql.select(QUEUE_STATE.c.at).where(state)).scalar()
        if last is not None and stamp(now - _SELDOM_PRUNED) < last <= moment:
            return
        passing = JOB_EVENTS.c.kind.in_(("found", "progress"))
        gone = sql.or_(
            JOB_EVENTS.c.at < stamp(now - KEPT),
            sql.and_(passing, JOB_EVENTS.c.at < stamp(now - FINDINGS)),
        )
        old = sql.select(JOB_EVENTS.c.id).where(gone).order_by(JOB_EVENTS.c.id).limit(_MOST_PRUNED)
        dropped = connection.execute(sql.delete(JOB_EVENTS).where(JOB_EVENTS.c.id.in_(old)))
        connection.execute(sql.delete(QUEUE_STATE).where(state))
        if dropped.rowcount < _MOST_PRUNED:
            row = {"name": "pruned", "at": moment, "value": True}
            connection.execute(sql.insert(QUEUE_STATE).values(row))

    def last(self, connection: Connection, job: str, kind: Kind) -> JobEvent | None:
        """A job's last event of a kind."""
        asked = (
            sql.select(JOB_EVENTS)
            .where(JOB_EVENTS.c.job == job, JOB_EVENTS.c.kind == kind)
            .order_by(JOB_EVENTS.c.id.desc())
            .limit(1)
        )
        row = connection.execute(asked).one_or_none()
        return _event(row) if row is not None else None

    def read(
        self,
        connection: Connection,
        after: int,
        job: str | None,
        project: str | None,
        limit: int,
        kinds: tuple[str, ...] = (),
    ) -> tuple[JobEvent, ...]:
        """Events after the one called `after`, in order."""
        asked = sql.select(JOB_EVENTS).where(JOB_EVENTS.c.id > after)
        if job is not None:
            asked = asked.where(JOB_EVENTS.c.job == job)
        if project is not None:
            asked = asked.where(JOB_EVENTS.c.project == project)
        if kinds:
            asked = asked.where(JOB_EVENTS.c.kind.in_(kinds))
        rows = connection.execute(asked.order_by(JOB_EVENTS.c.id).limit(limit))
        return tuple(_event(row) for row in rows)


def _event(row: Any) -> JobEvent:
    """The event in a row."""
    values = dict(row._mapping)
    values.pop("part")
    return JobEvent(**values)
