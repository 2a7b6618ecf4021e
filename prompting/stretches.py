"""A song's moments as a graph: stretches between cuts that must be, and every shot inside them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.models.storyboard import CutReason
from songreel.prompting.builds import Build
from songreel.prompting.chooser import CROSS, EQUAL, FLOOR, HOLD, LEAP, RISE, WEARY
from songreel.prompting.density import longest_hold, shortest_of
from songreel.prompting.lattice import Index, Lattice, Neighbours, Shots
from songreel.prompting.moments import Moment
from songreel.prompting.pulse import Pulse
from songreel.prompting.reach import Reach
from songreel.prompting.styles import Style

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """Moments `first` to `last`, between which no cut has to be.

    `build` is the build it is part of; `closed` says that it is one settled shot.
    """

    first: int
    last: int
    section: int
    build: Build | None
    closed: bool


class Graph:
    """Every shot that may be, in arrays of shape (m,), and what each costs whatever is wanted."""

    def __init__(
        self, pulse: Pulse, row: Sequence[Moment], stretches: Sequence[Stretch], style: Style,
        reach: Reach, enters: Sequence[bool],
    ) -> None:  # fmt: skip
        """Lay out the shots of `row`, whose last moment is the song's end.

        Args:
            pulse: The song.
            row: Every moment at which a cut may fall, the opening first.
            stretches: That tile it.
            style: Of cutting.
            reach: How long a shot may be, whatever it costs.
            enters: Of each moment, whether a section starts there.
        """
        self.row, self.stretches = row, stretches
        clock = np.array([m.time for m in row])
        self.positions = np.array([m.position for m in row])
        weights = np.array([_weight(m) for m in row])
        sections = pulse.analysis.sections
        holds = np.array([longest_hold(pulse, sections[s.section], style) for s in stretches])
        parts: list[tuple[Index, Index, Index]] = []
        for number, stretch in enumerate(stretches):
            for i in range(stretch.first, stretch.last):
                ends = _ends(stretch, i, clock, self.positions, weights, holds[number], pulse)
                parts.append((np.full(len(ends), i), ends, np.full(len(ends), number)))
        starts, ends, which = (np.concatenate(column) for column in zip(*parts, strict=True))
        # The silence in front counts for no shot's length.
        heard = np.maximum(clock[starts], np.minimum(pulse.sound_start, clock[ends] - 1e-3))
        seconds = np.maximum(clock[ends] - heard, 1e-3)
        floors = shortest_of(style, pulse.energies(heard, clock[ends]))
        closed = np.array([s.closed for s in stretches])[which]
        # To the next moment: dear, but never without a way.
        fits = (seconds >= floors - 1e-6) | (ends == starts + 1) | closed
        if reach.longest < np.inf:
            caps = np.array([reach.ending(m.time) for m in row])
            fits &= closed | (clock[ends] - clock[starts] <= caps[ends] + 1e-6)
        self.starts, self.ends, self.which = starts[fits], ends[fits], which[fits]
        self.seconds = seconds[fits]
        self.lengths = self.positions[self.ends] - self.positions[self.starts]
        self.fixed_costs = _limits(self.seconds, holds[self.which], floors[fits])
        self.fixed_costs += CROSS * self._crosses(weights)
        self.fixed_costs[closed[fits]] = 0.0
        shrinking = np.array([s.build is not None for s in stretches])[self.which]
        # Only short shots make a row of equals a metronome; four bars and four bars are a breath.
        long = 1.5 * pulse.per_bar / np.maximum(self.lengths, 1e-3)
        equal = np.where(shrinking, EQUAL / 3, EQUAL * np.minimum(1.0, long))
        shots = Shots(self.starts, self.ends, self.lengths, shrinking, equal)
        cost = Neighbours(LEAP, RISE, WEARY)
        self.lattice = Lattice(shots, len(row), enters, pulse.per_bar, cost)

    def _crosses(self, weights: Index) -> NDArray[np.bool_]:
        """Whether each shot starts on a weak beat and runs over a stronger one."""
        stronger = np.full(len(weights), len(weights))
        for i in range(len(weights) - 2, -1, -1):
            after = i + 1
            while after < len(weights) and weights[after] <= weights[i]:
                after = int(stronger[after])
            stronger[i] = after
        weak = (weights[self.starts] < 2) & (self.starts > 0)
        return np.asarray(weak & (stronger[self.starts] < self.ends))


def _weight(moment: Moment) -> int:
    """How heavy a moment is in its bar: 2 where one starts or where there is none, 1, or 0.

    By its reason alone: a shot that is locked is no better a place to end at than it was.
    """
    lighter = {CutReason.STRONG_BEAT: 1, CutReason.BEAT: 0, CutReason.HALF_BEAT: 0}
    return 2 if moment.even else lighter.get(moment.reason, 2)


def _ends(
    stretch: Stretch, i: int, clock: Floats, positions: Floats, weights: Index, hold: float,
    pulse: Pulse,
) -> Index:  # fmt: skip
    """Where a shot that starts at moment `i` may end: landings after a bar, any moment before."""
    last = stretch.last
    if stretch.closed:
        return np.array([last])
    start = max(clock[i], min(pulse.sound_start, clock[last] - 1e-3))
    far = int(np.searchsorted(clock[: last + 1], start + hold + 1e-6, side="right"))
    near = np.arange(i + 1, max(far, i + 2))
    short = positions[near] - positions[i] <= pulse.per_bar + 1e-6
    keep = short | (weights[near] == 2) | (near == i + 1)
    ends = near[keep]
    landings = np.flatnonzero(weights[i + 1 : last] == 2)
    # The next landing, however far, so that no shot has to end on a weak beat.
    landing = i + 1 + int(landings[0]) if landings.size else last
    return np.append(ends, landing) if landing > ends[-1] else ends


def _limits(seconds: Floats, holds: Floats, floors: Floats) -> Floats:
    """What being held too long and being too short for eyes costs."""
    over = np.maximum(np.log2(seconds / holds), 0)
    under = np.maximum(np.log2(floors / seconds), 0)
    costs: Floats = HOLD * over + FLOOR * under
    return costs


def stretches_of(
    row: Sequence[Moment], fences: Sequence[int], starts: Sequence[float],
    builds: Sequence[Build], closed: Sequence[tuple[float, float]], sound_start: float,
) -> list[Stretch]:  # fmt: skip
    """The stretches between `fences`, indices of moments that carry a cut whatever comes."""
    found: list[Stretch] = []
    for first, last in pairwise(fences):
        start, end = row[first].time, row[last].time
        middle = (start + end) / 2
        build = next((b for b in builds if b.start <= middle < b.end), None)
        settled = any(a - 1e-6 <= start and end <= b + 1e-6 for a, b in closed)
        section = section_at(starts, row[first], sound_start)
        found.append(Stretch(first, last, section, build, settled))
    return found


def section_at(starts: Sequence[float], moment: Moment, sound_start: float) -> int:
    """Index of the section that a shot from `moment` belongs to."""
    # The opening belongs to the section that first sounds, not to the silence before it; a section
    # whose first cut was moved to the edge of a word begins there.
    time = sound_start if moment.reason is CutReason.OPENING else moment.time
    if moment.reason is CutReason.SECTION and len(starts) > 1:
        nearest = min(range(1, len(starts)), key=lambda i: abs(starts[i] - time))
        if abs(starts[nearest] - time) < 0.5:
            return nearest
    return max(bisect_right(starts, time + 1e-6) - 1, 0)
