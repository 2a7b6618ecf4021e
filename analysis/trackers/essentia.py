"""essentia's beat tracker (Zapata, Davies and Gómez, "Multi-feature beat tracking", TASLP 2014)."""

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.trackers.finish import finish
from songreel.analysis.trackers.tracker import Heard, Licence, installed, version_of

RATE = 44_100
"""Hz: the only rate that RhythmExtractor2013 knows."""
SHORTEST = 1.0
"""Seconds below which it raises or makes beats up."""


class Essentia:
    """`RhythmExtractor2013` by several features."""

    name = "essentia"
    hears_bars = False
    licence = Licence("AGPL-3.0")
    install = "pip install 'songreel[essentia]'"

    def available(self) -> bool:
        """Whether essentia is installed."""
        return installed("essentia")

    def version(self) -> str:
        """Of essentia."""
        return version_of("essentia")

    def hear(self, mono: NDArray[np.float32], rate: int) -> Heard:
        """Beats of `mono`, `rate` samples a second, as essentia gives them."""
        # Of silence it makes 738 beats a minute.
        if mono.size < SHORTEST * rate or not np.any(mono):
            return Heard(np.zeros(0))
        import essentia

        # It tells of its own networks on standard error when it is loaded.
        essentia.log.infoActive = False
        from essentia.standard import RhythmExtractor2013

        sound = soxr.resample(mono, rate, RATE, quality="HQ")
        _, beats, *_ = RhythmExtractor2013(method="multifeature")(sound)
        return Heard(np.asarray(beats, np.float64))

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm by essentia's beats."""
        method = f"essentia {self.version()} RhythmExtractor2013, multifeature"
        return finish(self.hear(mono, ANALYSIS_RATE), mono, features, method)
