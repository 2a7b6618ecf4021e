"""The song as a ruler for cutting: beats as lengths, energy over any span, where it sounds."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Analysis

Floats = NDArray[np.float64]

GRID_TRUST = 0.5
"""Below this the edit claims no beat lock (see `Trust.grid`)."""
AUDIBLE = 0.02
"""Energy (0 to 1) under which nothing is heard: hiss and the tail of a reverb stay below it."""
FREE_BEAT = 0.5
"""Seconds counted as a beat where there is none: 120 BPM, the middle of preferred tempi."""
LONGEST_BAR, SHORTEST_BAR = 3.4, 1.1
"""Seconds. A chorus held for one bar of more than 3.4 s nears its longest hold of 4 s, and a shot
of one bar under 1.1 s nears the shortest of calm music: outside, a bar is felt as half or two."""


class Pulse:
    """Lengths in beats and energies over spans of one song.

    Positions are beats as lengths go: they rise by one from beat to beat, and by gap / median
    beat where beats are missing. Without a trusted grid a beat is half a second.
    """

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.grid = analysis.grid
        self.duration = analysis.track.duration
        self.locked = analysis.trust.grid >= GRID_TRUST and len(analysis.beats) >= 4
        self._sums = np.concatenate([[0.0], np.cumsum(analysis.energy.array)])

    @cached_property
    def beat(self) -> float:
        """Seconds of a median beat."""
        return float(np.median(np.diff(self.analysis.beats))) if self.locked else FREE_BEAT

    @cached_property
    def per_bar(self) -> int:
        """Beats of a bar."""
        return self.grid.beats_per_bar if self.locked else 4

    @cached_property
    def felt_bar(self) -> float:
        """Beats of the bar as it is felt: halved or doubled into 1.1 to 3.4 s."""
        beats = float(self.per_bar)
        while beats * self.beat > LONGEST_BAR:
            beats /= 2
        while beats * self.beat < SHORTEST_BAR:
            beats *= 2
        return beats

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        beats = np.asarray(self.analysis.beats, dtype=np.float64)
        steps = np.diff(beats)
        lengths = np.where(steps > 2.5 * self.beat, steps / self.beat, 1.0)
        return beats, np.concatenate([[0.0], np.cumsum(lengths)])

    def position(self, seconds: float) -> float:
        """`seconds` in beats, for lengths."""
        if not self.locked:
            return seconds / self.beat
        beats, positions = self._knots
        if seconds < beats[0]:
            return float((seconds - beats[0]) / self.beat)
        if seconds > beats[-1]:
            return float(positions[-1] + (seconds - beats[-1]) / self.beat)
        return float(np.interp(seconds, beats, positions))

    def gaps(self) -> list[tuple[float, float]]:
        """Spans of sound, seconds, in which no beat is to be had."""
        return self._gaps

    @cached_property
    def _gaps(self) -> list[tuple[float, float]]:
        if not self.locked:
            return [(self.sound_start, self.duration)]
        beats = self.analysis.beats
        edges = [self.sound_start, *beats, self.duration]
        pairs = pairwise(edges)
        return [(a, b) for a, b in pairs if b - a > 4 * self.beat]

    @cached_property
    def sound_start(self) -> float:
        """First moment that can be heard; 0 for a song that never is."""
        heard = np.flatnonzero(self.analysis.energy.array > AUDIBLE)
        return float(heard[0] / self.analysis.energy.rate) if heard.size else 0.0

    @cached_property
    def sound_end(self) -> float:
        """Last moment that can be heard; the song's end if none can."""
        heard = np.flatnonzero(self.analysis.energy.array > AUDIBLE)
        end = float((heard[-1] + 1) / self.analysis.energy.rate) if heard.size else self.duration
        return min(end, self.duration)

    def energy(self, start: float, end: float) -> float:
        """Mean of the energy curve over [start, end) seconds."""
        return float(self.energies(np.array([start]), np.array([end]))[0])

    def energies(self, starts: Floats, ends: Floats) -> Floats:
        """Mean energy over each of n spans, shapes (n,), seconds."""
        rate, count = self.analysis.energy.rate, len(self._sums) - 1
        first = np.clip(np.floor(starts * rate + 1e-6).astype(int), 0, count - 1)
        last = np.clip(np.ceil(ends * rate - 1e-6).astype(int), first + 1, count)
        means: Floats = (self._sums[last] - self._sums[first]) / (last - first)
        return means


SHORTEST = (0.90, 0.58, 0.38, 0.30)
"""Seconds of the shortest shot at low, mid, high and peak energy (the craft's figures)."""
LEVELS = (0.30, 0.55, 0.80)
"""Energies at which mid, high and peak begin."""


def shortest(energy: Floats) -> Floats:
    """Shortest shot in seconds at each energy, shape (n,)."""
    return np.asarray(SHORTEST)[np.searchsorted(LEVELS, energy, side="right")]


def strong_beat(per_bar: int) -> int | None:
    """The beat, from 1, that is strong beside the downbeat, or None: 3 of 4, 4 of 6, 4 of 5."""
    if per_bar in (5, 7):
        return per_bar // 2 + 2
    return per_bar // 2 + 1 if per_bar >= 4 and per_bar % 2 == 0 else None
