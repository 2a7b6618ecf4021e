"""Click tracks and drum patterns made in code, with the truth known because it was made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 24_000

ACCENTS = {
    "2/4": (1.0, 0.5),
    "3/4": (1.0, 0.5, 0.5),
    "4/4": (1.0, 0.5, 0.5, 0.5),
    "5/4": (1.0, 0.5, 0.5, 0.5, 0.5),
    "6/8": (1.0, 0.5, 0.5, 0.7, 0.5, 0.5),
}
"""Level of each click of a bar."""


@dataclass(frozen=True)
class ClickTrack:
    """Sound and truth: `mono` at 24 kHz, `beats` and `downbeats` in seconds."""

    mono: NDArray[np.float32]
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    bpm: float


def click(frequency: float = 1000.0, seconds: float = 0.03) -> NDArray[np.float64]:
    """A decaying sine whose first sample is its onset."""
    t = np.arange(int(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * frequency * t + 0.5) * np.exp(-t / (seconds / 5))


def place(
    out: NDArray[np.float64], sound: NDArray[np.float64], second: float, level: float = 1.0
) -> None:
    """Add `sound` to `out` from `second` on, as far as it fits."""
    start = round(second * RATE)
    stop = min(start + sound.size, out.size)
    if start < stop:
        out[start:stop] += level * sound[: stop - start]


def click_track(
    bpm: float, meter: str = "4/4", seconds: float = 30.0, start: float = 0.35
) -> ClickTrack:
    """A click on every beat of `meter` (every eighth of 6/8), bar starts accented."""
    beats = np.arange(start, seconds - 0.05, 60 / bpm)
    accents = ACCENTS[meter]
    out = np.zeros(round(seconds * RATE))
    for i, beat in enumerate(beats):
        place(out, click(), beat, 0.8 * accents[i % len(accents)])
    return ClickTrack(out.astype(np.float32), beats, beats[:: len(accents)], bpm)


def drum_track(
    bpm: float, bars: int = 16, start: float = 0.5, seed: int = 1, swing: float = 0.5
) -> ClickTrack:
    """Rock in 4/4: kick on 1 and 3, snare on 2 and 4, hats on beats and `swing` of the way."""
    rng = np.random.default_rng(seed)
    period = 60 / bpm
    beats = start + np.arange(4 * bars) * period
    out = np.zeros(round((beats[-1] + 2) * RATE))
    t = np.arange(round(0.25 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (50 * t + 8 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08)
    noise = rng.standard_normal(t.size)
    snare = (0.7 * noise + 0.5 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.06)
    hat = np.diff(noise, n=2, append=(0, 0)) * np.exp(-t / 0.02)
    for i, beat in enumerate(beats):
        place(out, snare if i % 2 else kick, beat, 0.4 if i % 2 else 0.7)
        place(out, hat, beat, 0.05)
        place(out, hat, beat + swing * period, 0.05)
    return ClickTrack(out.astype(np.float32), beats, beats[::4], bpm)
