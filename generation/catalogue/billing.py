"""What prices come to, whatever is bought: `Ending`, `quoted`, `by_time`, `billed`."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from songreel.generation.catalogue.offer import Cost, Offer, Rate
from songreel.models.money import Charge, Quote, to_micro

Ending = Literal["succeeded", "failed", "canceled", "aborted"]

_UNSURE = Decimal("0.6"), Decimal("1.6")
"""Low and high of a price that was not read at the service itself, as shares of it: an allowance
of our own. Second-hand prices that can be compared are nearer (hailuo-02: 0.04 against 0.045)."""

_STOPPED = Decimal(1800)
"""Seconds after which Replicate stops a run (its documentation, read 2026-11-21)."""


class Spread(NamedTuple):
    """Seconds that a machine runs for something."""

    low: Decimal
    likely: Decimal
    high: Decimal


def where(price: Cost) -> str:
    """Where and when `price` was read, in brackets."""
    return f"({price.source}, {price.read.isoformat()})"


def by_time(price: Cost, rate: Rate, run: Spread) -> Quote:
    """The quote for so many seconds of the machine."""
    low, likely, high = (min(each, _STOPPED) for each in run)
    return Quote(
        low=to_micro(low * rate.usd),
        likely=to_micro(likely * rate.usd),
        high=to_micro(high * rate.usd),
        basis=f"about {likely:.0f} s of machine at {rate.usd} USD per second {where(price)}",
    )


def quoted(price: Cost, usd: Decimal, basis: str) -> Quote:
    """The quote for a price that follows from what is ordered, as sure as it was read."""
    if price.certain:
        return Quote.exactly(usd, basis)
    return Quote(
        low=to_micro(usd * _UNSURE[0]),
        likely=to_micro(usd),
        high=to_micro(usd * _UNSURE[1]),
        basis=f"{basis}, not certain",
    )


def billed(
    entry: Offer,
    rate: Rate,
    metrics: Mapping[str, object],
    *,
    ended: Ending,
    kind: Literal["video", "audio"],
    asked: Quote,
) -> Charge | None:
    """What a job that has ended cost, by what its service metered.

    Replicate: `predict_time` × price of the machine, or `video_output_duration_seconds` (or
    `video_output_count`) × unit price, with `audio` in the place of `video` for sound. What was
    aborted before it started is not charged, what was cancelled is. fal: `inference_time` × price
    where time is billed, else the published price of what was asked for; what failed is not
    charged unless its time was metered.

    Args:
        entry: The model.
        rate: Of its price that holds for what was asked.
        metrics: As the service gave them; whatever is not known is left aside.
        ended: How the job ended.
        kind: What the model makes.
        asked: The quote of what was asked for.

    Returns:
        None where it cannot be told: a finished job then cost its quote, a failed one nothing.
    """
    price = entry.price
    if ended == "aborted":
        return Charge(usd=Decimal(0), basis="aborted before it started: not charged", measured=True)
    if price.unit == "run second":
        for name in ("predict_time", "inference_time"):
            ran = _number(metrics.get(name))
            if ran is not None:
                basis = f"{name} {ran:f} s at {rate.usd} USD per second"
                return Charge(usd=to_micro(ran * rate.usd), basis=basis, measured=True)
        return None
    if ended == "failed":
        return Charge(usd=Decimal(0), basis="failed: billed by output, none came", measured=False)
    by_second = price.unit == "second"
    name = f"{kind}_output_{'duration_seconds' if by_second else 'count'}"
    made = _number(metrics.get(name))
    if made is not None:
        basis = f"{name} {made:f} at {rate.usd} USD" + " per second" * by_second
        return Charge(usd=to_micro(made * rate.usd), basis=basis, measured=True)
    if ended == "canceled" or entry.provider == "fal":
        return Charge(usd=asked.likely, basis=asked.basis, measured=False)
    return None


def _number(value: object) -> Decimal | None:
    """A metered number; what is none, negative or not finite is left aside."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
