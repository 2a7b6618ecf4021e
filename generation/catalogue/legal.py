"""Legal requests: which length and size a model is asked for, and the JSON that asks.

A request is made legal here, by planning, before anything is sent; nothing is corrected later.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from math import log
from typing import NamedTuple

from songreel.generation.catalogue.check import check, holds
from songreel.generation.catalogue.entry import (
    STILLS,
    Entry,
    Free,
    Length,
    Plain,
    Role,
    Size,
)
from songreel.models.clip import ClipRequest
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

_SAME_ASPECT = 0.06
"""Aspects whose logarithms differ by less count as alike: 832×480 is 16:9, 5:4 is not 4:3."""


class Making(Frozen):
    """A clip that a model can make: what is asked for and what comes."""

    value: int | str | None
    """Of the input that carries the length."""
    frames: int
    fps: Fraction
    width: int
    height: int
    options: Mapping[str, Plain] = {}
    """Inputs that bring this size."""
    billed: Decimal | None = None
    """Seconds that are billed, where they are not the frames'."""

    @property
    def seconds(self) -> Fraction:
        """How long it is."""
        return self.frames / self.fps


class UploadedImages(NamedTuple):
    """Where a request's stills (and its stretch of the song) can be fetched by the service."""

    start: str | None = None
    end: str | None = None
    references: tuple[str, ...] = ()
    audio: str | None = None


NO_UPLOADS = UploadedImages()


def longest(entry: Entry, given: Collection[Role] = ()) -> Fraction:
    """Seconds of the longest clip; `given` are the stills that go along, which may bind it."""
    legal = [length.frames for length in entry.all_lengths if _agrees(entry, length, given)]
    return max(legal) / entry.fps


def shortest(entry: Entry) -> Fraction:
    """Seconds of the shortest clip."""
    return entry.all_lengths[0].frames / entry.fps


def make_legal(
    entry: Entry,
    seconds: Fraction,
    width: int,
    height: int,
    *,
    given: Collection[Role] = (),
    short_side: int | None = None,
) -> Making:
    """The clip to ask for so that `seconds` of a film of width × height are there.

    The shortest of the model's lengths that is not shorter, and its longest if none is. Of its
    sizes: the film's orientation first, then the nearest aspect, then the smallest whose short
    side reaches `short_side`, else the largest below.

    Args:
        entry: The model.
        seconds: That the clip must hold at least.
        width: Of the film, pixels: its aspect counts, not its size.
        height: Of the film, pixels.
        given: Which of `start`, `end`, `references` go along, as they can bind other inputs.
        short_side: Pixels to aim for; the entry's own if None.
    """
    goal = short_side or entry.short_side
    sizes = entry.all_sizes
    if entry.free is not None:
        sizes = (_fitted(entry.free, width, height, goal),)
    ranked = [(_rank(size, width, height, goal), size) for size in sizes]
    best: tuple[tuple[object, ...], Length, Size] | None = None
    for length in entry.all_lengths:
        enough = length.frames >= seconds * entry.fps
        for rank, size in ranked:
            key = (not enough, rank, length.frames if enough else -length.frames)
            if (best is None or key < best[0]) and _agrees(entry, length, given, size):
                best = key, length, size
    if best is None:
        raise InvalidInput(
            f"{entry.key} has no length and size that allow {', '.join(sorted(given))} together"
        )
    return _making(entry, best[1], best[2])


def making_of(entry: Entry, request: ClipRequest) -> Making:
    """What the planned `request` asks of `entry`.

    Raises:
        InvalidInput: It was not planned for this entry as it is now.
    """
    given = given_by(request)
    if request.rate == entry.fps:
        if entry.free is not None:
            sizes: tuple[Size, ...] = (Size(width=request.width, height=request.height),)
        else:
            sizes = entry.all_sizes
        for length in entry.all_lengths:
            for size in sizes if length.frames == request.frames else ():
                alike = (size.width, size.height) == (request.width, request.height)
                if alike and _agrees(entry, length, given, size):
                    return _making(entry, length, size)
    raise InvalidInput(
        f"{entry.key} makes no clip of {request.frames} frames at {request.rate} fps and "
        f"{request.width}×{request.height}; plan the clips again"
    )


def given_by(request: ClipRequest) -> frozenset[Role]:
    """Which stills the request has."""
    has: dict[Role, object] = {
        "start": request.start, "end": request.end, "references": request.references
    }  # fmt: skip
    return frozenset(role for role, still in has.items() if still)


def inputs(
    entry: Entry, request: ClipRequest, images: UploadedImages = NO_UPLOADS
) -> dict[str, object]:
    """The JSON input by which the planned `request` is asked of `entry`.

    Fields of the model alone, in the order of its schema; the same request gives the same bytes.
    A negative prompt that is empty is left to the model's default. Use `validate` before sending.

    Args:
        entry: The model.
        request: As planned for it by `pack`.
        images: URLs of the stills it names.

    Raises:
        InvalidInput: The request was not planned for this entry, or a still has no URL.
    """
    making = making_of(entry, request)
    carried: dict[Role, object] = {
        "prompt": request.prompt,
        "negative": request.negative or None,
        "seed": request.seed,
        "length": making.value,
        "fps": int(entry.fps) if entry.fps.denominator == 1 else float(entry.fps),
        "width": making.width,
        "height": making.height,
        "start": images.start if request.start else None,
        "end": images.end if request.end else None,
        "references": list(images.references) if request.references else None,
        "audio": images.audio,
    }
    for role in given_by(request):
        if entry.takes(role) and not carried[role]:
            raise InvalidInput(f"{entry.key}: the {role} image of the request was not uploaded")
    sent: dict[str, object] = {}
    for name, given in entry.inputs.items():
        value = carried.get(given.role) if given.role else None
        if isinstance(value, list) and given.type == "uri":
            value = value[0]
        value = making.options.get(name, entry.fixed.get(name)) if value is None else value
        if value is not None:
            sent[name] = value
    return sent


def validate(entry: Entry, sent: Mapping[str, object]) -> list[str]:
    """What `entry` would refuse in the JSON input `sent`; a sentence each, empty if legal."""
    faults = check(entry, sent)
    effective = entry.effective(sent)
    asked = entry.carrying("length")
    if asked is not None and not any(
        length.value == effective.get(asked) and holds(length.only, effective)
        for length in entry.all_lengths
    ):
        faults.append(f"{entry.key}: {asked} {effective.get(asked)!r} cannot be had with the rest")
    return faults


def barred(entry: Entry, given: Collection[Role]) -> frozenset[Role]:
    """Which of the stills `given` the model cannot take, alone or beside the others.

    Of two that exclude each other the one that the rule names first stays.
    """
    gone: set[Role] = {role for role in given if not entry.takes(role)}
    for rule in entry.rules:
        role = entry.inputs[rule.given].role
        if role is not None and role in set(given) - gone:
            alone = {entry.inputs[name].role for name in rule.along} - (set(given) - gone)
            roles = {entry.inputs[name].role for name in rule.bars}
            gone |= {role} if alone else {other for other in given if other in roles}
    return frozenset(gone)


def serving(entry: Entry, given: Collection[Role]) -> Entry:
    """Who makes a clip that is asked of `entry` with the stills `given`: itself, or a sister.

    The one that takes the most of them, `entry` before its sisters and those in their order. One
    that needs an image that is not given serves only where none of the others can.
    """
    best, most = entry, -1
    for each in (entry, *entry.sisters):
        taken = set(given) - barred(each, given)
        lacking = any(each.needs(role) and role not in taken for role in STILLS)
        if not lacking and len(taken) > most:
            best, most = each, len(taken)
    return best


def _making(entry: Entry, length: Length, size: Size) -> Making:
    return Making(
        value=length.value,
        frames=length.frames,
        fps=entry.fps,
        width=size.width,
        height=size.height,
        options=size.options,
        billed=length.billed,
    )


def _agrees(
    entry: Entry, length: Length, given: Collection[Role], size: Size | None = None
) -> bool:
    """Whether the length, the size and the stills allow each other."""
    if not length.only and not entry.rules:
        return True
    name = entry.carrying("length")
    values: dict[str, object] = dict(entry.fixed)
    if name is not None and length.value is not None:
        values[name] = length.value
    if size is not None:
        values |= size.options
        if not holds(length.only, values):
            return False
    return all(
        holds({key: allowed for key, allowed in rule.needs.items() if key in values}, values)
        for rule in entry.rules
        if entry.inputs[rule.given].role in given
    )


def _rank(size: Size, width: int, height: int, goal: int) -> tuple[bool, int, bool, int]:
    """How ill a size suits the film; the least is best."""
    turned = _sign(size.width - size.height) != _sign(width - height)
    off = abs(log(size.width * height / (size.height * width)))
    side = min(size.width, size.height)
    return turned, int(off / _SAME_ASPECT), side < goal, side if side >= goal else -side


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _fitted(free: Free, width: int, height: int, goal: int) -> Size:
    """The size on a free grid with the film's aspect and a short side near `goal`."""
    scale = Fraction(goal, min(width, height))
    scale = min(scale, Fraction(free.high, max(width, height)))

    def on_grid(length: int) -> int:
        steps = max(1, round(length * scale / free.multiple)) * free.multiple
        return min(max(steps, free.low), free.high // free.multiple * free.multiple)

    return Size(width=on_grid(width), height=on_grid(height))
