"""From what shots ask for to the clips a model makes, and what each shot shows of them: `pack`."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from songreel.generation.catalogue.entry import STILLS, Entry, Role
from songreel.generation.catalogue.legal import (
    Making,
    barred,
    given_by,
    longest,
    make_legal,
    serving,
)
from songreel.models.clip import ClipRequest, Portion
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

LEVEL_PALETTE = tuple(Oklch(lightness=each, chroma=0.0, hue=0.0) for each in (0.2, 0.5, 0.8))
"""In place of a palette, which reaches a hosted model through its prompt alone."""

ENOUGH = Fraction(4, 5)
"""Share of a shot that a clip must cover to be worth buying (`Portion.covered`); the last picture
is held for the rest, with a notice. Below it the next rung of the ladder should serve the shot."""


def source_of(entry: Entry) -> tuple[str, ...]:
    """What of `entry` decides a picture: provider, ref, version and what is always sent."""
    fixed = (f"{name}={value}" for name, value in sorted(entry.fixed.items()))
    return (entry.provider, entry.ref, entry.version or "official", *fixed)


def made_by(entry: Entry, request: ClipRequest) -> Entry:
    """Which of `entry` and its sisters the planned `request` goes to, by its source."""
    return next((each for each in entry.sisters if source_of(each) == request.source), entry)


def level(request: ClipRequest, entry: Entry, making: Making) -> ClipRequest:
    """`request` as `entry` will make it: what does not reach the model is made the same for all.

    So a change of the film's size, rate or analysis buys no clip again. Prompt, negative prompt
    and stills stay where the model takes them. The seed always stays: another one asks for
    another clip, also of a model that draws its own.
    """
    stills = stills_for(entry, request)
    return ClipRequest(
        prompt=request.prompt,
        negative=request.negative if entry.takes("negative") else "",
        camera=CameraMove.STATIC,
        size=ShotSize.WIDE,
        palette=LEVEL_PALETTE,
        energy=0.0,
        motion=0.0,
        seed=_in_range(request.seed, entry),
        width=making.width,
        height=making.height,
        rate=making.fps,
        frames=making.frames,
        start=request.start if "start" in stills else None,
        end=request.end if "end" in stills else None,
        references=request.references[: _most(entry)] if "references" in stills else (),
        source=source_of(entry),
    )


def stills_for(entry: Entry, request: ClipRequest) -> frozenset[Role]:
    """Which stills of `request` go to `entry`: those it takes, together and in the film's shape.

    References that a model takes for wide pictures only stay out of an upright film.
    """
    stills = given_by(request) - barred(entry, given_by(request))
    if "references" in stills:
        film = Fraction(1), request.width, request.height
        bound, free = make_legal(entry, *film, given=stills), make_legal(entry, *film)
        if (bound.width > bound.height) != (free.width > free.height):
            return stills - {"references"}
    return stills


def missing(entry: Entry, request: ClipRequest) -> tuple[Role, ...]:
    """Stills without which `entry`, or the sister that serves `request`, makes nothing of it."""
    given = given_by(request)
    maker = serving(entry, given)
    return tuple(role for role in STILLS if maker.needs(role) and role not in given)


def pack(
    requests: Mapping[str, ClipRequest], entry: Entry, *, short_side: int | None = None
) -> dict[str, Portion]:
    """The clips that `entry` makes for a film, and the portion of them that each shot shows.

    Shots of one take with the same words, seed and stills share a clip: their portions follow
    each other in the film's order, handles included, and never overlap. What does not fit the
    longest clip goes on in a further one, with a seed derived from the first. Shots without a
    take share too where words and seed are the same and no still binds them to a clip's first or
    last picture. A shot whose images a sister of `entry` takes is made by that sister, on its
    lengths and sizes, and shares with nothing that is not.

    Where a shot of a take was given other words, the others keep their clip and their places in
    it, so that one edited prompt asks for one new clip. The edited shot gets a clip of its own
    length, unless two equal halves of a take differ: neither can be told to be the edited one,
    and both keep the take's lengths.

    Args:
        requests: By shot, in the film's order, as the storyboard asks.
        entry: The model.
        short_side: Pixels to aim for; the entry's own if None.

    Returns:
        The same keys in the same order. A portion is never shorter than its shot asks. A shot
        longer than the model's longest clip is given the longest there is, which does not cover
        it wholly (`Portion.covered`).
    """
    portions: dict[str, Portion] = {}
    makers = {shot: serving(entry, given_by(request)) for shot, request in requests.items()}
    words = {shot: _words(request, makers[shot]) for shot, request in requests.items()}
    # Different takes of the same words and seed must not become the same clip by chance.
    owners: dict[object, object] = {}
    for take, shots in _takes(words, requests):
        for wanted, layout in _variants(shots, words, makers, entry):
            asked, maker = requests[wanted[0]], makers[wanted[0]]
            owner = owners.setdefault(words[wanted[0]], take)
            for number, clip in enumerate(_clips(layout, asked, requests, maker)):
                if not set(clip) & set(wanted):
                    continue
                seed = asked.seed
                if owner != take or number:
                    seed = _derived(asked.seed, take, number)
                rate, frames = asked.rate, sum(requests[shot].frames for shot in clip)
                making = make_legal(
                    maker,
                    frames / rate,
                    asked.width,
                    asked.height,
                    given=stills_for(maker, asked),
                    short_side=short_side,
                )
                request = level(asked.model_copy(update={"seed": seed}), maker, making)
                begin = 0
                for shot in clip:
                    own = requests[shot]
                    if shot in wanted:
                        portions[shot] = Portion(
                            request=request,
                            first=begin,
                            frames=own.frames,
                            head=own.head,
                            rate=own.rate,
                        )
                    begin += own.frames
    return {shot: portions[shot] for shot in requests}


def waste(portions: Mapping[str, Portion]) -> float:
    """Share of the bought seconds that no shot shows: 1 − used / bought; 0 where none is bought."""
    bought = {
        portion.request.fingerprint: portion.request.frames / portion.request.rate
        for portion in portions.values()
    }
    used = sum(
        (each.covered * each.frames / each.rate for each in portions.values()), start=Fraction(0)
    )
    return float(1 - used / sum(bought.values())) if bought else 0.0


def _words(request: ClipRequest, entry: Entry) -> tuple[object, ...]:
    """What reaches the model: where all of it agrees, two shots can be the same clip."""
    stills = stills_for(entry, request)
    return (
        entry.name,
        request.prompt,
        request.negative if entry.takes("negative") else "",
        _in_range(request.seed, entry),
        request.start if "start" in stills else None,
        request.end if "end" in stills else None,
        request.references[: _most(entry)] if "references" in stills else (),
    )


def _takes(
    words: Mapping[str, object], requests: Mapping[str, ClipRequest]
) -> Iterator[tuple[object, list[str]]]:
    """Shots that may share, by take; those without one by their words."""
    takes: dict[object, list[str]] = {}
    for shot, request in requests.items():
        key = request.take if request.take is not None else ("", words[shot])
        takes.setdefault(key, []).append(shot)
    yield from takes.items()


def _variants(
    shots: Sequence[str], words: Mapping[str, object], makers: Mapping[str, Entry], entry: Entry
) -> Iterator[tuple[list[str], list[str]]]:
    """Shots of each wording of a take, and the shots by whose lengths its clips are laid out.

    One that is given an image and so goes to a sister leaves the others their places; the
    sister's clips keep none for it.
    """
    for name in dict.fromkeys(makers[shot].name for shot in shots):
        pool = [shot for shot in shots if name in (entry.name, makers[shot].name)]
        variants: dict[object, list[str]] = {}
        for shot in pool:
            variants.setdefault(words[shot], []).append(shot)
        most = max(len(variant) for variant in variants.values())
        mains = sum(len(variant) == most for variant in variants.values())
        for variant in variants.values():
            if makers[variant[0]].name == name:
                kept = len(variant) == most and mains <= 2
                yield variant, pool if kept else variant


def _clips(
    layout: Sequence[str], asked: ClipRequest, requests: Mapping[str, ClipRequest], entry: Entry
) -> list[list[str]]:
    """`layout` cut into clips, each filled as far as the longest one goes."""
    stills = stills_for(entry, asked)
    bound = asked.take is None and not stills.isdisjoint(("start", "end"))
    most = longest(entry, stills)
    clips: list[list[str]] = []
    room = Fraction(0)
    for shot in layout:
        seconds = requests[shot].frames / requests[shot].rate
        if bound or not clips or seconds > room:
            clips.append([])
            room = most
        clips[-1].append(shot)
        room -= seconds
    return clips


def _most(entry: Entry) -> int | None:
    """How many references it takes."""
    name = entry.carrying("references")
    if name is None:
        return None
    return 1 if entry.inputs[name].type == "uri" else entry.inputs[name].longest


def _in_range(seed: int, entry: Entry) -> int:
    name = entry.carrying("seed")
    high = entry.inputs[name].high if name else None
    return seed if high is None else seed % (int(high) + 1)


def _derived(seed: int, take: object, number: int) -> int:
    """A seed for clip `number` of a take whose first clip has `seed`."""
    text = f"{seed} {take if isinstance(take, str) else ''} {number}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 2**31
