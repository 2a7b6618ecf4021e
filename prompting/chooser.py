"""Choose the cuts of a whole song: the cheapest edit on one stated cost.

What an edit costs. One unit is a shot twice or half as long as wanted, once per wanted length.

| term | cost | why |
|---|---|---|
| length | `LENGTH` × (length / wanted) × log2(length / wanted)², a shot | density along the song |
| count | `COUNT` × wanted × log2(shots / wanted)², a section | density as a whole |
| place | `PLACE`, less what is heard there (`weights.py`), a cut | what it falls on |
| crossing | `CROSS`, a shot that starts on a weak beat and runs over a stronger one | syncopation |
| equal | `EQUAL`, a shot as long as the one before it; less for long ones | no metronome |
| weary | `WEARY` × that × (row − 2), the third equal in a row and each one after it | breaks |
| leap | `LEAP`, each halving or doubling beyond one between neighbours | flow |
| rise | `RISE`, each doubling of length inside a build | builds shorten |
| word | `WORD`, a cut inside a sung word; a part of it where the word is guessed | sense |
| hold, floor | `HOLD`, `FLOOR`, each doubling over the longest hold, under the shortest | eyes |
| rule | `RULE` × its weight, a rule of the craft that does not hold | the craft |

Kept as constraints, whatever they cost: at most 8 equal shots in a row, at most two bars of
cutting on every beat and a bar of it once a section (`songreel.prompting.lattice`), a cut at every
section start and drop, no cut inside a stop, no shot longer than a clip reaches.

Dynamic programming finds the cheapest edit of whatever is a sum over shots and neighbours. Terms
on totals (count, and rules that are shares or medians) are brought into it by multipliers: each
costs a shot so much more or less, and is turned up or down between passes until the totals are
met (Lagrangian relaxation; Everett 1963). The cheapest edit of all passes, on the whole cost, is
taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.models.storyboard import CutReason
from songreel.prompting.lattice import Index, Lattice

Floats = NDArray[np.float64]

LENGTH, COUNT = 1.0, 2.5
PLACE = {
    CutReason.DROP: -2.0,
    CutReason.SECTION: -2.0,
    CutReason.PHRASE: -0.5,
    CutReason.DOWNBEAT: 0.0,
    CutReason.STRONG_BEAT: 0.9,
    CutReason.BEAT: 2.0,
    CutReason.HALF_BEAT: 2.6,
    CutReason.ENERGY: 0.3,
}
UNEVEN = 0.5
"""More where bars go in pairs and a cut falls between (verses, bridges, intros, outros)."""
BACKBEAT = 0.4
"""Less on the strong beat of a chorus or a drop."""
CROSS, EQUAL, WEARY, LEAP, RISE = 1.2, 0.65, 0.2, 0.25, 6.0
WORD, HOLD, FLOOR = 15.0, 200.0, 400.0
RULE = 25.0
PASSES = 8
COUNT_STEP = 1.6
"""Multiplier a shot for twice as many as wanted: near the wanted length a multiplier of 1 moves
lengths by a third of an octave, and a little less is taken so that passes do not swing."""
GAUGE_STEP, GAUGE_SLOPE, GAUGE_EASE = 0.4, 4.0, 0.95
"""By how much a rule that is broken is turned up: at least, and more for all that is missing. One
that holds lets go a little."""


@dataclass(frozen=True)
class Gauge:
    """A rule on a share or a median, as a sum: it holds where that is not above 0."""

    values: Floats
    """What each shot adds, shape (m,)."""
    weight: float = 1.0


@dataclass(frozen=True)
class Window:
    """A limit: any so many cuts and the one after them are at least so many seconds apart."""

    cuts: int
    seconds: float


@dataclass(frozen=True)
class Problem:
    """A song as an optimisation over its shots; arrays of shape (m,) are by shot."""

    lattice: Lattice
    costs: Floats
    """Of each shot alone."""
    seconds: Floats
    groups: Index
    """The section whose count a shot belongs to, −1 for none (builds)."""
    aims: Floats
    """Shots wanted in each section, 0 where none is set."""
    gauges: tuple[Gauge, ...] = ()
    windows: tuple[Window, ...] = ()
    yields: Floats | float = 1.0
    """How readily each shot gives way to gauges. Where sections that return differ a little in
    it, not all of them change at once, and a share can be met exactly."""
    passes: int = PASSES


@dataclass(frozen=True)
class Multipliers:
    """What totals cost a shot: by section, and by gauge."""

    counts: Floats
    gauges: Floats


@dataclass(frozen=True)
class Choice:
    """An edit: moments at which its shots start, the first included."""

    moments: Index
    cost: float
    multipliers: Multipliers
    """Under which it is the cheapest."""


@dataclass
class _Turned:
    """The multipliers as they stand, and what shots that crowd cost more."""

    counts: Floats
    gauges: Floats
    quick: Floats

    def told(self) -> Multipliers:
        return Multipliers(self.counts.copy(), self.gauges.copy())


def choose(problem: Problem, start: Multipliers | None = None) -> Choice:
    """The cheapest edit.

    Args:
        problem: The song.
        start: Multipliers to begin with: those of a song that differs in few places.
    """
    lattice = problem.lattice
    quick = np.zeros(len(problem.costs))
    turned = _Turned(np.zeros(len(problem.aims)), np.zeros(len(problem.gauges)), quick)
    if start is not None and len(start.gauges) == len(turned.gauges):
        turned = _Turned(start.counts.copy(), start.gauges.copy(), quick)
    under = turned.told()
    best: Index = np.zeros(0, dtype=np.intp)
    least = np.inf
    seen: set[bytes] = set()
    for _ in range(problem.passes):
        extra = turned.quick + _laid(turned.counts, problem.groups)
        for gauge, weight in zip(problem.gauges, turned.gauges, strict=True):
            extra = extra + weight * gauge.values * problem.yields
        shots = lattice.cheapest(problem.costs + extra)
        used = turned.told()
        total, settled = _judged(problem, shots, turned)
        if total < least - 1e-9:
            best, least, under = shots, total, used
        key = shots.tobytes()
        if settled or (key in seen and len(seen) > 3):
            break
        seen.add(key)
    return Choice(lattice.shots.starts[best], least, under)


def _laid(values: Floats, groups: Index) -> Floats:
    """Each shot's share of its group's value; 0 for shots of none."""
    return np.where(groups >= 0, values[groups], 0.0) if len(values) else np.zeros(len(groups))


def _judged(problem: Problem, shots: Index, turned: _Turned) -> tuple[float, bool]:
    """The whole cost of an edit, and whether all totals are met; what is not is turned up."""
    lattice = problem.lattice
    total = float(problem.costs[shots].sum()) + lattice.neighbours(shots)
    settled = True
    groups = problem.groups[shots]
    counts = np.bincount(groups[groups >= 0], minlength=len(problem.aims))
    for group, aim in enumerate(problem.aims):
        if aim <= 0:
            continue
        octaves = float(np.log2(max(counts[group], 0.5) / aim))
        total += COUNT * aim * octaves**2
        if abs(counts[group] - aim) > 0.5:
            settled = False
            turned.counts[group] = float(
                np.clip(turned.counts[group] + COUNT_STEP * octaves, -4.0, 8.0)
            )
    for i, gauge in enumerate(problem.gauges):
        over = float(gauge.values[shots].sum())
        if over > 1e-6:
            settled = False
            total += RULE * gauge.weight
            scope = max(int((gauge.values[shots] != 0).sum()), 1)
            turned.gauges[i] += GAUGE_STEP + GAUGE_SLOPE * over / scope
        else:
            turned.gauges[i] *= GAUGE_EASE
    crowded = _crowded(problem, shots)
    if len(crowded):
        settled = False
        total += 3 * RULE
        turned.quick[crowded] += 3.0
    return total, settled


def _crowded(problem: Problem, shots: Index) -> Index:
    """Every shot that would crowd the windows in which too many cuts fall."""
    seconds = problem.seconds[shots]
    ends = np.cumsum(seconds)
    times = ends[:-1]
    found: list[NDArray[np.bool_]] = []
    starts = problem.lattice.shots.starts
    for window in problem.windows:
        late = times[window.cuts :] - times[: -window.cuts] < window.seconds - 1e-6
        for i in np.flatnonzero(late):
            inside = shots[i + 1 : i + window.cuts + 1]
            brief = problem.seconds < window.seconds / window.cuts
            found.append(brief & (starts >= starts[inside[0]]) & (starts <= starts[inside[-1]]))
    if not found:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.logical_or.reduce(found))


def median_gauges(lengths: Floats, scope: NDArray[np.bool_], low: float, high: float,
                  weight: float = 1.0) -> Sequence[Gauge]:  # fmt: skip
    """That the median of `lengths` over the shots in `scope` lies between `low` and `high`."""
    over = np.where(lengths > high * 1.01, 0.5, -0.5) * scope
    under = np.where(lengths < low * 0.99, 0.5, -0.5) * scope
    return Gauge(over, weight), Gauge(under, weight)
