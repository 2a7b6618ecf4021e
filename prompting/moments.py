"""Where a cut may fall: every beat, phrase, section start and drop, with what speaks for it."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.pulse import Pulse, strong_beat
from songreel.prompting.weights import DRUMS, accents, phrase_bars, pulls

CLOSE = 1.0
"""Seconds: two moments that must carry a cut are never closer, the weaker gives way."""
SLIVER = 1.5
"""Seconds that are left at least to the first and the last shot."""
STOP_EDGE = 0.05
"""Seconds at both ends of a stop in which a cut still counts as on its edge."""
LONG_LEAD, LEAD_SHOT = 12.0, 8.0
"""A silent lead-in over the longest hold, 12 s, is divided into shots of 8 s."""
FREE_STEP = 3.0
"""Seconds at which a moment is offered where nothing happens."""
RANK = {reason: place for place, reason in enumerate(CutReason)}
"""Smaller is stronger."""


@dataclass(frozen=True)
class Moment:
    """A moment at which a shot may start.

    Attributes:
        time: Seconds.
        position: Beats, as `Pulse.position`.
        anchor: How the storyboard says it.
        reason: The strongest thing that happens here.
        must: Whether the edit has to cut here.
        even: Whether it starts a phrase or every second bar of its section.
        accent: 0 to 1, the strongest drum hit or change here.
        pull: What the music takes off the cost of a cut here (`songreel.prompting.weights`).
        sung: 0 to 1: how surely a word is being sung here, or a note held.
    """

    time: float
    position: float
    anchor: Anchor
    reason: CutReason
    must: bool = False
    even: bool = False
    accent: float = 0.0
    pull: float = 0.0
    sung: float = 0.0


def moments(pulse: Pulse, most: float = np.inf) -> tuple[Moment, ...]:
    """Every moment of the song at which a cut may fall, in order, the opening first.

    Where no shot may last over `most` seconds, less silence is left undivided in front, and
    moments lie closer where no beat is to be had.
    """
    lead = min(LONG_LEAD, max(most - 2 * SLIVER, 0.0))
    found = on_grid(pulse) if pulse.locked else {}
    free = _free(pulse, lead, most)
    taken = sorted(moment.time for moment in found.values())
    for moment in free:
        place = bisect_left(taken, moment.time)
        if all(abs(t - moment.time) > pulse.beat / 2 for t in taken[max(place - 1, 0) : place + 1]):
            found[("free", moment.time)] = moment
    ordered = _without_stops(sorted(found.values(), key=lambda m: m.time), pulse)
    return (_opening(pulse, lead), *_apart(ordered, pulse, lead))


def in_seconds(pulse: Pulse, time: float, reason: CutReason, accent: float = 0.0) -> Moment:
    """A moment off the grid, to the microsecond that a document keeps."""
    time = round(time, 6)
    place, anchor = pulse.position(time), Anchor(seconds=time)
    return Moment(time, place, anchor, reason, accent=accent, pull=DRUMS * accent)


def boundary(pulse: Pulse, seconds: float) -> float:
    """Where a section that starts at `seconds` starts for the edit: its beat, if one is near."""
    if not pulse.locked:
        return seconds
    time = pulse.grid.beats[pulse.grid.nearest(seconds)]
    return time if abs(time - seconds) <= pulse.beat / 2 else seconds


def section_starts(pulse: Pulse) -> list[float]:
    """Seconds at which each section starts for the edit."""
    return [0.0, *(boundary(pulse, s.start) for s in pulse.analysis.sections[1:])]


def _opening(pulse: Pulse, lead: float) -> Moment:
    # A silent lead-in is part of the first shot but does not count as its length: silence put
    # in front of a song moves its cuts and changes none.
    heard = pulse.sound_start if pulse.sound_start <= lead else 0.0
    start = Anchor(seconds=0.0)
    return Moment(0.0, pulse.position(heard), start, CutReason.OPENING, must=True)


def on_grid(pulse: Pulse) -> dict[tuple[str, float], Moment]:
    """Every beat of a trusted grid, and the few half beats that may carry a cut."""
    analysis, grid = pulse.analysis, pulse.grid
    found: dict[int, Moment] = {}
    strong = strong_beat(pulse.per_bar)
    times = np.asarray(grid.beats)
    hits, pull = accents(analysis, times), pulls(analysis, times)
    phrases = phrase_bars(analysis, times)
    section_bars = _section_bars(pulse)
    for i, time in enumerate(grid.beats):
        bar, beat = grid.bar_and_beat(i)
        reason = CutReason.BEAT
        if bar and beat == 1:
            reason = CutReason.DOWNBEAT
        elif beat == strong:
            reason = CutReason.STRONG_BEAT
        first = section_bars[bisect_left(section_bars, (time + 1e-9,)) - 1][1]
        second = phrases[i] > 0 if analysis.phrase_levels else (bar - first) % 2 == 0
        even = reason is CutReason.DOWNBEAT and second
        anchor = Anchor.on_grid(grid, i)
        found[i] = Moment(
            time, pulse.position(time), anchor, reason, even=even,
            accent=float(hits[i]), pull=float(pull[i]),
        )  # fmt: skip

    def promote(seconds: float, reason: CutReason, must: bool) -> None:
        i = grid.nearest(seconds)
        if abs(grid.beats[i] - seconds) > pulse.beat / 2:
            return
        if RANK[reason] < RANK[found[i].reason]:
            found[i] = replace(found[i], reason=reason, must=must or found[i].must, even=True)

    for time in analysis.phrases:
        promote(time, CutReason.PHRASE, must=False)
    for section in analysis.sections[1:]:
        promote(section.start, CutReason.SECTION, must=True)
    for event in analysis.events:
        if event.kind == "drop":
            promote(event.start, CutReason.DROP, must=True)
    keyed = {("beat", float(i)): moment for i, moment in found.items()}
    return keyed | {("half", m.time): m for m in _half_beats(pulse)}


def _section_bars(pulse: Pulse) -> list[tuple[float, int]]:
    """(seconds, bar) of each section's start as the edit has it; the first from before all."""
    grid = pulse.grid
    rows = [(-1.0, 1)]
    for section in pulse.analysis.sections:
        time = boundary(pulse, section.start)
        bar, beat = grid.bar_and_beat(grid.nearest(time))
        rows.append((time, bar if bar and beat == 1 else bar + 1))
    return sorted(rows)


def _half_beats(pulse: Pulse) -> list[Moment]:
    """Off-beats with a top impact at peak energy: the strongest, at most 2 % of the beats."""
    grid = pulse.grid
    times = np.array([grid.time_at(i + 0.5) for i in range(len(grid.beats) - 1)])
    strengths = accents(pulse.analysis, times)
    energies = pulse.energies(times, times + pulse.beat)
    tops = np.flatnonzero((strengths >= 0.9) & (energies >= 0.8))
    tops = tops[np.argsort(-strengths[tops], kind="stable")][: len(times) // 50]
    half = Fraction(1, 2)
    return [
        Moment(
            time=float(times[i]),
            position=pulse.position(float(times[i])),
            anchor=Anchor.on_grid(grid, int(i), half),
            reason=CutReason.HALF_BEAT,
            accent=float(strengths[i]),
            pull=DRUMS * float(strengths[i]),
        )
        for i in sorted(tops)
    ]


def _free(pulse: Pulse, lead: float, most: float) -> list[Moment]:
    """Moments where no beat is to be had: sections, phrases, drops, changes of energy."""
    analysis = pulse.analysis
    found: dict[float, Moment] = {}
    gaps = pulse.gaps()

    def add(time: float, reason: CutReason, must: bool = False, accent: float = 0.0) -> None:
        if not any(start < time < end for start, end in gaps):
            return
        near = [t for t in found if abs(t - time) < CLOSE]
        if any(RANK[found[t].reason] <= RANK[reason] for t in near):
            return
        for t in near:
            del found[t]
        moment = in_seconds(pulse, time, reason, accent)
        found[moment.time] = replace(moment, must=must, even=reason is not CutReason.ENERGY)

    for event in analysis.events:
        if event.kind == "drop":
            add(event.start, CutReason.DROP, must=True)
    for section in analysis.sections[1:]:
        add(section.start, CutReason.SECTION, must=True)
    for time in analysis.phrases:
        add(time, CutReason.PHRASE)
    for time, change in _changes(pulse):
        add(time, CutReason.ENERGY, accent=change)
    step = min(FREE_STEP, most / 3)
    edges = sorted({*found, *(time for gap in gaps for time in gap)})
    for start, end in pairwise(edges):
        # What happens too rarely for a longest hold of 12 s is divided evenly.
        if any(a <= start and end <= b for a, b in gaps):
            for k in range(1, int((end - start) // step)):
                add(start + step * k, CutReason.ENERGY)
    if pulse.sound_start > lead:
        shot = LEAD_SHOT
        count = int((pulse.sound_start - shot / 2) // shot) + 1
        if pulse.sound_start - (count - 1) * shot > most or shot > most:
            count = int(np.ceil(pulse.sound_start / most))
            beats = pulse.sound_start / count / pulse.beat
            shot = min(np.ceil(beats), np.floor(most / pulse.beat)) * pulse.beat
        for k in range(count):
            moment = in_seconds(pulse, pulse.sound_start - k * shot, CutReason.ENERGY)
            found[moment.time] = replace(moment, must=True)
    ordered = [found[time] for time in sorted(found)]
    # What is heard there counts as it does on a grid: phrases of many bars, entries of the voice.
    pull = pulls(analysis, np.array([moment.time for moment in ordered]))
    return [
        replace(moment, pull=moment.pull + float(more))
        for moment, more in zip(ordered, pull, strict=True)
    ]


def _changes(pulse: Pulse) -> list[tuple[float, float]]:
    """(seconds, size 0 to 1) where energy changes most, strongest first."""
    curve = pulse.analysis.energy
    width = max(1, round(curve.rate))
    values = curve.array
    if len(values) <= 2 * width:
        return []
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = (sums[width:] - sums[:-width]) / width
    steps = np.abs(means[width:] - means[:-width])
    peak = np.maximum.reduce([np.roll(steps, s) for s in range(-width, width + 1)])
    tops = np.flatnonzero((steps >= peak - 1e-12) & (steps > 0.05))
    strongest = tops[np.argsort(-steps[tops], kind="stable")]
    return [((i + width) / curve.rate, float(min(steps[i] * 2, 1.0))) for i in strongest]


def _without_stops(found: list[Moment], pulse: Pulse) -> list[Moment]:
    """Leave out what lies inside a stop: a stop holds its picture."""
    stops = [e for e in pulse.analysis.events if e.kind in ("stop", "silence")]
    return [
        m
        for m in found
        if m.must or not any(s.start + STOP_EDGE < m.time < s.end - STOP_EDGE for s in stops)
    ]


def _apart(found: list[Moment], pulse: Pulse, lead: float) -> list[Moment]:
    """Leave out what would make the opening or the last shot a sliver, and crowded musts."""
    first = pulse.sound_start + SLIVER if pulse.sound_start <= lead else SLIVER
    inside = [m for m in found if first <= m.time <= pulse.duration - SLIVER]
    kept: list[Moment] = []
    for moment in sorted((m for m in inside if m.must), key=lambda m: (RANK[m.reason], m.time)):
        if all(abs(moment.time - other.time) >= CLOSE for other in kept):
            kept.append(moment)
    musts = {m.time for m in kept}
    return [replace(m, must=m.time in musts) for m in inside]
