"""Where beats and bars are meant to lie: `Grid`."""

from dataclasses import dataclass, replace
from math import ceil, floor

NEAR_A_BAR = 0.75
"""Beats by which a join moves for the sake of a bar's start; a beat is at most half a beat away."""


@dataclass(frozen=True)
class Grid:
    """An even pulse."""

    anchor: float
    """Seconds of a downbeat; any one of them."""
    bpm: float
    meter: int
    bars: int = 0
    """That were counted at `anchor`."""

    @classmethod
    def begin(cls, first_downbeat: float, bpm: float, meter: int) -> "Grid":
        """The pulse of a track: its first bar, which an upbeat makes short, is bar 0."""
        bar = meter * 60.0 / bpm
        return cls(first_downbeat - ceil(first_downbeat / bar - 1e-9) * bar, bpm, meter)

    @property
    def period(self) -> float:
        """Seconds of a beat."""
        return 60.0 / self.bpm

    @property
    def bar(self) -> float:
        """Seconds of a bar."""
        return self.period * self.meter

    def nearest(self, seconds: float) -> float:
        """Seconds of the beat nearest to `seconds`."""
        return self.anchor + round((seconds - self.anchor) / self.period) * self.period

    def join(self, seconds: float) -> float:
        """Seconds of the beat on which new music is to begin that is planned for `seconds`.

        A bar's start if one is near enough, else the nearest beat.
        """
        bar = self.anchor + round((seconds - self.anchor) / self.bar) * self.bar
        near = abs(bar - seconds) <= NEAR_A_BAR * self.period + 1e-9
        return bar if near else self.nearest(seconds)

    def phase(self, seconds: float) -> float:
        """Beats since a downbeat, 0 ≤ phase < meter; whole where that is meant."""
        beats = (seconds - self.anchor) / self.period
        whole = round(beats)
        beats = whole if abs(beats - whole) < 1e-3 else beats
        found = beats % self.meter
        return 0.0 if found >= self.meter else float(found)

    def bar_at(self, seconds: float) -> int:
        """How many bars have passed at `seconds`; never below 0."""
        return max(0, self.bars + floor((seconds - self.anchor) / self.bar + 1e-3 / self.meter))

    def anew(self, seconds: float, bpm: float, meter: int) -> "Grid":
        """Another pulse, whose first bar begins at `seconds`."""
        return Grid(seconds, bpm, meter, self.bar_at(seconds - 0.5 * self.period) + 1)

    def moved(self, seconds: float) -> "Grid":
        """The same pulse, `seconds` later."""
        return replace(self, anchor=self.anchor + seconds)
