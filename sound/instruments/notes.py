"""What is played: `Note`, `Hit`, and the `Clock` that tells when."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Stereo = NDArray[np.float32]
"""Shape (2, n), full scale ±1."""


class Note(NamedTuple):
    """A tone. Times in beats from the first downbeat."""

    beat: float
    beats: float
    pitch: int
    """MIDI number, A4 = 69."""
    velocity: float
    """0 to 1."""
    bright: float = 0.0
    """Octaves by which the filter stands higher (or lower) than the patch says."""


class Hit(NamedTuple):
    """A stroke on the drum kit, `beat` from the first downbeat."""

    beat: float
    drum: str
    velocity: float


class Clock(NamedTuple):
    """When a beat falls, at a constant tempo."""

    tempo: float
    """BPM."""
    start: float = 0.0
    """Seconds from the start of the samples at which beat 0 falls."""

    def seconds(self, beat: float) -> float:
        """Second from the start of the samples at which `beat` falls."""
        return self.start + beat * 60.0 / self.tempo

    def span(self, beats: float) -> float:
        """Seconds that `beats` last."""
        return self.seconds(beats) - self.seconds(0)


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch, equal temperament at A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))
