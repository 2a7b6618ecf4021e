"""The time that all who share a database go by: `moment_of`."""

from datetime import UTC, datetime

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.store.schema import stamp


def moment_of(connection: Connection) -> str:
    """The moment in UTC, of the database's server where it has one."""
    if connection.dialect.name == "postgresql":
        return stamp(connection.execute(sql.select(sql.func.clock_timestamp())).scalar_one())
    return stamp(datetime.now(UTC))
