"""Onsets by what is struck or played: `find_hits` gives kick, snare, hat, bass and melody."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.lead import Lead
from songreel.analysis.pulse import find_pulse
from songreel.analysis.refine import onset_near, to_track
from songreel.analysis.strokes import KINDS, find_strokes
from songreel.models.music import Hits, Onsets

BANDS = {"kick": "low", "snare": "mid", "hat": "high", "bass": "low", "melody": "mid"}
"""Curve of `Features` whose rise is a hit's strength."""
REACH = 0.02
"""Seconds searched around an onset for the attack."""
NEAR = 2
"""Frames around an onset within which a band's rise may peak."""


def find_hits(mono: NDArray[np.float32], features: Features, lead: Lead) -> Onsets:
    """Strokes and notes of a song; strength 1 is that of a kind's strong ones.

    Args:
        mono: The song at `ANALYSIS_RATE`.
        features: Its features.
        lead: Its leading pitch.
    """
    pulse = find_pulse(features)
    if pulse is None:
        return Onsets()
    # Time counts from the first sound, so that silence in front changes nothing.
    last = pulse.first + pulse.gain.size
    strokes = find_strokes(features, lead, pulse.first, last)
    if strokes.frames.size == 0:
        return Onsets()
    times, _ = onset_near(mono[pulse.first * HOP :], strokes.frames / FRAME_RATE, REACH)
    times = to_track(times, pulse.first / FRAME_RATE)
    found = {
        kind: _hits(
            getattr(features, BANDS[kind])[pulse.first : last],
            strokes.frames[strokes.struck[:, k]],
            times[strokes.struck[:, k]],
        )
        for k, kind in enumerate(KINDS)
    }
    return Onsets(**found)


def _hits(
    curve: NDArray[np.float32], frames: NDArray[np.int64], times: NDArray[np.float64]
) -> Hits:
    if frames.size == 0:
        return Hits()
    around = np.clip(frames[:, None] + np.arange(-NEAR, NEAR + 1), 0, curve.size - 1)
    strength = curve[around].max(axis=1).astype(np.float64)
    top = float(np.percentile(strength, 95)) or 1.0
    strengths = np.round(np.minimum(strength / top, 1.0), 4)
    keep = np.concatenate([[True], np.diff(times) > 0])
    return Hits(times=tuple(times[keep].tolist()), strengths=tuple(strengths[keep].tolist()))
