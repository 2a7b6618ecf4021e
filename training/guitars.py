"""Electric guitars: `Guitar`, plucked strings through an amplifier, played more than once over."""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from training.effects import bell
from training.fluid import RATE
from training.score import Note, Part

Sound = NDArray[np.float32]
RELEASE = 0.012
"""Seconds in which a stopped string falls silent."""


@dataclass(frozen=True)
class Amplifier:
    """Gain stages and a loudspeaker in its cabinet."""

    drive: float
    """Gain into the first stage, of a signal with a peak of 1."""
    tight: float
    """Hz of the high pass in front of it."""
    skew: float
    """Offset of the wave in the first stage: even harmonics."""
    thump: tuple[float, float]
    """Hz and dB of the cabinet's resonance."""
    scoop: tuple[float, float]
    """Hz and dB of the middle."""
    bite: tuple[float, float]
    """Hz and dB of the presence."""
    top: float
    """Hz where the loudspeaker ends."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, gain: tuple[float, float]) -> "Amplifier":
        """An amplifier with a gain of so many dB."""
        return cls(
            drive=float(10 ** (rng.uniform(*gain) / 20)),
            tight=float(rng.uniform(60, 220)),
            skew=float(rng.uniform(0, 0.3)),
            thump=(float(rng.uniform(85, 150)), float(rng.uniform(0, 6))),
            scoop=(float(rng.uniform(350, 900)), float(rng.uniform(-9, 1))),
            bite=(float(rng.uniform(1800, 3800)), float(rng.uniform(0, 8))),
            top=float(rng.uniform(3800, 6500)),
        )

    def play(self, dry: Sound) -> Sound:
        """The amplified sound, same length and place."""
        peak = float(np.abs(dry).max())
        if peak < 1e-6:
            return dry
        first = sosfilt(butter(1, self.tight, "highpass", fs=RATE, output="sos"), dry / peak)
        first = np.tanh(self.drive**0.6 * first + self.skew) - np.tanh(self.skew)
        second = sosfilt(butter(1, (60, 7000), "bandpass", fs=RATE, output="sos"), first)
        second = np.tanh(self.drive**0.4 * second)
        chain = np.concatenate(
            [
                butter(2, 75, "highpass", fs=RATE, output="sos"),
                *(bell(hz, db, 0.9) for hz, db in (self.thump, self.scoop, self.bite)),
                butter(4, self.top, fs=RATE, output="sos"),
            ]
        )
        return np.asarray(sosfilt(chain, second), np.float32)


@dataclass(frozen=True)
class Guitar:
    """A guitar, its player's looseness and how often the part is recorded over."""

    amplifier: Amplifier
    takes: int
    loose: float
    """Seconds of spread between takes."""
    dark: float
    """0 to 1: how soft the plectrum is."""
    muted: float
    """Seconds to 1/e of palm-muted strokes."""
    vibrato: float = 0.0
    """Semitones on notes held longer than a quarter second: a soloist's."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, role: str) -> "Guitar":
        """One that may play `role`: riff, solo, clean or bass."""
        gain = {"riff": (22, 52), "solo": (20, 46), "clean": (-6, 12), "bass": (-6, 30)}[role]
        return cls(
            Amplifier.drawn(rng, gain),
            takes=int(rng.choice([1, 2, 4], p=[0.2, 0.65, 0.15])) if role == "riff" else 1,
            loose=float(rng.uniform(0.001, 0.006)),
            dark=float(rng.uniform(0.1, 0.7)),
            muted=float(rng.uniform(0.035, 0.11)),
            vibrato=float(rng.uniform(0.1, 0.5)) if role == "solo" else 0.0,
        )

    def play(self, part: Part, end: float, rng: np.random.Generator) -> Sound:
        """A part in mono, shape (end × RATE,), all takes together."""
        out = np.zeros(round(end * RATE), np.float32)
        for _ in range(self.takes):
            dry = np.zeros(out.size + RATE, np.float32)
            bent = float(rng.normal(0, 0.03)) if self.takes > 1 else 0.0
            late = float(rng.normal(0, 0.3 * self.loose)) if self.takes > 1 else 0.0
            together: dict[float, float] = {}
            for note in part.notes:
                # The strings of a chord are struck by one hand.
                if note.start not in together:
                    shift = late + float(rng.normal(0, self.loose)) if self.takes > 1 else 0.0
                    together[note.start] = shift
                self._strike(dry, note, max(note.start + together[note.start], 0.0), bent, rng)
            hum = rng.standard_normal(dry.size).astype(np.float32) * np.float32(2e-4)
            out += self.amplifier.play(dry + hum)[: out.size]
        return out / np.float32(self.takes)

    def _strike(
        self, dry: Sound, note: Note, start: float, bent: float, rng: np.random.Generator
    ) -> None:
        hertz = 440 * 2 ** ((note.pitch + bent - 69) / 12)
        at, period = round(start * RATE), RATE / hertz
        size = min(round((note.length + RELEASE) * RATE), dry.size - at)
        if size < 64:
            return
        if note.muted:
            seconds, blend = self.muted * (60 / note.pitch) ** 0.5, 0.5
        else:
            seconds, blend = float(np.clip(6 * (40 / note.pitch) ** 1.5, 0.8, 6)), 0.12
        loss = float(np.exp(-period / RATE / seconds))
        burst = rng.uniform(-1, 1, int(period) + 2).astype(np.float32)
        keep = np.float32(self.dark * (1.2 - 0.4 * note.velocity))
        wobble = self.vibrato if note.length > 0.25 else 0.0
        _pluck(dry, at, size, period, loss, blend, burst, min(keep, np.float32(0.95)),
               np.float32(note.velocity), round(RELEASE * RATE), wobble)  # fmt: skip


def _kernel(function: Any) -> Any:
    return numba.njit(cache=True)(function)


@_kernel
def _pluck(
    out: Any, at: int, size: int, period: float, loss: float, blend: float, burst: Any,
    dark: float, level: float, release: int, wobble: float,
) -> None:  # fmt: skip
    """Add a plucked string (Karplus and Strong, 1983) with a length between samples."""
    room = int(period * 1.1) + 4
    line = np.zeros(room, np.float32)
    soft = 0.0
    last = 0.0
    for i in range(size):
        length = period
        if wobble > 0.0 and i > 8000:
            length = period * (1.0 + 0.058 * wobble * np.sin(2 * np.pi * 5.5 * i / 44100.0))
        whole = int(length)
        part = length - whole
        one = line[(i - whole) % room]
        two = line[(i - whole - 1) % room]
        back = one + part * (two - one)
        value = loss * ((1.0 - blend) * back + blend * last)
        last = back
        if i < burst.size:
            soft = dark * soft + (1.0 - dark) * burst[i]
            value += soft
        line[i % room] = value
        gain = level
        if i > size - release:
            gain = level * (size - i) / release
        out[at + i] += gain * value
