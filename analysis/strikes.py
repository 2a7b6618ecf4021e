"""What is struck in a song, from its analysis alone: `strikes_of`, and beats `laid_on` it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.evened import evened
from songreel.models.music import Analysis

Times = NDArray[np.float64]

WEIGHTS = {"kick": 1.0, "snare": 1.0, "bass": 0.6, "hat": 0.5, "melody": 0.4}
"""How much an onset of each band says of where beats are: drums first, as listeners tap to them."""
OUTLIER = 0.012
"""Seconds: an onset this far from the smooth grid counts half (Cauchy weight)."""
UNHEARD = 0.02
"""Weight of a beat under which nothing is struck."""
ROUNDS = 5
"""Of reweighting; the outliers no longer change after that."""


class Strikes(NamedTuple):
    """Onsets of all bands in order of time."""

    times: Times
    weights: Times
    """0 to 1."""

    def near(self, times: Times, reach: float) -> tuple[Times, Times]:
        """The onset that says most near each of `times`, shape (n,), and its weight.

        Nearer ones say more (a Gaussian of half the reach). Where there is none within `reach`
        seconds the time itself is given, with weight 0.
        """
        found, weights = times.copy(), np.zeros(times.size)
        first = np.searchsorted(self.times, times - reach)
        last = np.searchsorted(self.times, times + reach, side="right")
        for i, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            if a < b:
                apart = (self.times[a:b] - times[i]) / (reach / 2)
                says = self.weights[a:b] * np.exp(-0.5 * apart**2)
                best = int(says.argmax())
                found[i], weights[i] = self.times[a + best], says[best]
        return found, weights


def strikes_of(analysis: Analysis) -> Strikes:
    """The onsets of an analysis."""
    times: list[float] = []
    weights: list[float] = []
    for band, weight in WEIGHTS.items():
        hits = getattr(analysis.onsets, band)
        times += hits.times
        weights += [weight * strength for strength in hits.strengths]
    order = np.argsort(times, kind="stable")
    return Strikes(np.asarray(times, float)[order], np.asarray(weights, float)[order])


def laid_on(strikes: Strikes, beats: Times, reach: float) -> Times:
    """`beats` moved onto the strikes within `reach` seconds of them and kept even.

    Args:
        strikes: What is struck.
        beats: Shape (n,), seconds, increasing.
        reach: Seconds.

    Returns:
        Shape (n,), increasing; `beats` themselves where there are under three.
    """
    if beats.size < 3:
        return beats
    onsets, says = strikes.near(beats, reach)
    grid = beats
    for _ in range(ROUNDS):
        weight = UNHEARD + says / (1 + np.square((onsets - grid) / OUTLIER))
        grid = evened(onsets, weight)
    moved = np.clip(grid, beats - reach, beats + reach)
    return moved if bool(np.all(np.diff(moved) > 0)) else beats
