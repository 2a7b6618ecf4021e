"""Synthesisers of dance music: `Synth`, `riser`, and filters that open over a piece, `swept`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from training.fluid import RATE
from training.score import Part

Sound = NDArray[np.float32]
KINDS = {
    "arp": ("pluck", "square", "acid", "supersaw", "bell"),
    "stab": ("supersaw", "supersaw", "organ", "square"),
    "gate": ("supersaw", "square", "organ"),
    "sub": ("reese", "acid", "sine", "square"),
    "wobble": ("wobble",),
    "hook": ("supersaw", "square", "pluck", "bell"),
}
"""Roles and what they may be played with."""
CUTOFFS = (180.0, 450.0, 1100.0, 2700.0, 6500.0)
"""Hz of the low passes that a sweep fades between; above the last the sound is open."""


@dataclass(frozen=True)
class Synth:
    """An instrument."""

    kind: str
    attack: float
    """Seconds."""
    decay: float
    """Seconds to 1/e of the wave and of its filter."""
    bright: float
    """Hz of the filter at a note's start."""
    voices: int
    spread: float
    """Semitones between the outer oscillators."""
    rate: float
    """Cycles of a wobble in a note."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, role: str) -> "Synth":
        """An instrument that may play `role`, one of `KINDS`."""
        kind = str(rng.choice(KINDS[role]))
        short = kind in ("pluck", "acid", "bell") or role == "arp"
        return cls(
            kind,
            attack=float(rng.uniform(0.001, 0.012)),
            decay=float(rng.uniform(0.06, 0.4) if short else rng.uniform(0.3, 3.0)),
            bright=float(np.exp(rng.uniform(*np.log((700, 12_000))))),
            voices=int(rng.choice([3, 5, 7])),
            spread=float(rng.uniform(0.1, 0.5)),
            rate=float(rng.choice([1, 2, 3, 4, 6])),
        )

    def play(self, part: Part, end: float, rng: np.random.Generator) -> Sound:
        """A part, shape (end × RATE,), its sweep included."""
        out = np.zeros(round(end * RATE) + 8 * RATE, np.float32)
        made: dict[tuple[int, int], Sound] = {}
        for note in part.notes:
            key = (note.pitch, max(1, round(min(note.length, 6.0) / 0.04)))
            if key not in made:
                made[key] = self.sound(note.pitch, key[1] * 0.04, rng)
            at = round(note.start * RATE)
            sound = made[key][: out.size - at]
            out[at : at + sound.size] += np.float32(note.velocity) * sound
        return swept(out[: round(end * RATE)], part.sweep)

    def sound(self, pitch: int, length: float, rng: np.random.Generator) -> Sound:
        """One note with its release."""
        t = np.arange(round((length + 0.05) * RATE)) / RATE
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        wave = self._wave(hertz, t, rng)
        if self.kind == "wobble":
            sway = 0.5 - 0.5 * np.cos(2 * np.pi * self.rate * t / max(length, 0.05))
            dark = sosfilt(butter(2, max(2 * hertz, 120), fs=RATE, output="sos"), wave)
            wave = np.tanh(3 * ((1 - sway) * dark + sway * wave))
        elif self.kind in ("pluck", "acid", "reese", "supersaw"):
            dark = sosfilt(butter(2, min(max(self.bright / 4, 2 * hertz), 9000.0), fs=RATE,
                                  output="sos"), wave)  # fmt: skip
            opened = np.exp(-t / (0.6 * self.decay))
            wave = opened * wave + (1 - opened) * dark
        shape = np.minimum(t / self.attack, 1) * np.clip((length + 0.05 - t) / 0.05, 0, 1)
        if self.kind not in ("wobble", "reese"):
            shape = shape * np.exp(-t / self.decay)
        return np.asarray(0.3 * wave * shape, np.float32)

    def _wave(
        self, hertz: float, t: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        if self.kind == "sine":
            return np.asarray(np.tanh(2 * np.sin(2 * np.pi * hertz * t)))
        if self.kind == "bell":
            ring = np.sin(2 * np.pi * 3.5 * hertz * t) * np.exp(-t / 0.15)
            return np.asarray(np.sin(2 * np.pi * hertz * t + 2 * ring))
        if self.kind == "organ":
            return np.asarray(
                sum(np.sin(2 * np.pi * h * hertz * t) / h for h in (1, 2, 3, 4)) / 1.5
            )
        if self.kind == "square":
            duty = float(rng.choice([0.5, 0.25, 0.125]))
            return np.where((hertz * t) % 1 < duty, 1.0, -1.0)
        detuned = np.linspace(-self.spread / 2, self.spread / 2, self.voices)
        if self.kind in ("reese", "wobble", "acid"):
            detuned = detuned[:: max(self.voices // 2, 1)]
        wave = np.zeros(t.size)
        for cents in detuned:
            wave += 2 * ((hertz * 2 ** (cents / 12) * t + rng.random()) % 1) - 1
        return np.asarray(wave / np.sqrt(detuned.size))


def swept(sound: Sound, sweep: tuple[tuple[float, float], ...]) -> Sound:
    """Through a low pass whose opening, 0 to 1, goes through (second, opening) points."""
    if not sweep:
        return sound
    at, opening = np.array(sweep).T
    places = np.interp(np.arange(sound.size) / RATE, at, opening) * len(CUTOFFS)
    out = np.zeros(sound.size, np.float32)
    for i in range(len(CUTOFFS) + 1):
        share = np.clip(1 - np.abs(places - i), 0, 1).astype(np.float32)
        if share.any():
            heard = sound
            if i < len(CUTOFFS):
                heard = sosfilt(butter(2, CUTOFFS[i], fs=RATE, output="sos"), sound)
            out += share * np.asarray(heard, np.float32)
    return out


def riser(part: Part, end: float, rng: np.random.Generator) -> Sound:
    """Noise that rises over each note, or falls away from the start of one marked as damped."""
    out = np.zeros(round(end * RATE), np.float32)
    for note in part.notes:
        size = min(round(note.length * RATE), out.size - round(note.start * RATE))
        if size < RATE // 10:
            continue
        rise = np.linspace(0, 1, size) ** float(rng.uniform(1, 2.5))
        hiss = rng.standard_normal(size).astype(np.float32)
        sound = swept(hiss, ((0.0, 0.1), (size / RATE, 1.0)))
        if rng.random() < 0.5:
            turn = 2 * np.pi * np.cumsum(100 * 2 ** (5 * rise)) / RATE
            sound = sound + np.float32(0.5) * np.sin(turn).astype(np.float32)
        sound = sound * rise.astype(np.float32)
        at = round(note.start * RATE)
        out[at : at + size] += np.float32(note.velocity) * (sound[::-1] if note.muted else sound)
    return out
