"""What a batch may spend, and on which of its films: `allot`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from songreel.models.errors import InvalidInput
from songreel.models.money import Quote, dollars

Consent = Callable[[Quote, Sequence[str]], bool]
"""Asked once, with the sum over all films and what else is to be said: whether to go on."""


@dataclass(frozen=True)
class Allotment:
    """USD by film; those that the budget does not reach, and why."""

    films: Mapping[str, Decimal]
    beyond: Mapping[str, str]


def allot(
    quotes: Mapping[str, tuple[Decimal, Decimal]],
    consent: Consent,
    *,
    budget: Decimal | None,
    spent: Decimal,
) -> Allotment:
    """Ask once, and give each film in turn as much as its clips cost at most.

    A film that what is left does not reach is not begun: half-bought films please nobody. What
    cheaper films leave over serves the next run of the command.

    Args:
        quotes: Likely and highest price by film, in their order.
        consent: Of whoever pays.
        budget: USD for the batch in all; None: what was agreed to.
        spent: USD that were paid or are set aside for its films so far.

    Raises:
        InvalidInput: Nobody agreed; nothing was bought.
    """
    left = budget - spent if budget is not None else None
    films: dict[str, Decimal] = {}
    beyond: dict[str, str] = {}
    likely = Decimal(0)
    for name, (probable, most) in quotes.items():
        if left is not None and most > left:
            beyond[name] = (
                f"not begun: its clips cost up to {dollars(most)} USD, and "
                f"{dollars(max(left, Decimal(0)))} USD of the budget of "
                f"{dollars(budget or Decimal(0))} USD are left; raise it with --budget"
            )
            continue
        films[name] = most
        likely += probable
        if left is not None:
            left -= most
    high = sum(films.values(), Decimal(0))
    total = Quote(low=Decimal(0), likely=min(likely, high), high=high)
    lines = [f"{len(films)} films are to be paid for: {total}"]
    if spent:
        lines.append(f"paid or set aside for this batch before: {dollars(spent)} USD")
    if beyond:
        lines.append(f"{len(beyond)} more are beyond the budget and are not begun")
    if high > 0 and not consent(total, lines):
        raise InvalidInput(
            f"the clips of {len(films)} films would cost up to {dollars(high)} USD; nothing was "
            "bought: agree with --yes, at most a sum with --yes --budget USD, or choose "
            "--visuals builtin"
        )
    return Allotment(films, beyond)
