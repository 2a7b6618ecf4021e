"""How well cuts lie on beats and bars: the likelihood of a tempo, an offset and a meter."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOWEST, FASTEST = 40.0, 220.0
"""BPM between which tempi are looked for."""
WIDTHS = (0.004, 0.008, 0.014, 0.024)
"""Seconds of standard deviation of a cut about its beat, tried one after the other: cuts set to
the sample, to frames of 60 and of 24 a second (a step of 42 ms spreads evenly, 12 ms RMS), and by
hand."""
ON = 0.04
"""Seconds within which a cut counts as on a beat: a frame of film."""
_SHARES = (
    # half-beats, beats, half-bars, bars, two bars, four bars; the rest is off the grid.
    (0.02, 0.20, 0.10, 0.30, 0.13, 0.10),
    (0.60, 0.20, 0.02, 0.08, 0.02, 0.02),
    (0.02, 0.60, 0.10, 0.15, 0.03, 0.02),
    (0.02, 0.08, 0.60, 0.15, 0.05, 0.02),
    (0.02, 0.05, 0.10, 0.60, 0.10, 0.05),
    (0.02, 0.03, 0.02, 0.15, 0.60, 0.10),
    (0.02, 0.02, 0.02, 0.08, 0.20, 0.60),
    (0.00, 0.15, 0.05, 0.15, 0.08, 0.07),
)
"""How cuts are shared out over the levels of the bar, for eight ways of editing: varied, mostly on
one level, and half by eye. As every level may be the main one, the cuts do not say which level is
called the beat where they cannot know it; the prior does."""


class Lattice(NamedTuple):
    """A tempo with its bars, and how the cuts speak for it."""

    frequency: float
    """Beats a second."""
    start: float
    """Seconds of a beat that begins four bars, reduced to the first of its kind."""
    meter: int
    gain: float
    """Nats by which it explains the cuts better than chance does."""
    score: float = 0.0
    """The same with what is likely beforehand."""


def resonance(times: Floats, weights: Floats, frequencies: Floats) -> Floats:
    """Length of the mean vector of the cuts' phases at each frequency, 0 to 1 (Rayleigh).

    1 where all cuts are a whole number of periods apart.
    """
    found = np.empty(frequencies.size)
    for first in range(0, frequencies.size, 512):
        part = frequencies[first : first + 512]
        turns = np.exp(2j * np.pi * part[:, None] * times[None, :])
        found[first : first + 512] = np.abs(turns @ weights)
    share: Floats = found / weights.sum()
    return share


def fit_line(
    times: Floats, weights: Floats, frequency: float, rounds: int = 4
) -> tuple[float, float]:
    """Frequency and phase of the pulse near `frequency` that the cuts lie on, by robust regression.

    Returns:
        Beats a second, and seconds of one beat.
    """
    period = 1 / frequency
    mean = np.angle((weights * np.exp(2j * np.pi * frequency * times)).sum())
    start = float(mean / (2 * np.pi * frequency))
    middle = float(np.average(times, weights=weights))
    for _ in range(rounds):
        index = np.round((times - start) / period)
        off = times - start - index * period
        spread = max(1.4826 * float(np.median(np.abs(off))), 0.003)
        # Tukey's biweight: what is far off has no say.
        own = weights * np.clip(1 - (off / (4.685 * spread)) ** 2, 0, None) ** 2
        if np.unique(index[own > 0]).size < 2:
            break
        at = np.average(index, weights=own)
        mean_time = np.average(times, weights=own)
        spread_of = np.average((index - at) ** 2, weights=own)
        slope = float(np.average((index - at) * (times - mean_time), weights=own) / spread_of)
        if not 0.97 * period < slope < 1.03 * period:
            break
        period = slope
        start = float(mean_time - at * period)
    near = np.round((middle - start) / period)
    return 1 / period, float(start + near * period)


def best_bars(times: Floats, weights: Floats, frequency: float, beat: float, meter: int) -> Lattice:
    """The bars of a pulse that explain the cuts best: which beat begins one, which bar a phrase.

    Every way of editing of `_SHARES` and every width of `WIDTHS` is tried; chance is a cut that
    may fall anywhere.
    """
    period = 1 / frequency
    phrase = 4 * meter
    index = (times - beat) / period
    levels = [0.5, 1, meter / 2 if meter % 2 == 0 else 0, meter, 2 * meter, phrase]
    # Distance to each level's lattice, for each beat of a phrase that could begin one.
    shifted = index[None, :] - np.arange(phrase)[:, None]
    gains = np.full(phrase, -np.inf)
    for width in WIDTHS:
        dense = []
        for level in levels:
            if not level:
                dense.append(np.zeros_like(shifted))
                continue
            off = (shifted - level * np.round(shifted / level)) * period
            # Against chance: how much likelier a cut is here than anywhere.
            peak = level * period / (width * np.sqrt(2 * np.pi))
            dense.append(peak * np.exp(-0.5 * (off / width) ** 2))
        stack = np.stack(dense)
        for shares in _SHARES:
            given = np.asarray(shares) * [1 if level else 0 for level in levels]
            likely = np.tensordot(given, stack, axes=1) + 1 - given.sum()
            gains = np.maximum(gains, (np.log(likely) * weights).sum(axis=1))
    best = int(np.argmax(np.round(gains, 6)))
    return Lattice(frequency, beat + best * period, meter, float(gains[best]))


def distances(times: Floats, start: float, step: float) -> Floats:
    """Seconds of each cut from the nearest point of a lattice, positive where it is late."""
    off: Floats = times - start - step * np.round((times - start) / step)
    return off
