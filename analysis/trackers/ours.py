"""songreel's own tracker, the default."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm, find_rhythm
from songreel.analysis.trackers.tracker import Licence


class Songreel:
    """`songreel.analysis.rhythm.find_rhythm`."""

    name = "songreel"
    hears_bars = True
    licence = Licence("Apache-2.0", "Apache-2.0")
    install = "pip install songreel"

    def available(self) -> bool:
        """Always."""
        return True

    def version(self) -> str:
        """Empty: the version of our code stands in every analysis kept."""
        return ""

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm as we hear it."""
        return find_rhythm(mono, features)
