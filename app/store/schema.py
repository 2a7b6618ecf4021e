"""The tables of the workspace's database, and the steps that lead to them."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.store.queue_tables import PURCHASES, QUEUE_TABLES
from songreel.store.schema_base import JSON, METADATA, MICRO, Id
from songreel.store.workspace_tables import (
    CREDITS,
    PLAN_VERSIONS,
    TRAIL,
    WORKSPACE,
    WORKSPACE_TABLES,
)

Step = Callable[[Connection], None]

SCHEMA = sql.Table(
    "songreel_schema",
    METADATA,
    sql.Column("version", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("at", sql.String(32), nullable=False),
)
"""A row for every step that was taken."""

ENTRIES = sql.Table(
    "ledger_entries",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("kind", sql.String(8), nullable=False),
    sql.Column("project", sql.Text, nullable=False),
    sql.Column("project_name", sql.Text, nullable=False),
    sql.Column("key", sql.Text, nullable=False),
    # Reserving a key again that was released opens its next round.
    sql.Column("round", sql.Integer, nullable=False),
    # Of the reservation, "2026-11" (UTC): a clip counts in the month in which it was ordered.
    sql.Column("month", sql.String(7), nullable=False),
    sql.Column("provider", sql.Text, nullable=False),
    sql.Column("shot", sql.Text, nullable=False),
    sql.Column("fingerprint", sql.String(64), nullable=False),
    # Set aside by a reserve, charged by a settle, 0 of a release.
    sql.Column("usd", MICRO, nullable=False),
    # What the entry adds to the sum of charges and open reservations; may be negative.
    sql.Column("change", MICRO, nullable=False),
    sql.Column("measured", sql.Boolean, nullable=False),
    sql.Column("basis", sql.Text, nullable=False),
    sql.UniqueConstraint("project", "key", "round", "kind"),
    sql.CheckConstraint("kind IN ('reserve', 'settle', 'release')"),
    sql.CheckConstraint("usd >= 0"),
    sql.Index("ledger_entries_by_month", "month"),
)

LIMITS = sql.Table(
    "ledger_limits",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("scope", sql.String(9), nullable=False),
    sql.Column("project", sql.Text, nullable=False),
    sql.Column("usd", MICRO, nullable=True),
    sql.CheckConstraint("scope IN ('workspace', 'month', 'project')"),
    sql.CheckConstraint("usd >= 0"),
)
"""Limits as they were set; the last one of a scope holds, and NULL takes it away."""

CLIPS = sql.Table(
    "clip_history",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    # When the clip was made.
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("project", sql.Text, nullable=False),
    sql.Column("project_name", sql.Text, nullable=False),
    sql.Column("shot", sql.Text, nullable=False),
    sql.Column("fingerprint", sql.String(64), nullable=False),
    sql.Column("sha256", sql.String(64), nullable=False),
    # With the model, as in the ledger.
    sql.Column("provider", sql.Text, nullable=False),
    sql.Column("frames", sql.Integer, nullable=False),
    # Frames a second, "24" or "30000/1001".
    sql.Column("rate", sql.Text, nullable=False),
    sql.Column("width", sql.Integer, nullable=False),
    sql.Column("height", sql.Integer, nullable=False),
    # Of a clip that was made on a machine of the user's: where and how, NULL of the others.
    sql.Column("device", sql.Text),
    sql.Column("placement", sql.Text),
    sql.Column("steps", sql.Integer),
    sql.Column("seconds", sql.Double),
    sql.Column("stages", JSON),
    sql.Column("memory_peak", sql.BigInteger),
    sql.Column("approximate", JSON),
    sql.Column("notices", JSON),
    # Of a clip that was bought.
    sql.Column("usd", MICRO),
    sql.Column("measured", sql.Boolean),
    sql.UniqueConstraint("project", "fingerprint", "sha256"),
    sql.CheckConstraint("seconds >= 0"),
    sql.CheckConstraint("memory_peak >= 0"),
    sql.Index("clip_history_by_sha256", "sha256"),
)
"""A row for every clip that was made or bought. Losing it loses nothing of a film."""

BATCHES = sql.Table(
    "batches",
    METADATA,
    sql.Column("id", sql.Text, primary_key=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("title", sql.Text, nullable=False),
)

FILMS = sql.Table(
    "batch_films",
    METADATA,
    sql.Column("batch", sql.Text, sql.ForeignKey("batches.id"), primary_key=True),
    sql.Column("name", sql.Text, primary_key=True),
    # In the order in which they were given.
    sql.Column("place", sql.Integer, nullable=False),
    # What is to be made, as the batch understands it.
    sql.Column("task", JSON, nullable=False),
    sql.Column("state", sql.String(8), nullable=False),
    # Times it was taken up; the number of the attempt is what a worker shows it still holds it by.
    sql.Column("attempts", sql.Integer, nullable=False),
    sql.Column("worker", sql.Text, nullable=False),
    sql.Column("error", sql.Text, nullable=False),
    sql.Column("result", JSON, nullable=False),
    sql.Column("began", sql.String(32)),
    # When its worker was last heard of.
    sql.Column("heard", sql.String(32)),
    sql.Column("ended", sql.String(32)),
    sql.CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')"),
)


def now() -> str:
    """The moment in UTC, as the tables keep it: sorts by time, reads well."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """`moment` as the tables keep it: "2026-11-21T05:46:44.000000Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _only_added_to(connection: Connection, table: sql.Table, what: str) -> None:
    """Let nobody change or remove a line of `table`, or empty it."""
    if connection.dialect.name == "postgresql":
        function = f"{table.name}_only_added_to"
        _refusing(connection, function, what)
        _guarded(connection, table, function)
    else:
        _guarded_in_sqlite(connection, table, what)


def _guarded_in_sqlite(connection: Connection, table: sql.Table, what: str) -> None:
    name, key = table.name, " AND ".join(f"{c.name} = NEW.{c.name}" for c in table.primary_key)
    refused = f"BEGIN SELECT RAISE(ABORT, 'the {what} is never changed, only added to'); END"
    for event in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_{event.lower()} BEFORE {event} ON {name} {refused}"
        )
    # INSERT OR REPLACE deletes the old line without asking the trigger above.
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} "
        f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {key}) {refused}"
    )


def _refusing(connection: Connection, function: str, what: str) -> None:
    """Make a function of PostgreSQL that refuses whatever calls it."""
    connection.exec_driver_sql(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'the {what} is never changed, only added to' "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )


def _guarded(connection: Connection, table: sql.Table, function: str) -> None:
    """Have PostgreSQL call `function` before a line of `table` is changed or it is emptied.

    `ON CONFLICT DO UPDATE` and `MERGE` ask the same triggers. They are ALWAYS on, so that a
    replica's role does not pass them; the owner of the tables can still drop them.
    """
    for trigger, event, each in (
        ("kept", "UPDATE OR DELETE", "ROW"),
        ("not_emptied", "TRUNCATE", "STATEMENT"),
    ):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_{trigger} BEFORE {event} ON {table.name} "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
        connection.exec_driver_sql(
            f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {table.name}_{trigger}"
        )


def _ledger(connection: Connection) -> None:
    """Step 1: the book, in which SQLite lets nobody change a line."""
    METADATA.create_all(connection, tables=[ENTRIES, LIMITS])
    if connection.dialect.name == "sqlite":
        for table in (ENTRIES, LIMITS):
            _guarded_in_sqlite(connection, table, "ledger")


def _postgresql_guards(connection: Connection) -> None:
    """Step 2: PostgreSQL too lets nobody change a line of the book, or empty it."""
    if connection.dialect.name == "postgresql":
        _refusing(connection, "songreel_only_added_to", "ledger")
        for table in (ENTRIES, LIMITS):
            _guarded(connection, table, "songreel_only_added_to")


def _history(connection: Connection) -> None:
    """Step 3: the history of clips, and batches of films."""
    METADATA.create_all(connection, tables=[CLIPS, BATCHES, FILMS])


def _workspace(connection: Connection) -> None:
    """Step 4: projects, assets and analyses; plans, credits and the trail are only added to."""
    METADATA.create_all(connection, tables=WORKSPACE_TABLES)
    connection.execute(sql.insert(WORKSPACE).values(id=uuid4().hex, at=now()))
    for table, what in (
        (TRAIL, "audit trail"),
        (PLAN_VERSIONS, "history of plans"),
        (CREDITS, "account of credits"),
    ):
        _only_added_to(connection, table, what)


def _queue(connection: Connection) -> None:
    """Step 5: jobs, their events, and who is told of them."""
    METADATA.create_all(connection, tables=QUEUE_TABLES)


def _purchases(connection: Connection) -> None:
    """Step 6: which job has ordered what."""
    METADATA.create_all(connection, tables=[PURCHASES])


STEPS: tuple[Step, ...] = (
    _ledger, _postgresql_guards, _history, _workspace, _queue, _purchases,
)  # fmt: skip
"""From an empty database to this songreel's tables; the database counts those it has taken.

A step is never changed once released; new tables and columns come with a step at the end. When
a later step alters a table, the step that made it keeps a copy of the table as it was.
"""
