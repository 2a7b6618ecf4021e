"""The ways in which a family of shots can be served by a model, each with its price and worth."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.pack import ENOUGH, missing, pack
from songreel.generation.catalogue.price import quote
from songreel.generation.spending.families import TAKE, Family, rhyme_roots
from songreel.generation.spending.worth import BEST, FREE, SHARED, SHARED_RHYME, weight
from songreel.models.clip import ClipRequest, Portion, Still
from songreel.models.money import MICRO
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Storyboard

TOGETHER = (1, 2, 3)
"""How many shots a take may hold, besides all of a family."""

_PICTURE = Still(sha256="0" * 64)
"""In place of a picture: prices depend on there being one, not on what it shows."""


class Way(NamedTuple):
    """A way to serve a family: these takes of `source`, the rest of the family for nothing."""

    source: str
    """Empty: nothing is bought."""
    takes: tuple[tuple[str, ...], ...]
    """Shots that share, in the film's order."""
    cost: int
    """At most, millionths of a USD."""
    gain: float
    """Weighted seconds × quality (0 to 1) over what is free."""


NOTHING = Way("", (), 0, 0.0)


class Menu:
    """Prices and worths of the film's shots under the models on offer."""

    def __init__(self, storyboard: Storyboard, spec: RenderSpec) -> None:
        self._weights = {shot.id: weight(storyboard, shot) for shot in storyboard.shots}
        self._places = {shot.id: i for i, shot in enumerate(storyboard.shots)}
        self._roots = rhyme_roots(storyboard)
        self._seconds = {
            shot.id: end - start
            for shot, (start, end) in zip(storyboard.shots, storyboard.spans, strict=True)
        }
        self.asked = asked(storyboard, spec)
        self._packed: dict[tuple[str, tuple[int, ...], bool], tuple[int, tuple[_Shown, ...]]] = {}

    def weight(self, shot: str) -> float:
        """Of a second of it."""
        return self._weights[shot]

    def seconds(self, shot: str) -> float:
        """On the screen."""
        return self._seconds[shot]

    def best(self) -> float:
        """Gain of a film of which every second is of the best quality."""
        return sum(self._seconds[s] * self._weights[s] for s in self.asked) * (BEST - FREE) / BEST

    def ways(self, family: Family, entry: Entry) -> tuple[Way, ...]:
        """The ways to serve `family` by `entry`, none of them worse at the same price.

        The shots that weigh most come first; the more are taken, the more it costs. Each number
        of shots is offered with one, two, three or all of them to a take.
        """
        ranked = sorted(family.shots, key=lambda shot: (-self._weights[shot], self._places[shot]))
        usable = [shot for shot in ranked if self._usable(shot, entry)]
        found: list[Way] = []
        for count in range(1, len(usable) + 1):
            # Rhymes next to each other, so that a take of two is a shot and its return.
            chosen = sorted(usable[:count], key=lambda s: (self._places[self._roots[s]], s))
            sizes = dict.fromkeys((*(n for n in TOGETHER if n < count), count))
            for size in sizes:
                chunks = [chosen[i : i + size] for i in range(0, count, size)]
                found.append(self._way(chunks, entry))
        return _undominated(found)

    def _usable(self, shot: str, entry: Entry) -> bool:
        request = self.asked[shot]
        if entry.needs("audio") or missing(entry, request) or entry.quality <= FREE:
            return False
        return self._taken((shot,), entry)[1][0].covered >= ENOUGH

    def _way(self, chunks: Sequence[Sequence[str]], entry: Entry) -> Way:
        takes = tuple(tuple(sorted(chunk, key=self._places.__getitem__)) for chunk in chunks)
        cost, gain = 0, 0.0
        for take in takes:
            price, shown = self._taken(take, entry)
            cost += price
            for shot, seen in zip(take, shown, strict=True):
                quality = entry.quality * float(seen.covered)
                if not seen.first:
                    rhymes = self._roots[shot] in {self._roots[s] for s in take if s != shot}
                    quality *= SHARED_RHYME if rhymes else SHARED
                gain += self._seconds[shot] * self._weights[shot] * (quality - FREE) / BEST
        return Way(entry.key, takes, cost, gain)

    def _taken(self, take: tuple[str, ...], entry: Entry) -> tuple[int, tuple["_Shown", ...]]:
        """Price of a take, and what each of its shots shows."""
        first = self.asked[take[0]]
        pictured = bool(first.start or first.end or first.references)
        key = entry.key, tuple(self.asked[shot].frames for shot in take), pictured
        if pictured or key not in self._packed:
            portions = pack(together(self.asked, take), entry)
            shown = tuple(_Shown(p.first == 0, p.covered) for p in portions.values())
            self._packed[key] = bill(portions, entry), shown
        return self._packed[key]


class _Shown(NamedTuple):
    """What a shot shows of a take's clips."""

    first: bool
    """Whether it is the first that shows its clip."""
    covered: Fraction


def asked(storyboard: Storyboard, spec: RenderSpec) -> dict[str, ClipRequest]:
    """What every shot asks for as far as prices depend on it: length, size, words and stills.

    Raises:
        InvalidInput: Two shots start within one frame.
    """
    frames = schedule(storyboard, spec.rate, spec.lead)
    return {
        shot.id: ClipRequest(
            prompt=shot.prompt,
            negative=shot.negative,
            camera=shot.camera,
            size=shot.size,
            palette=shot.palette,
            energy=shot.energy,
            motion=shot.motion,
            seed=shot.seed,
            width=spec.width,
            height=spec.height,
            rate=spec.rate,
            frames=span.clip_frames,
            head=span.head,
            start=_PICTURE if shot.start_image else None,
            end=_PICTURE if shot.end_image else None,
            references=(_PICTURE,) * len(shot.references),
            take=shot.take,
        )
        for shot, span in zip(storyboard.shots, frames, strict=True)
    }


def together(requests: Mapping[str, ClipRequest], take: Sequence[str]) -> dict[str, ClipRequest]:
    """The requests of one take, in its order, all in the words of its first shot."""
    first = requests[take[0]]
    shared = {"prompt": first.prompt, "negative": first.negative, "seed": first.seed}
    name = TAKE + take[0]
    return {shot: requests[shot].model_copy(update={**shared, "take": name}) for shot in take}


def clips_of(portions: Mapping[str, Portion]) -> dict[str, ClipRequest]:
    """The clips behind `portions`, by the shot that shows each first."""
    seen: set[str] = set()
    found: dict[str, ClipRequest] = {}
    for shot, portion in portions.items():
        if portion.request.fingerprint not in seen:
            seen.add(portion.request.fingerprint)
            found[shot] = portion.request
    return found


def bill(portions: Mapping[str, Portion], entry: Entry) -> int:
    """What the clips of `portions` cost at most, millionths of a USD."""
    quotes = (quote(entry, request) for request in clips_of(portions).values())
    return sum(int(each.high / MICRO) for each in quotes)


def _undominated(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Those of which no other costs as little and gains as much; cheapest first."""
    kept: list[Way] = []
    for way in sorted(ways, key=lambda way: (way.cost, -way.gain)):
        if way.gain > (kept[-1].gain if kept else 0.0):
            kept.append(way)
    return tuple(kept)
