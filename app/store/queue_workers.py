"""The queue as those who do the work see it: `Workers`."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sql
from pydantic import JsonValue
from sqlalchemy.engine import Connection

from songreel.models.queued import QueuedJob
from songreel.store.book import of_job
from songreel.store.job_events import Kind, is_news
from songreel.store.job_table import FREE, JobTable
from songreel.store.queue_clock import due
from songreel.store.queue_tables import JOBS
from songreel.store.schema import stamp
from songreel.store.trail import enter

STALE = 60.0
"""Seconds after which a worker that was not heard of is taken for dead."""
CRASHES = 3
"""Times in a row that the process of a job may end by itself before the job is given up."""
LOST = 5
"""Times in a row that it may go away with its server or machine: these have other reasons too."""
LONGEST = 60.0
"""Seconds that a job may wait for its project at a time."""
FURTHER = 0.01
"""Share of a job by which an attempt that gets further ends such a row."""

Wish = Literal["", "pause", "cancel", "lost"]
"""What a worker is to do: go on, stop for now, stop for good; or stop because the job is not its
own any more."""

_WISHED = {"pause": "paused", "cancel": "cancelled"}


class Workers(JobTable):
    """Taking jobs up, and telling what becomes of them.

    A job that was taken up belongs to its attempt: what an attempt tells that is not the job's last
    one any more, because another worker took it over, changes nothing, and it is told so.

    A job is given up where its attempts end without a word in a row: `CRASHES` times where whoever
    started its process is there and did not ask for that, `LOST` times where server or machine went
    away too, as they do where a job takes all of their memory. A row ends where an attempt gets
    further than all before it.
    """

    def take(
        self,
        worker: str,
        *,
        stale: float = STALE,
        dead: Collection[str] = (),
        alive: Collection[str] = (),
    ) -> QueuedJob | None:
        """Take up the first job that waits and whose project nobody is working on.

        Jobs whose worker is dead wait again first, and go on from what there is of them.

        Args:
            worker: Who takes it.
            stale: Seconds after which a worker that was not heard of is taken for dead.
            dead: Workers that are known to be.
            alive: Workers that are known to be there, as `worker` itself, however long they were
                not heard of: the clock was set forward, or the machine asleep.

        Returns:
            The job as it stands now; None where nothing is to be done just now.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            self._bury(connection, moment, stale, dead, (worker, *alive))
            if self._held(connection):
                return None
            busy = sql.select(JOBS.c.project).where(JOBS.c.state == "working")
            asked = (
                sql.select(JOBS.c.id)
                .where(
                    JOBS.c.state == "waiting",
                    due(JOBS.c.after, moment, LONGEST),
                    sql.or_(JOBS.c.project == "", JOBS.c.project.not_in(busy)),
                )
                .order_by(JOBS.c.place, JOBS.c.id)
                .limit(1)
            )
            found = connection.execute(asked).scalar()
            if found is None:
                return None
            self._set(
                connection, found, state="working", worker=worker, error="", result={}, wish="",
                attempts=JOBS.c.attempts + 1, began=moment, heard=moment, ended=None, after=None,
                doing="starting", eta=None,
            )  # fmt: skip
            return self._told(connection, found, moment)

    def alive(
        self, job: QueuedJob, doing: str = "", progress: float = 0.0, eta: float | None = None
    ) -> Wish:
        """Say that the job's worker is at work, and where it stands; what is wished of it."""
        with self.database.write() as connection:
            moment = self._now(connection)
            told: dict[str, JsonValue] = {"doing": doing, "progress": progress, "eta": eta}
            further = JOBS.c.progress < progress - FURTHER
            crashes = sql.case((further, 0), else_=JOBS.c.crashes)
            if not self._own(connection, job, heard=moment, crashes=crashes, **told):
                return "lost"
            last = self._events.last(connection, job.id, "progress")
            if is_news(last, told, moment):
                self._events.replace(connection, self._row(connection, job.id), told, moment)
            wish: Wish = self._row(connection, job.id).wish
            return wish

    def done(self, job: QueuedJob, result: Mapping[str, JsonValue]) -> bool:
        """The work is done; False: another worker has taken it over."""
        return self._end(
            job, state="done", result=dict(result), progress=1.0, doing="", eta=None, error=""
        )

    def failed(
        self, job: QueuedJob, error: str, result: Mapping[str, JsonValue] | None = None
    ) -> bool:
        """The work cannot be done: why, in one sentence. `again` has it tried again."""
        return self._end(job, state="failed", error=error, result=dict(result or {}), eta=None)

    def cancelled(self, job: QueuedJob) -> bool:
        """The work was stopped for good, as it was wished."""
        return self._end(job, state="cancelled", eta=None)

    def paused(self, job: QueuedJob) -> bool:
        """The work was stopped for now, as it was wished."""
        return self._leave(job, state="paused")

    def give_back(self, job: QueuedJob) -> bool:
        """The worker stops; the job waits in its place for another one, and goes on from there."""
        return self._leave(job, state="waiting")

    def wait(self, job: QueuedJob, seconds: float, why: str) -> bool:
        """The job cannot begin yet, because of `why`; others go before it for so long.

        `seconds` are `LONGEST` at most.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            after = stamp(datetime.fromisoformat(moment) + timedelta(seconds=min(seconds, LONGEST)))
            state = _WISHED.get(self._row(connection, job.id).wish, "waiting")
            own = self._own(connection, job, state=state, after=after, doing=why, **FREE)
            if own:
                self._told(connection, job.id, moment)
            return own

    def crashed(self, job: QueuedJob, how: str) -> bool:
        """Its process ended by itself, `how` in a few words; it is tried three times in a row."""
        with self.database.write() as connection:
            row = self._row(connection, job.id)
            own = (row.state, row.attempts, row.worker) == ("working", job.attempts, job.worker)
            if own:
                self._gone(connection, row, self._now(connection), how)
            return own

    def belongs(self, job: QueuedJob, project: str) -> bool:
        """The job works on a project that it has made itself."""
        with self.database.write() as connection:
            own = self._own(connection, job, project=project)
            if own:
                self._told(connection, job.id, self._now(connection))
            return own

    def tell(self, job: QueuedJob, kind: Kind, data: Mapping[str, JsonValue]) -> int:
        """Add an event to a job's; its id."""
        with self.database.write() as connection:
            row = self._row(connection, job.id)
            return self._events.add(connection, row, kind, data, self._now(connection))

    def _end(self, job: QueuedJob, **values: Any) -> bool:
        with self.database.write() as connection:
            moment = self._now(connection)
            ended = {"heard": moment, "ended": moment, "wish": "", "crashes": 0, "after": None}
            own = self._own(connection, job, **values, **ended)
            if own:
                self._events.forget(connection, job.id, "progress")
                if values["state"] == "done":  # one that failed may be tried again
                    self._need_no_more(connection, job.id)
                self._told(connection, job.id, moment)
            return own

    def _leave(self, job: QueuedJob, **values: Any) -> bool:
        with self.database.write() as connection:
            own = self._own(connection, job, **values, **FREE, doing="")
            if own:
                self._told(connection, job.id, self._now(connection))
            return own

    def _bury(
        self,
        connection: Connection,
        moment: str,
        stale: float,
        dead: Collection[str],
        alive: Collection[str],
    ) -> None:
        """Have jobs of dead workers wait again."""
        limit = stamp(datetime.fromisoformat(moment) - timedelta(seconds=stale))
        asked = sql.select(JOBS).where(
            JOBS.c.state == "working",
            sql.or_(
                sql.and_(JOBS.c.heard < limit, JOBS.c.worker.not_in(alive)),
                JOBS.c.worker.in_(dead),
            ),
        )
        for row in connection.execute(asked).all():
            self._gone(connection, row, moment)

    def _gone(self, connection: Connection, row: Any, moment: str, crash: str = "") -> None:
        """Nobody is at a job any more: its process crashed, or its server went with it."""
        crashes, most = row.crashes + 1, CRASHES if crash else LOST
        values: dict[str, Any]
        if row.wish == "cancel":
            values = {"state": "cancelled", "ended": moment, "crashes": 0}
        elif row.wish == "pause":
            values = {"state": "paused", "crashes": 0}
        elif crashes >= most:
            how = crash or "its server or machine went away with it"
            error = (
                f"its process ended {crashes} times in a row at the same place ({how}): nothing "
                "it had finished is lost; see its log, and whether memory or disk are full, and "
                "have it tried again"
            )
            values = {"state": "failed", "error": error, "ended": moment, "crashes": crashes}
            enter(
                connection, moment, row.actor or "queue", "job.ended",
                project=row.project, subject=row.id,
                detail={"kind": row.kind, "state": "failed", "error": error},
                usd=of_job(connection, row.id) or None,
            )  # fmt: skip
        else:
            values = {"state": "waiting", "crashes": crashes}
        self._set(connection, row.id, **{**FREE, **values})
        self._told(connection, row.id, moment)
