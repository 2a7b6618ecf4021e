"""Pitched sounds synthesised in code: `Tone`, from plucked strings to saws and organs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from training.fluid import RATE
from training.score import Part

Sound = NDArray[np.float32]
KINDS = ("pluck", "saw", "square", "organ", "bell", "voice")
MOST_SECONDS = 4.0
"""A note is cut after these."""


@dataclass(frozen=True)
class Tone:
    """An instrument."""

    kind: str
    """One of `KINDS`."""
    attack: float
    """Seconds."""
    decay: float
    """Seconds to 1/e."""
    cutoff: float
    """Hz of the low pass."""
    spread: float
    """Relative detuning of its two oscillators."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, role: str) -> "Tone":
        """An instrument that may play `role`."""
        if role == "guitar":
            kind = "pluck" if rng.random() < 0.7 else "saw"
        elif role == "pad":
            kind = str(rng.choice(["saw", "organ", "voice"]))
        elif role == "bass":
            kind = str(rng.choice(["saw", "square", "organ", "pluck"]))
        else:
            kind = str(rng.choice(KINDS))
        soft = role == "pad" or kind == "voice"
        return cls(
            kind,
            attack=float(rng.uniform(0.02, 0.15) if soft else rng.uniform(0.001, 0.008)),
            decay=float(np.exp(rng.uniform(*np.log((0.2, 3.0))))),
            cutoff=float(np.exp(rng.uniform(*np.log((500, 9000))))),
            spread=float(rng.uniform(0, 0.008)),
        )

    def play(self, part: Part, end: float, rng: np.random.Generator) -> Sound:
        """A part, shape (end × RATE,)."""
        out = np.zeros(round(end * RATE) + round(5 * RATE), np.float32)
        made: dict[tuple[int, int], Sound] = {}
        for note in part.notes:
            # Lengths in steps of 50 ms: few different sounds have to be made.
            key = (note.pitch, max(1, round(min(note.length, MOST_SECONDS) / 0.05)))
            if key not in made:
                made[key] = self.sound(key[0], key[1] * 0.05, rng)
            sound = made[key]
            at = round(note.start * RATE)
            if at + sound.size <= out.size:
                out[at : at + sound.size] += np.float32(note.velocity) * sound
        return out[: round(end * RATE)]

    def sound(self, pitch: int, length: float, rng: np.random.Generator) -> Sound:
        """One note with its release."""
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        t = np.arange(round((length + 0.08) * RATE)) / RATE
        if self.kind == "pluck":
            wave = _string(rng, hertz, t.size)
        else:
            wave = self._wave(hertz, t) + self._wave(hertz * (1 + self.spread), t)
        if self.kind in ("saw", "square", "pluck"):
            low = butter(2, min(max(self.cutoff, 2 * hertz), 18_000), fs=RATE, output="sos")
            wave = sosfilt(low, wave)
        shape = np.minimum(t / self.attack, 1.0) * np.exp(-t / self.decay)
        shape *= np.clip((length + 0.08 - t) / 0.08, 0, 1)
        return np.asarray(0.3 * wave * shape, np.float32)

    def _wave(self, hertz: float, t: NDArray[np.float64]) -> NDArray[np.float64]:
        phase = hertz * t
        if self.kind == "saw":
            return np.asarray(2 * (phase % 1) - 1)
        if self.kind == "square":
            return np.asarray(np.sign(np.sin(2 * np.pi * phase)))
        if self.kind == "organ":
            return np.asarray(sum(np.sin(2 * np.pi * h * phase) / h for h in (1, 2, 3, 4, 6)) / 2)
        if self.kind == "bell":
            return np.sin(2 * np.pi * phase + 2 * np.exp(-t / 0.3) * np.sin(7 * np.pi * phase))
        vibrato = 0.012 * np.sin(2 * np.pi * 5.3 * t) * np.minimum(t / 0.4, 1) / 5.3 * hertz
        voiced = phase + vibrato
        return np.asarray(sum(np.sin(2 * np.pi * h * voiced) / h**1.3 for h in range(1, 9)))


def _string(rng: np.random.Generator, hertz: float, size: int) -> NDArray[np.float64]:
    """A plucked string (Karplus and Strong, Computer Music Journal, 1983)."""
    delay = max(2, round(RATE / hertz - 0.5))
    burst = np.zeros(size)
    burst[: min(delay, size)] = rng.uniform(-1, 1, min(delay, size))
    loop = np.zeros(delay + 2)
    loop[0], loop[delay], loop[delay + 1] = 1.0, -0.498, -0.498
    return np.asarray(1.5 * lfilter([1.0], loop, burst))
