"""Who pays: the `Purse` from which the runner takes before it buys, and one that is empty."""

from decimal import Decimal
from typing import Protocol

from songreel.models.errors import BudgetExceeded
from songreel.models.money import Charge, Quote, dollars
from songreel.models.order import Order


class Purse(Protocol):
    """Reserve before a job is sent, settle or release when it has ended; each is stored at once.

    A reservation is known by its `key`; reserving, settling or releasing it again changes
    nothing, so that a run after a crash may repeat what it cannot remember.
    """

    def reserve(self, key: str, quote: Quote, *, provider: str, shot: str, request: Order) -> None:
        """Set `quote.high` aside; the limits are checked in the same transaction.

        Raises:
            BudgetExceeded: A limit would be passed; the text names it and the way out.
            MachineError: The ledger cannot be written.
        """
        ...

    def settle(self, key: str, charge: Charge) -> None:
        """The job has ended and cost `charge`; also where that is more than was set aside."""
        ...

    def release(self, key: str, reason: str) -> None:
        """The job cost nothing."""
        ...

    def spent(self) -> Decimal:
        """USD settled through this purse plus what is set aside just now."""
        ...


class NoMoney:
    """The purse of a film that costs nothing: it pays for free clips only."""

    def reserve(
        self,
        key: str,  # noqa: ARG002 (part of the Protocol)
        quote: Quote,
        *,
        provider: str,
        shot: str,
        request: Order,  # noqa: ARG002
    ) -> None:
        """Refuse whatever has a price."""
        if quote.high > 0:
            raise BudgetExceeded(
                f"shot {shot}: {provider} wants {dollars(quote.high)} USD and nothing may be spent"
            )

    def settle(self, key: str, charge: Charge) -> None:
        """Nothing was set aside."""

    def release(self, key: str, reason: str) -> None:
        """Nothing was set aside."""

    def spent(self) -> Decimal:
        """Nothing."""
        return Decimal(0)
