"""Notes as sound: `mixed`, with the corpus's own instruments."""

import numpy as np
from scipy.signal import oaconvolve

from corpus.drums import RATE, Wave, stroke
from corpus.groove import Note, is_stroke
from corpus.voices import note

PEAK = 0.7


def mixed(notes: list[Note], end: float, *, kit: str = "room", room: float = 0.0) -> Wave:
    """The notes in mono, shape (end × RATE,), peak 0.7.

    Args:
        notes: In any order.
        end: Seconds.
        kit: Of the drums.
        room: Level of a room's reverberation against the dry sound.
    """
    out = np.zeros(round(end * RATE), np.float32)
    for one in notes:
        if is_stroke(one.voice):
            wave = stroke(one.voice, kit)
        else:
            # Lengths in steps of 20 ms, so that a repeated note is made once.
            wave = note(one.voice, one.pitch, max(round(one.length, 2) // 0.02 * 0.02, 0.02))
        start = round(one.time * RATE)
        stop = min(start + wave.size, out.size)
        if start < stop:
            out[start:stop] += np.float32(one.velocity) * wave[: stop - start]
    if room:
        rng = np.random.default_rng(11)
        t = np.arange(round(0.5 * RATE)) / RATE
        tail = rng.standard_normal(t.size) * np.exp(-t / 0.12) * (t > 0.012)
        tail *= room / np.sqrt(np.square(tail).sum())
        out += oaconvolve(out, tail.astype(np.float32))[: out.size].astype(np.float32)
    peak = float(np.abs(out).max()) or 1.0
    return np.asarray(out * np.float32(PEAK / peak))
