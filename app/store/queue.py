"""Work that waits or is being done: `Queue`, shared by everybody who adds work or does it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sql

from songreel.models.errors import InvalidInput
from songreel.models.queued import ENDED, JobEvent, JobState, QueuedJob
from songreel.models.work import Work
from songreel.store.job_table import FREE, job_in
from songreel.store.queue_order import last_place, place_before
from songreel.store.queue_tables import JOB_EVENTS, JOBS, QUEUE_STATE
from songreel.store.queue_workers import Workers


class Queue(Workers):
    """The queue of a workspace; safe to use from many processes and machines at once.

    Every method raises MachineError where the database cannot be read or written.
    """

    def add(self, work: Work, *, actor: str = "", before: str | None = None) -> QueuedJob:
        """Have `work` done, after all that waits, or before the job `before`.

        Raises:
            InvalidInput: There is no such job, or no such asset.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            self._events.prune(connection, moment)
            job = QueuedJob(
                id=uuid4().hex,
                project=getattr(work, "project", None) or "",
                work=work,
                actor=actor,
                made=datetime.fromisoformat(moment),
                place=last_place(connection),
            )
            row = job.model_dump(mode="json") | {"kind": work.kind, "made": moment}
            connection.execute(sql.insert(JOBS).values(row))
            self._need(connection, job)
            if before is not None:
                place_before(connection, job.id, self._row(connection, before).id)
            return self._told(connection, job.id, moment)

    def get(self, job: str) -> QueuedJob:
        """The job as it stands now.

        Raises:
            InvalidInput: There is none of this id.
        """
        with self.database.read() as connection:
            return job_in(self._row(connection, job))

    def beginning(self, name: str, limit: int = 10) -> tuple[QueuedJob, ...]:
        """Jobs whose ids begin with `name`, of all there ever were."""
        asked = sql.select(JOBS).where(JOBS.c.id.startswith(name, autoescape=True))
        with self.database.read() as connection:
            rows = connection.execute(asked.order_by(JOBS.c.id).limit(limit))
            return tuple(job_in(row) for row in rows)

    def all(
        self,
        states: Collection[JobState] | None = None,
        project: str | None = None,
        limit: int = 200,
    ) -> tuple[QueuedJob, ...]:
        """Jobs: those that have not ended in their order, then those that have, the latest first.

        Args:
            states: Only jobs in these; None for all.
            project: Only of this project.
            limit: How many at most.
        """
        asked = sql.select(JOBS)
        if states is not None:
            asked = asked.where(JOBS.c.state.in_(states))
        if project is not None:
            asked = asked.where(JOBS.c.project == project)
        ended = JOBS.c.state.in_(ENDED)
        order = (
            sql.case((ended, 1), else_=0),
            sql.case((ended, 0.0), else_=JOBS.c.place),
            JOBS.c.ended.desc(), JOBS.c.id,
        )  # fmt: skip
        with self.database.read() as connection:
            rows = connection.execute(asked.order_by(*order).limit(limit))
            return tuple(job_in(row) for row in rows)

    def pause(self, job: str) -> QueuedJob:
        """Have a job stop for now; one at work does when its worker hears of it.

        Raises:
            InvalidInput: It has ended, or there is no such job.
        """
        return self._wish(job, "pause", {"waiting": "paused"}, ("paused",))

    def resume(self, job: str) -> QueuedJob:
        """Have a paused job wait for its turn again.

        Raises:
            InvalidInput: It has ended, or there is no such job.
        """
        return self._wish(job, "", {"paused": "waiting"}, ("waiting",))

    def cancel(self, job: str) -> QueuedJob:
        """Have a job stop for good; what was made of it stays.

        Raises:
            InvalidInput: It is done or has failed, or there is no such job.
        """
        states: dict[str, JobState] = {"waiting": "cancelled", "paused": "cancelled"}
        return self._wish(job, "cancel", states, ("cancelled",))

    def again(self, job: str) -> QueuedJob:
        """Have a job that failed or was cancelled tried again, after all that waits.

        One that is done is added once more, as a job of its own.

        Raises:
            InvalidInput: It has not ended, or there is no such job.
        """
        known = self.get(job)
        if known.state not in ENDED:
            raise InvalidInput(f"job {job} has not ended yet: it is {known.state}")
        if known.state == "done":
            return self.add(known.work, actor=known.actor)
        with self.database.write() as connection:
            moment = self._now(connection)
            if self._row(connection, job).state in ("failed", "cancelled"):
                place = last_place(connection)
                self._set(connection, job, **_FRESH, place=place, crashes=0, progress=0.0)
            return self._told(connection, job, moment)

    def move(self, job: str, before: str | None = None) -> QueuedJob:
        """Have a job done before another one, or after all that wait.

        Raises:
            InvalidInput: One of them has ended, or there is no such job.
        """
        with self.database.write() as connection:
            moment = self._now(connection)
            for name in (job, before):
                if name is not None and (row := self._row(connection, name)).state in ENDED:
                    raise InvalidInput(f"job {name} has ended ({row.state}): it has no turn")
            if before is None:
                self._set(connection, job, place=last_place(connection))
            elif before != job:
                for other in place_before(connection, job, before):
                    self._told(connection, other, moment)
            return self._told(connection, job, moment)

    def hold(self) -> None:
        """Have no job taken up until `release`; those at work go on."""
        self._keep_held(held=True)

    def release(self) -> None:
        """Have jobs taken up again."""
        self._keep_held(held=False)

    @property
    def held(self) -> bool:
        """Whether no job is taken up."""
        with self.database.read() as connection:
            return self._held(connection)

    def events(
        self,
        after: int = 0,
        job: str | None = None,
        project: str | None = None,
        limit: int = 500,
    ) -> tuple[JobEvent, ...]:
        """What happened since the event `after`, in order.

        Progress that is no news any more is left out, and so is what a job found, a day later, and
        everything a month later.

        Args:
            after: Id of the last event that is known.
            job: Only of this job.
            project: Only of jobs of this project.
            limit: How many at most.
        """
        with self.database.read() as connection:
            return self._events.read(connection, after, job, project, limit)

    @property
    def last_event(self) -> int:
        """Id of the latest event; 0 where nothing has happened yet."""
        with self.database.read() as connection:
            found = connection.execute(sql.select(sql.func.max(JOB_EVENTS.c.id))).scalar()
            return found or 0

    def seconds(self, kind: str, limit: int = 20) -> tuple[float, ...]:
        """How long the last jobs of a kind took that were done in one go, the latest first."""
        asked = (
            sql.select(JOBS.c.began, JOBS.c.ended)
            .where(JOBS.c.kind == kind, JOBS.c.state == "done", JOBS.c.attempts == 1)
            .order_by(JOBS.c.ended.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            took = (
                (datetime.fromisoformat(row.ended) - datetime.fromisoformat(row.began))
                .total_seconds()
                for row in connection.execute(asked)
            )  # fmt: skip
            return tuple(seconds for seconds in took if seconds >= 0)  # or the clock was set back

    def _wish(
        self, job: str, wish: str, states: Mapping[str, JobState], there: Collection[str]
    ) -> QueuedJob:
        """Have a job in one of `states` go into another, and one at work be told of `wish`."""
        with self.database.write() as connection:
            row, moment = self._row(connection, job), self._now(connection)
            if row.state == "working":
                if row.wish == wish:
                    return job_in(row)
                self._set(connection, job, wish=wish)
            elif row.state in states:
                ended = moment if states[row.state] in ENDED else None
                self._set(connection, job, state=states[row.state], after=None, ended=ended)
            elif row.state in there:
                return job_in(row)
            else:
                raise InvalidInput(f"job {job} has ended: it is {row.state}")
            return self._told(connection, job, moment)

    def _keep_held(self, *, held: bool) -> None:
        with self.database.write() as connection:
            connection.execute(sql.delete(QUEUE_STATE).where(QUEUE_STATE.c.name == "held"))
            row = {"name": "held", "at": self._now(connection), "value": held}
            connection.execute(sql.insert(QUEUE_STATE).values(row))


_FRESH: Mapping[str, Any] = {
    **FREE, "state": "waiting", "doing": "", "began": None, "ended": None, "after": None,
}  # fmt: skip
