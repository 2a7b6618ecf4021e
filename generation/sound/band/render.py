"""Requests for music become samples: `render`."""

from collections.abc import Callable
from math import ceil, floor

import numpy as np

from songreel.generation.sound.band.desk import Desk
from songreel.generation.sound.band.ensemble import Performance, perform
from songreel.generation.sound.band.ringing import ring_on
from songreel.generation.sound.band.score import Span, piece_of, span_of
from songreel.models.sound_request import SoundRequest
from songreel.sound.instruments.notes import Clock, Hit, Note, Stereo
from songreel.sound.limit import limit
from songreel.sound.meter import loudness

RATE = 48_000
CEILING = -1.3
"""dBTP: what codecs add stays under −1."""
_MARGIN = 0.3
"""Seconds before the new sound in which nothing is heard: ducking starts a little before a kick."""
_TAIL = 1.6
"""Seconds that what was heard may ring on."""
_EDGE = 0.004
"""Seconds over which sound that does not begin with a stroke begins."""
_REACH = 6.0
"""dB by which the loudness of a stretch is corrected; what is further off is meant to be."""


def meant(energy: float) -> float:
    """LUFS that the band plays at: a bare piano to everybody."""
    return -25.0 + 10.5 * energy


def render(
    request: SoundRequest, heard: Stereo | None, told: Callable[[float], None] = lambda _: None
) -> Stereo:
    """Play a planned request.

    Args:
        request: As planned: its tempo and key are there.
        heard: What it continues, at RATE; shape (2, n).
        told: Told how far it is, 0 to 1; may raise to stop.

    Returns:
        Shape (2, n): `heard` as it is, then the new sound. Peaks of the new sound lie under −1
        dBTP.
    """
    piece = piece_of(request)
    bpm = piece.metre.bpm
    span = span_of(request, bpm)
    new = ceil(round(request.seconds * RATE, 3))
    # What began before the new sound and goes on into it is a bar or two old.
    size = piece.metre.beats
    back = min(floor(span.start / size), max(2, piece.harmony.stretch)) if heard is not None else 0
    first = floor(span.start / size) - back
    before = round(((span.start - first * size) * 60 / bpm + _MARGIN) * RATE)
    clock = Clock(bpm, before / RATE - span.start * 60 / bpm)
    told(0.02)
    humanise = float(request.settings.get("humanise", 1.0))
    played = _inside(perform(piece, first, ceil(span.end / size) + 1, humanise), span)
    told(0.1)
    out = Desk(piece, before + new, before, RATE, clock).mix(
        played, lambda share: told(0.1 + 0.6 * share)
    )
    told(0.8)
    out = _levelled(out, meant(piece.energy))
    if heard is not None:
        tail = ring_on(heard, min(_TAIL, request.seconds), RATE)
        out[:, : tail.shape[1]] += tail
    else:
        edge = min(round(_EDGE * RATE), new)
        out[:, :edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    if request.ending:
        out *= _closing(request, piece.close or 0, span, bpm, new)
    out = limit(out, RATE, CEILING)
    told(0.95)
    return out if heard is None else np.concatenate((heard, out), axis=1)


def _inside(played: Performance, span: Span) -> Performance:
    """Nobody is early at the seam: what belongs to the new sound does not begin before it."""

    def kept(at: float) -> float:
        return span.start if span.start - 0.06 < at < span.start else at

    notes: dict[str, list[Note]] = {
        role: [note._replace(beat=kept(note.beat)) for note in line]
        for role, line in played.notes.items()
    }
    hits: list[Hit] = [hit._replace(beat=kept(hit.beat)) for hit in played.hits]
    return Performance(notes, hits)


def _levelled(x: Stereo, target: float) -> Stereo:
    """`x` at the loudness meant, as far as that is near."""
    found = loudness(x, RATE).integrated
    if found is None:
        return x
    # The mix is laid out for −20 LUFS in the middle; a lone soft tone stays a lone soft tone.
    by = np.clip(target - found, -24.0, _REACH + 6.0)
    return np.asarray(x * np.float32(10 ** (by / 20)))


def _closing(request: SoundRequest, close: int, span: Span, bpm: float, new: int) -> Stereo:
    """The fade of the last chord: it ends at zero with the request."""
    start = (close * request.meter - span.start) * 60 / bpm
    rest = max(request.seconds - start, 0.05)
    fade = max(min(0.55 * rest, 4.0), min(0.3, request.seconds / 2))
    gain = np.ones((1, new), np.float32)
    count = min(round(fade * RATE), new)
    gain[0, new - count :] = (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, count))).astype(np.float32)
    return gain
