"""Which notes sound, ten times a second: `find_notes`."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.spectrum import Spectrum

LOWEST, COUNT = 28, 68
"""MIDI pitches E1 to B6, 41 Hz to 2 kHz: basses sound an octave below the lowest partial kept."""
BASS_TOP = 50
"""MIDI pitch D3, 147 Hz: top of the bass, as of `songreel.models.music.Onsets.kick`."""
_C4 = 60
_BINS = (33, 76)
"""Lowest pitch and number of semitones of the spectrum that notes explain: A1 to C8."""
_PARTIALS, _DECAY = 12, 0.75
"""Harmonics of a note and how each is weaker than the one below, after the square root below:
0.56 in magnitude, about the −5 dB a harmonic of a mixed band (Mauch and Dixon, "Approximate note
transcription for the improved identification of difficult chords", ISMIR 2010, use 0.5 to 0.9)."""
_STEPS = 12
"""Multiplicative updates (Lee and Seung, "Algorithms for non-negative matrix factorization",
NIPS 2000): later ones change no chord."""
_CHUNK = 4096
"""Frames solved at a time."""


def find_notes(spectrum: Spectrum) -> NDArray[np.float32]:
    """Strength of each note in each frame, shape (n, COUNT), from `LOWEST` up.

    The partials, in tune and by the square root of their magnitude so that a loud bass does not
    hide a soft chord, are explained as non-negative sums of harmonic tones (Mauch and Dixon 2010).
    What is one tone's harmonic is then no note of its own.
    """
    frames = spectrum.chroma.shape[0]
    notes = np.empty((frames, COUNT), np.float32)
    tones = _tones()
    gram = tones @ tones.T
    bounds = np.searchsorted(spectrum.peaks.frame, np.arange(0, frames + _CHUNK, _CHUNK))
    for i, start in enumerate(range(0, frames, _CHUNK)):
        stop = min(start + _CHUNK, frames)
        seen = _semitones(spectrum, bounds[i], bounds[i + 1], start, stop - start)
        aim = seen @ tones.T
        strength = np.maximum(aim, 1e-9)
        for _ in range(_STEPS):
            strength *= aim / np.maximum(strength @ gram, 1e-9)
        notes[start:stop] = strength
    return notes


@dataclass(frozen=True)
class Pitches:
    """Pitch classes over time, ten frames a second, C first; zeros where nothing sounds."""

    chroma: NDArray[np.float64]
    """Shape (n, 12): of all notes, each frame about alike."""
    bass: NDArray[np.float64]
    """Shape (n, 12): of the notes up to D3, each frame of Euclidean length 1."""


def pitch_classes(
    spectrum: Spectrum, notes: NDArray[np.float32], sounding: NDArray[np.bool_]
) -> Pitches:
    """What keys are heard by: `notes` folded, and the harmonic chroma beside it.

    The two err differently (a note's fifth partial counts as a major third in one and may vanish
    with a true third in the other): on 44 rendered songs their sum was right as often as the
    better of the two in either set.

    Args:
        spectrum: Of the song.
        notes: Of `find_notes`.
        sounding: Shape (m,): where there is music; sets the length.
    """
    whole = _alike(fold(notes, LOWEST, LOWEST + COUNT - 1))
    bass = _alike(fold(notes, LOWEST, BASS_TOP))
    at = np.minimum(np.arange(sounding.size), notes.shape[0] - 1)
    heard = sounding[:, None]
    return Pitches(
        chroma=np.where(heard, (whole + spectrum.chroma)[at], 0.0),
        bass=np.where(heard, bass[at], 0.0),
    )


def fold(notes: NDArray[np.float32], lowest: int, highest: int) -> NDArray[np.float64]:
    """Notes from MIDI pitch `lowest` to `highest` by pitch class, shape (n, 12), C first."""
    classes = np.zeros((notes.shape[0], 12))
    for pitch in range(max(lowest, LOWEST), min(highest, LOWEST + COUNT - 1) + 1):
        classes[:, pitch % 12] += notes[:, pitch - LOWEST]
    return classes


def _alike(classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each frame at length 1. One 60 dB under the loudest holds no music worth a vote."""
    length = np.linalg.norm(classes, axis=1, keepdims=True)
    # Strengths are square roots of magnitudes: 60 dB are a factor of 31.6.
    least = max(10 ** (-30 / 20) * float(length.max(initial=0.0)), 1e-6)
    return np.where(length > least, classes / np.maximum(length, 1e-30), 0.0)


def _semitones(
    spectrum: Spectrum, first: int, last: int, start: int, count: int
) -> NDArray[np.float32]:
    """Peaks [first, last) on the semitones, shape (count, bins), each shared by the nearest two.

    A peak halfway between two notes belongs to neither and counts little, as drums' peaks do.
    """
    peaks = spectrum.peaks
    lowest, bins = _BINS
    pitch = peaks.pitch[first:last] - spectrum.tuning + _C4 - lowest
    nearest = np.round(pitch).astype(int)
    inside = (nearest >= 0) & (nearest < bins)
    weight = np.cos(np.pi * (pitch - nearest)) ** 2 * np.sqrt(peaks.strength[first:last])
    at = (peaks.frame[first:last] - start) * bins + nearest
    seen = np.bincount(at[inside], weights=weight[inside], minlength=count * bins)
    return seen.reshape(count, bins).astype(np.float32)


@lru_cache(maxsize=1)
def _tones() -> NDArray[np.float32]:
    """Harmonic tones of every note, shape (COUNT, bins), each of Euclidean length 1."""
    lowest, bins = _BINS
    tones = np.zeros((COUNT, bins))
    for note in range(COUNT):
        for harmonic in range(1, _PARTIALS + 1):
            place = LOWEST + note + 12 * np.log2(harmonic) - lowest
            for at in (int(np.floor(place)), int(np.floor(place)) + 1):
                if 0 <= at < bins:
                    share = np.cos(np.pi / 2 * (place - at)) ** 2
                    tones[note, at] += share * _DECAY ** (harmonic - 1)
    tones /= np.linalg.norm(tones, axis=1, keepdims=True)
    return tones.astype(np.float32)
