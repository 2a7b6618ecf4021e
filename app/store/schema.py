"""The tables of the workspace's database, and the steps that lead to them."""

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sql
from sqlalchemy.engine import Connection

Step = Callable[[Connection], None]

METADATA = sql.MetaData()

SCHEMA = sql.Table(
    "songreel_schema",
    METADATA,
    sql.Column("version", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("at", sql.String(32), nullable=False),
)
"""A row for every step that was taken."""

_Id = sql.BigInteger().with_variant(sql.Integer(), "sqlite")
_Micro = sql.BigInteger
"""Millionths of a US dollar: whole numbers, so that sums are exact in every database."""

ENTRIES = sql.Table(
    "ledger_entries",
    METADATA,
    sql.Column("id", _Id, primary_key=True, autoincrement=True),
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
    sql.Column("usd", _Micro, nullable=False),
    # What the entry adds to the sum of charges and open reservations; may be negative.
    sql.Column("change", _Micro, nullable=False),
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
    sql.Column("id", _Id, primary_key=True, autoincrement=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("scope", sql.String(9), nullable=False),
    sql.Column("project", sql.Text, nullable=False),
    sql.Column("usd", _Micro, nullable=True),
    sql.CheckConstraint("scope IN ('workspace', 'month', 'project')"),
    sql.CheckConstraint("usd >= 0"),
)
"""Limits as they were set; the last one of a scope holds, and NULL takes it away."""


def now() -> str:
    """The moment in UTC, as the tables keep it: sorts by time, reads well."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """`moment` as the tables keep it: "2026-11-21T05:46:44.000000Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _ledger(connection: Connection) -> None:
    """Step 1: the book, in which SQLite lets nobody change a line."""
    METADATA.create_all(connection, tables=[ENTRIES, LIMITS])
    if connection.dialect.name != "sqlite":
        return
    for table in (ENTRIES.name, LIMITS.name):
        for what in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed, only added to'); END"
            )
        # INSERT OR REPLACE deletes the old line without asking the trigger above.
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed, only added to'); END"
        )


STEPS: tuple[Step, ...] = (_ledger,)
"""From an empty database to this songreel's tables; the database counts those it has taken.

A step is never changed once released; new tables and columns come with a step at the end. When
a later step alters a table, the step that made it keeps a copy of the table as it was.
"""
