"""The long spectrum: what a song sounds like ten times a second, and the peaks in it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import get_window

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.framing import framed

RATE = 10
"""Frames a second; frame i is centred on i / 10 seconds."""
_HOP = ANALYSIS_RATE // RATE
_WINDOW = 8192
"""Samples: 341 ms. Two semitones at 55 Hz lie 6.5 Hz apart, a bin is 2.9 Hz wide."""
_CHUNK = 256
"""Frames transformed at a time: 17 MiB."""
_DEPTH = 60.0
"""dB under the strongest peak of a frame at which no more are counted."""
_FAINTEST = 10 ** (-140 / 20)
"""Magnitude, relative to a steady tone as high as the song's greatest sample, under which there is
nothing but the rounding of samples."""
_C4 = 261.6256
"""Hz, middle C at A4 = 440 Hz."""
_LOWEST, _HIGHEST = 55.0, 2000.0
"""Hz within which partials count as pitch: below, the bass drum; above, few fundamentals."""
_TOP_PITCH = float(12 * np.log2(_HIGHEST / _C4))
"""Semitones above C4 of `_HIGHEST`."""
_STEPS = 10
"""Bins a semitone that the pitch histogram has before the tuning is known."""
_HARMONICS, _DECAY = 4, 0.6
"""A partial may be harmonic h of a lower note with weight 0.6^(h−1) (Gómez, "Tonal description
of polyphonic audio", 2006)."""
_HIGHEST_PEAK = 4200.0
"""Hz up to which peaks are kept for notes and roughness: the top of a piano."""
_LEAST_TUNED = 0.05
"""Agreement on the tuning below which there is none: noise has 0.01, metal 0.14, a piano 0.7."""
_BASS = 150.0
"""Hz: top of the bass, as of `songreel.models.music.Onsets.kick`."""
_OCTAVES = (60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0)
"""Hz: edges of the bands whose flatness is measured one by one, so that a spectrum that falls
with frequency, as rain's does, is not taken for a tone."""


@dataclass(frozen=True)
class Peaks:
    """Partials of all frames, each array of shape (m,), by frame and then by pitch."""

    frame: NDArray[np.int32]
    pitch: NDArray[np.float32]
    """Semitones above C4 at A4 = 440 Hz."""
    strength: NDArray[np.float32]
    """Linear magnitude."""


@dataclass(frozen=True)
class Spectrum:
    """Ten frames a second. All but `tuning`, `tuned` and `peaks` of shape (n,) or (n, 12)."""

    chroma: NDArray[np.float64]
    """Shape (n, 12): strength of each pitch class, C first, relative within the frame to
    Euclidean length 1; zeros where there is no tone or no sound."""
    tuning: float
    """Semitones by which the song lies above A4 = 440 Hz, −0.5 to 0.5."""
    tuned: float
    """0 to 1: how far the partials agree on the tuning; about 0 for noise."""
    centroid: NDArray[np.float64]
    """Hz, of the magnitude spectrum; 0 where silent."""
    flatness: NDArray[np.float64]
    """0 (one tone) to 1 (white in every octave), weighted by the octaves' magnitude."""
    bass: NDArray[np.float64]
    """Power below 150 Hz."""
    power: NDArray[np.float64]
    """Power in all."""
    peaks: Peaks
    """Partials from 55 Hz to 4.2 kHz."""

    @property
    def concert_pitch(self) -> float | None:
        """Hz of A4; None where nothing is pitched."""
        if self.tuned < _LEAST_TUNED:
            return None
        return round(440 * 2 ** (self.tuning / 12), 2)


def long_spectrum(mono: NDArray[np.float32]) -> Spectrum:
    """Spectrum of `mono` at `ANALYSIS_RATE`, shape (samples,); n = ceil(samples / 2400)."""
    count = max(1, -(-mono.size // _HOP))
    window = get_window("blackmanharris", _WINDOW).astype(np.float32)
    hertz = np.arange(_WINDOW // 2 + 1) * (ANALYSIS_RATE / _WINDOW)
    edges = np.searchsorted(hertz, _OCTAVES)
    bass = int(np.searchsorted(hertz, _BASS))
    fine = np.zeros((count, 12 * _STEPS), np.float32)
    found: list[Peaks] = []
    turn, heard = 0j, 0.0
    faintest = _FAINTEST * float(np.abs(mono).max(initial=0.0)) * float(window.sum()) / 2
    centroid, flatness, low, power = (np.zeros(count) for _ in range(4))
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        here = slice(start, stop)
        magnitude = np.abs(rfft(framed(mono, start, stop, _WINDOW, _HOP) * window, axis=1))
        magnitude[:, 0] = 0.0
        squares = np.square(magnitude)
        total = magnitude.sum(axis=1, dtype=np.float64)
        power[here] = squares.sum(axis=1, dtype=np.float64)
        low[here] = squares[:, :bass].sum(axis=1, dtype=np.float64)
        centroid[here] = (magnitude @ hertz) / np.maximum(total, 1e-30)
        flatness[here] = _flatness(magnitude, squares, edges)
        frame, pitch, strength = _partials(magnitude, faintest)
        found.append(Peaks((frame + start).astype(np.int32), pitch.astype(np.float32),
                           strength.astype(np.float32)))  # fmt: skip
        voiced = pitch < _TOP_PITCH
        frame, pitch, strength = frame[voiced], pitch[voiced], strength[voiced]
        turn += np.sum(strength * np.exp(2j * np.pi * pitch))
        heard += float(strength.sum())
        fine[here] = _folded(frame, pitch, strength, stop - start)
    peaks = Peaks(*(np.concatenate([getattr(part, name) for part in found])
                    for name in ("frame", "pitch", "strength")))  # fmt: skip
    tuning = float(np.angle(turn) / (2 * np.pi)) if abs(turn) > 0 else 0.0
    return Spectrum(
        chroma=_chroma(fine, tuning),
        tuning=tuning,
        tuned=abs(turn) / heard if heard else 0.0,
        centroid=centroid,
        flatness=flatness,
        bass=low,
        power=power,
        peaks=peaks,
    )


def _folded(
    frame: NDArray[np.intp],
    pitch: NDArray[np.float64],
    strength: NDArray[np.float64],
    count: int,
) -> NDArray[np.float32]:
    """Pitch histogram over an octave, shape (count, 120), every peak also as a harmonic."""
    width = 12 * _STEPS
    fine = np.zeros(count * width)
    for harmonic in range(1, _HARMONICS + 1):
        at = np.round((pitch - 12 * np.log2(harmonic)) * _STEPS).astype(int) % width
        weight = strength * _DECAY ** (harmonic - 1)
        fine += np.bincount(frame * width + at, weights=weight, minlength=fine.size)
    return fine.reshape(count, width).astype(np.float32)


def _flatness(
    magnitude: NDArray[np.float32], squares: NDArray[np.float32], edges: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Geometric over arithmetic mean of the power in each octave, averaged over octaves.

    The power of white noise is exponentially distributed about its mean, which makes the ratio
    exp(−γ) = 0.56; so that is divided by.
    """
    ratios, weights = [], []
    for first, last in pairwise(edges):
        part = squares[:, first:last].astype(np.float64) + 1e-20
        ratios.append(np.exp(np.log(part).mean(axis=1)) / part.mean(axis=1))
        weights.append(magnitude[:, first:last].sum(axis=1, dtype=np.float64))
    weight = np.array(weights)
    mean = (np.array(ratios) * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-30)
    return np.asarray(np.minimum(mean / np.exp(-np.euler_gamma), 1.0))


def _partials(
    magnitude: NDArray[np.float32], faintest: float
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Spectral peaks: frame, pitch in semitones from C4, magnitude, each of shape (m,).

    A peak counts down to 60 dB under the strongest of its frame and to `faintest`; its place and
    height are those of the parabola through three bins of the log spectrum (Smith and Serra,
    PARSHL, 1987).
    """
    first, last = (int(f * _WINDOW / ANALYSIS_RATE) for f in (_LOWEST, _HIGHEST_PEAK))
    heard = magnitude[:, first - 1 : last + 1].astype(np.float64)
    # No neighbour is less than a thousandth of the faintest peak: its logarithm stays finite.
    least = max(faintest, 1e-30)
    level = 20 * np.log10(np.maximum(heard, 1e-3 * least))
    middle = level[:, 1:-1]
    loudest = middle.max(axis=1, keepdims=True)
    loud = middle > np.maximum(loudest - _DEPTH, 20 * np.log10(least))
    frame, at = np.nonzero((middle > level[:, :-2]) & (middle >= level[:, 2:]) & loud)
    left, peak, right = level[frame, at], level[frame, at + 1], level[frame, at + 2]
    shift = 0.5 * (left - right) / (left - 2 * peak + right)
    hertz = (first + at + shift) * (ANALYSIS_RATE / _WINDOW)
    return frame, 12 * np.log2(hertz / _C4), 10 ** ((peak - 0.25 * (left - right) * shift) / 20)


def _chroma(fine: NDArray[np.float32], tuning: float) -> NDArray[np.float64]:
    """Fold the fine pitch histogram, shape (n, 120), onto twelve pitch classes in tune."""
    places = np.arange(fine.shape[1]) / _STEPS - tuning
    away = (places[:, None] - np.arange(12) + 6) % 12 - 6
    folding = np.where(np.abs(away) < 0.5, np.cos(np.pi * away) ** 2, 0.0)
    chroma = fine.astype(np.float64) @ folding
    length = np.linalg.norm(chroma, axis=1, keepdims=True)
    # A frame 60 dB under the loudest holds no music worth a vote.
    return np.where(length > length.max() * 1e-3, chroma / np.maximum(length, 1e-30), 0.0)
