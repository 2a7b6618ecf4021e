"""USD as the tables keep it, and as sentences about limits name it."""

from decimal import ROUND_CEILING, Decimal

from songreel.models.errors import InvalidInput
from songreel.models.money import MICRO, to_micro

MOST = Decimal(10**8)
"""USD of one amount (`Usd` has 14 digits, 6 of them after the point)."""


def micro(amount: Decimal) -> int:
    """USD as millionths."""
    return int(to_micro(amount) / MICRO)


def usd(millionths: int) -> Decimal:
    """Millionths as USD."""
    return Decimal(millionths).scaleb(-6)


def checked(amount: Decimal) -> Decimal:
    """`amount` to the millionth.

    Raises:
        InvalidInput: It is negative, no number, or not below a hundred million.
    """
    if not (amount.is_finite() and 0 <= amount < MOST):
        raise InvalidInput(f"{amount} is no amount in USD; use a number from 0 to {MOST - 1:,}")
    return to_micro(amount)


def exact(amount: Decimal) -> str:
    """For people, unrounded: cents, and as many more digits as there are."""
    whole, _, part = f"{to_micro(amount):f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def round_above(amount: Decimal) -> str:
    """A round number of USD that is enough for `amount` (> 0): 25 for 20.15, 3.5 for 3.2."""
    step = Decimal(5).scaleb(amount.adjusted() - 1)
    steps = (amount / step).to_integral_value(rounding=ROUND_CEILING)
    return f"{(steps * step).normalize():f}"
