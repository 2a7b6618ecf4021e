"""What planned sound will cost, and what it has cost: `sound_quote` and `sound_charge`."""

from collections.abc import Mapping
from decimal import Decimal

from songreel.generation.catalogue.billing import Ending, Spread, billed, by_time, quoted, where
from songreel.generation.catalogue.offer import Rate
from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.generation.catalogue.sound_legal import length_of
from songreel.models.money import Charge, Quote
from songreel.models.sound_request import SoundRequest


def sound_quote(entry: SoundEntry, request: SoundRequest) -> Quote:
    """Price of the planned `request`, as the catalogue knows it."""
    price, rate = entry.price, _rate(entry, request)
    seconds = Decimal(str(length_of(entry, request)))
    if price.run is not None:
        low, likely, high = (
            Decimal(str(fixed)) + Decimal(str(each)) * seconds
            for fixed, each in zip(price.run.fixed, price.run.each, strict=True)
        )
        return by_time(price, rate, Spread(low, likely, high))
    if price.unit == "second":
        usd, basis = rate.usd * seconds, f"{seconds:.2f} s at {rate.usd} USD per second"
    else:
        usd, basis = rate.usd, f"a sound of {seconds:.2f} s at {rate.usd} USD"
    return quoted(price, usd, f"{basis} {where(price)}")


def sound_charge(
    entry: SoundEntry,
    request: SoundRequest,
    metrics: Mapping[str, object],
    *,
    ended: Ending = "succeeded",
) -> Charge | None:
    """What a job that has ended cost, by what its service metered (`billing.billed`).

    Returns:
        None where it cannot be told: a finished job then cost its quote, a failed one nothing.
    """
    rate, asked = _rate(entry, request), sound_quote(entry, request)
    return billed(entry, rate, metrics, ended=ended, kind="audio", asked=asked)


def _rate(entry: SoundEntry, request: SoundRequest) -> Rate:
    return entry.price.rate(entry.effective({**request.settings, **entry.fixed}))
