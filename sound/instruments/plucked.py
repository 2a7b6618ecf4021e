"""Strings that are plucked: a delay line that feeds itself (Karplus and Strong, 1983)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from songreel.sound.compiled import compiled
from songreel.sound.instruments.notes import Stereo, hertz
from songreel.sound.instruments.sampled import LAYERS, ended, placed


@dataclass(frozen=True, kw_only=True)
class Plucked:
    """A plucked string on a body."""

    decay: float = 2.0
    """Seconds in which A3 falls by 60 dB; higher notes are shorter."""
    dull: float = 0.5
    """0: the highs ring as long as the lows; 1: they go at once."""
    bright: float = 3500.0
    """Hz above which the pluck at full strength has little."""
    pick: float = 0.16
    """Where it is plucked, as a share of its length."""
    body: tuple[tuple[float, float, float], ...] = ()
    """Resonances of the body: Hz, half width in Hz, level."""
    longest: float = 4.0
    spread: float = 0.35


@compiled
def _loop(
    pluck: NDArray[np.float64], out: NDArray[np.float64], period: float, keep: float, dull: float
) -> None:
    """Let `pluck` run round a string of `period` samples; `keep` is what is left of each turn."""
    # Averaging two samples delays by `dull`, the older one's share; an all-pass does the rest.
    whole = int(period - dull - 0.1)
    part = period - dull - whole
    tune = (1.0 - part) / (1.0 + part)
    line = np.zeros(whole)
    place = 0
    before = 0.0
    x1 = 0.0
    y1 = 0.0
    for i in range(out.size):
        now = line[place]
        smooth = keep * ((1.0 - dull) * now + dull * before)
        before = now
        tuned = tune * smooth + x1 - tune * y1
        x1 = smooth
        y1 = tuned
        value = tuned + (pluck[i] if i < pluck.size else 0.0)
        line[place] = value
        place += 1
        if place == whole:
            place = 0
        out[i] = value


@lru_cache(maxsize=160)
def pluck_string(sound: Plucked, pitch: int, layer: int, rate: int) -> Stereo:
    """One note of `sound`, as `Sampled.take` wants it."""
    strength = (layer + 0.5) / LAYERS
    frequency = hertz(pitch)
    period = rate / frequency
    draw = np.random.RandomState(1000 + pitch)
    burst = draw.uniform(-1, 1, round(period) + 8)
    sos = butter(2, min(sound.bright * (0.3 + 0.9 * strength), 0.4 * rate), fs=rate, output="sos")
    burst = sosfilt(sos, np.concatenate((burst, np.zeros(64))))
    # A string plucked at a share of its length lacks the partials with a node there.
    comb = np.zeros(burst.size + round(period * sound.pick) + 1)
    comb[: burst.size] += burst
    comb[-burst.size :] -= burst
    comb /= np.sqrt((comb**2).sum()) / np.sqrt(period)
    seconds = sound.decay * (220.0 / frequency) ** 0.5
    keep = 10 ** (-3.0 / (seconds * frequency))
    out = np.zeros(round(min(sound.longest, 1.1 * seconds + 0.2) * rate))
    _loop(comb * 0.5, out, period, float(keep), 0.5 * sound.dull)
    # A loop has a resonance at 0 Hz too.
    out = lfilter([1, -1], [1, -np.exp(-2 * np.pi * 30 / rate)], out)
    wet = out.copy()
    for hz, wide, level in sound.body:
        band = butter(1, [hz - wide, hz + wide], "bandpass", fs=rate, output="sos")
        wet += level * sosfilt(band, out)
    onset = round(0.0008 * rate)
    wet[:onset] *= np.linspace(0, 1, onset)
    return placed(ended(wet, rate, 0.2), sound.spread * float(np.clip((pitch - 60) / 24, -1, 1)))


NYLON = Plucked(decay=2.6, dull=0.75, bright=3000, pick=0.24, body=((105, 18, 1.2), (205, 30, 0.9)))
STEEL = Plucked(decay=4.0, dull=0.35, bright=6500, pick=0.13, body=((110, 20, 0.9), (220, 40, 0.6)))
HARP = Plucked(decay=3.2, dull=0.5, bright=4000, pick=0.4, body=((180, 40, 0.6),), spread=0.6)
PIZZICATO = Plucked(decay=0.7, dull=0.9, bright=2600, pick=0.2, body=((280, 60, 1.0),))
UPRIGHT = Plucked(
    decay=2.4, dull=0.95, bright=1100, pick=0.3, body=((70, 16, 0.8), (130, 30, 0.6)), spread=0.0
)
FINGER = Plucked(decay=3.4, dull=0.8, bright=1900, pick=0.2, spread=0.0)
