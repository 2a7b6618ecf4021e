"""Which stretch of which file each shot shows: `choose`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.scan import Looks
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
_MATCH = 0.8
_SHARPNESS = 1.2
_CUT_OFF = 0.4
_CHANCE = 0.4


@dataclass
class _Offers:
    """Starts in one file at which a shot of some length could begin. Arrays of shape (n,)."""

    source: Source
    starts: NDArray[np.float64]
    speed: float
    turns_after: float | None
    worth: NDArray[np.float64]


@dataclass(frozen=True)
class _Use:
    """A span in the film: [start, end) of the file, at film time `at` to `until`."""

    shot: int
    sha256: str
    start: float
    end: float
    at: float
    until: float


def choose(
    requests: Mapping[str, ClipRequest],
    sources: Sequence[Source],
    looks: Mapping[str, Looks],
    *,
    without: Collection[str] = (),
    kept: Mapping[str, Span] | None = None,
) -> dict[str, Span]:
    """A span for each shot.

    Each shot takes what is worth most to it: sharp, light, moving as much as the shot asks, in
    the frame's shape, not seen yet. What others took counts against a span, never for one, so a
    changed shot moves few others. Long shots choose first, since they fit in few places, then
    the others by energy, so that the moving material is still there for the loud ones; only
    where material is so short that this brings a picture back too soon, they choose in the
    film's order, which does so least.

    Args:
        requests: By shot, in the film's order.
        sources: The files.
        looks: Of each video among them, by sha256.
        without: Sha256 of files not to be used.
        kept: Spans that are settled, by shot.

    Returns:
        By shot, in the film's order; empty if nothing is usable.
    """
    usable = [
        source
        for source in sources
        if source.sha256 not in without and (source.video is None or looks[source.sha256].stretches)
    ]
    if not usable:
        return {}
    judge = _Judge(usable, looks)
    shots = list(requests)
    asked = list(requests.values())
    times = _film_times(asked)
    settled = {i: kept[shot] for i, shot in enumerate(shots) if kept and shot in kept}

    def chosen(order: Sequence[int]) -> tuple[int, dict[int, Span]]:
        uses = [_use(i, span, asked[i], times[i]) for i, span in settled.items()]
        spans = dict(settled)
        for index in order:
            if index not in settled:
                spans[index] = judge.best(index, asked[index], times[index], uses)
                uses.append(_use(index, spans[index], asked[index], times[index]))
        return _too_soon(uses), spans

    everyone = range(len(shots))
    soon, spans = chosen(sorted(everyone, key=lambda i: _rank(i, asked[i])))
    if soon:
        soon_in_order, in_order = chosen(everyone)
        spans = in_order if soon_in_order < soon else spans
    return {shot: spans[index] for index, shot in enumerate(shots)}


def _rank(index: int, request: ClipRequest) -> tuple[bool, float, int]:
    return (request.seconds < 4.0, -request.energy, index)


def _use(index: int, span: Span, request: ClipRequest, when: tuple[float, float]) -> _Use:
    # A photo is all of itself, whatever stretch of it: 0 to the shot's length overlaps always.
    length = span.turns_after or request.seconds * span.speed
    return _Use(index, span.sha256, span.start, span.start + length, *when)


def _too_soon(uses: Sequence[_Use]) -> int:
    """Pairs of uses that show the same within `APART` seconds of film."""
    return sum(
        a.sha256 == b.sha256
        and a.start < b.end
        and b.start < a.end
        and max(a.at, b.at) - min(a.until, b.until) < APART
        for a, b in combinations(uses, 2)
    )


def _film_times(requests: Sequence[ClipRequest]) -> list[tuple[float, float]]:
    """Seconds at which each clip is first and last seen, its handles included.

    The head of the next clip is as long as the tail of this one, to a frame.
    """
    times, at = [], 0.0
    for request, following in pairwise([*requests, None]):
        assert request is not None
        rate = float(request.rate)
        tail = following.head if following is not None else 0
        times.append((at - request.head / rate, at + (request.frames - request.head) / rate))
        at += (request.frames - request.head - tail) / rate
    return times


class _Judge:
    """Weighs spans against one another."""

    def __init__(self, sources: Sequence[Source], looks: Mapping[str, Looks]) -> None:
        self._sources, self._looks = sources, looks
        videos = [looks[s.sha256] for s in sources if s.video is not None]
        self._motions = np.sort(np.concatenate([look.motion for look in videos] or [np.zeros(1)]))
        sharp = [look.sharpness[look.light > _BLACK_BELOW] for look in videos]
        sharp += [np.array([s.glance.sharpness]) for s in sources if s.glance is not None]
        # Sharpness is judged within the folder: old film is soft all over and is no fault.
        together = np.concatenate(sharp)
        self._sharp = (float(np.percentile(together, 75)) if together.size else 0.0) or 1.0
        self._capacity = {
            s.sha256: max(1.0, sum(b - a for a, b in looks[s.sha256].stretches) / 3.0)
            if s.video is not None
            else 1.0
            for s in sources
        }

    def best(
        self, index: int, request: ClipRequest, when: tuple[float, float], uses: Sequence[_Use]
    ) -> Span:
        """The span worth most to shot `index` beside what is in `uses`."""
        best: tuple[float, Span] | None = None
        for source in self._sources:
            for offers in self._offers(source, request):
                worth = offers.worth - self._cost(index, offers, request, when, uses)
                worth = worth + _CHANCE * _chance(request.seed, source.sha256, offers.starts)
                top = int(worth.argmax())
                if best is None or worth[top] > best[0]:
                    start = round(float(offers.starts[top]), 3)
                    span = Span(source.sha256, start, offers.speed, offers.turns_after)
                    best = (float(worth[top]), span)
        assert best is not None
        return best[1]

    def _offers(self, source: Source, request: ClipRequest) -> list[_Offers]:
        shape = source.width / source.height / (request.width / request.height)
        lost = 1 - min(shape, 1 / shape)
        if source.video is None:
            assert source.glance is not None
            worth = self._worth(
                np.array([source.glance.light]),
                self._dull(np.array([source.glance.sharpness])),
                np.array([_PHOTO_MOTION]),
                request,
            )
            return [_Offers(source, np.zeros(1), 1.0, None, worth - _CUT_OFF * lost)]
        look = self._looks[source.sha256]
        # A frame more than needed: the last one is looked up half a frame late.
        needed = request.seconds + 1 / float(request.rate)
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
        worth = self._worth(light, dull, rank, request) - _CUT_OFF * lost - penalty
        return [_Offers(source, begin, round(speed, 4), turns_after, worth)]

    def _dull(self, sharpness: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 for what is as sharp as the folder's better part, or nearly, to 1 for a blur."""
        return np.clip(1 - sharpness / (0.7 * self._sharp), 0.0, 1.0)

    def _worth(
        self,
        light: NDArray[np.float64],
        dull: NDArray[np.float64],
        motion: NDArray[np.float64],
        request: ClipRequest,
    ) -> NDArray[np.float64]:
        """What spans are worth in themselves; a blur counts even where it is short."""
        asked = (request.energy + request.motion) / 2
        black = np.clip((_BLACK_BELOW - light) / 0.03, 0.0, 1.0)
        white = np.clip((light - 0.93) / 0.05, 0.0, 1.0)
        return np.asarray(
            -_BLACK * np.maximum(black, white)
            - _SHARPNESS * np.sqrt(dull)
            - _MATCH * np.abs(motion - asked)
        )

    def _cost(
        self,
        index: int,
        offers: _Offers,
        request: ClipRequest,
        when: tuple[float, float],
        uses: Sequence[_Use],
    ) -> NDArray[np.float64]:
        """What speaks against spans because of what is shown elsewhere."""
        mine = [use for use in uses if use.sha256 == offers.source.sha256]
        cost = np.full(
            offers.starts.shape, _SHARE * len(mine) / self._capacity[offers.source.sha256]
        )
        ends = offers.starts + (offers.turns_after or request.seconds * offers.speed)
        for use in mine:
            if offers.source.video is None:
                shared = np.ones(offers.starts.shape, dtype=bool)
            else:
                shared = (offers.starts < use.end) & (ends > use.start)
            gap = max(use.at - when[1], when[0] - use.until)
            again = _AGAIN_SOON * (2 - max(gap, 0.0) / APART) if gap < APART else _AGAIN
            cost = cost + again * shared
            if abs(use.shot - index) == 1:
                near = np.abs(offers.starts - use.start) < 8.0
                cost = cost + _SAME_FILE + _JUMP * (near & ~shared)
        return cost


def _chance(seed: int, sha256: str, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """A number from 0 to 1 for each start, which the shot's seed decides."""
    word = blake2b(f"{seed} {sha256}".encode(), digest_size=8).digest()
    state = np.uint64(int.from_bytes(word, "little"))
    mixed = state + np.rint(starts * 1000).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed >> np.uint64(11), dtype=np.float64) / 2**53
