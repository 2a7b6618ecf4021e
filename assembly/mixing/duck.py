"""The source's sound goes down under the new one: `Ducking`."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import sosfilt

from songreel.assembly.mixing.stem import RATE, Block
from songreel.sound.meter import k_weighting, lufs

STEP = RATE // 100
"""Samples of a step, 10 ms."""
HEARD = 5
"""Steps over which the new sound's level is taken, 50 ms: a period of 20 Hz, and no syllable."""
UNDER = 20.0
"""LU under its own mean level at which the new sound counts as silent; from half of that on it is
wholly there. Its own level decides, so that a stem's gain does not change when the source gives
way."""
FLOOR = -60.0
"""LUFS under which nothing counts as sounding, however quiet the rest is."""
ATTACK = 20
"""Steps in which the source goes down, 200 ms. It is down when the new sound begins: the mix knows
what comes."""
HOLD = 50
"""Steps for which it stays down after the new sound, 500 ms: the pauses between words, steps and
beats do not make it pump."""
RELEASE = 80
"""Steps in which it comes up again from the bottom, 800 ms."""


class Ducking:
    """Gain of the source's sound, from the new sound's level.

    Args:
        new: The new sound, in blocks of shape (2, n).
        by: dB by which the source goes down where the new sound is wholly there.
    """

    def __init__(self, new: Iterable[Block], by: float) -> None:
        self.envelope = -by * _depth(_levels(new))
        """DB at the start of each step, shape (n,)."""

    def ducked(self, block: Block, at: int) -> Block:
        """The source's `block`, whose first sample is sample `at` of the film, turned down."""
        first, last = at // STEP, (at + block.shape[1]) // STEP + 2
        steps = np.arange(first, last)
        held = self.envelope[np.minimum(steps, self.envelope.size - 1)]
        if not held.any():
            return block
        places = np.arange(at, at + block.shape[1]) / STEP
        gains = np.interp(places, steps, 10 ** (held / 20))
        return np.asarray(block * gains.astype(np.float32), np.float32)


def _levels(new: Iterable[Block]) -> NDArray[np.float64]:
    """K-weighted power of the new sound in each step, shape (n,)."""
    weighting = k_weighting(RATE)
    state = np.zeros((weighting.shape[0], 2, 2))
    found: list[NDArray[np.float64]] = []
    rest = np.zeros(0)
    for block in new:
        heard, state = sosfilt(weighting, block.astype(np.float64), zi=state)
        power = np.concatenate([rest, np.square(heard).sum(axis=0)])
        whole = power.size - power.size % STEP
        found.append(power[:whole].reshape(-1, STEP).mean(axis=1))
        rest = power[whole:]
    if rest.size:
        found.append(np.array([rest.sum() / STEP]))
    return np.concatenate([*found, np.zeros(1)])


def _depth(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far down the source is in each step, 0 to 1."""
    kernel = np.ones(HEARD) / HEARD
    levels = lufs(np.maximum(np.convolve(powers, kernel, "same"), 0))
    sounding = levels > FLOOR
    if not sounding.any():
        return np.zeros(powers.size)
    mean = 10 * np.log10((10 ** (levels[sounding] / 10)).mean())
    least = max(mean - UNDER, FLOOR)
    there = np.clip((levels - least) / (UNDER / 2), 0, 1)
    # Steps before the film's start, for a source that is down when the film begins.
    there = np.concatenate([np.full(ATTACK, there[0]), there])
    # The most within `HOLD` before and `ATTACK` after; then up again in a straight line of dB …
    size = HOLD + ATTACK + 1
    held = maximum_filter1d(there, size, mode="nearest", origin=size // 2 - ATTACK)
    falls = np.arange(held.size) / RELEASE
    falling = np.maximum.accumulate(held + falls) - falls
    # … and a running mean over `ATTACK` takes out the corners: never later than it is needed.
    window = np.hanning(ATTACK + 3)[1:-1]
    return np.asarray(np.convolve(falling, window / window.sum(), "valid")[: powers.size])
