"""Pitched instruments made in code: `note` gives one note of a voice."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.drums import RATE, Wave

TABLE = 4096
"""Samples of a period's table: rounding its index leaves noise below −60 dB."""


@dataclass(frozen=True)
class Voice:
    """What a note sounds like. Seconds throughout."""

    slope: float
    """Harmonic h has the amplitude h ** −slope."""
    attack: float
    bright: float
    """Time constant of the upper harmonics."""
    dark: float
    """Time constant of the lowest three; 0 for a held sound."""
    release: float
    level: float
    odd: bool = False
    detune: float = 0.0
    """Semitones between two copies."""
    knock: float = 0.0
    """A noise burst at the onset: hammer, pick, breath."""
    drive: float = 0.0
    """Of a distortion, with the fifth and the octave added."""
    most: int = 40
    """Harmonics."""


VOICES = {
    "bass": Voice(1.2, 0.004, 0.12, 0.9, 0.04, 0.5, knock=0.1, most=12),
    "sub": Voice(3.0, 0.006, 0.1, 0.8, 0.05, 0.7, most=3),
    "piano": Voice(1.3, 0.003, 0.25, 1.1, 0.12, 0.28, knock=0.08),
    "epiano": Voice(2.0, 0.004, 0.15, 1.0, 0.1, 0.25, most=8),
    "organ": Voice(1.0, 0.012, 0.0, 0.0, 0.04, 0.12, odd=True, most=9),
    "guitar": Voice(1.1, 0.003, 0.12, 0.7, 0.06, 0.26, knock=0.12, most=24),
    "drive": Voice(0.9, 0.004, 0.0, 0.0, 0.03, 0.2, drive=4.0, most=20),
    "strings": Voice(1.1, 0.09, 0.0, 0.0, 0.25, 0.1, detune=0.12, most=18),
    "pad": Voice(1.4, 0.18, 0.0, 0.0, 0.5, 0.1, detune=0.16, most=14),
    "lead": Voice(1.0, 0.012, 0.0, 0.0, 0.05, 0.13, detune=0.08, most=24),
    "pluck": Voice(1.0, 0.002, 0.05, 0.25, 0.05, 0.26, most=30),
    "flute": Voice(2.2, 0.045, 0.0, 0.0, 0.08, 0.2, knock=0.02, most=6),
    "brass": Voice(0.9, 0.03, 0.0, 0.0, 0.05, 0.15, most=20),
    "choir": Voice(1.5, 0.12, 0.0, 0.0, 0.3, 0.12, detune=0.2, most=10),
    "saw": Voice(1.0, 0.004, 0.0, 0.0, 0.03, 0.14, detune=0.15, most=40),
}


@lru_cache(maxsize=2048)
def note(name: str, pitch: float, seconds: float) -> Wave:
    """One note, shape (n,), at `RATE`; its first sample is the start of its attack.

    Args:
        name: One of `VOICES`.
        pitch: MIDI number.
        seconds: For which it is held; the release follows.
    """
    voice = VOICES[name]
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(round((seconds + voice.release) * RATE)) / RATE
    most = max(1, min(voice.most, int(0.45 * RATE / hertz)))
    copies = (-voice.detune / 2, voice.detune / 2) if voice.detune else (0.0,)
    wave = np.zeros(t.size)
    for copy in copies:
        places = _places(hertz * 2 ** (copy / 12), t)
        low = _period(voice.slope, 1, min(3, most), voice.odd)[places]
        high = _period(voice.slope, 4, most, voice.odd)[places] if most > 3 else 0.0
        if voice.dark:
            wave += low * np.exp(-t / voice.dark) + high * np.exp(-t / voice.bright)
        else:
            wave += low + high
    if voice.drive:
        upper = sum(_period(voice.slope, 1, most, voice.odd)[_places(r * hertz, t)]
                    for r in (1.4983, 2.0))  # fmt: skip
        wave = np.tanh(voice.drive * (wave + upper))
    # A raised cosine: sounds that swell have no corner.
    rise = np.minimum(t / voice.attack, 1.0)
    fall = np.clip((t[-1] - t) / voice.release, 0.0, 1.0)
    wave *= np.sin(0.5 * np.pi * rise) ** 2 * fall
    wave /= np.abs(wave).max() + 1e-12
    if voice.knock:
        burst = np.random.default_rng(round(pitch)).standard_normal(480)
        count = min(480, t.size)
        wave[:count] += voice.knock * (burst * np.exp(-np.arange(480) / 110))[:count]
    return np.asarray(voice.level * wave, np.float32)


def perceived(name: str) -> tuple[float, float]:
    """Earliest and latest seconds after a note's first sample at which it is heard to begin.

    Listeners take a tone to begin where its envelope passes 15 to 6 dB below the maximum (Vos and
    Rasch, The perceptual onset of musical tones, Perception & Psychophysics 29, 1981).
    """
    early, late = (
        VOICES[name].attack * 2 / np.pi * float(np.arcsin(np.sqrt(10 ** (-below / 20))))
        for below in (15, 6)
    )
    return early, late


def _places(hertz: float, t: NDArray[np.float64]) -> NDArray[np.int64]:
    return (hertz * t * TABLE).astype(np.int64) & (TABLE - 1)


@lru_cache(maxsize=512)
def _period(slope: float, first: int, last: int, odd: bool) -> NDArray[np.float64]:
    phase = 2 * np.pi * np.arange(TABLE) / TABLE
    # Phases that do not line up: no peak at every period's start.
    wave = [np.sin(h * phase + 2.4 * h * h) / h**slope
            for h in range(first, last + 1, 2 if odd and first == 1 else 1)]  # fmt: skip
    return np.asarray(np.sum(wave, axis=0)) if wave else np.zeros(TABLE)
