"""What a piece of the corpus is scored by: `measure`."""

import warnings
from dataclasses import dataclass

import mir_eval
import numpy as np

from corpus.pieces import Piece
from hearing import Heard, Times

NEAR = 0.04
"""Share by which a tempo may differ: accuracy 1 of Gouyon et al. (IEEE TASLP 14, 2006)."""
WINDOW = 0.07
"""Seconds within which a beat is right (Davies, Degara and Plumbley, C4DM-TR-09-06, 2009)."""


@dataclass(frozen=True)
class Scores:
    """Of one piece. NaN where there is nothing to score."""

    octave: bool
    """The tempo is that of the truth, or of its other level."""
    beat: float
    """F-measure."""
    downbeat: float
    offset: float
    """Milliseconds, median of found − true beat."""
    error: float
    """Milliseconds, median of its size."""


def measure(piece: Piece, heard: Heard) -> Scores:
    """Scores of what was heard in a piece, at the better of its levels.

    Beats after the piece's last are left out: what is counted on while it rings is no fault.
    """
    end = piece.beats[-1] + WINDOW
    found, bars = heard.beats[heard.beats <= end], heard.downbeats[heard.downbeats <= end]
    beat, octave, errors = 0.0, False, np.zeros(0)
    for level in (piece.beats, *piece.other):
        bpm = 60 / float(np.median(np.diff(level)))
        octave |= bool(abs((heard.tempo or 0.0) / bpm - 1) <= NEAR)
        score = f_measure(level, found)
        if score > beat or not errors.size:
            beat, errors = max(beat, score), errors_of(level, found)
    errors -= np.clip(errors, -piece.slack, piece.slack)
    return Scores(
        octave=octave,
        beat=beat,
        downbeat=f_measure(piece.downbeats, bars),
        offset=1000 * float(np.median(errors)) if errors.size else float("nan"),
        error=1000 * float(np.median(np.abs(errors))) if errors.size else float("nan"),
    )


def f_measure(truth: Times, found: Times) -> float:
    """F-measure of beats at ±70 ms; 0 where none are found."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(mir_eval.beat.f_measure(truth, found))


def errors_of(truth: Times, found: Times) -> Times:
    """Found − true, seconds, of the true beats that have a found one within the window."""
    if not found.size:
        return np.zeros(0)
    error = found[np.abs(found[:, None] - truth).argmin(axis=0)] - truth
    return np.asarray(error[np.abs(error) <= WINDOW])
