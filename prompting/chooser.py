"""Choose the cuts of one stretch of a song: dynamic programming over its moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LENGTH_COST = 1.0
"""Per target length of film, for a shot twice or half as long as wanted."""
COUNT_COST = 2.5
"""Per shot wanted, for twice or half as many shots."""
EQUAL_COST = 0.65
"""For a shot as long as the one before: the pattern is to break now and then."""
LEAP_COST = 0.25
"""For each halving or doubling beyond one between neighbours."""
RISE_COST = 6.0
"""In a build, for a shot twice as long as the one before it."""
CROSS_COST = 1.2
"""For a shot that starts on a weak beat and runs over a stronger one: syncopated for no reason."""
HOLD_COST, FLOOR_COST = 200.0, 400.0
"""Per doubling over the longest hold, and under the shortest shot: only where nothing else is."""


@dataclass(frozen=True)
class Stretch:
    """A span between two fixed cuts. Arrays of shape (n,): both ends and all moments between.

    Attributes:
        times: Seconds.
        positions: Beats.
        costs: What a cut at each moment costs; negative where it is wanted.
        wanted: Wanted shot length in beats around each moment.
        weights: 2 at a downbeat and whatever starts a bar, 1 at a strong beat, 0 elsewhere.
        floors: Shape (n, n): shortest shot in seconds from moment i to moment j.
        hold: Longest shot, seconds.
        count: Wanted number of shots; None in a build, where the lengths decide.
        bar: Beats of a bar.
        shrinking: Whether shots may not grow (a build).
        before: Length in beats of the shot before the stretch, 0 if there is none.
        clock: Seconds with a silent lead-in, which `times` leave out.
        caps: Longest shot by `clock` that may end at each moment, whatever it costs; the next
            moment is never further off. None if there is no such limit.
    """

    times: Floats
    positions: Floats
    costs: Floats
    wanted: Floats
    weights: NDArray[np.intp]
    floors: Floats
    hold: float
    count: int | None
    bar: float
    shrinking: bool = False
    before: float = 0.0
    clock: Floats | None = None
    caps: Floats | None = None

    @property
    def landing(self) -> NDArray[np.bool_]:
        """Whether a shot of more than a bar may end at each moment."""
        return np.asarray(self.weights == 2)


def choose(stretch: Stretch) -> list[int]:
    """Indices of the moments inside `stretch` to cut at, in order.

    The cost of an edit is the sum over its shots (length against the wanted one), its cuts
    (what they fall on) and its neighbours (equal lengths, leaps), and of the number of shots
    against the wanted one. The cheapest edit is found exactly; ties go to the longer first shot.
    """
    n = len(stretch.times)
    if n <= 2:
        return []
    starts, ends = _shots(stretch)
    lengths = stretch.positions[ends] - stretch.positions[starts]
    shot_costs = _shot_costs(stretch, starts, ends, lengths)
    mean = float(np.exp(np.log(stretch.wanted).mean()))
    total = stretch.positions[-1] - stretch.positions[0]
    expected = stretch.count or max(1.0, total / mean)
    fewest = _fewest(n, starts, ends)
    most = min(n - 1, max(int(np.ceil(expected * 1.6)), fewest) + 3)

    best = np.full((len(starts), most + 1), np.inf)
    back = np.full((len(starts), most + 1), -1)
    into = [np.flatnonzero(ends == i) for i in range(n)]
    out = [np.flatnonzero(starts == i) for i in range(n)]
    first = out[0]
    opening = _pairs(stretch, np.array([stretch.before]), lengths[first])[0]
    best[first, 1] = shot_costs[first] + (opening if stretch.before else 0.0)
    for i in range(1, n - 1):
        if not (len(into[i]) and len(out[i])):
            continue
        pairs = _pairs(stretch, lengths[into[i]], lengths[out[i]])
        sums = best[into[i]][:, None, :-1] + pairs[:, :, None]
        # Rounded, so that the last bits of a float, which differ between machines, decide nothing.
        choice = np.round(sums, 9).argmin(axis=0)
        values = np.take_along_axis(sums, choice[None], axis=0)[0]
        best[out[i], 1:] = values + (stretch.costs[i] + shot_costs[out[i]])[:, None]
        back[out[i], 1:] = into[i][choice]
    totals = best[into[n - 1]]
    if stretch.count is not None:
        counts = np.maximum(np.arange(most + 1), 0.5)
        totals = totals + COUNT_COST * stretch.count * np.log2(counts / stretch.count) ** 2
    flat = int(np.round(totals, 9).argmin())
    edge, k = int(into[n - 1][flat // (most + 1)]), flat % (most + 1)
    cuts: list[int] = []
    while k > 1:
        cuts.append(int(starts[edge]))
        edge, k = int(back[edge, k]), k - 1
    return cuts[::-1]


def _shots(stretch: Stretch) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of moments that may be a shot's start and end; some way through always exists."""
    n = len(stretch.times)
    starts, ends = np.triu_indices(n, 1)
    seconds = stretch.times[ends] - stretch.times[starts]
    lengths = stretch.positions[ends] - stretch.positions[starts]
    fits = (lengths <= stretch.bar + 1e-6) | stretch.landing[ends] | (ends == n - 1)
    fits &= seconds >= stretch.floors[starts, ends] - 1e-6
    fits &= seconds <= stretch.hold + 1e-6
    # To the next moment, to the next landing and to the end: dear, but never without a way.
    following = np.array([_next(stretch.landing, i, n - 1) for i in range(n)])
    fits |= (ends == starts + 1) | (ends == following[starts]) | (ends == n - 1)
    if stretch.clock is not None and stretch.caps is not None:
        fits &= stretch.clock[ends] - stretch.clock[starts] <= stretch.caps[ends] + 1e-6
    return starts[fits], ends[fits]


def _fewest(n: int, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> int:
    """The least number of shots that lead through n moments."""
    count = np.full(n, n)
    count[0] = 0
    for i in range(n - 1):
        after = ends[starts == i]
        count[after] = np.minimum(count[after], count[i] + 1)
    return int(count[-1])


def _next(flags: NDArray[np.bool_], i: int, otherwise: int) -> int:
    """Index of the first flag after `i`."""
    after = np.flatnonzero(flags[i + 1 :])
    return int(i + 1 + after[0]) if after.size else otherwise


def _shot_costs(
    stretch: Stretch, starts: NDArray[np.intp], ends: NDArray[np.intp], lengths: Floats
) -> Floats:
    """Cost of each shot alone, shape (shots,)."""
    logs = np.log2(stretch.wanted)
    middle = (logs[starts] + logs[ends]) / 2
    lengths = np.maximum(lengths, 1e-3)
    costs = LENGTH_COST * (lengths / 2**middle) * (np.log2(lengths) - middle) ** 2
    seconds = np.maximum(stretch.times[ends] - stretch.times[starts], 1e-3)
    over = np.maximum(np.log2(seconds / stretch.hold), 0)
    under = np.maximum(np.log2(stretch.floors[starts, ends] / seconds), 0)
    n = len(stretch.times)
    stronger = np.array([_next(stretch.weights > stretch.weights[i], i, n) for i in range(n)])
    crosses = (starts > 0) & (stretch.weights[starts] < 2) & (stronger[starts] < ends)
    costs += CROSS_COST * crosses
    total: Floats = costs + HOLD_COST * over + FLOOR_COST * under
    return total


def _pairs(stretch: Stretch, before: Floats, after: Floats) -> Floats:
    """Cost of each pair of neighbouring lengths, shape (before, after)."""
    ratio = np.log2(np.maximum(after[None, :], 1e-3) / np.maximum(before[:, None], 1e-3))
    equal = np.abs(ratio) < 0.02
    if stretch.shrinking:
        rising: Floats = RISE_COST * np.maximum(ratio, 0.0) + EQUAL_COST / 3 * equal
        return rising
    # Only short shots make a row of equals a metronome; four bars and four bars are a breath.
    even = EQUAL_COST * np.minimum(1.0, 1.5 * stretch.bar / np.maximum(after, 1e-3))
    leaps = LEAP_COST * np.maximum(np.abs(ratio) - 1, 0)
    costs: Floats = np.where(equal, even[None, :], leaps)
    return costs
