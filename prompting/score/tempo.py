"""How fast it plays: a tempo for a mood, and the one near it whose bars meet the scenes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 0.06
"""Share by which a tempo that was chosen here may move to meet the scenes: our choice. The steps of
a metronome (100, 104, 108 …) are 4 %, and within one and a half of them a tempo keeps its name."""
ON = 0.03
"""Seconds within which a boundary counts as on a bar or a beat: a frame of film lasts 0.042."""
_BEAT = 0.55
"""What a boundary on a beat is worth, one on a bar being 1."""
_NEAR = 0.3
"""What is lost at the far end of the tolerance: less than one boundary in three going from bar to
beat."""
_WHOLE = 0.02
"""Gained by a whole number of beats a minute: it stands in the prompt as it is."""


class Fitted(NamedTuple):
    """A tempo, and how boundaries between scenes lie on it."""

    bpm: float
    bars: int
    """Boundaries on a bar."""
    beats: int
    """Boundaries on a beat that is no bar."""
    off: tuple[float, ...]
    """Seconds from each boundary to the nearest beat, signed: positive where it comes late."""


def tempo_for(arousal: float, slowest: float, fastest: float) -> float:
    """BPM for an arousal of −1 to 1, in even steps of ratio between two tempi.

    Fast is heard as happy, excited or angry, slow as calm, tender or sad, more clearly than
    anything but mode (Gabrielsson and Lindström, in Juslin and Sloboda, Handbook of Music and
    Emotion, 2010, pp. 367–400), and the effect is close to linear in the level of the cue
    (Eerola, Friberg and Bresin, Frontiers in Psychology 4:487, 2013).
    """
    return float(slowest * (fastest / slowest) ** ((arousal + 1) / 2))


def fit_tempo(
    edges: Sequence[float], wanted: float, meter: int, tolerance: float = TOLERANCE
) -> Fitted:
    """The tempo near `wanted` on whose bars, or else beats, most boundaries between scenes fall.

    Args:
        edges: Shape (n,), seconds of the boundaries after a moment that is a downbeat; n ≥ 1.
        wanted: BPM.
        meter: Beats a bar.
        tolerance: Largest share by which it may move; 0 keeps it.

    Returns:
        The tempo; `wanted`, a whole number, or exactly one whose beats meet a boundary.
    """
    places = np.asarray(edges, np.float64)
    if tolerance <= 0:
        return _judged(wanted, places, meter)
    low, high = wanted * (1 - tolerance), wanted * (1 + tolerance)
    found = [np.asarray([wanted]), np.arange(np.ceil(low), np.floor(high) + 1)]
    for edge in np.unique(np.round(places[places > 0], 9)):
        first, last = np.ceil(edge * low / 60), np.floor(edge * high / 60)
        found.append(np.arange(first, last + 1) * 60 / edge)
    tempi = np.unique(np.round(np.concatenate(found), 9))
    tempi = tempi[(tempi >= low - 1e-9) & (tempi <= high + 1e-9)]
    worth = _worth(tempi[:, None], places[None, :], meter).mean(axis=1)
    worth -= _NEAR * np.abs(np.log(tempi / wanted)) / np.log1p(tolerance)
    worth += _WHOLE * (np.abs(tempi - np.round(tempi)) < 1e-6)
    best = float(tempi[int(np.argmax(np.round(worth, 9)))])
    return _judged(best, places, meter)


def _worth(tempi: Floats, edges: Floats, meter: int) -> Floats:
    beats = edges * tempi / 60
    to_beat = np.abs(beats - np.round(beats)) * 60 / tempi
    bars = beats / meter
    to_bar = np.abs(bars - np.round(bars)) * 60 * meter / tempi
    return np.maximum(np.exp(-((to_bar / ON) ** 2)), _BEAT * np.exp(-((to_beat / ON) ** 2)))


def _judged(bpm: float, edges: Floats, meter: int) -> Fitted:
    beats = edges * bpm / 60
    off = (beats - np.round(beats)) * 60 / bpm
    bars = beats / meter
    on_bar = np.abs(bars - np.round(bars)) * 60 * meter / bpm <= ON
    on_beat = (np.abs(off) <= ON) & ~on_bar
    return Fitted(bpm, int(on_bar.sum()), int(on_beat.sum()), tuple(np.round(off, 6).tolist()))
