"""How far a song's own onsets bear out beats: `weigh`.

No library's confidence is believed: of the libraries behind `songreel.analysis.trackers` each finds
beats in silence, noise or speech.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.pulse import Pulse

STRETCH = 1600
"""Frames over which the onsets' repetition is measured: 16 s, four bars and more, short enough for
a tempo that drifts."""
SMEAR = 0.025
"""Share of a period within which its repetition may lie."""
COMB = ((1, 1.0), (2, 1.0), (3, 0.5), (4, 1.0))
"""Multiples of a period at which a beat's autocorrelation shows, and their weights."""


@dataclass(frozen=True)
class Support:
    """What the onsets say of beats."""

    regularity: float
    """Height of the onsets' autocorrelation at the beats' own period, 0 to 1."""
    salience: float
    """Mean onset strength on the beats, in units of its local mean, less the mean."""


def weigh(pulse: Pulse, frames: NDArray[np.int64]) -> Support:
    """Support for beats at `frames` of the pulse, at least two of them, increasing."""
    near = np.clip(frames[:, None] + np.arange(-2, 3), 0, pulse.gain.size - 1)
    return Support(
        regularity=_regularity(pulse.gain, frames),
        salience=float(pulse.gain[near].max(axis=1).mean() - _chance(pulse.gain)),
    )


def _chance(gain: NDArray[np.float64]) -> float:
    """The greatest of five neighbouring values, in the mean over the song."""
    count = gain.size // 5 * 5
    return float(gain[:count].reshape(-1, 5).max(axis=1).mean()) if count else 0.0


def _regularity(gain: NDArray[np.float64], frames: NDArray[np.int64]) -> float:
    """Median over stretches of the height of the comb at the local period."""
    heights = []
    for start in range(0, max(gain.size - STRETCH // 2, 1), STRETCH // 2):
        part = gain[start : start + STRETCH]
        inside = frames[(frames >= start) & (frames < start + STRETCH)]
        if inside.size < 4 or not np.any(part):
            continue
        period = float(np.median(np.diff(inside)))
        size = min(part.size, int(4.2 * period) + 2)
        repeats = _autocorrelation(part - part.mean(), size)
        # A lag sees less of a short stretch than lag 0 does.
        repeats = repeats / (1 - np.arange(size) / (part.size + 1))
        total = 0.0
        for multiple, weight in COMB:
            low = int(np.floor(multiple * period * (1 - SMEAR)))
            high = int(np.ceil(multiple * period * (1 + SMEAR))) + 1
            span = repeats[low:high]
            total += weight * float(span.max()) if span.size else 0.0
        heights.append(total / sum(weight for _, weight in COMB))
    return float(np.clip(np.median(heights), 0, 1)) if heights else 0.0


def _autocorrelation(curve: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Autocorrelation of a curve at lags [0, longest), 1 at lag 0; zero beyond its length."""
    size = 1 << int(np.ceil(np.log2(curve.size + longest)))
    spectrum = np.fft.rfft(curve, size)
    result = np.fft.irfft(spectrum * spectrum.conj(), size)[:longest]
    return np.asarray(result / result[0])
