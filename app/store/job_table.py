"""The table of jobs, within transactions: `JobTable`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.errors import InvalidInput
from songreel.models.queued import QueuedJob
from songreel.models.work import assets_of
from songreel.store.database import Database
from songreel.store.documents import use
from songreel.store.job_events import Events
from songreel.store.queue_clock import moment_of
from songreel.store.queue_tables import JOBS, QUEUE_STATE
from songreel.store.schema import stamp
from songreel.store.workspace_tables import ASSET_USES, ASSETS

FREE: Mapping[str, Any] = {"worker": "", "wish": "", "eta": None, "heard": None}
"""Of a job that nobody works at."""


class JobTable:
    """Jobs and their events.

    Args:
        database: Of the workspace.
        clock: The time; None: the database's own, the same for all machines.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] | None = None) -> None:
        self.database, self._clock = database, clock
        self._events = Events()

    def _own(self, connection: Connection, job: QueuedJob, **values: Any) -> bool:
        """Change a job that is still that of the attempt; False where it is not."""
        change = sql.update(JOBS).where(
            JOBS.c.id == job.id,
            JOBS.c.state == "working",
            JOBS.c.attempts == job.attempts,
            JOBS.c.worker == job.worker,
        )
        return connection.execute(change.values(values)).rowcount == 1

    def _set(self, connection: Connection, job: str, **values: Any) -> None:
        connection.execute(sql.update(JOBS).where(JOBS.c.id == job).values(values))

    def _told(self, connection: Connection, job: str, moment: str) -> QueuedJob:
        """The job as it stands now, and everybody told."""
        row = self._row(connection, job)
        found = job_in(row)
        self._events.add(connection, row, "state", found.model_dump(mode="json"), moment)
        return found

    def _row(self, connection: Connection, job: str) -> Any:
        row = connection.execute(sql.select(JOBS).where(JOBS.c.id == job)).one_or_none()
        if row is None:
            raise InvalidInput(f"there is no job {job}; `songreel jobs` lists them")
        return row

    def _need(self, connection: Connection, job: QueuedJob) -> None:
        """Keep what the job's work names until it is done.

        Raises:
            InvalidInput: There is no such asset.
        """
        for sha256 in sorted(assets_of(job.work)):
            there = sql.select(ASSETS.c.sha256).where(ASSETS.c.sha256 == sha256)
            if connection.execute(there).first() is None:
                raise InvalidInput(f"there is no asset {sha256} in this workspace; upload it first")
            use(connection, sha256, "job", job.id)

    def _need_no_more(self, connection: Connection, job: str) -> None:
        gone = (ASSET_USES.c.what == "job", ASSET_USES.c.id == job)
        connection.execute(sql.delete(ASSET_USES).where(*gone))

    def _held(self, connection: Connection) -> bool:
        asked = sql.select(QUEUE_STATE.c.value).where(QUEUE_STATE.c.name == "held")
        return bool(connection.execute(asked).scalar())

    def _now(self, connection: Connection) -> str:
        return stamp(self._clock()) if self._clock is not None else moment_of(connection)


def job_in(row: Any) -> QueuedJob:
    """The job in a row."""
    values = dict(row._mapping)
    values.pop("kind")
    return QueuedJob(**values)
