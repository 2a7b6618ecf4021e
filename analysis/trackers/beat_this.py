"""Beat This! without postprocessing (Foscarin, Schlüter and Widmer, ISMIR 2024)."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.trackers.finish import finish
from songreel.analysis.trackers.tracker import Heard, Licence, installed, version_of
from songreel.models.errors import MachineError

CHECKPOINT = "final0"
"""Name of the weights that its loader fetches once, 78 MB, into torch's cache."""
SHORTEST = 1.0
"""Seconds below which there is nothing to hear."""


class BeatThis:
    """A transformer over mel frames, on the processor."""

    name = "beat_this"
    hears_bars = True
    licence = Licence("MIT", "under no licence of their own beside the MIT of the code")
    install = "pip install 'songreel[beat_this]'"

    def __init__(self, checkpoint: str = CHECKPOINT) -> None:
        """`checkpoint`: a name that its loader knows, or a file."""
        self._checkpoint = checkpoint

    def available(self) -> bool:
        """Whether the package is installed; its weights may still have to be fetched."""
        return installed("beat_this", "torch")

    def version(self) -> str:
        """Of the package and its weights."""
        return f"{version_of('beat_this')}-{self._checkpoint}"

    def hear(self, mono: NDArray[np.float32], rate: int) -> Heard:
        """Beats and bars of `mono`, `rate` samples a second, as it gives them.

        Raises:
            MachineError: torch is broken, or the weights cannot be fetched.
        """
        if mono.size < SHORTEST * rate:
            return Heard(np.zeros(0))
        beats, downbeats = (np.asarray(times, np.float64) for times in self._model(mono, rate))
        first = np.flatnonzero(np.isin(np.round(beats, 3), np.round(downbeats, 3)))
        return Heard(beats, first)

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The rhythm by its beats and bars."""
        method = f"Beat This! {version_of('beat_this')}, weights {self._checkpoint}"
        return finish(self.hear(mono, ANALYSIS_RATE), mono, features, method)

    @cached_property
    def _model(self) -> Any:
        try:
            from beat_this.inference import Audio2Beats
        except (ImportError, OSError, RuntimeError) as error:
            raise MachineError(
                f"beat_this does not run here: {type(error).__name__}: {error}; "
                "install torch and torchaudio of one version"
            ) from error
        try:
            return Audio2Beats(self._checkpoint, device="cpu", dbn=False)
        except (ValueError, OSError) as error:
            raise MachineError(
                f"the weights {self._checkpoint} of beat_this are not on this machine and its "
                "loader cannot fetch them; run it once where the network can be reached, or "
                "choose another tracker"
            ) from error
