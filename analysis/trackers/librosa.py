"""librosa's beat tracker (Ellis, "Beat Tracking by Dynamic Programming", JNMR 2007)."""

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.trackers.finish import finish
from songreel.analysis.trackers.tracker import Heard, Licence, installed, version_of

RATE = 22_050
"""Hz: librosa's default."""
LATE = 0.035
"""Seconds by which librosa 0.11 sets beats behind true onsets, by the centring of its frames and
the lag of its envelope: 18 to 31 ms on clicks and drums made in code, 40 to 57 on songs with slower
attacks (November 2026). What this middle leaves, at most 20 ms, our refining takes out."""
SHORTEST = 1.0
"""Seconds below which it has no frames to speak of."""


class Librosa:
    """`librosa.beat.beat_track` with its defaults, its lag taken out."""

    name = "librosa"
    hears_bars = False
    licence = Licence("ISC")
    install = "pip install 'songreel[librosa]'"

    def available(self) -> bool:
        """Whether librosa is installed."""
        return installed("librosa")

    def version(self) -> str:
        """Of librosa."""
        return version_of("librosa")

    def hear(self, mono: NDArray[np.float32], rate: int) -> Heard:
        """Beats of `mono`, `rate` samples a second, as librosa gives them."""
        if mono.size < SHORTEST * rate:
            return Heard(np.zeros(0))
        import librosa

        sound = soxr.resample(mono, rate, RATE, quality="HQ")
        _, beats = librosa.beat.beat_track(y=sound, sr=RATE, units="time")
        return Heard(np.asarray(beats, np.float64))

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm by librosa's beats."""
        heard = self.hear(mono, ANALYSIS_RATE)
        method = f"librosa {self.version()} beat_track, {1000 * LATE:.0f} ms earlier"
        return finish(Heard(heard.beats - LATE), mono, features, method)
