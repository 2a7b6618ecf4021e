"""The drum kit: every drum synthesised, and struck where the drummer says."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from songreel.sound.instruments.notes import Clock, Hit, Stereo

Mono = NDArray[np.float64]

PANS = {
    "kick": 0.0, "snare": 0.0, "clap": 0.06, "rim": -0.3, "roll": 0.0, "hat": 0.26, "open": 0.22,
    "shaker": -0.34, "ride": 0.32, "crash": -0.15, "tom_high": -0.4, "tom_mid": 0.05,
    "tom_low": 0.42, "boom": 0.0, "taiko": 0.0, "swell": 0.0,
}  # fmt: skip
"""Place of each drum, −1 left to 1 right, as the audience sees a kit."""
TAKES = 4
"""Different strokes of each noisy drum, so that none sounds like a machine gun."""


def _time(length: float, rate: int) -> Mono:
    return np.arange(round(length * rate)) / rate


def _noise(t: Mono, seed: int) -> Mono:
    return np.random.RandomState(seed).standard_normal(t.size)


def _band(x: Mono, low: float | None, high: float | None, rate: int, order: int = 2) -> Mono:
    """`x` between `low` and `high` Hz, by a Butterworth filter."""
    top = 0.45 * rate
    if low and high:
        sos = butter(order, [low, min(high, top)], "bandpass", fs=rate, output="sos")
    elif low:
        sos = butter(order, low, "highpass", fs=rate, output="sos")
    else:
        sos = butter(order, min(high or top, top), "lowpass", fs=rate, output="sos")
    return np.asarray(sosfilt(sos, x), np.float64)


def _falling(t: Mono, high: float, low: float, tau: float) -> Mono:
    """Phase of a sine that falls from `high` to `low` Hz with time constant `tau`."""
    return np.asarray(2 * np.pi * (low * t + (high - low) * tau * (1 - np.exp(-t / tau))))


def _end(x: Mono, rate: int, fade: float = 0.01) -> Mono:
    """Let `x` end at zero."""
    n = min(round(fade * rate), x.size)
    x[-n:] *= np.linspace(1, 0, n)
    return x


def kick(rate: int, _take: int = 0) -> Mono:
    """A round kick that settles on G1, 49 Hz, a note of the key."""
    t = _time(0.42, rate)
    body = np.sin(_falling(t, 210, 49, 0.028)) * np.exp(-np.maximum(t - 0.05, 0) / 0.07)
    body = np.tanh(1.8 * body) / np.tanh(1.8)
    knock = np.sin(_falling(t, 1500, 320, 0.008)) * np.exp(-t / 0.012)
    beater = _band(_noise(t, 11), 1500, 8000, rate) * np.exp(-t / 0.005)
    x = body * np.minimum(t / 0.0006, 1) + 0.3 * knock + 0.42 * beater
    return _end(x, rate, 0.06)


def snare(rate: int, take: int) -> Mono:
    """Two modes of the head and the rattle under it."""
    t = _time(0.32, rate)
    head = np.sin(_falling(t, 250, 186, 0.02)) * np.exp(-t / 0.055)
    head += 0.5 * np.sin(_falling(t, 420, 331, 0.015)) * np.exp(-t / 0.035)
    rattle = _band(_noise(t, 20 + take), 1400, 9000, rate)
    rattle *= 1.1 * np.exp(-t / 0.01) + 0.5 * np.exp(-t / 0.075)
    return _end((0.62 * head + 0.55 * rattle) * np.minimum(t / 0.0004, 1), rate, 0.05)


def roll(rate: int, take: int) -> Mono:
    """A snare struck short, for rolls."""
    x = snare(rate, take)
    t = np.arange(x.size) / rate
    return np.asarray(x * np.exp(-t / 0.07))


def clap(rate: int, take: int) -> Mono:
    """Hands that are not quite together."""
    t = _time(0.36, rate)
    x = _band(_noise(t, 30 + take), 900, 5200, rate)
    envelope = np.zeros_like(t)
    for late, level, tau in ((0, 1.1, 0.005), (0.010, 0.7, 0.006), (0.021, 1.0, 0.07)):
        after = t - late
        envelope += np.where(after >= 0, level * np.exp(-np.maximum(after, 0) / tau), 0)
    return _end(0.55 * x * envelope, rate, 0.05)


def rim(rate: int, take: int) -> Mono:
    """Stick on the rim."""
    t = _time(0.1, rate)
    x = np.sin(2 * np.pi * 1640 * t) * np.exp(-t / 0.010)
    x += 0.7 * np.sin(2 * np.pi * 780 * t) * np.exp(-t / 0.018)
    return _end(0.5 * x + 0.12 * _band(_noise(t, 40 + take), 2500, 8000, rate) * np.exp(-t / 0.012),
                rate)  # fmt: skip


def _metal(t: Mono, base: float) -> Mono:
    """Six squares that share no period: the source of analogue cymbals."""
    ratios = (1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523)
    x = np.zeros_like(t)
    for r in ratios:
        # Fourth-harmonic-limited squares: full ones alias into a whistle.
        turn = 2 * np.pi * base * r * t
        x += np.sin(turn) + np.sin(3 * turn) / 3 + np.sin(5 * turn) / 5
    return x / 3


def _cymbal(
    rate: int, seed: int, length: float, tau: float, low: float, high: float, metal: float
) -> Mono:
    t = _time(length, rate)
    x = metal * _metal(t, 1870.0) + _noise(t, seed)
    x = _band(x, low, high, rate)
    return _end(x * np.exp(-t / tau) * np.minimum(t / 0.0008, 1), rate, min(0.2, length / 4))


def hat(rate: int, take: int) -> Mono:
    """Closed hi-hat."""
    return 0.42 * _cymbal(rate, 50 + take, 0.12, 0.022, 6800, 14500, 0.9)


def open_hat(rate: int, take: int) -> Mono:
    """Open hi-hat, closed again by the next beat."""
    return 0.34 * _cymbal(rate, 60 + take, 0.25, 0.085, 6200, 14000, 0.9)


def shaker(rate: int, take: int) -> Mono:
    """Beads that take a moment to arrive."""
    t = _time(0.1, rate)
    x = _band(_noise(t, 70 + take), 5200, 12500, rate)
    return _end(0.4 * x * np.minimum(t / 0.008, 1) * np.exp(-t / 0.026), rate, 0.03)


def ride(rate: int, take: int) -> Mono:
    """Ride cymbal: a ping over a low wash."""
    t = _time(0.7, rate)
    ping = np.sin(2 * np.pi * 4870 * t) + 0.7 * np.sin(2 * np.pi * 3410 * t)
    wash = _cymbal(rate, 80 + take, 0.7, 0.22, 4500, 12000, 0.7)
    return _end(0.10 * ping * np.exp(-t / 0.06) + 0.16 * wash, rate, 0.2)


def crash(rate: int, take: int) -> Mono:
    """Crash cymbal: bright at first, then a long darker wash."""
    bright = _cymbal(rate, 90 + take, 2.6, 0.28, 4200, 13500, 0.35)
    dark = _cymbal(rate, 90 + take, 2.6, 0.75, 1800, 7500, 0.25)
    return 0.26 * bright + 0.20 * dark


def _tom(rate: int, pitch: float, seed: int) -> Mono:
    """A tom; the three are tuned to A, E and A: most fills lie over the dominant."""
    t = _time(0.55, rate)
    x = np.sin(_falling(t, pitch * 1.6, pitch, 0.04)) * np.exp(-t / 0.15)
    x += 0.12 * _band(_noise(t, seed), 500, 4000, rate) * np.exp(-t / 0.02)
    return _end(0.85 * x * np.minimum(t / 0.0008, 1), rate, 0.1)


def boom(rate: int, take: int) -> Mono:
    """The blow under a drop: a deep fall and a dark burst."""
    t = _time(2.4, rate)
    x = np.sin(_falling(t, 95, 34, 0.22)) * np.exp(-t / 0.55)
    burst = _band(_noise(t, 100 + take), None, 900, rate) * np.exp(-t / 0.22)
    return _end(0.62 * x * np.minimum(t / 0.004, 1) + 0.5 * burst, rate, 0.5)


def taiko(rate: int, take: int) -> Mono:
    """A big drum in a hall: a low skin, its second mode, and the stick."""
    t = _time(1.1, rate)
    x = np.sin(_falling(t, 98, 62, 0.05)) * np.exp(-t / 0.22)
    x += 0.4 * np.sin(_falling(t, 150, 104, 0.03)) * np.exp(-t / 0.1)
    x += 0.5 * _band(_noise(t, 140 + take), 200, 2400, rate) * np.exp(-t / 0.022)
    return _end(0.9 * x * np.minimum(t / 0.001, 1), rate, 0.3)


SWELL = 1.6
"""Seconds by which a swell comes before what it leads to."""


def swell(rate: int, take: int) -> Mono:
    """A cymbal that rises from nothing for SWELL seconds and is caught."""
    t = _time(SWELL + 0.06, rate)
    x = _band(_noise(t, 150 + take), 1800, 11000, rate)
    x *= (np.minimum(t / SWELL, 1.0) ** 3) * np.where(t < SWELL, 1.0, np.exp(-(t - SWELL) / 0.02))
    return _end(0.22 * x, rate, 0.02)


KIT: dict[str, Callable[[int, int], Mono]] = {
    "kick": kick,
    "snare": snare,
    "clap": clap,
    "rim": rim,
    "roll": roll,
    "hat": hat,
    "open": open_hat,
    "shaker": shaker,
    "ride": ride,
    "crash": crash,
    "tom_high": lambda rate, take: _tom(rate, 220.0, 110 + take),
    "tom_mid": lambda rate, take: _tom(rate, 164.8, 120 + take),
    "tom_low": lambda rate, take: _tom(rate, 110.0, 130 + take),
    "boom": boom,
    "taiko": taiko,
    "swell": swell,
}


@lru_cache(maxsize=64)
def _takes(drum: str, rate: int) -> tuple[list[Mono], list[Mono]]:
    """The strokes of a drum, and the same without their highs."""
    takes = [KIT[drum](rate, take) for take in range(1 if drum == "kick" else TAKES)]
    # One pole at 4 kHz; what it takes away comes back with the velocity.
    pole = np.exp(-2 * np.pi * 4000 / rate)
    return takes, [np.asarray(lfilter([1 - pole], [1, -pole], take)) for take in takes]


def strike_all(hits: Iterable[Hit], drum: str, size: int, rate: int, clock: Clock) -> Stereo:
    """Every stroke of `drum` among `hits`. Shape (2, size).

    Soft strokes are darker ones: a low-pass opens with the velocity.
    """
    out = np.zeros((2, size), np.float32)
    takes, dull = _takes(drum, rate)
    angle = (PANS[drum] + 1) * np.pi / 4
    left, right = np.cos(angle) * 2**0.5, np.sin(angle) * 2**0.5
    for i, hit in enumerate(h for h in hits if h.drum == drum):
        first = round(clock.seconds(hit.beat) * rate)
        take = (i * 7 + i // 3) % len(takes)
        share = min(1.0, 0.35 + 0.75 * hit.velocity)
        x = hit.velocity * (share * takes[take] + (1 - share) * dull[take])
        x = x[: size - first]
        out[0, first : first + x.size] += left * x
        out[1, first : first + x.size] += right * x
    return out
