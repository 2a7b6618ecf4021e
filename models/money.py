"""What clips cost: `Usd`, `Quote` before they are made, `Charge` after."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen

Usd = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
"""US dollars, exact; services price by the ten-thousandth."""

MICRO = Decimal("0.000001")


class Quote(Frozen):
    """What something will cost, as far as that can be said: low ≤ likely ≤ high."""

    low: Usd = Decimal(0)
    likely: Usd = Decimal(0)
    high: Usd = Decimal(0)
    basis: str = ""
    """How it was found: "5 s at 0.05 USD per second (fal.ai, 2026-08-02)"."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"{self.low} ≤ {self.likely} ≤ {self.high} does not hold")
        return self

    @classmethod
    def exactly(cls, usd: Decimal, basis: str = "") -> "Quote":
        """A price that is certain."""
        exact = to_micro(usd)
        return cls(low=exact, likely=exact, high=exact, basis=basis)

    def __add__(self, other: "Quote") -> "Quote":
        return Quote(
            low=self.low + other.low, likely=self.likely + other.likely, high=self.high + other.high
        )

    def row(self) -> dict[str, str]:
        """As plain data: low, likely and high, exact."""
        return {"low": str(self.low), "likely": str(self.likely), "high": str(self.high)}

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{dollars(self.likely)} USD"
        return f"{dollars(self.likely)} USD ({dollars(self.low)} to {dollars(self.high)})"


class Charge(Frozen):
    """What a finished, failed or cancelled job cost."""

    usd: Usd
    basis: str
    """How that is known: the service's metric and the unit price."""
    measured: bool
    """Whether it follows from what the service metered, not from the quote."""


FREE = Quote()


def to_micro(usd: Decimal) -> Decimal:
    """`usd` to the millionth, halves up: what the ledger keeps."""
    return usd.quantize(MICRO, rounding=ROUND_HALF_UP)


def dollars(usd: Decimal) -> str:
    """For people: cents, and as many more digits as a price below ten cents needs."""
    if usd == 0 or usd >= Decimal("0.1"):
        return f"{usd.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)}"
    return f"{usd.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP).normalize():f}"
