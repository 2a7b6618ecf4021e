"""Trackers as the benchmarks of sound made in code call them: `tracker` gives one by name."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from corpus.drums import RATE
from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import extract
from songreel.analysis.rhythm import Rhythm
from songreel.analysis.trackers.registry import DEFAULT, find
from songreel.models.errors import InvalidInput

OURS = DEFAULT
Times = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """Beats, bars and trust of a sound. Times are seconds."""

    beats: Times = field(default_factory=lambda: np.zeros(0))
    downbeats: Times = field(default_factory=lambda: np.zeros(0))
    tempo: float | None = None
    meter: str = "–"
    trust: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of grid, octave and meter."""


Tracker = Callable[[NDArray[np.float32]], Heard]
"""From mono sound at 48 kHz."""


def tracker(name: str) -> Tracker:
    """A tracker by its name in songreel's registry.

    `raw:NAME` gives a library's own beats, before anything of ours is done to them. What makes a
    tracker raise counts as heard without a beat, and is said on stderr: one fault hides no other.

    Raises:
        InvalidInput: No tracker has that name, it is not installed, or it has no beats of its own.
    """
    raw = name.startswith("raw:")
    found: Any = find(name.removeprefix("raw:"))
    if raw and not hasattr(found, "hear"):
        raise InvalidInput(f"{found.name} has no raw beats; ask for --tracker {found.name}")

    def listen(sound: NDArray[np.float32]) -> Heard:
        try:
            if raw:
                return _raw(found.hear(sound, RATE))
            mono = soxr.resample(sound, RATE, ANALYSIS_RATE)
            return _whole(found.track(mono, extract(mono)))
        except Exception as error:
            print(f"{name} raised {type(error).__name__}: {error}", file=sys.stderr)
            return Heard(meter="!")

    return listen


def _whole(rhythm: Rhythm) -> Heard:
    return Heard(
        beats=rhythm.beats,
        downbeats=rhythm.beats[rhythm.downbeats],
        tempo=rhythm.tempo,
        meter=rhythm.meter,
        trust=(rhythm.trust_grid, rhythm.trust_octave, rhythm.trust_meter),
    )


def _raw(found: Any) -> Heard:
    """Of a `songreel.analysis.trackers.tracker.Heard`."""
    beats = found.beats
    return Heard(
        beats=beats,
        downbeats=np.zeros(0) if found.downbeats is None else beats[found.downbeats],
        tempo=float(60 / np.median(np.diff(beats))) if beats.size > 1 else None,
    )
