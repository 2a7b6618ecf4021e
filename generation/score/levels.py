"""How loud some seconds are, and how a part is brought to what comes before: `level`, `Ease`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from songreel.models.score import ScoreCue
from songreel.sound.meter import k_weighting, lufs
from songreel.sound.pcm import Samples

SILENT = -60.0
"""LUFS below which nothing can be compared."""
_QUIET, _LOUD = -24.0, -16.0
"""LUFS that music of energy 0 and 1 is meant to have in the chain: 8 LU between verse and finale,
and with 16 dB of headroom what is continued does not clip."""
FURTHEST = 6.0
"""dB by which the level moves within a part for the sake of the plan."""
_IGNORED = 1.0
"""dB that are left as the music has them."""


def level(samples: Samples, rate: int) -> float:
    """K-weighted loudness without gates (ITU-R BS.1770-4), LUFS; −120 of nothing."""
    if samples.shape[1] == 0:
        return -120.0
    heard = sosfilt(k_weighting(rate), samples.astype(np.float64))
    return float(lufs(np.array([np.square(heard).mean(axis=1).sum()]))[0])


def meant(cue: ScoreCue) -> float:
    """LUFS that a cue is meant to have in the chain."""
    return _QUIET + (_LOUD - _QUIET) * cue.energy


def towards(wanted: float, found: float) -> float:
    """Gain, dB, by which a part moves from the loudness it has to what it is meant to have."""
    away = wanted - found
    if found < SILENT or abs(away) <= _IGNORED:
        return 0.0
    return round(min(max(away, -FURTHEST), FURTHEST), 2)


@dataclass(frozen=True)
class Ease:
    """Gain over a part, counted from its join: `first` dB there, `last` dB from `length` on."""

    first: float
    last: float
    length: int
    """Samples."""

    def gains(self, count: int) -> NDArray[np.float32]:
        """Factors of the first `count` samples after the join, shape (count,)."""
        t = np.minimum(np.arange(count) / max(self.length, 1), 1.0)
        decibels = self.first + (self.last - self.first) * (0.5 - 0.5 * np.cos(np.pi * t))
        return np.asarray(10 ** (decibels / 20), np.float32)
