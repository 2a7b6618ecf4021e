"""Legal orders of sound: the request as a model carries it out, and the JSON that asks for it."""

from collections.abc import Mapping
from math import ceil

from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.models.errors import InvalidInput
from songreel.models.sound_request import Setting, SoundRequest

_GRAIN = 1e-5
"""Seconds that are not worth a further one: half a sample at 48 kHz."""

_SEEN = 0.1
"""Seconds by which sound may be longer than its pictures: their last one stands."""


def source_of(entry: SoundEntry) -> tuple[str, ...]:
    """What of `entry` decides a sound: provider, ref, version and what is always sent."""
    fixed = (f"{name}={value}" for name, value in sorted(entry.fixed.items()))
    return (entry.provider, entry.ref, entry.version or "official", *fixed)


def planned(entry: SoundEntry, request: SoundRequest) -> SoundRequest:
    """`request` as `entry` will carry it out; what does not reach the model is levelled.

    Its length becomes the one that is asked for, so that two requests between which the model
    knows no difference are one; its seed one that the model takes.

    Raises:
        InvalidInput: The model makes no such thing, it is too long, or a parameter is out of
            range.
    """
    _check(entry, request)
    heard, seen = request.heard, request.seen if entry.takes("seen") else None
    seconds = length_of(entry, request) - (heard.seconds if heard is not None else 0.0)
    if seen is not None:  # what is longer than its pictures the model cuts to them
        seconds = request.seconds
    return SoundRequest(
        task=request.task,
        prompt=request.prompt,
        negative=request.negative if entry.takes("negative") else "",
        seconds=round(seconds, 6),
        seed=seed_of(entry, request.seed),
        heard=heard,
        seen=seen,
        settings=_settings(entry, request.settings),
        source=source_of(entry),
    )


def length_of(entry: SoundEntry, request: SoundRequest) -> float:
    """What the input with the role length is given: the whole file's seconds, rounded up."""
    name = entry.carrying("length")
    assert name is not None
    given = entry.bounded(name)
    step = 1.0 if given.type == "integer" else 0.001
    length = ceil((request.total - _GRAIN) / step) * step
    if request.heard is not None and length <= request.heard.seconds:
        length += step
    if given.low is not None:
        length = max(length, given.low)
    if given.high is not None and length - step < given.high < length:
        length = given.high  # 30 s that were a rounding error longer
    return round(length, 3)


def seed_of(entry: SoundEntry, seed: int) -> int:
    """`seed` brought into the range that the model takes."""
    name = entry.carrying("seed")
    if name is None:
        return seed
    given = entry.bounded(name)
    low = 0 if given.low is None else int(given.low)
    if given.high is None:
        return max(seed, low)
    return low + (seed - low) % (int(given.high) - low + 1)


def sound_inputs(
    entry: SoundEntry, request: SoundRequest, *, heard: str | None = None, seen: str | None = None
) -> dict[str, object]:
    """The JSON input by which the planned `request` is asked of `entry`.

    Everything that has a choice is sent, the negative prompt even where it is empty: a host's own
    default may be anything. The same request gives the same bytes.

    Args:
        entry: The model.
        request: As planned for it.
        heard: Address of the sound it continues.
        seen: Address of the pictures it is for.

    Raises:
        InvalidInput: A file of the request has no address.
    """
    length = length_of(entry, request)
    for role, file, address in (("heard", request.heard, heard), ("seen", request.seen, seen)):
        if file is not None and not address:
            what = "sound that it continues" if role == "heard" else "video that it is for"
            raise InvalidInput(f"{entry.key}: the {what} was not uploaded")
    carried: dict[str, object] = {
        "prompt": request.prompt,
        "negative": request.negative,
        "seed": request.seed,
        "length": int(length) if length.is_integer() else length,
        "heard": heard if request.heard is not None else None,
        "seen": seen if request.seen is not None else None,
    }
    along = entry.continuing if request.heard is not None else {}
    chosen: dict[str, object] = {**request.settings, **entry.fixed, **along}
    sent: dict[str, object] = {}
    for name, given in entry.inputs.items():
        value = carried.get(given.role) if given.role else chosen.get(name)
        if value is not None:
            sent[name] = value
    return sent


def _check(entry: SoundEntry, request: SoundRequest) -> None:
    """Refuse what `entry` does not make."""
    heard, seen = request.heard, request.seen
    if request.task not in entry.tasks:
        raise InvalidInput(
            f"{entry.key} makes {' and '.join(entry.tasks)}, no {request.task}; choose another "
            "source of sound"
        )
    if heard is not None and not entry.takes("heard"):
        raise InvalidInput(f"{entry.key} does not continue sound; choose another source of sound")
    if seen is None and entry.needs("seen"):
        raise InvalidInput(
            f"{entry.key} makes sound for pictures and was given none; choose a source that reads "
            "words alone"
        )
    if length_of(entry, request) > entry.longest:
        what = f", {heard.seconds:g} s of them continued," if heard is not None else ""
        raise InvalidInput(
            f"{entry.key} makes {entry.longest:g} s at a time and {request.total:g} s{what} were "
            "asked for; ask for shorter pieces"
        )
    if seen is not None and entry.takes("seen") and request.seconds > seen.seconds + _SEEN:
        raise InvalidInput(
            f"{request.seconds:g} s of sound were asked of {entry.key} for {seen.seconds:g} s of "
            "pictures; it makes no more than they last"
        )


def _settings(entry: SoundEntry, given: Mapping[str, Setting]) -> dict[str, Setting]:
    """All that may be set, as given or as the catalogue has it."""
    for name in given:
        if name not in entry.settings:
            known = ", ".join(entry.settings) or "none"
            raise InvalidInput(f"{entry.key} has no setting {name!r}; it has {known}")
    found: dict[str, Setting] = {}
    for name, own in entry.settings.items():
        value, taken = given.get(name, own), entry.bounded(name)
        if taken.type == "number" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if fault := taken.fault(value):
            raise InvalidInput(f"{entry.key}: {name} {fault}")
        found[name] = value
    return found
