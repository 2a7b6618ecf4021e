"""What a planned clip will cost, and what it has cost: `quote` and `charge`."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from songreel.generation.catalogue.billing import Ending, Spread, billed, by_time, quoted, where
from songreel.generation.catalogue.entry import Entry, Plain, Rate
from songreel.generation.catalogue.legal import making_of
from songreel.generation.catalogue.pack import made_by
from songreel.models.clip import ClipRequest
from songreel.models.money import Charge, Quote


def quote(entry: Entry, request: ClipRequest) -> Quote:
    """Price of the planned `request`, as the catalogue knows it.

    Args:
        entry: The model that the request was planned for, or the one that it is a sister of.
        request: As planned.

    Raises:
        InvalidInput: The request was not planned for this entry.
    """
    entry = made_by(entry, request)
    price, rate = entry.price, _rate(entry, request)
    if price.unit == "run second":
        return by_time(price, rate, _run_seconds(entry, request))
    if price.unit == "second":
        seconds = _billed_seconds(entry, request)
        usd, basis = rate.usd * seconds, f"{seconds:.2f} s at {rate.usd} USD per second"
    else:
        usd, basis = rate.usd, f"a clip of {request.seconds:.2f} s at {rate.usd} USD"
    return quoted(price, usd, f"{basis} {where(price)}")


def charge(
    entry: Entry,
    request: ClipRequest,
    metrics: Mapping[str, object],
    *,
    ended: Ending = "succeeded",
) -> Charge | None:
    """What a job that has ended cost, by what its service metered (`billing.billed`).

    Args:
        entry: The model.
        request: As planned.
        metrics: As the service gave them; whatever is not known is left aside.
        ended: How the job ended.

    Returns:
        None where it cannot be told: a finished job then cost its quote, a failed one nothing.

    Raises:
        InvalidInput: The request was not planned for this entry.
    """
    entry = made_by(entry, request)
    rate, asked = _rate(entry, request), quote(entry, request)
    return billed(entry, rate, metrics, ended=ended, kind="video", asked=asked)


def rate_of(entry: Entry, options: Mapping[str, Plain], length: int | str | None) -> Rate:
    """The price that holds for a clip of `entry` by the inputs that bring its size and length."""
    sent: dict[str, object] = {
        name: given.default for name, given in entry.inputs.items() if given.default is not None
    }
    sent |= {**entry.fixed, **options}
    name = entry.carrying("length")
    if name is not None:
        sent[name] = length
    return entry.price.rate(sent)


def _rate(entry: Entry, request: ClipRequest) -> Rate:
    """The price that holds for the inputs of `request`."""
    making = making_of(entry, request)
    return rate_of(entry, making.options, making.value)


def _billed_seconds(entry: Entry, request: ClipRequest) -> Decimal:
    """Seconds that are billed: those that were asked for, else those of the clip."""
    billed = making_of(entry, request).billed
    return billed if billed is not None else request.frames / _decimal(entry.fps)


def _run_seconds(entry: Entry, request: ClipRequest) -> Spread:
    """Seconds of the machine for a clip of these frames and pixels."""
    run = entry.price.run
    assert run is not None
    pixels = request.frames * request.width * request.height
    scale = Decimal(pixels) / Decimal(run.frames * run.width * run.height)
    low, likely, high = (Decimal(str(each)) * scale for each in (run.low, run.likely, run.high))
    return Spread(low, likely, high)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
