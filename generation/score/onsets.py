"""Where something new sounds: `Onsets`, a curve that rises where notes begin."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from songreel.sound.pcm import Samples

RATE = 200
"""Values a second: 5 ms, below what a listener tells apart."""
_WINDOW = 0.032
"""Seconds that a spectrum is taken over."""
_BANDS = 24
_LOWEST = 40.0
"""Hz."""
_DEEP = 200.0
"""Hz below which bass and kick play, whose onsets are beats more often than others': together they
count as much as everything above."""
_USUAL = 0.2
"""Seconds over which a rise is compared with what is usual there."""
_FLOOR = 1e-3
"""Of the loudest band, from which on a change counts: −60 dB."""
_LEAD = 0.33
"""Windows by which the curve's peak comes before an attack, which the window's end sees first:
within 2 ms of it for clicks, plucked notes, kicks and hats at 8, 32 and 44.1 kHz (measured)."""


class Onsets(NamedTuple):
    """Strength of onsets over time."""

    values: NDArray[np.float64]
    """Shape (n,), at `RATE` a second, none below 0."""
    start: float
    """Seconds of the first value."""

    def times(self) -> NDArray[np.float64]:
        """Seconds of each value, shape (n,)."""
        return self.start + np.arange(self.values.size) / RATE

    def between(self, first: float, last: float) -> "Onsets":
        """Those from `first` to `last` seconds."""
        a = max(0, int(np.ceil((first - self.start) * RATE)))
        b = max(a, int(np.ceil((last - self.start) * RATE)))
        return Onsets(self.values[a:b], self.start + a / RATE)


def onsets(samples: Samples, rate: int, start: float = 0.0) -> Onsets:
    """Rise of the level, summed over bands of equal width for the ear (spectral flux).

    Args:
        samples: Shape (channels, n).
        rate: Samples a second.
        start: Seconds that the first sample stands at.
    """
    size = 1 << max(5, round(np.log2(_WINDOW * rate)))
    count = samples.shape[1] * RATE // rate
    if count < 2:
        return Onsets(np.zeros(max(count, 0)), start)
    mono = np.pad(samples.mean(axis=0, dtype=np.float64), (size, size))
    centres = np.arange(count) * rate // RATE
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[centres + size // 2]
    bands, deep = _bands(size, rate)
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2 @ bands
    loudest = power.max(initial=0.0)
    if loudest <= 0:
        return Onsets(np.zeros(count), start)
    level = np.log(power / loudest + _FLOOR**2)
    # Two values back: the rise over 10 ms is the attack's, less is the window's ripple.
    rises = np.maximum(level[2:] - level[:-2], 0)
    rise = rises[:, :deep].mean(axis=1) + rises[:, deep:].mean(axis=1)
    rise = np.pad(rise, (1, 1))
    # What rises all the time, as strings and noise do, is no onset.
    rise = np.maximum(rise - uniform_filter1d(rise, round(_USUAL * RATE)), 0)
    return Onsets(rise, start + _LEAD * size / rate)


def _bands(size: int, rate: int) -> tuple[NDArray[np.float64], int]:
    """Bands spaced by mel, none of them empty, and how many of them are deep.

    Returns:
        Weights of shape (size // 2 + 1, bands), and a number from 1 to bands − 1.
    """
    top = min(rate / 2, 12_000.0)
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST, top))
    edges = np.linspace(low, high, _BANDS + 1)
    bins = np.unique(np.rint(700 * (10 ** (edges / 2595) - 1) * size / rate).astype(int))
    weights = np.zeros((size // 2 + 1, bins.size - 1))
    for n, (first, last) in enumerate(pairwise(bins)):
        weights[first:last, n] = 1.0
    return weights, int(np.clip((bins[1:] * rate / size <= _DEEP).sum(), 1, bins.size - 2))
