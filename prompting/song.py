"""A song as a problem for `choose`: its shots, what each costs, and the rules it has to meet."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.builds import Build, builds
from songreel.prompting.chooser import (
    BACKBEAT,
    LENGTH,
    PLACE,
    UNEVEN,
    WORD,
    Choice,
    Gauge,
    Multipliers,
    Problem,
    Window,
    choose,
    median_gauges,
)
from songreel.prompting.contours import contour, shrinking
from songreel.prompting.density import Leaning, lengths, longest_hold
from songreel.prompting.guards import HALF_BEATS, WINDOWS, tame
from songreel.prompting.moments import Moment, section_starts
from songreel.prompting.pulse import Pulse
from songreel.prompting.reach import Reach
from songreel.prompting.rules import LIFT, MEDIANS, median_limits
from songreel.prompting.seeds import unit
from songreel.prompting.stretches import Graph, Stretch, stretches_of
from songreel.prompting.styles import Style

Floats = NDArray[np.float64]

DOWNBEATS, EVEN = 0.72, 0.62
"""Shares of cuts in choruses on downbeats, and in verses on every second bar, that are aimed at:
the craft's 70 and 60 % with a little room."""

DIVIDES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Bars of a verse's median shot from which that share of it is a length that shots have."""


class Song:
    """A song laid out for cutting: its graph, and the problem it is under each leaning."""

    def __init__(
        self, pulse: Pulse, found: tuple[Moment, ...], style: Style, seed: int,
        closed: list[tuple[float, float]], reach: Reach,
    ) -> None:  # fmt: skip
        self.pulse, self.style, self.seed, self.reach = pulse, style, seed, reach
        self.moments = list(found)
        self.starts = section_starts(pulse)
        self.closed = closed
        ending = Moment(
            pulse.duration, pulse.position(pulse.duration), Anchor(seconds=pulse.duration),
            CutReason.SECTION,
        )  # fmt: skip
        row = [*found, ending]
        found_builds = builds(pulse)
        fences = _fences(pulse, row, found_builds)
        self.stretches = stretches_of(
            row, fences, self.starts, found_builds, self.closed, pulse.sound_start
        )
        enters = [m.must and m.reason in (CutReason.SECTION, CutReason.DROP) for m in row]
        self.graph = Graph(pulse, row, self.stretches, style, reach, enters)

    def planned(
        self, leaning: Leaning, passes: int, start: Multipliers | None = None
    ) -> tuple[list[Moment], Choice]:
        """Starts of shots, the opening first, and the choice behind them."""
        graph, pulse = self.graph, self.pulse
        wanted = lengths(pulse, self.style, leaning, self.reach.most)
        logs = np.log2(self._wanted(wanted, leaning))
        octaves = np.log2(np.maximum(graph.lengths, 1e-3)) - logs
        costs = LENGTH * 2**octaves * octaves**2 + graph.fixed_costs
        costs = np.where(self._settled, 0.0, costs) + self._places
        problem = Problem(
            lattice=graph.lattice,
            costs=costs,
            seconds=graph.seconds,
            groups=self._groups,
            aims=self._aims(wanted),
            gauges=(*self._gauges, *self._lift(wanted)),
            yields=self._yields,
            windows=tuple(Window(count, seconds) for count, seconds in WINDOWS),
            passes=passes,
        )
        choice = choose(problem, start)
        picked = [graph.row[i] for i in choice.moments]
        sections = pulse.analysis.sections
        holds = [
            (start, longest_hold(pulse, section, self.style))
            for start, section in zip(self.starts, sections, strict=True)
        ]
        return tame(pulse, picked, self.moments, self.closed, holds, self.reach), choice

    @cached_property
    def _settled(self) -> NDArray[np.bool_]:
        """Which shots are settled."""
        return np.asarray(np.array([s.closed for s in self.stretches])[self.graph.which])

    def _wanted(self, wanted: list[float], leaning: Leaning) -> Floats:
        """Wanted length of each shot in beats: between what is wanted where it starts and ends."""
        graph = self.graph
        found = np.zeros(len(graph.starts))
        edges = np.searchsorted(graph.which, np.arange(len(self.stretches) + 1))
        for number, stretch in enumerate(self.stretches):
            own = slice(edges[number], edges[number + 1])
            logs = np.log2(np.maximum(self._curve(stretch, wanted, leaning), 0.5))
            starts, ends = graph.starts[own] - stretch.first, graph.ends[own] - stretch.first
            found[own] = (logs[starts] + logs[ends]) / 2
        return np.asarray(2.0**found)

    def _curve(self, stretch: Stretch, wanted: list[float], leaning: Leaning) -> Floats:
        """Wanted length in beats at each moment of a stretch."""
        length = wanted[stretch.section]
        if stretch.build is not None:
            row = self.graph.row[stretch.first : stretch.last + 1]
            return shrinking(self.pulse, row, length, stretch.build.arrives and leaning.rush)
        # Over the section, so that a locked shot in it changes nothing around it.
        own = [s for s in self.stretches if s.section == stretch.section]
        first = own[0].first
        letter = self.pulse.analysis.sections[stretch.section].letter
        whole = self.graph.row[first : own[-1].last + 1]
        curve = length * contour(self.pulse, whole, letter, self.seed, leaning.swing)
        return np.asarray(curve[stretch.first - first : stretch.last - first + 1])

    @cached_property
    def _places(self) -> Floats:
        """What the place of each shot's first cut costs, shape (m,)."""
        graph, sections = self.graph, self.pulse.analysis.sections
        own = np.zeros(len(graph.row))
        for stretch in self.stretches:
            label = sections[stretch.section].label
            for i in range(stretch.first, stretch.last):
                own[i] = _place_cost(graph.row[i], label, stretch.build is not None)
        return np.asarray(own[graph.starts])

    @cached_property
    def _yields(self) -> Floats:
        """How readily the shots of each section give way, 0.8 to 1.2."""
        own = [
            0.8 + 0.4 * unit(self.seed, "yields", i)
            for i in range(len(self.pulse.analysis.sections))
        ]
        sections = np.array([s.section for s in self.stretches])[self.graph.which]
        return np.asarray(np.array(own)[sections])

    @cached_property
    def _groups(self) -> NDArray[np.intp]:
        """The section whose shots each is counted with; −1 in builds."""
        free = [-1 if s.build is not None else s.section for s in self.stretches]
        return np.asarray(np.array(free)[self.graph.which])

    def _aims(self, wanted: list[float]) -> Floats:
        """Shots wanted in each section, without its builds."""
        aims = np.zeros(len(wanted))
        positions = self.graph.positions
        for stretch in self.stretches:
            if stretch.build is None:
                beats = positions[stretch.last] - positions[stretch.first]
                aims[stretch.section] += beats / wanted[stretch.section]
        return np.where(aims > 0, np.maximum(np.round(aims), 1.0), 0.0)

    def _lift(self, wanted: list[float]) -> tuple[Gauge, ...]:
        """That choruses are cut faster than verses: both medians on their side of a divide."""
        labels = self._labels
        means = {}
        for label in ("verse", "chorus"):
            own = [
                (np.log2(length), section.end - section.start)
                for length, section in zip(wanted, self.pulse.analysis.sections, strict=True)
                if section.label == label
            ]
            if not own:
                return ()
            logs, weights = (np.array(column) for column in zip(*own, strict=True))
            means[label] = float(2 ** np.average(logs, weights=weights)) / self.pulse.felt_bar
        divide = float(np.sqrt(means["verse"] * means["chorus"] / LIFT))
        if self.pulse.locked:
            # Shots last bars: a divide between them that no median meets asks for nothing.
            # In a slow song half a bar is felt as one; a chorus's median is then a whole bar, or
            # too few of its cuts were on downbeats.
            least = self.pulse.per_bar / self.pulse.felt_bar / LIFT
            fit = [bars for bars in DIVIDES if bars >= least] if least * LIFT > 1.01 else DIVIDES
            divide = min(fit or DIVIDES, key=lambda bars: abs(np.log2(bars / divide)))
        bars = self.graph.lengths / self.pulse.felt_bar
        verse = median_gauges(bars, labels == "verse", divide, np.inf, 2.0)[1]
        chorus = median_gauges(bars, labels == "chorus", 0.0, LIFT * divide, 2.0)[0]
        return verse, chorus

    @cached_property
    def _labels(self) -> NDArray[np.str_]:
        """Label of the section of each shot."""
        sections = self.pulse.analysis.sections
        own = np.array([sections[s.section].label for s in self.stretches])
        return np.asarray(own[self.graph.which])

    @cached_property
    def _gauges(self) -> tuple[Gauge, ...]:
        """The rules of the craft on shares and medians."""
        if not self.pulse.locked:
            return ()
        graph, labels = self.graph, self._labels
        denser = max(self.style.density, 1.0)
        # A section's first shot starts at a cut of its own; the opening is no cut.
        cut = graph.starts > 0
        reasons = [m.reason for m in graph.row]
        down = np.array([_on_downbeat(m) for m in graph.row])[graph.starts]
        even = np.array([m.even or m.must for m in graph.row])[graph.starts]
        half = np.array([r is CutReason.HALF_BEAT for r in reasons])[graph.starts]
        found = [
            Gauge((DOWNBEATS / denser - down) * np.isin(labels, ("chorus", "drop")) * cut),
            Gauge((EVEN / denser - even) * (labels == "verse") * cut),
            Gauge((half - HALF_BEATS) * cut),
        ]
        bars = graph.lengths / self.pulse.felt_bar
        scale = self.style.scale
        for label, (low, high) in MEDIANS.items():
            if (labels == label).any():
                ends = median_limits(low, high, scale)
                found += median_gauges(bars, labels == label, *ends)
        return tuple(found)


def _on_downbeat(moment: Moment) -> bool:
    anchor = moment.anchor
    return bool(anchor.bar) and anchor.beat == 1 and anchor.part == 0


def _fences(pulse: Pulse, row: Sequence[Moment], found: list[Build]) -> list[int]:
    """Indices into `row` of every moment that carries a cut whatever comes: stretches' ends."""
    fences = {i for i, m in enumerate(row) if m.must} | {0, len(row) - 1}
    near = pulse.felt_bar * pulse.beat / 2
    for build in found:
        landings = [i for i, m in enumerate(row) if m.even or m.reason is CutReason.DOWNBEAT]
        i = min(landings, key=lambda i: abs(row[i].time - build.start), default=0)
        apart = all(abs(row[i].time - row[f].time) > near for f in fences)
        if abs(row[i].time - build.start) <= near and apart:
            fences.add(i)
    return sorted(fences)


def _place_cost(moment: Moment, label: str, build: bool) -> float:
    """What a cut at `moment` costs for its place in the bar and what can be heard there."""
    cost = PLACE.get(moment.reason, 0.0)
    if not moment.even and label in ("verse", "bridge", "intro", "outro"):
        cost += UNEVEN
    if moment.reason is CutReason.STRONG_BEAT and label in ("chorus", "drop"):
        cost -= BACKBEAT
    # In a build lengths decide; and where no number of shots is set, accents must not buy more.
    return (
        (0.2 if build else 1.0) * cost
        - (0.25 if build else 1.0) * moment.pull
        + (WORD * moment.sung)
    )
