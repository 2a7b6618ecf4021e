"""Voices synthesised in code: `Voice` sings, raps, growls, speaks or is a choir.

A glottal source goes through the formants of a vowel for each syllable (centre frequencies after
Peterson and Barney, JASA 1952), after a consonant of noise. A note's start is where its vowel
begins, which is what a listener takes for the syllable's time; the consonant comes before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from training.fluid import RATE
from training.score import Note, Part

Sound = NDArray[np.float32]
VOWELS = ((270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410),
          (730, 1090, 2440), (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240),
          (490, 1350, 1690))  # fmt: skip
WIDTHS = (80.0, 100.0, 140.0, 220.0)
LEVELS = (1.0, 0.6, 0.35, 0.2)
KINDS = {
    "voice": ("sung", "sung", "sung", "harsh"),
    "rap": ("spoken", "spoken", "sung"),
    "choir": ("choir",),
    "growl": ("harsh",),
}


@dataclass(frozen=True)
class Voice:
    """A singer."""

    kind: str
    """sung, spoken, harsh or choir."""
    tract: float
    """Factor on the formants: 1 a man's, 1.2 a woman's, more a child's."""
    octave: int
    """Semitones added to the part."""
    vibrato: tuple[float, float]
    """Semitones and Hz."""
    breath: float
    attack: float
    """Seconds to full level of a vowel."""
    late: float
    """Seconds of spread of syllables."""
    takes: int

    @classmethod
    def drawn(cls, rng: np.random.Generator, role: str) -> "Voice":
        """One that may take `role`: voice, rap, choir or growl."""
        kind = str(rng.choice(KINDS[role]))
        high = rng.random() < 0.5
        takes = 5 if kind == "choir" else int(rng.choice([1, 1, 2]))
        return cls(
            kind,
            tract=float(rng.uniform(1.1, 1.25) if high else rng.uniform(0.9, 1.05)),
            octave=(0 if high else -12) + (int(rng.choice([0, 12])) if kind == "choir" else 0),
            vibrato=(float(rng.uniform(0, 0.6)), float(rng.uniform(4.5, 6.5))),
            breath=float(rng.uniform(0.02, 0.3)),
            attack=float(rng.uniform(0.05, 0.15) if kind == "choir" else rng.uniform(0.015, 0.05)),
            late=float(rng.uniform(0.003, 0.02)),
            takes=takes,
        )

    def play(self, part: Part, end: float, rng: np.random.Generator) -> Sound:
        """A part in mono, shape (end × RATE,)."""
        out = np.zeros(round(end * RATE), np.float32)
        for _ in range(self.takes):
            before = 0.0
            pitch = float(part.notes[0].pitch) if part.notes else 60.0
            behind = float(rng.normal(0, 0.3 * self.late))
            tune = float(rng.normal(0, 0.08 if self.takes > 1 else 0.03))
            for note in part.notes:
                shift = behind + float(rng.normal(0, self.late))
                joined = note.start - before < 0.05
                _add(out, self._syllable(note, pitch + tune, joined, rng), note.start + shift)
                pitch, before = float(note.pitch), note.start + note.length
        return out / np.float32(np.sqrt(self.takes))

    def _syllable(
        self, note: Note, last: float, joined: bool, rng: np.random.Generator
    ) -> tuple[Sound, int]:
        """A syllable and how many samples of it lie before its vowel."""
        length = float(np.clip(note.length, 0.07, 6.0))
        size = round((length + 0.06) * RATE)
        t = np.arange(size) / RATE
        scoop = (last - note.pitch) if joined else float(rng.uniform(-2.5, 0.3))
        glide = 0.03 if joined else float(rng.uniform(0.02, 0.09))
        semitones = note.pitch + self.octave + np.clip(scoop, -7, 7) * np.exp(-t / glide)
        depth, speed = self.vibrato
        swell = np.clip((t - 0.25) / 0.3, 0, 1)
        semitones = semitones + depth * swell * np.sin(2 * np.pi * speed * t + rng.uniform(0, 6))
        semitones += 0.15 * np.interp(t, np.arange(0, t[-1] + 0.1, 0.05),
                                      rng.standard_normal(int(t[-1] / 0.05) + 4)[: np.arange(
                                          0, t[-1] + 0.1, 0.05).size])  # fmt: skip
        if self.kind == "spoken":
            semitones = semitones - 4 * t / length + 1.5 * np.sin(np.pi * t / length)
        if self.kind == "harsh":
            semitones = semitones - 12
        phase = np.cumsum(440 * 2 ** ((semitones - 69) / 12)) / RATE
        wave = self._source(rng, phase, size)
        vowel = np.array(VOWELS[int(rng.integers(len(VOWELS)))]) * self.tract
        sound = np.zeros(size)
        for hertz, width, loud in zip((*vowel, 3500 * self.tract), WIDTHS, LEVELS, strict=True):
            sound += loud * _formant(wave, float(hertz), width)
        attack = self.attack * float(rng.uniform(0.6, 1.6))
        shape = np.clip(t / attack, 0, 1) ** 1.5 * np.clip((length + 0.06 - t) / 0.07, 0, 1)
        shape = shape * (1 - 0.35 * t / length)
        sound = sound * shape
        sound *= note.velocity / (np.abs(sound).max() + 1e-9)
        if self.kind == "choir" or rng.random() < 0.2:
            return sound.astype(np.float32), 0
        front = _consonant(rng) * note.velocity
        return np.concatenate([front, sound]).astype(np.float32), front.size

    def _source(
        self, rng: np.random.Generator, phase: NDArray[np.float64], size: int
    ) -> NDArray[np.float64]:
        noise = rng.standard_normal(size)
        place = phase % 1
        opening = np.where(place < 0.6, 0.5 - 0.5 * np.cos(np.pi * place / 0.6), 0.0)
        closing = np.where((place >= 0.6) & (place < 0.75),
                           np.cos(np.pi / 2 * (place - 0.6) / 0.15), 0.0)  # fmt: skip
        pulses = np.diff(opening + closing, prepend=0.0)
        pulses /= np.sqrt(np.mean(np.square(pulses))) + 1e-9
        if self.kind == "harsh":
            # False folds: noise in bursts at half the pitch, driven hard.
            rough = np.tanh(4 * (0.6 * pulses * (1 + 0.8 * np.sin(np.pi * phase)) + 0.8 * noise
                                 * (0.3 + opening)))  # fmt: skip
            return np.asarray(rough)
        return np.asarray(pulses + self.breath * noise * (0.4 + opening))


def _formant(wave: NDArray[np.float64], hertz: float, width: float) -> NDArray[np.float64]:
    """A resonator of unit gain at its peak (Klatt, JASA 1980)."""
    radius = np.exp(-np.pi * width / RATE)
    turn = 2 * np.pi * min(hertz, 0.45 * RATE) / RATE
    gain = (1 - radius) * np.sqrt(1 - 2 * radius * np.cos(2 * turn) + radius**2)
    return np.asarray(lfilter([gain], [1, -2 * radius * np.cos(turn), radius**2], wave))


def _consonant(rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise before a vowel: a hiss, a burst, or a hum as of m and l."""
    kind = rng.random()
    if kind < 0.35:
        seconds, low, high = rng.uniform(0.05, 0.13), rng.uniform(1500, 5000), 11_000
        shape = np.hanning(round(seconds * RATE))
        loud = rng.uniform(0.1, 0.5)
    elif kind < 0.75:
        seconds, low, high = rng.uniform(0.015, 0.04), rng.uniform(300, 3000), 9000
        shape = np.exp(-np.arange(round(seconds * RATE)) / RATE / 0.008)
        loud = rng.uniform(0.2, 0.7)
    else:
        seconds, low, high = rng.uniform(0.03, 0.08), 150, 600
        shape = np.linspace(0, 1, round(seconds * RATE))
        loud = rng.uniform(0.1, 0.3)
    band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    noise = sosfilt(band, rng.standard_normal(shape.size)) * shape
    return np.asarray(loud * noise / (np.abs(noise).max() + 1e-9))


def _add(out: Sound, made: tuple[Sound, int], start: float) -> None:
    sound, front = made
    at = round(start * RATE) - front
    skip = max(-at, 0)
    piece = sound[skip : skip + max(out.size - at - skip, 0)]
    out[at + skip : at + skip + piece.size] += piece
