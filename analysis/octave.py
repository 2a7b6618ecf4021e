"""The tempo an octave off, put right when told: `at_half`, `at_double`.

Every bar line stays one or falls away, and none moves: what was edited to a bar stays at a bar.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.refine import refine
from songreel.analysis.rhythm import Rhythm
from songreel.models.errors import InvalidInput

Octave = Literal["as heard", "half", "double"]
OCTAVES: tuple[Octave, ...] = ("as heard", "half", "double")
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
    """The rhythm counted half as fast: every other beat, from the bar lines on.

    Two bars become one of as many beats, but a bar of six becomes one of three. Bar one starts
    where it did.
    """
    count, length = rhythm.beats.size, _length(rhythm.downbeats)
    if count < 4:
        return _unchanged(rhythm, "there are too few beats to halve")
    lines = rhythm.downbeats if length == 6 else rhythm.downbeats[::2]
    if not lines.size:
        return _told(_changed(rhythm, rhythm.beats[::2], lines, 0.5), "half")
    keep = np.zeros(count, bool)
    for line, after in zip(lines, [*lines[1:], count], strict=True):
        span = np.arange(line, after, 2)
        # A bar of odd length leaves a beat right before the next bar line: no beat of half tempo.
        if after < count and span.size > 1 and span[-1] == after - 1:
            span = span[:-1]
        keep[span] = True
    keep[np.arange(lines[0] - 2, -1, -2)] = True
    place = np.cumsum(keep) - 1
    meter = "3/4" if length == 6 else rhythm.meter
    return _told(_changed(rhythm, rhythm.beats[keep], place[lines], 0.5, meter), "half")


def at_double(rhythm: Rhythm, mono: NDArray[np.float32] | None = None) -> Rhythm:
    """The rhythm counted twice as fast: a beat more between every two.

    A bar becomes two of as many beats each, but a bar of two becomes one of four.

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
    beats = np.empty(2 * old.size - 1)
    beats[::2], beats[1::2] = old, between
    length = _length(rhythm.downbeats)
    step = 4 if length == 2 else length
    lines = 2 * rhythm.downbeats
    parts = []
    if lines.size:
        parts.append(np.arange(lines[0] - step, -1, -step)[::-1])
        parts += [
            np.arange(line, after, step)
            for line, after in zip(lines, [*lines[1:], beats.size], strict=True)
        ]
    downbeats = np.concatenate(parts) if parts else lines
    meter = "4/4" if length == 2 else rhythm.meter
    return _told(_changed(rhythm, beats, downbeats.astype(np.int64), 2.0, meter), "double")


def _changed(
    rhythm: Rhythm,
    beats: NDArray[np.float64],
    downbeats: NDArray[np.int64],
    factor: float,
    meter: str | None = None,
) -> Rhythm:
    curve = rhythm.tempo_curve
    return replace(
        rhythm,
        beats=beats,
        downbeats=downbeats,
        tempo=round(60 / float(np.median(np.diff(beats))), 3),
        tempo_curve=None if curve is None else np.round(curve * factor, 3),
        meter=meter or rhythm.meter,
        trust_octave=1.0,
    )


def _told(rhythm: Rhythm, octave: Octave) -> Rhythm:
    """The rhythm with the octave's doubts settled."""
    kept = tuple(reason for reason in rhythm.reasons if not reason.startswith(_DOUBTS))
    told = f"tempo at {octave} as told by the user"
    return replace(rhythm, reasons=(*kept, f"the {told}"), method=f"{rhythm.method}; {told}")


def _unchanged(rhythm: Rhythm, reason: str) -> Rhythm:
    return replace(rhythm, reasons=(*rhythm.reasons, reason))


def _length(downbeats: NDArray[np.int64]) -> int:
    """Beats a bar, the commonest; 4 where there are no bars."""
    return int(np.bincount(np.diff(downbeats)).argmax()) if downbeats.size > 1 else 4
