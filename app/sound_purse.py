"""Who pays for sound: a purse of the ledger, once somebody has agreed to the price."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from songreel.desk import Spending
from songreel.film import Bill
from songreel.models.errors import InvalidInput
from songreel.models.money import Quote, dollars
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.purse import Purse


class Priced(Protocol):
    """A quote, whatever of."""

    @property
    def total(self) -> Quote:
        """Of all that is still to be bought."""
        ...

    def lines(self) -> Sequence[str]:
        """For people."""
        ...


def purse_for(
    settings: Settings, known_as: str, title: str, quote: Priced, spending: Spending
) -> "Purse":
    """The purse of a run that may buy sound.

    Args:
        settings: Of this run.
        known_as: Id under which the ledger knows the project or folder.
        title: For people.
        quote: Of what is still to be bought; nothing is asked where that is free.
        spending: What may be spent, and who is asked.

    Raises:
        InvalidInput: It would cost money and nobody agreed to that.
        MachineError: The ledger cannot be opened.
    """
    from songreel.store.ledger import Ledger, Scope

    ledger, most = Ledger(settings.database), quote.total.high
    bounds = _bounds(settings, known_as, spending.budget, most) if most > 0 else ()
    # The consent's own words are about clips; what it asks of a quote is the same.
    if most > 0 and not spending.consent(quote, bounds):  # type: ignore[arg-type]
        raise InvalidInput(
            f"the sound of {title} would cost {quote.total}; nothing was bought: agree with --yes, "
            "at most a sum with --yes --budget USD, or choose --source builtin"
        )
    if spending.budget is not None:
        ledger.limit(Scope("project", known_as), spending.budget)
    return ledger.purse(known_as, title, allowance=most if spending.budget is None else None)


def bill_of(settings: Settings, known_as: str, purse: "Purse | None") -> Bill | None:
    """What a run's purse has paid, and all that was paid for the project before."""
    if purse is None:
        return None
    from songreel.store.ledger import Ledger, Scope

    booked = Ledger(settings.database).booked(Scope("project", known_as))
    return Bill(purse.spent(), booked)


def _bounds(
    settings: Settings, known_as: str, budget: Decimal | None, most: Decimal
) -> tuple[str, ...]:
    """A sentence for each limit that `most` USD would pass."""
    from songreel.store.ledger import Ledger, Scope

    ledger, own = Ledger(settings.database), Scope("project", known_as)
    held = [(limit.scope, limit.usd, limit.booked) for limit in ledger.limits(known_as)]
    if budget is not None:
        held = [limit for limit in held if limit[0] != own]
        held.append((own, budget, ledger.booked(own)))
    names = {"project": "this project", "month": "the month", "workspace": "the workspace"}
    return tuple(
        f"the limit of {names[scope.kind]} is {dollars(usd)} USD, {dollars(booked)} USD of it are "
        "spent or set aside: nothing is bought beyond it"
        for scope, usd, booked in held
        if booked + most > usd
    )
