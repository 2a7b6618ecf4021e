"""What a span is worth to a shot, by itself and beside what else the film shows: `Judge`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.looks import Looks
from songreel.generation.footage.photo import BLURRED, SHARP
from songreel.generation.footage.source import Source
from songreel.generation.footage.span import Span
from songreel.models.clip import ClipRequest

APART = 20.0
"""Seconds of film within which no span comes again (cutting figures: "no picture twice")."""

SLOWEST = 0.8
"""Retiming stays within 0.8–1.25×, where a viewer does not notice it (cutting figures)."""

_SPACING = 0.5
"""Seconds between the starts that are weighed in one stretch."""

_PHOTO_MOTION = 0.3
"""Where a photo with its slow move ranks in motion among the videos."""

_NEXT = 0.2
"""Seconds of film within which one shot follows the other."""

_BLACK_BELOW = 0.06
"""Mean luma under which a picture counts as black."""

# Weights, in units of "the best material against the worst". They order the wishes: never the
# same picture soon, then not one that is black, then new material before seen material, then
# the match. Set by reading the choices made from mixed folders.
_AGAIN_SOON = 8.0
_BLACK = 4.0
_PIECED = 2.5
_AGAIN = 1.6
_JUMP = 1.2
_SAME_FILE = 0.5
_SHARE = 0.6
_RETIMED = 0.6
_MATCH = 2.0
_SHARPNESS = 1.2
_CUT_OFF = 0.4


@dataclass(frozen=True)
class Place:
    """A shot and its place in the film."""

    index: int
    name: str
    request: ClipRequest
    at: float
    until: float
    """Seconds of film at which its clip is first and last seen."""
    slack: float = 0.0
    """Seconds wanted on either side, for the edit to slip in."""

    @property
    def level(self) -> float:
        """How much should move in it, 0 to 1."""
        return (self.request.energy + self.request.motion) / 2


@dataclass(frozen=True)
class Use:
    """A span in the film: [start, end) seconds of the file."""

    place: Place
    sha256: str
    start: float
    end: float

    @classmethod
    def of(cls, place: Place, span: Span) -> "Use":
        """The use that `place` makes of `span`; a photo is all of itself, from 0 on."""
        asked = place.request.seconds + 2 * span.handle
        length = span.turns_after or asked * span.speed
        return cls(place, span.sha256, span.start, span.start + length)

    def comes_soon(self, other: "Use") -> bool:
        """Whether both show the same within `APART` seconds of film."""
        same = self.sha256 == other.sha256 and self.start < other.end and other.start < self.end
        return same and _gap(self.place, other.place) < APART


def _gap(one: Place, other: Place) -> float:
    """Seconds of film between two shots."""
    return max(one.at - other.until, other.at - one.until)


@dataclass(frozen=True)
class Offers:
    """Starts in one file at which a shot could begin. Arrays of shape (n,), increasing starts."""

    source: Source
    starts: NDArray[np.float64]
    speed: float
    turns_after: float | None
    worth: NDArray[np.float64]
    handle: float = 0.0

    def span(self, index: int) -> Span:
        """The span from start `index`."""
        start = round(float(self.starts[index]), 3)
        return Span(self.source.sha256, start, self.speed, self.turns_after, self.handle)

    def find(self, span: Span) -> int | None:
        """Index of `span` among the starts; None if it is not offered."""
        mine = self.speed, self.turns_after, self.handle
        if (span.speed, span.turns_after, span.handle) != mine:
            return None
        near = int(np.abs(self.starts - span.start).argmin())
        return near if abs(self.starts[near] - span.start) < 2e-3 else None


class Judge:
    """Weighs spans against one another."""

    def __init__(self, sources: Sequence[Source], looks: Mapping[str, Looks]) -> None:
        self._sources, self._looks = sources, looks
        videos = [looks[s.sha256] for s in sources if s.video is not None]
        self._motions = np.sort(np.concatenate([look.motion for look in videos] or [np.zeros(1)]))
        sharp = [look.sharpness[look.light > _BLACK_BELOW] for look in videos]
        sharp += [np.array([s.glance.sharpness]) for s in sources if s.glance is not None]
        # Old film is soft all over and is no fault: nothing is asked that the folder's better
        # part does not have.
        together = np.concatenate(sharp)
        better = float(np.percentile(together, 75)) if together.size else SHARP
        self._sharp = max(min(SHARP, 0.9 * better), BLURRED + 0.02)
        self._capacity = {
            s.sha256: max(1.0, sum(b - a for a, b in looks[s.sha256].stretches) / 3.0)
            if s.video is not None
            else 1.0
            for s in sources
        }
        self._known: dict[int, list[Offers]] = {}

    def best(self, place: Place, uses: Sequence[Use], key: str, chance: float) -> Span:
        """The span worth most to the shot at `place` beside what is in `uses`.

        `key` decides a number from 0 to `chance` that each span is worth more.
        """
        best: tuple[float, Span] | None = None
        for offers in self._offers(place):
            luck = chance * _luck(key, offers.source.sha256, offers.starts)
            worth = offers.worth - self._cost(place, offers, uses) + luck
            top = int(worth.argmax())
            if best is None or worth[top] > best[0]:
                best = (float(worth[top]), offers.span(top))
        assert best is not None
        return best[1]

    def worth(self, place: Place, span: Span, uses: Sequence[Use]) -> float | None:
        """What `span` is worth to the shot at `place`; None if it cannot have it."""
        for offers in self._offers(place):
            if offers.source.sha256 == span.sha256:
                index = offers.find(span)
                if index is None:
                    return None
                only = slice(index, index + 1)
                one = replace(offers, starts=offers.starts[only], worth=offers.worth[only])
                return float(one.worth[0] - self._cost(place, one, uses)[0])
        return None

    def _offers(self, place: Place) -> list[Offers]:
        if place.index not in self._known:
            self._known[place.index] = [self._offer(source, place) for source in self._sources]
        return self._known[place.index]

    def _offer(self, source: Source, place: Place) -> Offers:
        request = place.request
        shape = source.width / source.height / (request.width / request.height)
        lost = 1 - min(shape, 1 / shape)
        if source.video is None:
            assert source.glance is not None
            worth = self._worth(
                np.array([source.glance.light]),
                self._dull(np.array([source.glance.sharpness])),
                np.array([_PHOTO_MOTION]),
                place.level,
            )
            return Offers(source, np.zeros(1), 1.0, None, worth - _CUT_OFF * lost)
        look = self._looks[source.sha256]
        # A frame more than needed: the last one is looked up half a frame late.
        longest = max(b - a for a, b in look.stretches)
        needed = request.seconds + 1 / float(request.rate)
        handle = place.slack if longest >= needed + 2 * place.slack else 0.0
        needed += 2 * handle
        starts = [
            np.arange(a, b - needed + 1e-6, _SPACING) for a, b in look.stretches if b - a >= needed
        ]
        speed, turns_after, penalty = 1.0, None, 0.0
        if not starts:
            a, b = max(look.stretches, key=lambda s: (s[1] - s[0], -s[0]))
            speed = max((b - a) / needed, SLOWEST)
            penalty = _RETIMED * (1 - speed) / (1 - SLOWEST)
            if (b - a) / needed < SLOWEST:
                speed, turns_after, penalty = 1.0, b - a - 1 / float(request.rate), _PIECED
            starts = [np.array([a])]
        begin = np.concatenate(starts)
        end = begin + (turns_after or needed * speed)
        light, motion = (look.mean(values, begin, end) for values in (look.light, look.motion))
        dull = look.mean(self._dull(look.sharpness), begin, end)
        rank = np.searchsorted(self._motions, motion) / self._motions.size
        worth = self._worth(light, dull, rank, place.level) - _CUT_OFF * lost - penalty
        return Offers(source, begin, round(speed, 4), turns_after, worth, handle)

    def _dull(self, sharpness: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 for what is sharp, or as sharp as the folder's better part, to 1 for a blur."""
        return np.clip((self._sharp - sharpness) / (self._sharp - BLURRED), 0.0, 1.0)

    def _worth(
        self,
        light: NDArray[np.float64],
        dull: NDArray[np.float64],
        motion: NDArray[np.float64],
        level: float,
    ) -> NDArray[np.float64]:
        """What spans are worth in themselves; a blur counts even where it is short."""
        black = np.clip((_BLACK_BELOW - light) / 0.03, 0.0, 1.0)
        white = np.clip((light - 0.93) / 0.05, 0.0, 1.0)
        return np.asarray(
            -_BLACK * np.maximum(black, white)
            - _SHARPNESS * np.sqrt(dull)
            - _MATCH * (motion - level) ** 2
        )

    def _cost(self, place: Place, offers: Offers, uses: Sequence[Use]) -> NDArray[np.float64]:
        """What speaks against spans because of what is shown elsewhere."""
        mine = [use for use in uses if use.sha256 == offers.source.sha256]
        cost = np.full(
            offers.starts.shape, _SHARE * len(mine) / self._capacity[offers.source.sha256]
        )
        asked = place.request.seconds + 2 * offers.handle
        ends = offers.starts + (offers.turns_after or asked * offers.speed)
        for use in mine:
            if offers.source.video is None:
                shared = np.ones(offers.starts.shape, dtype=bool)
            else:
                shared = (offers.starts < use.end) & (ends > use.start)
            gap = _gap(place, use.place)
            again = _AGAIN_SOON * (2 - max(gap, 0.0) / APART) if gap < APART else _AGAIN
            cost = cost + again * shared
            if gap < _NEXT:
                near = np.abs(offers.starts - use.start) < 8.0
                cost = cost + _SAME_FILE + _JUMP * (near & ~shared)
        return cost


def _luck(key: str, sha256: str, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """A number from 0 to 1 for each start, which `key` and the file decide."""
    word = blake2b(f"{key} {sha256}".encode(), digest_size=8).digest()
    state = np.uint64(int.from_bytes(word, "little"))
    mixed = state + np.rint(starts * 1000).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed >> np.uint64(11), dtype=np.float64) / 2**53
