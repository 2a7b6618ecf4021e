"""What holding assets costs: bytes over time, by the audit trail. `TrailCost`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, Self

import sqlalchemy as sql
from sqlalchemy.engine import Connection

from songreel.models.document import Frozen
from songreel.models.money import Usd, to_micro
from songreel.models.workspace import Count
from songreel.store.workspace_tables import TRAIL

GB = 2**30
"""Bytes, as object storage is billed (Amazon S3 FAQ, "How much does Amazon S3 cost?")."""
MONTH = 730 * 3600
"""Seconds: a twelfth of 365 days."""


class Stored(NamedTuple):
    """What was held."""

    held: int
    """Bytes now."""
    gb_months: Decimal
    """Bytes times how long they were held, in GB-months."""


class TrailCost(Frozen):
    """What generation and storage have cost."""

    generation: Usd
    """Charged, as the ledger has it."""
    set_aside: Usd
    """What may still be charged."""
    storage: Usd | None = None
    """None: nobody has said what storage costs, or one project's share was asked for."""
    held: Count | None = None
    """Bytes of assets now; None of one project."""
    gb_months: Decimal | None = None

    @property
    def total(self) -> Decimal:
        """Generation and storage, as far as that is known."""
        return self.generation + (self.storage or Decimal(0))

    @classmethod
    def of(
        cls, generation: Decimal, set_aside: Decimal, stored: Stored | None, price: Decimal | None
    ) -> Self:
        """The cost at `price`, USD a GB-month."""
        if stored is None:
            return cls(generation=generation, set_aside=set_aside)
        return cls(
            generation=generation,
            set_aside=set_aside,
            storage=None if price is None else to_micro(stored.gb_months * price),
            held=stored.held,
            gb_months=stored.gb_months.quantize(Decimal("0.000001")),
        )


def stored(connection: Connection, since: datetime | None, until: datetime) -> Stored:
    """What was held between two moments."""
    asked = sql.select(TRAIL.c.at, TRAIL.c.stored).where(TRAIL.c.stored.is_not(None))
    first = datetime.min.replace(tzinfo=UTC) if since is None else since
    held, byte_seconds = 0, Decimal(0)
    for at, change in connection.execute(asked.order_by(TRAIL.c.id)):
        held += change
        seconds = (until - max(datetime.fromisoformat(at), first)).total_seconds()
        byte_seconds += change * Decimal(max(seconds, 0.0))
    return Stored(max(held, 0), max(byte_seconds, Decimal(0)) / GB / MONTH)
