"""madmom's joint beat and downbeat tracker (Böck, Krebs and Widmer, ISMIR 2016)."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.trackers.finish import finish
from songreel.analysis.trackers.madmom_repairs import repaired
from songreel.analysis.trackers.tracker import Heard, Licence, installed, version_of
from songreel.models.errors import MachineError

RATE = 44_100
"""Hz: what its networks were trained on."""
FRAMES = 100
"""Of its activations a second."""
USUAL = (3, 4)
"""Beats a bar that madmom's own program tries."""
METERS = (3, 4, 2, 5, 6, 7)
"""Beats a bar that are tried here."""
UNUSUAL = 0.005
"""Log-likelihood a frame by which a bar of two, five, six or seven must be likelier than one of
three or four. Bars of four explain a waltz worse than bars of three by 0.04 a frame, and bars of
six better by less than 0.001."""
SHORTEST = 1.0
"""Seconds below which there is nothing to decode."""


class Madmom:
    """Eight recurrent networks and a dynamic Bayesian network for bars."""

    name = "madmom"
    hears_bars = True
    licence = Licence("BSD-3-Clause", "CC BY-NC-SA 4.0", commercial=False)
    install = (
        "pip install 'cython<4' setuptools && pip install --no-build-isolation 'songreel[madmom]'"
    )

    def __init__(self, meters: tuple[int, ...] = METERS) -> None:
        """`meters`: beats a bar that are tried."""
        self._meters = meters

    def available(self) -> bool:
        """Whether madmom is installed."""
        return installed("madmom")

    def version(self) -> str:
        """Of madmom."""
        return version_of("madmom")

    def hear(self, mono: NDArray[np.float32], rate: int) -> Heard:
        """Beats and bars of `mono`, `rate` samples a second, as madmom gives them.

        Raises:
            MachineError: madmom cannot be imported.
        """
        if mono.size < SHORTEST * rate:
            return Heard(np.zeros(0))
        try:
            signal = repaired("madmom.audio.signal")
            downbeats = repaired("madmom.features.downbeats")
        except (ImportError, AttributeError, TypeError) as error:
            raise MachineError(
                f"madmom {self.version()} does not run here: {type(error).__name__}: {error}; "
                "choose another tracker, or install it anew for this Python and numpy"
            ) from error
        sound = soxr.resample(mono, rate, RATE, quality="HQ")
        heard = downbeats.RNNDownBeatProcessor()(
            signal.Signal(sound, sample_rate=RATE, num_channels=1)
        )
        decoder = downbeats.DBNDownBeatTrackingProcessor(beats_per_bar=self._meters, fps=FRAMES)
        decoder.map = self._with_priors
        rows = np.asarray(decoder(heard), np.float64).reshape(-1, 2)
        return Heard(rows[:, 0], np.flatnonzero(rows[:, 1] == 1))

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm by madmom's beats and bars."""
        method = f"madmom {self.version()} RNNDownBeatProcessor and DBN, weights CC BY-NC-SA 4.0"
        return finish(self.hear(mono, ANALYSIS_RATE), mono, features, method)

    def _with_priors(
        self, decode: Callable[[Any], tuple[Any, float]], tasks: Iterable[Any]
    ) -> list[tuple[Any, float]]:
        """Path and log-likelihood by each meter, less what an unusual one has to make good."""
        found = []
        for beats, task in zip(self._meters, tasks, strict=False):
            path, likelihood = decode(task)
            cost = 0.0 if beats in USUAL else UNUSUAL * len(task[1])
            found.append((path, likelihood - cost))
        return found
