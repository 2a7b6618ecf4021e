"""How far notes are held, ten times a second: `find_articulation`."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from songreel.analysis.features import COMPRESSION, Features, band_centres
from songreel.analysis.spectrum import RATE

_LOWEST, _HIGHEST = 150.0, 2500.0
"""Hz between which notes are played rather than drums."""
_REACH = 61
"""Frames, 0.6 s, in which the loudest moment of a band is looked for: a beat at 100 BPM."""


def find_articulation(features: Features) -> NDArray[np.float64]:
    """Share of their loudest at which notes are held, shape (ceil(n / 10),): 0 to 1, 1 is legato.

    The mean magnitude of each band over the largest within 0.6 s, weighted by the latter: notes
    that fill their time, as an organ's, keep it near 1, and plucked or short ones leave gaps. It
    stands for the ratio of a tone's duration to the time until the next, by which staccato is
    measured (Bresin and Battel, "Articulation strategies in expressive piano performance", JNMR
    29(3), 2000).
    """
    centres = band_centres()
    bands = (centres >= _LOWEST) & (centres <= _HIGHEST)
    magnitude = np.expm1(features.mel[:, bands]) / np.float32(COMPRESSION)
    top = maximum_filter1d(magnitude, _REACH, axis=0, mode="nearest")
    held = uniform_filter1d(magnitude.sum(axis=1, dtype=np.float64), _REACH, mode="nearest")
    most = uniform_filter1d(top.sum(axis=1, dtype=np.float64), _REACH, mode="nearest")
    step = round(features.frame_rate / RATE)
    return np.asarray(np.clip(held / np.maximum(most, 1e-9), 0.0, 1.0)[::step])
