"""What is struck and rings in partials: piano, harp-like bars, bells, kettledrums."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from songreel.sound.compiled import compiled
from songreel.sound.instruments.notes import Stereo, hertz
from songreel.sound.instruments.sampled import LAYERS, ended

_FLOOR = 5e-4
"""Level of a partial (−66 dB) below which it is no longer computed."""


@dataclass(frozen=True, kw_only=True)
class Modal:
    """A sound of decaying partials. Times in seconds for A4."""

    ratios: tuple[float, ...] = ()
    """Of the partials to the pitch; none: those of a stiff string."""
    levels: tuple[float, ...] = ()
    """Of the partials in `ratios`, at full strength."""
    tilt: float = 1.0
    """Partial k of a string has level 1/k to this power at full strength."""
    soft: float = 1.2
    """How much steeper that is at the softest."""
    strike: float = 0.12
    """Where a string is struck, as a share of its length: partials with a node there are weak."""
    decay: float = 1.0
    """To 1/e, of the fundamental."""
    track: float = 0.6
    """An octave up it is 2^−track times as long."""
    damp: float = 0.12
    """How much faster each higher partial dies."""
    strings: float = 0.0
    """Cents between two strings of a note: they beat, and leave a second, slower decay."""
    knock: float = 0.0
    """Level of the hammer's noise."""
    knock_hz: float = 900.0
    longest: float = 5.0
    wide: float = 0.35
    """How far partials stand left and right of the note's place."""
    spread: float = 0.25
    """How far low notes stand left and high ones right."""


@compiled
def _ring(
    out: NDArray[np.float64],
    turns: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    taus: NDArray[np.float64],
    floor: float,
) -> None:
    """Add decaying sines to `out`, shape (2, n); `turns` in radians a sample, `taus` in samples."""
    # Two at a time: each step of one waits for its last, and the other fills the wait.
    for k in range(0, turns.size - 1, 2):
        one = np.sqrt(left[k] ** 2 + right[k] ** 2)
        two = np.sqrt(left[k + 1] ** 2 + right[k + 1] ** 2)
        last = max(
            taus[k] * np.log(max(one / floor, 1.0)), taus[k + 1] * np.log(max(two / floor, 1.0))
        )
        c, s = np.cos(turns[k]), np.sin(turns[k])
        d, t = np.cos(turns[k + 1]), np.sin(turns[k + 1])
        shrink, shrivel = np.exp(-1.0 / taus[k]), np.exp(-1.0 / taus[k + 1])
        c, s, d, t = c * shrink, s * shrink, d * shrivel, t * shrivel
        a, b, e, f = left[k], right[k], left[k + 1], right[k + 1]
        x, y, u, v = 1.0, 0.0, 1.0, 0.0  # sines: from zero, without a click
        for i in range(min(out.shape[1], int(last))):
            out[0, i] += a * y + e * v
            out[1, i] += b * y + f * v
            x, y = x * c - y * s, x * s + y * c
            u, v = u * d - v * t, u * t + v * d


def _stiffness(pitch: int) -> float:
    """Inharmonicity of a piano string, about 2e-4 at A2 and 8e-4 at A4, 4e-3 at A6.

    Read off the curves of Fletcher and Rossing, The Physics of Musical Instruments, ch. 12.
    """
    return float(8e-4 * 2.0 ** ((pitch - 69) / 11))


@lru_cache(maxsize=160)
def strike_modal(sound: Modal, pitch: int, layer: int, rate: int) -> Stereo:
    """One note of `sound`, as `Sampled.take` wants it."""
    strength = (layer + 0.5) / LAYERS
    frequency = hertz(pitch)
    if sound.ratios:
        ratio = np.asarray(sound.ratios)
        # A softer mallet speaks in lower partials.
        level = np.asarray(sound.levels) * ratio ** (-sound.soft * (1 - strength))
    else:
        k = np.arange(1, min(32, int(0.4 * rate / frequency)) + 1)
        ratio = k * np.sqrt(1 + _stiffness(pitch) * k**2)
        level = np.asarray(k, np.float64) ** -(sound.tilt + sound.soft * (1 - strength))
        level *= np.abs(np.sin(np.pi * k * sound.strike)) + 0.08
        level *= 1.6 / np.sqrt((level**2).sum())
    audible = ratio * frequency < 0.42 * rate
    ratio, level = ratio[audible], level[audible]
    tau = sound.decay * (440.0 / frequency) ** sound.track
    taus = tau / (1 + sound.damp * (ratio - 1))
    draw = np.random.RandomState(pitch)
    side = sound.spread * np.clip((pitch - 62) / 30, -1, 1)
    places = np.clip(side + sound.wide * draw.uniform(-1, 1, ratio.size), -1, 1)
    turns = 2 * np.pi * ratio * frequency / rate
    if sound.strings:
        apart = 2 ** (sound.strings / 2400)
        turns = np.concatenate((turns / apart, turns * apart))
        level = np.concatenate((0.8 * level, 0.28 * level))
        taus = np.concatenate((taus, 2.6 * taus))
        places = np.concatenate((places, -places))
    # The longest together, so that two at a time end together.
    order = np.argsort(-taus * np.log(np.maximum(np.abs(level) / _FLOOR, 1.0)), kind="stable")
    turns, level, taus, places = turns[order], level[order], taus[order], places[order]
    if order.size % 2:
        turns, level = np.append(turns, 0.0), np.append(level, 0.0)
        taus, places = np.append(taus, taus[-1]), np.append(places, 0.0)
    angle = (places + 1) * np.pi / 4
    count = round(min(sound.longest, 6.5 * float(taus.max())) * rate)
    out = np.zeros((2, count))
    _ring(out, turns, level * np.cos(angle), level * np.sin(angle), taus * rate, _FLOOR)
    if sound.knock:
        out[:, : round(0.12 * rate)] += _knock(sound, strength, rate, draw)[:, :count]
    onset = round(0.0015 * rate)
    out[:, :onset] *= np.linspace(0, 1, onset)
    return np.asarray(ended(out, rate, 0.25), np.float32)


def _knock(
    sound: Modal, strength: float, rate: int, draw: np.random.RandomState
) -> NDArray[np.float64]:
    """The noise of a hammer or mallet: short, in both ears, darker when soft."""
    t = np.arange(round(0.12 * rate)) / rate
    noise = draw.standard_normal((2, t.size))
    noise[1] = 0.6 * noise[0] + 0.8 * noise[1]
    top = sound.knock_hz * (0.5 + 1.5 * strength)
    sos = butter(2, [90, min(top, 0.4 * rate)], "bandpass", fs=rate, output="sos")
    level = sound.knock * (0.3 + 0.7 * strength)
    return np.asarray(level * sosfilt(sos, noise) * np.exp(-t / 0.014) * np.minimum(t / 0.001, 1))


PIANO = Modal(
    decay=0.95, track=0.62, damp=0.2, strings=0.9, knock=0.5, tilt=0.75, soft=1.5, longest=4.0
)
FELT = Modal(
    decay=0.75, track=0.6, damp=0.3, strings=1.4, knock=0.9, knock_hz=600, tilt=1.5, soft=1.4
)
MARIMBA = Modal(
    ratios=(1, 3.93, 9.6), levels=(1, 0.28, 0.06), decay=0.28, damp=0.5, knock=0.5, longest=1.6
)
VIBRAPHONE = Modal(ratios=(1, 4.0, 10.1), levels=(1, 0.16, 0.04), decay=1.4, damp=0.3)
CELESTA = Modal(ratios=(1, 2, 4.02, 6.1), levels=(1, 0.22, 0.2, 0.05), decay=0.9, damp=0.35)
KALIMBA = Modal(
    ratios=(1, 2.01, 5.4, 8.2), levels=(1, 0.12, 0.12, 0.03), decay=0.5, damp=0.7, knock=0.5
)
CHIMES = Modal(
    ratios=(0.5, 1, 1.19, 1.5, 2, 2.74, 3.76), levels=(0.25, 1, 0.35, 0.2, 0.5, 0.25, 0.15),
    decay=1.6, damp=0.25,
)  # fmt: skip
"""Ratios of bars and bells: Fletcher and Rossing, chapters 19 and 21."""
