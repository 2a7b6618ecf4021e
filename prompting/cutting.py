"""Where shots begin: pure functions from what was heard to a list of cuts."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.builds import Build, builds
from songreel.prompting.chooser import Stretch, choose
from songreel.prompting.density import LEANINGS, Leaning, lengths, longest_hold
from songreel.prompting.guards import tame
from songreel.prompting.moments import STOP_EDGE, Moment, boundary, moments
from songreel.prompting.pulse import Pulse, shortest
from songreel.prompting.reach import Reach
from songreel.prompting.rules import Measure, judge
from songreel.prompting.seeds import unit
from songreel.prompting.styles import Style, find_style

LONG = 32
"""Bars after which a stretch is divided at a phrase: the search stays fast in an hour of music,
and no pattern of pop or dance music is longer."""
STEEP = 16.0
"""How many times longer a build's first shots are than its last where it leads nowhere: its
mean length then stays the section's."""
SLOPES = (0.5, 0.25, 0.65, -0.2)
"""How a phrase's lengths lean, in octaves at its start: mostly from long to short."""


@dataclass(frozen=True)
class Cut:
    """The start of a shot, as planned. `section` is an index into the analysis's sections."""

    time: float
    anchor: Anchor
    reason: CutReason
    section: int


@dataclass(frozen=True)
class Fixed:
    """A span [start, end) that is one shot already; both ends are cuts and nothing is between."""

    start: Moment
    end: Moment | None
    fade: float = 0.0
    """Seconds of the cross-fade it begins with."""


def reach_of(pulse: Pulse, longest: float | None, fixed: tuple[Fixed, ...] = ()) -> Reach:
    """How long shots around `fixed` may be where no clip is longer than `longest` seconds.

    Raises:
        InvalidInput: `longest` is too short for shots that eyes can follow.
    """
    return Reach(pulse, longest, {span.start.time: span.fade for span in fixed})


def cuts(
    pulse: Pulse,
    *,
    style: str = "classic",
    seed: int = 0,
    fixed: tuple[Fixed, ...] = (),
    reach: Reach | None = None,
) -> tuple[Cut, ...]:
    """The cut list of a song; the first cut is its opening at 0 s.

    Densities are decided first, from energy and function; then each stretch between two moments
    that must carry a cut is filled by `choose`. If a rule of the craft does not hold, the
    densities lean further towards it and the plan is made anew; the plan that breaks fewest
    rules, the earlier of two, is kept.

    Args:
        pulse: The song.
        style: Name of a cutting style.
        seed: Varies the pattern within phrases, never the densities.
        fixed: Shots that are settled, in order.
        reach: How long the others may be (`reach_of`); None for any length.

    Raises:
        InvalidInput: The style is not known.
    """
    chosen = find_style(style)
    reach = reach or reach_of(pulse, None, fixed)
    all_moments = _around(moments(pulse, reach.most), fixed)
    all_moments = reach.bridged(pulse, all_moments, _closed(pulse, fixed))
    best: list[Moment] = []
    fewest = np.inf
    for leaning in LEANINGS:
        plan = _plan(pulse, all_moments, chosen, seed, leaning, fixed, reach)
        broken = _broken(judge(pulse, [m.time for m in plan], chosen))
        if broken < fewest:
            best, fewest = plan, broken
        if broken == 0:
            break
    starts = section_starts(pulse)
    return tuple(
        Cut(m.time, m.anchor, m.reason, _section_at(starts, m, pulse.sound_start)) for m in best
    )


def section_starts(pulse: Pulse) -> list[float]:
    """Seconds at which each section starts for the edit."""
    return [0.0, *(boundary(pulse, s.start) for s in pulse.analysis.sections[1:])]


def _section_at(starts: list[float], moment: Moment, sound_start: float) -> int:
    # The opening belongs to the section that first sounds, not to the silence before it.
    time = sound_start if moment.reason is CutReason.OPENING else moment.time
    return max(bisect_right(starts, time + 1e-6) - 1, 0)


def _broken(measures: tuple[Measure, ...]) -> float:
    return sum(measure.weight for measure in measures if measure.holds is False)


def _around(found: tuple[Moment, ...], fixed: tuple[Fixed, ...]) -> tuple[Moment, ...]:
    """Moments with the ends of fixed shots among them, and none inside or crowding them."""
    ends: dict[float, Moment] = {}
    for span in fixed:
        ends[span.start.time] = replace(span.start, must=True)
        if span.end is not None:
            ends.setdefault(span.end.time, replace(span.end, must=True))
    opening, *rest = found
    kept = [m for m in rest if not _crowded(m, ends, fixed)]
    first = ends.pop(0.0, opening)
    return (replace(first, position=opening.position), *sorted(
        [*kept, *ends.values()], key=lambda m: m.time
    ))  # fmt: skip


def _crowded(moment: Moment, ends: dict[float, Moment], fixed: tuple[Fixed, ...]) -> bool:
    inside = any(
        span.start.time < moment.time < (span.end.time if span.end else np.inf) for span in fixed
    )
    # A must beside a settled cut gives way; other moments are kept apart by the shortest shot.
    room = 0.9 if moment.must else 0.25
    return inside or any(abs(moment.time - time) < room for time in ends)


def _plan(
    pulse: Pulse,
    all_moments: tuple[Moment, ...],
    style: Style,
    seed: int,
    leaning: Leaning,
    fixed: tuple[Fixed, ...],
    reach: Reach,
) -> list[Moment]:
    wanted = lengths(pulse, style, leaning, reach.most)
    starts = section_starts(pulse)
    found = builds(pulse)
    closed = _closed(pulse, fixed)
    ending = Moment(
        pulse.duration, pulse.position(pulse.duration), Anchor(seconds=pulse.duration),
        CutReason.SECTION,
    )  # fmt: skip
    row = [*all_moments, ending]
    fence = _fences(pulse, row, found)
    picked: list[Moment] = []
    before = 0.0
    for first, last in pairwise(fence):
        start, end = row[first], row[last]
        picked.append(start)
        inner: list[int] = []
        if not any(a - 1e-6 <= start.time and end.time <= b + 1e-6 for a, b in closed):
            index = _section_at(starts, start, pulse.sound_start)
            inside = row[first : last + 1]
            stretch = _stretch(pulse, inside, index, wanted[index], found, seed, leaning, before)
            if reach.longest < np.inf:
                clock = np.array([m.time for m in inside])
                caps = np.array([reach.ending(m.time) for m in inside])
                stretch = replace(stretch, clock=clock, caps=caps)
            inner = [first + i for i in choose(stretch)]
        picked += [row[i] for i in inner]
        before = end.position - (row[inner[-1]] if inner else start).position
    holds = [
        (start, longest_hold(pulse, section))
        for start, section in zip(starts, pulse.analysis.sections, strict=True)
    ]
    return tame(pulse, picked, list(all_moments), closed, holds, reach)


def _closed(pulse: Pulse, fixed: tuple[Fixed, ...]) -> list[tuple[float, float]]:
    """(start, end) seconds of settled shots."""
    return [(s.start.time, s.end.time if s.end else pulse.duration) for s in fixed]


def _fences(pulse: Pulse, row: list[Moment], found: list[Build]) -> list[int]:
    """Indices into `row` of every moment that carries a cut whatever comes: stretches' ends."""
    fences = {i for i, m in enumerate(row) if m.must} | {0, len(row) - 1}
    near = pulse.felt_bar * pulse.beat / 2
    for build in found:
        landings = [i for i, m in enumerate(row) if m.even or m.reason is CutReason.DOWNBEAT]
        i = min(landings, key=lambda i: abs(row[i].time - build.start), default=0)
        apart = all(abs(row[i].time - row[f].time) > near for f in fences)
        if abs(row[i].time - build.start) <= near and apart:
            fences.add(i)
    ordered = sorted(fences)
    for first, last in pairwise(tuple(ordered)):
        at = first
        while row[last].position - row[at].position > 1.5 * LONG * pulse.felt_bar:
            goal = row[at].position + LONG * pulse.felt_bar
            inner = [i for i in range(at + 1, last) if row[i].even] or list(range(at + 1, last))
            inner = [i for i in inner if row[i].position > row[at].position + pulse.felt_bar]
            if not inner:
                break
            at = min(inner, key=lambda i: abs(row[i].position - goal))
            ordered.append(at)
    return sorted(set(ordered))


def _stretch(
    pulse: Pulse,
    row: list[Moment],
    index: int,
    length: float,
    found: list[Build],
    seed: int,
    leaning: Leaning,
    before: float,
) -> Stretch:
    section = pulse.analysis.sections[index]
    times = np.array([m.time for m in row])
    positions = np.array([m.position for m in row])
    heard = np.maximum(times, min(pulse.sound_start, row[-1].time - 1e-3))
    middle = (row[0].time + row[-1].time) / 2
    build = next((b for b in found if b.start <= middle < b.end), None)
    n = len(row)
    starts, ends = np.triu_indices(n, 1)
    floors = np.zeros((n, n))
    floors[starts, ends] = shortest(pulse.energies(heard[starts], heard[ends]))
    total = float(positions[-1] - positions[0])
    if build is not None:
        held = sum(
            e.end - e.start
            for e in pulse.analysis.events
            if e.kind == "stop" and row[0].time < e.start < row[-1].time + STOP_EDGE
        )
        run = max(total - held / pulse.beat, total / 2)
        fraction = np.clip((positions - positions[0]) / run, 0, 1)
        long = 2 * pulse.felt_bar
        if build.arrives and leaning.rush:
            # From two bars down to a beat, most of the way in bars: the run of beats at the end
            # lasts about a bar and never more than the two that eyes bear.
            wanted = long * (1.0 / long) ** (fraction**1.2)
        else:
            steep = length * (STEEP**0.5 - STEEP**-0.5) / np.log(STEEP) * STEEP ** (0.5 - fraction)
            # At most half of it at a time, and from there to a quarter: it has to be seen.
            most = min(max(long, 1.5 * length), max(run / 2, 1.0))
            wanted = np.maximum(np.minimum(steep, most * 4.0**-fraction), 1.0)
    else:
        wanted = length * _contour(pulse, row, section.letter, seed)
    return Stretch(
        times=heard,
        positions=positions,
        costs=np.array(
            [_place_cost(m, section.label, leaning.strict, build is not None) for m in row]
        ),
        wanted=np.maximum(wanted, 0.5),
        weights=np.array([_weight(m) for m in row]),
        floors=floors,
        hold=longest_hold(pulse, section),
        count=None if build is not None else max(1, round(total / length)),
        bar=float(pulse.per_bar),
        shrinking=build is not None,
        before=0.0 if build is not None else before,
    )


def _weight(moment: Moment) -> int:
    """How heavy a moment is in its bar: 2 where one starts or where there is none, 1, or 0."""
    if moment.even or moment.reason in (CutReason.DOWNBEAT, CutReason.ENERGY):
        return 2
    return 1 if moment.reason is CutReason.STRONG_BEAT else 0


def _contour(pulse: Pulse, row: list[Moment], letter: str, seed: int) -> np.ndarray:
    """Wanted length at each moment against the section's mean, shape (n,).

    Within a phrase shots begin long and end short, as phrases gather towards their end; some
    phrases, by their place and the section's letter, do it less or the other way round.
    """
    phrase = 4 * pulse.felt_bar
    offsets = np.array([m.position for m in row]) - row[0].position
    heads = [float(o) for o, m in zip(offsets, row, strict=True) if m.reason is CutReason.PHRASE]
    starts = np.array(sorted({0.0, *heads}))
    which = np.searchsorted(starts, offsets + 1e-6, side="right") - 1
    along = np.clip((offsets - starts[which]) / phrase, 0, 1)
    slopes = np.array(
        [SLOPES[int(len(SLOPES) * unit(seed, letter, "contour", i))] for i in range(len(starts))]
    )
    factor: np.ndarray = 2.0 ** (slopes[which] * (1 - 2 * along))
    return factor


def _place_cost(moment: Moment, label: str, strict: float, build: bool) -> float:
    """What a cut at `moment` costs for its place in the bar and what can be heard there."""
    cost = {
        CutReason.DROP: -2.0,
        CutReason.SECTION: -2.0,
        CutReason.PHRASE: -0.8,
        CutReason.DOWNBEAT: 0.0,
        CutReason.STRONG_BEAT: 0.9,
        CutReason.BEAT: 2.0,
        CutReason.HALF_BEAT: 2.6,
        CutReason.ENERGY: 0.3,
    }.get(moment.reason, 0.0)
    if not moment.even and label in ("verse", "bridge", "intro", "outro"):
        cost += 0.5
    if moment.reason is CutReason.STRONG_BEAT and label in ("chorus", "drop"):
        cost -= 0.4
    if build:
        cost *= 0.2
    # Where no number of shots is set, accents must not buy more of them.
    return cost * strict - (0.1 if build else 0.4) * moment.accent
