"""Drum-like onsets by band: `find_hits` gives kick, snare and hat with their strengths."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.pulse import find_pulse
from songreel.analysis.refine import onset_near, to_track
from songreel.models.music import Hits, Onsets

APART = 7
"""Frames within which only the strongest onset of a band counts: 70 ms, a sixteenth at 214 BPM."""
ABOVE = 2.5
"""Times the local mean that a peak must reach."""
SHARE = 0.2
"""Of the band's strong onsets (their 95th percentile) that a peak must reach."""
EMPTY = 0.05
"""Rise of a band (units of `Features`) below which its strongest onset counts as no onset."""
REACH = 0.02
"""Seconds searched around a peak for the attack."""


def find_hits(mono: NDArray[np.float32], features: Features) -> Onsets:
    """Onsets below 150 Hz, from 150 Hz to 5 kHz and above; strength 1 is a band's strongest.

    Args:
        mono: The song at `ANALYSIS_RATE`.
        features: Its features.
    """
    pulse = find_pulse(features)
    if pulse is None:
        return Onsets()
    heard = mono[pulse.first * HOP :]
    offset = pulse.first / FRAME_RATE
    last = pulse.first + pulse.gain.size
    return Onsets(
        kick=_hits(heard, features.low[pulse.first : last], offset),
        snare=_hits(heard, features.mid[pulse.first : last], offset),
        hat=_hits(heard, features.high[pulse.first : last], offset),
    )


def _hits(mono: NDArray[np.float32], curve: NDArray[np.float32], offset: float) -> Hits:
    strength = curve.astype(np.float64)
    # One frame of smoothing joins a peak split over two frames.
    peaks = (strength == maximum_filter1d(strength, 2 * APART + 1)) & (strength > EMPTY)
    peaks &= strength > ABOVE * gaussian_filter1d(strength, 100)
    frames = np.flatnonzero(peaks)
    if frames.size == 0:
        return Hits()
    top = float(np.percentile(strength[frames], 95))
    frames = frames[strength[frames] >= SHARE * top]
    times, _ = onset_near(mono, frames / FRAME_RATE, REACH)
    times = to_track(times, offset)
    strengths = np.round(np.minimum(strength[frames] / top, 1.0), 4)
    keep = np.concatenate([[True], np.diff(times) > 0])
    return Hits(times=tuple(times[keep].tolist()), strengths=tuple(strengths[keep].tolist()))
