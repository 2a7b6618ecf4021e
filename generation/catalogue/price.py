"""What a planned clip will cost, and what it has cost: `quote` and `charge`."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from songreel.generation.catalogue.entry import Entry, Plain, Rate
from songreel.generation.catalogue.legal import making_of
from songreel.generation.catalogue.pack import made_by
from songreel.models.clip import ClipRequest
from songreel.models.money import Charge, Quote, to_micro

Ending = Literal["succeeded", "failed", "canceled", "aborted"]

_UNSURE = Decimal("0.6"), Decimal("1.6")
"""Low and high of a price that was not read at the service itself, as shares of it: an allowance
of our own. Second-hand prices that can be compared are nearer (hailuo-02: 0.04 against 0.045)."""


_STOPPED = Decimal(1800)
"""Seconds after which Replicate stops a run (its documentation, read 2026-11-21)."""


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
    seconds = float(request.frames / request.rate)
    where = f"({price.source}, {price.read.isoformat()})"
    if price.unit == "run second":
        low, likely, high = _run_seconds(entry, request)
        return Quote(
            low=to_micro(low * rate.usd),
            likely=to_micro(likely * rate.usd),
            high=to_micro(high * rate.usd),
            basis=f"about {likely:.0f} s of machine at {rate.usd} USD per second {where}",
        )
    if price.unit == "second":
        billed = _billed_seconds(entry, request)
        usd, basis = rate.usd * billed, f"{billed:.2f} s at {rate.usd} USD per second {where}"
    else:
        usd, basis = rate.usd, f"a clip of {seconds:.2f} s at {rate.usd} USD {where}"
    if price.certain:
        return Quote.exactly(usd, basis)
    return Quote(
        low=to_micro(usd * _UNSURE[0]),
        likely=to_micro(usd),
        high=to_micro(usd * _UNSURE[1]),
        basis=f"{basis}, not certain",
    )


def charge(
    entry: Entry,
    request: ClipRequest,
    metrics: Mapping[str, object],
    *,
    ended: Ending = "succeeded",
) -> Charge | None:
    """What a job that has ended cost, by what its service metered.

    Replicate: `predict_time` × price of the machine, or `video_output_duration_seconds` (or
    `video_output_count`) × unit price. What was aborted before it started is not charged, what
    was cancelled is. fal: `inference_time` × price where time is billed, else the published
    price of what was asked for; what failed is not charged unless its time was metered.

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
    if ended == "aborted":
        return Charge(usd=Decimal(0), basis="aborted before it started: not charged", measured=True)
    price, rate = entry.price, _rate(entry, request)
    if price.unit == "run second":
        for name in ("predict_time", "inference_time"):
            ran = _number(metrics.get(name))
            if ran is not None:
                basis = f"{name} {ran:f} s at {rate.usd} USD per second"
                return Charge(usd=to_micro(ran * rate.usd), basis=basis, measured=True)
        return None
    if ended == "failed":
        return Charge(usd=Decimal(0), basis="failed: billed by output, none came", measured=False)
    if price.unit == "second":
        made = _number(metrics.get("video_output_duration_seconds"))
        if made is not None:
            basis = f"video_output_duration_seconds {made:f} at {rate.usd} USD per second"
            return Charge(usd=to_micro(made * rate.usd), basis=basis, measured=True)
    else:
        count = _number(metrics.get("video_output_count"))
        if count is not None:
            basis = f"video_output_count {count:f} at {rate.usd} USD"
            return Charge(usd=to_micro(count * rate.usd), basis=basis, measured=True)
    if ended == "canceled" or entry.provider == "fal":
        told = quote(entry, request)
        return Charge(usd=told.likely, basis=told.basis, measured=False)
    return None


def rate_of(entry: Entry, options: Mapping[str, Plain], length: int | str | None) -> Rate:
    """The price that holds for a clip of `entry` by the inputs that bring its size and length."""
    sent: dict[str, object] = {
        name: given.default for name, given in entry.inputs.items() if given.default is not None
    }
    sent |= {**entry.fixed, **options}
    name = entry.carrying("length")
    if name is not None:
        sent[name] = length
    return next(
        rate
        for rate in entry.price.rates
        if all(sent.get(key) == value for key, value in rate.when.items())
    )


def _rate(entry: Entry, request: ClipRequest) -> Rate:
    """The price that holds for the inputs of `request`."""
    making = making_of(entry, request)
    return rate_of(entry, making.options, making.value)


def _billed_seconds(entry: Entry, request: ClipRequest) -> Decimal:
    """Seconds that are billed: those that were asked for, else those of the clip."""
    billed = making_of(entry, request).billed
    return billed if billed is not None else request.frames / _decimal(entry.fps)


def _run_seconds(entry: Entry, request: ClipRequest) -> tuple[Decimal, Decimal, Decimal]:
    """Low, likely and high seconds of the machine for a clip of these frames and pixels."""
    run = entry.price.run
    assert run is not None
    pixels = request.frames * request.width * request.height
    scale = Decimal(pixels) / Decimal(run.frames * run.width * run.height)
    low, likely, high = (
        min(Decimal(str(each)) * scale, _STOPPED) for each in (run.low, run.likely, run.high)
    )
    return low, likely, high


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _number(value: object) -> Decimal | None:
    """A metered number; what is none, negative or not finite is left aside."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
