"""The time that all who share a database go by: `moment_of`, `due`."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.store.schema import stamp


def moment_of(connection: Connection) -> str:
    """The moment in UTC, of the database's server where it has one."""
    if connection.dialect.name == "postgresql":
        return stamp(connection.execute(sql.select(sql.func.clock_timestamp())).scalar_one())
    return stamp(datetime.now(UTC))


def due(
    column: sql.ColumnElement[str | None], moment: str, longest: float
) -> sql.ColumnElement[bool]:
    """Whether the moment in a column has come, or there is none.

    Args:
        column: Of moments that something waits for.
        moment: Now.
        longest: Seconds for which anything waits: what is further off was written before the clock
            was set back, and nothing waits for as long as that.
    """
    beyond = stamp(datetime.fromisoformat(moment) + timedelta(seconds=longest))
    return sql.or_(column.is_(None), column <= moment, column > beyond)
