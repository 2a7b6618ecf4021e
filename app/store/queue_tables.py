"""The tables of the queue: jobs, what happened to them, and who is told of it."""

import sqlalchemy as sql

from songreel.store.schema_base import JSON, METADATA, Id

JOBS = sql.Table(
    "jobs",
    METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("project", sql.String(32), nullable=False),
    sql.Column("work", JSON, nullable=False),
    sql.Column("kind", sql.String(16), nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("state", sql.String(9), nullable=False),
    # In the queue: the lowest goes first.
    sql.Column("place", sql.Double, nullable=False),
    # Times it was taken up; the number is what a worker shows it still holds it by.
    sql.Column("attempts", sql.Integer, nullable=False),
    # Times in a row that its process ended without a word and without getting any further.
    sql.Column("crashes", sql.Integer, nullable=False),
    # It waits until then at least.
    sql.Column("after", sql.String(32)),
    sql.Column("worker", sql.Text, nullable=False),
    # What its worker was asked to do and has not done yet.
    sql.Column("wish", sql.String(6), nullable=False),
    sql.Column("doing", sql.Text, nullable=False),
    sql.Column("progress", sql.Double, nullable=False),
    sql.Column("eta", sql.Double),
    sql.Column("error", sql.Text, nullable=False),
    sql.Column("result", JSON, nullable=False),
    sql.Column("made", sql.String(32), nullable=False),
    sql.Column("began", sql.String(32)),
    sql.Column("heard", sql.String(32)),
    sql.Column("ended", sql.String(32)),
    sql.CheckConstraint("state IN ('waiting', 'paused', 'working', 'done', 'failed', 'cancelled')"),
    sql.CheckConstraint("wish IN ('', 'pause', 'cancel')"),
    sql.CheckConstraint("attempts >= 0 AND crashes >= 0"),
    sql.Index("jobs_by_state", "state", "place"),
    sql.Index("jobs_by_project", "project", "state"),
    sql.Index("jobs_by_kind", "kind", "ended"),
)

QUEUE_STATE = sql.Table(
    "queue_state",
    METADATA,
    sql.Column("name", sql.String(16), primary_key=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("value", JSON, nullable=False),
)
"""Of the whole queue: `held`, and when old events were dropped last: `pruned`."""

JOB_EVENTS = sql.Table(
    "job_events",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    sql.Column("job", sql.String(32), sql.ForeignKey("jobs.id"), nullable=False),
    sql.Column("project", sql.String(32), nullable=False),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("kind", sql.String(8), nullable=False),
    # Of what was found: which part of the analysis; the last telling of a part is kept.
    sql.Column("part", sql.String(32), nullable=False),
    sql.Column("data", JSON, nullable=False),
    sql.CheckConstraint("kind IN ('state', 'progress', 'found', 'notice')"),
    sql.Index("job_events_by_job", "job", "id"),
    sql.Index("job_events_by_project", "project", "id"),
    # SQLite would give the id of an event that was dropped out again.
    sqlite_autoincrement=True,
)
"""What happened to jobs, in order. Writers take turns, so ids grow as they are committed."""

PURCHASES = sql.Table(
    "job_purchases",
    METADATA,
    # A reservation of the ledger, which knows what became of it.
    sql.Column("project", sql.Text, primary_key=True),
    sql.Column("key", sql.Text, primary_key=True),
    sql.Column("round", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("job", sql.String(32), nullable=False),
    sql.Index("job_purchases_by_job", "job"),
)
"""Which job has ordered what, so that what it has spent is known to all of its attempts."""

WEBHOOKS = sql.Table(
    "webhooks",
    METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("url", sql.Text, nullable=False),
    # Of the events that it is told of.
    sql.Column("kinds", JSON, nullable=False),
    # Whether it may lead to an address of a private network: only of a local user's.
    sql.Column("private", sql.Boolean, nullable=False),
    sql.Column("state", sql.String(8), nullable=False),
    # The last event that was delivered, or that it is not told of.
    sql.Column("told", Id, nullable=False),
    # In a row, since when, and when it is tried again.
    sql.Column("failures", sql.Integer, nullable=False),
    sql.Column("failing", sql.String(32)),
    sql.Column("after", sql.String(32)),
    sql.Column("error", sql.Text, nullable=False),
    # Who is delivering to it just now, and until when nobody else does.
    sql.Column("sender", sql.Text, nullable=False),
    sql.Column("until", sql.String(32)),
    sql.CheckConstraint("state IN ('on', 'disabled')"),
)
"""Who is told of jobs. The secrets with which that is signed lie in a file of the workspace."""

QUEUE_TABLES = [JOBS, JOB_EVENTS, QUEUE_STATE, WEBHOOKS]
