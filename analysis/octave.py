"""The tempo an octave off, put right when told: `at_half`, `at_double`.

A planned film whose tempo is put right later is `songreel.analysis.regrid`'s.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.counting import Counted, doubled, halved
from songreel.analysis.refine import refine
from songreel.analysis.rhythm import Rhythm
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import OCTAVES, Octave

_DOUBTS = ("the tempo may as well", "the tempo is heard at")
"""How reasons begin that are settled when the user has told the octave."""


def at_octave(rhythm: Rhythm, octave: Octave, mono: NDArray[np.float32] | None = None) -> Rhythm:
    """The rhythm at the octave that the user asks for.

    Raises:
        InvalidInput: There is no such octave.
    """
    if octave not in OCTAVES:
        raise InvalidInput(f"{octave!r} is no octave of a tempo; known: {', '.join(OCTAVES)}")
    if octave == "half":
        return at_half(rhythm)
    if octave == "double":
        return at_double(rhythm, mono)
    return rhythm


def at_half(rhythm: Rhythm) -> Rhythm:
    """The rhythm counted half as fast (`songreel.analysis.counting.halved`)."""
    if rhythm.beats.size < 4:
        return _unchanged(rhythm, "there are too few beats to halve")
    return _told(_changed(rhythm, halved(_counted(rhythm)), 0.5), "half")


def at_double(rhythm: Rhythm, mono: NDArray[np.float32] | None = None) -> Rhythm:
    """The rhythm counted twice as fast (`songreel.analysis.counting.doubled`).

    Args:
        rhythm: As heard.
        mono: The song at `ANALYSIS_RATE`: new beats are moved onto its onsets.
    """
    old = rhythm.beats
    if old.size < 2:
        return _unchanged(rhythm, "there are too few beats to double")
    between = (old[1:] + old[:-1]) / 2
    if mono is not None:
        # On their own: a snare that always comes a little late is late against the old beats.
        between = np.round(refine(mono, between), 6)
    return _told(_changed(rhythm, doubled(_counted(rhythm), between), 2.0), "double")


def _counted(rhythm: Rhythm) -> Counted:
    return Counted(rhythm.beats, rhythm.downbeats, rhythm.meter)


def _changed(rhythm: Rhythm, counted: Counted, factor: float) -> Rhythm:
    curve = rhythm.tempo_curve
    return replace(
        rhythm,
        beats=counted.beats,
        downbeats=counted.downbeats,
        tempo=round(60 / float(np.median(np.diff(counted.beats))), 3),
        tempo_curve=None if curve is None else np.round(curve * factor, 3),
        meter=counted.meter,
        trust_octave=1.0,
    )


def _told(rhythm: Rhythm, octave: Octave) -> Rhythm:
    """The rhythm with the octave's doubts settled."""
    kept = tuple(reason for reason in rhythm.reasons if not reason.startswith(_DOUBTS))
    told = f"tempo at {octave} as told by the user"
    return replace(rhythm, reasons=(*kept, f"the {told}"), method=f"{rhythm.method}; {told}")


def _unchanged(rhythm: Rhythm, reason: str) -> Rhythm:
    return replace(rhythm, reasons=(*rhythm.reasons, reason))
