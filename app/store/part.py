"""What the parts of a workspace's store begin with: `Part`."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from songreel.store.database import Database


class Part:
    """A part of the store that tells the audit trail what it did.

    Args:
        where: Path of an SQLite file, a database URL, or a database that is open already.
        actor: Who acts: `cli`, `studio`, `rest`, `notebook`.
        clock: The time of what is written.

    Raises:
        InvalidInput: The URL is none, or the tables are of a newer songreel.
        MachineError: The database cannot be opened, read or written, or is spoilt; of every
            method.
    """

    def __init__(
        self,
        where: str | Path | Database,
        actor: str = "cli",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database = where if isinstance(where, Database) else Database(where)
        self._actor, self._clock = actor, clock
