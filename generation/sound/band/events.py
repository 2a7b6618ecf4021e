"""Sounds that happen: impacts, whooshes, steps, hearts, clocks, thunder."""

import numpy as np
from numpy.typing import NDArray

from songreel.generation.sound.band.textures import Draw, noise
from songreel.sound.instruments import effects
from songreel.sound.instruments.kit import boom, rim, taiko
from songreel.sound.instruments.notes import Stereo


def _put(out: Stereo, x: NDArray[np.float64], first: int, gain: float, side: float = 0.0) -> None:
    x = x[: max(out.shape[1] - first, 0)] * gain
    angle = (side + 1) * np.pi / 4
    out[0, first : first + x.size] += (np.cos(angle) * x).astype(np.float32)
    out[1, first : first + x.size] += (np.sin(angle) * x).astype(np.float32)


def _wet(x: Stereo, rate: int, share: float, decay: float = 2.2) -> Stereo:
    tail = effects.room(x, rate, decay=decay, wait=0.015, bright=6000, seed=31)
    return np.asarray(x + share * tail, np.float32)


def impact(size: int, rate: int, draw: Draw) -> Stereo:
    """A blow near the start, in a big room."""
    out = np.zeros((2, size), np.float32)
    first = min(round(0.12 * rate), size // 4)
    _put(out, boom(rate, int(draw.randint(4))), first, 1.0)
    _put(out, taiko(rate, int(draw.randint(4))), first, 0.9)
    return _wet(out, rate, 0.4)


def whoosh(size: int, rate: int, draw: Draw) -> Stereo:
    """Something that passes from one side to the other, at the middle of the sound."""
    length = min(size, round(1.6 * rate))
    first = (size - length) // 2
    t = np.linspace(-1, 1, length)
    near = np.exp(-((t / 0.38) ** 2))
    x = effects.swept_band(
        noise(length, draw, 0.8), (250 + 3200 * near).astype(np.float32), 1.2, rate
    )
    side = np.pi / 4 * (1 + np.tanh(2.5 * t * draw.choice([-1, 1])))
    out = np.zeros((2, size), np.float32)
    out[:, first : first + length] = x * near * np.stack((np.cos(side), np.sin(side)))
    return out


def steps(size: int, rate: int, draw: Draw) -> Stereo:
    """Feet on a hard floor, two a second or nearly."""
    out = np.zeros((2, size), np.float32)
    t = np.arange(round(0.12 * rate)) / rate
    every = draw.uniform(0.5, 0.58)
    at, foot = 0.2, 0
    while at * rate < size:
        heel = np.sin(2 * np.pi * draw.uniform(85, 105) * t) * np.exp(-t / 0.018)
        grit = draw.standard_normal(t.size) * (
            np.exp(-t / 0.008) + 0.3 * np.exp(-(((t - 0.05) / 0.02) ** 2))
        )
        _put(
            out, heel + 0.22 * grit, round(at * rate), draw.uniform(0.7, 1.0), 0.15 * (foot * 2 - 1)
        )
        at, foot = at + every * draw.uniform(0.96, 1.04), 1 - foot
    return _wet(effects.low_pass(out, 5000, rate), rate, 0.15, 0.8)


def heart(size: int, rate: int, draw: Draw) -> Stereo:
    """Lub-dub, once a second."""
    out = np.zeros((2, size), np.float32)
    t = np.arange(round(0.25 * rate)) / rate
    lub = np.sin(2 * np.pi * (46 * t + 14 * 0.04 * (1 - np.exp(-t / 0.04)))) * np.exp(-t / 0.055)
    lub *= np.minimum(t / 0.006, 1)
    at = 0.15
    while at * rate < size:
        _put(out, lub, round(at * rate), 1.0)
        _put(out, lub, round((at + 0.27) * rate), 0.65)
        at += draw.uniform(0.96, 1.04)
    return out


def clock(size: int, rate: int, draw: Draw) -> Stereo:
    """Tick and tock."""
    out = np.zeros((2, size), np.float32)
    takes = [rim(rate, int(draw.randint(4))) for _ in range(2)]
    for i in range(int(size / rate * 2) + 1):
        at = round((0.1 + 0.5 * i) * rate)
        if at < size:
            _put(out, takes[i % 2], at, 1.0 if i % 2 else 0.8, 0.1)
    return _wet(out, rate, 0.2, 0.7)


def thunder(size: int, rate: int, draw: Draw) -> Stereo:
    """A crack far away and its rolling."""
    t = np.arange(size) / rate
    out = np.zeros((2, size), np.float32)
    for _ in range(1 + int(size / rate / 9)):
        at = draw.uniform(0.1, max(0.2, t[-1] * 0.6))
        roll = np.zeros(size)
        for late in np.cumsum(draw.exponential(0.5, 6)):
            after = t - at - late
            roll += np.where(
                after > 0, np.exp(-np.maximum(after, 0) / 1.1) * draw.uniform(0.3, 1), 0
            )
        out += effects.low_pass(noise(size, draw, 0.6), 170, rate) * effects.low_pass(
            roll[None].astype(np.float32), 2.5, rate, 1
        )
    return out


def riser(size: int, rate: int, draw: Draw) -> Stereo:
    """Noise and a tone that climb to the end."""
    t = np.linspace(0, 1, size)
    x = effects.swept_band(
        noise(size, draw), (300 * (7000 / 300) ** t).astype(np.float32), 1.0, rate
    )
    turn = 2 * np.pi * np.cumsum(110 * 2.0 ** (2.5 * t)) / rate
    tone = sum(np.sin(k * turn) / k**1.4 for k in range(1, 6))
    return np.asarray(
        (x + 0.12 * np.asarray(tone)) * t**2 * np.minimum((1 - t) * size / (0.03 * rate), 1),
        np.float32,
    )
