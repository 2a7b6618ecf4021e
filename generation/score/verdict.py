"""What is heard in a new part before it is kept: `Verdict`, `Surroundings`, `Judge`."""

from collections.abc import Callable
from typing import NamedTuple

from songreel.models.score import ScoreCue
from songreel.sound.pcm import Samples


class Verdict(NamedTuple):
    """What a listener says of new music."""

    tempo: float | None = None
    """BPM; None where nothing has a pulse."""
    trust: float = 0.0
    """That it is the tempo, 0 to 1; an octave of it counts as the same."""
    remarks: tuple[str, ...] = ()
    """What else is to be said of it, a sentence each; it is told and nothing is made again."""


class Surroundings(NamedTuple):
    """Where new music stands."""

    before: Samples
    """What is heard just before it, some seconds at its rate; no samples where it is the first."""
    bpm: float | None
    """That `before` is meant to have."""


Judge = Callable[[Samples, int, ScoreCue, Surroundings], Verdict]
"""Called with new music, shape (channels, n), samples a second, what was wanted, and where it
stands. The first sample lies on a beat, as near as that can be told, unless it begins the track."""
