"""How much the harmony changes at each moment: `find_change`.

After Harte, Sandler and Gasser ("Detecting harmonic change in musical audio", AMCMM 2006), with
chroma and the bass notes instead of their tonal centroid. Bars begin with new chords more often
than other beats do, whatever the drums play.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.framing import framed

WINDOW = 4096
"""Samples: 171 ms, semitones apart from about 200 Hz on, and shorter than most beats."""
STEP = 1200
"""Samples: 20 spectra a second."""
LOWEST, HIGHEST = 33, 88
"""MIDI notes A1 (55 Hz) to E6."""
BASS = 20
"""Of these notes, the lowest that count as bass: A1 to E3 (165 Hz)."""
SPANS = (8, 20)
"""Spectra compared on both sides of a moment: 0.4 s, about a beat, and 1 s, about a bar's half."""
BASS_SHARE = 0.5
"""Weight of the bass notes beside the chroma."""
FLATNESS = 0.1
"""Share of the mean length below which the shape of a spectrum is taken for noise."""
LEAST = 0.05
"""Least standard deviation that counts: the harmony of a drum solo is not blown up to matter."""
MOST = 3.0
"""Standard deviations from which a change is no plainer."""
CHUNK = 512


def find_change(mono: NDArray[np.float32], frames: int) -> NDArray[np.float64]:
    """Change of harmony, shape (frames,), at `FRAME_RATE`, about 0, in standard deviations.

    Args:
        mono: A song at `ANALYSIS_RATE`, or what is left of it from some moment on.
        frames: How many to give, from its start.
    """
    # The root lets soft notes of a chord count, and keeps a louder chord the same chord.
    sums = np.cumsum(np.sqrt(_notes(mono)), axis=0)
    sums = np.vstack([np.zeros(sums.shape[1]), sums])
    change = np.zeros(sums.shape[0] - 1)
    for span in SPANS:
        here = np.arange(change.size)
        first, last = np.maximum(here - span, 0), np.minimum(here + span, change.size)
        before = (sums[here] - sums[first]) / np.maximum(here - first, 1)[:, None]
        after = (sums[last] - sums[here]) / (last - here)[:, None]
        apart = _distance(_chroma(before), _chroma(after))
        apart += BASS_SHARE * _distance(before[:, :BASS], after[:, :BASS])
        apart /= max(float(apart.std()), LEAST)
        change += np.clip(apart - apart.mean(), -1.0, MOST) / len(SPANS)
    places = np.arange(frames) * (ANALYSIS_RATE / STEP / FRAME_RATE)
    return np.asarray(np.interp(places, np.arange(change.size), change))


def _chroma(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    chroma = np.zeros((notes.shape[0], 12))
    for k in range(notes.shape[1]):
        chroma[:, (LOWEST + k) % 12] += notes[:, k]
    return chroma


def _distance(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine distance of rows about their own mean, 0 to 2; a flat row (noise) is near all."""
    flat = FLATNESS * float(np.linalg.norm(np.vstack([before, after]), axis=1).mean()) + 1e-12
    unit = []
    for rows in (before, after):
        centred = rows - rows.mean(axis=1, keepdims=True)
        unit.append(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), flat))
    return np.asarray(np.square(unit[1] - unit[0]).sum(axis=1) / 2)


def _notes(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Magnitude of each semitone, shape (spectra, notes); spectrum i is centred on i / 20 s."""
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
        frames = framed(mono, start, stop, WINDOW, STEP)
        out[start:stop] = np.abs(rfft(frames * window, axis=1)) @ weights
    return out
