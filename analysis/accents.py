"""What each beat carries: `find_accents`, the onsets on it and the change of harmony at it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.pulse import Pulse

WINDOW = 4096
"""Samples: 171 ms, semitones apart from about 200 Hz on, and shorter than most beats."""
STEP = 1200
"""Samples: 20 spectra a second."""
LOWEST, HIGHEST = 33, 88
"""MIDI notes A1 (55 Hz) to E6."""
BASS = 20
"""Of these notes, the lowest that count as bass: A1 to E3 (165 Hz)."""
SETTLE = 0.03
"""Seconds after a beat from which its harmony is read: past the stroke of drum and plectrum."""
FLATNESS = 0.1
"""Share of a row's length below which its shape is taken for noise."""
CHUNK = 512


@dataclass(frozen=True)
class Accents:
    """Evidence at each beat, every array of shape (beats,)."""

    low: NDArray[np.float64]
    """Onset strength below 150 Hz, log(1 + multiple of its local mean)."""
    mid: NDArray[np.float64]
    onset: NDArray[np.float64]
    chord: NDArray[np.float64]
    """Change of chroma from the beat before to this, cosine distance, 0 to 2."""
    phrase: NDArray[np.float64]
    """The same between the two beats before and the two from here on."""
    bass: NDArray[np.float64]
    """Change of the bass notes from the beat before."""

    def table(self) -> NDArray[np.float64]:
        """All of them side by side, shape (beats, 6)."""
        columns = (self.low, self.mid, self.onset, self.chord, self.phrase, self.bass)
        return np.stack(columns, axis=1)


class Harmony:
    """Loudness of each semitone over time, from which the harmony of any span is read."""

    def __init__(self, mono: NDArray[np.float32]) -> None:
        """`mono`: the song at `ANALYSIS_RATE`."""
        notes = _note_magnitudes(mono)
        # The root lets soft notes of a chord count, and keeps a louder chord the same chord.
        sums = np.cumsum(np.sqrt(notes), axis=0)
        self._sums = np.vstack([np.zeros(notes.shape[1]), sums])

    def between(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of each note over [edges[i], edges[i + 1]) seconds, shape (edges − 1, notes)."""
        last = self._sums.shape[0] - 1
        place = np.round(edges * (ANALYSIS_RATE / STEP)).astype(np.int64)
        start = np.clip(place[:-1], 0, last - 1)
        stop = np.clip(place[1:], start + 1, last)
        return np.asarray((self._sums[stop] - self._sums[start]) / (stop - start)[:, None])


def find_accents(harmony: Harmony, pulse: Pulse, beats: NDArray[np.float64]) -> Accents:
    """Accents at `beats`, seconds from the first frame of the pulse, where the harmony starts."""
    frames = np.arange(pulse.gain.size)
    stroke = {
        name: np.interp(beats * FRAME_RATE, frames, curve) for name, curve in pulse.strokes.items()
    }
    ends = np.append(beats, 2 * beats[-1] - beats[-2]) + SETTLE
    notes = harmony.between(ends)
    chroma = np.zeros((notes.shape[0], 12))
    for k in range(notes.shape[1]):
        chroma[:, (LOWEST + k) % 12] += notes[:, k]
    bass = notes[:, :BASS]
    return Accents(
        low=np.log1p(stroke["low"]),
        mid=np.log1p(stroke["mid"]),
        onset=np.log1p(stroke["onset"]),
        chord=_change(chroma, 1),
        phrase=_change(chroma, 2),
        bass=_change(bass, 1),
    )


def _change(rows: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """Cosine distance of the mean of `span` rows before each row to that from it on.

    Rows are compared by their shape about their own mean; where a row is nearly flat (noise,
    drums) its shape means nothing, and the floor keeps it from mattering.
    """
    flat = FLATNESS * np.linalg.norm(rows, axis=1).mean() * span + 1e-12
    rows = rows - rows.mean(axis=1, keepdims=True)
    sums = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
    here = np.arange(1, rows.shape[0])
    before = sums[here] - sums[np.maximum(here - span, 0)]
    after = sums[np.minimum(here + span, rows.shape[0])] - sums[here]
    before = before / np.maximum(np.linalg.norm(before, axis=1, keepdims=True), flat)
    after = after / np.maximum(np.linalg.norm(after, axis=1, keepdims=True), flat)
    return np.concatenate([[0.0], np.square(after - before).sum(axis=1) / 2])


def _note_magnitudes(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    bins = np.arange(WINDOW // 2 + 1) * (ANALYSIS_RATE / WINDOW)
    centres = 440 * 2 ** ((np.arange(LOWEST, HIGHEST) - 69) / 12)
    width = np.maximum(centres * (2 ** (1 / 12) - 1), 1.5 * ANALYSIS_RATE / WINDOW)
    weights = np.maximum(0, 1 - np.abs(bins[:, None] - centres) / width)
    weights = (weights / weights.sum(axis=0)).astype(np.float32)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    count = mono.size // STEP + 1
    out = np.empty((count, centres.size))
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        begin, end = start * STEP - WINDOW // 2, (stop - 1) * STEP + WINDOW // 2
        part = mono[max(begin, 0) : min(end, mono.size)]
        part = np.pad(part, (max(-begin, 0), end - begin - part.size - max(-begin, 0)))
        frames = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::STEP]
        out[start:stop] = np.abs(rfft(frames * window, axis=1)) @ weights
    return out
