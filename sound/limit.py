"""A true-peak limiter that looks ahead: `Limiter`, as the sound streams by, and `limit`."""

from math import log10

import numpy as np
from numpy.typing import NDArray

from songreel.sound.compiled import compiled
from songreel.sound.levels import LEAD, Levels
from songreel.sound.pcm import Samples
from songreel.sound.true_peak import TruePeak

AHEAD = 0.005
"""Seconds before a peak in which the gain goes down, along a curve without kinks."""
HOLD = 0.0125
"""Seconds for which it stays down: half a period of 40 Hz, so that a steady bass note finds a
steady gain and is not bent within its own wave."""
RELEASE = 0.1
"""Seconds after that in which what is left of the reduction falls to 1/e."""
MARGIN = 0.05
"""dB aimed below the ceiling, for a gain that moves between two samples and for meters with other
filters: of noise, clipped noise, tones and clicks that were 10 dB over the ceiling, FFmpeg's meter
read 0.01 dB less than the detector at the most."""
_UNIT = 1 << 32
"""Of reductions as whole numbers: their running sums are exact, however long the film and however
it is cut into blocks, and where nothing is held down the sound comes back bit for bit."""


class Limiter:
    """Keeps the true peak under a ceiling, block by block; all channels get the same gain.

    The detector hears the sound at four times its rate (ITU-R BS.1770-4, annex 2). The gain of
    each sample is the mean, weighted by three running means in a row, of the least gains needed
    within `AHEAD` after and `HOLD` before, so it never exceeds what is needed there. What comes
    out is not delayed: it is given later, but sample for sample what went in.

    Args:
        rate: Samples a second.
        channels: Channels of the blocks to come.
        ceiling: dBTP.
    """

    def __init__(self, rate: int, channels: int, ceiling: float = -1.0) -> None:
        self._most = np.float32(10 ** ((ceiling - MARGIN) / 20))
        self._levels = Levels(rate, channels, float(self._most))
        self._ahead = max(3, round(AHEAD * rate))
        width = self._ahead + 3
        self._boxes = np.array([width // 3, (width + 1) // 3, (width + 2) // 3], np.int64)
        self._window = self._ahead + round(HOLD * rate) + 1
        self._fall = float(np.exp(-1 / (RELEASE * rate)))
        self._waiting = np.zeros((channels, 0), np.float32)
        self._weights = np.ones(0, np.float32)
        self._queue = np.zeros((2, self._window + 1), np.int64)
        self._rings = np.zeros((3, int(self._boxes.max())), np.int64)
        # Head and tail of the queue, levels so far, reduction held, sums of the three means.
        self._state = np.zeros(7, np.int64)
        self._least = 1.0

    @property
    def reduction(self) -> float:
        """By how many dB the gain went down at most so far, ≥ 0."""
        return max(0.0, -20 * log10(self._least)) if self._least > 0 else 120.0

    def push(self, block: Samples, weight: NDArray[np.float32] | None = None) -> Samples:
        """Take the next samples, shape (channels, n), and give those that are ready.

        Args:
            block: The samples.
            weight: Shape (n,), 1 or more: by how much more each of them is turned down than the
                ceiling asks for.
        """
        self._weights = np.concatenate(
            [self._weights, np.ones(block.shape[1], np.float32) if weight is None else weight]
        )
        levels = self._levels.push(block)
        weights, self._weights = np.split(self._weights, [levels.size])
        np.maximum(levels, self._most, out=levels, where=weights > 1)
        levels *= weights
        waiting = np.concatenate([self._waiting, block], axis=1, dtype=np.float32)
        return self._held(waiting, levels)

    def finish(self) -> Samples:
        """The rest: with it as many samples have come out as went in."""
        left = self._waiting.shape[1]
        silence = np.zeros((self._waiting.shape[0], LEAD + self._ahead), np.float32)
        return self.push(silence)[:, :left]

    def _held(self, waiting: Samples, levels: NDArray[np.float32]) -> Samples:
        before = int(self._state[2])
        gains = np.ones(levels.size)
        _gains(levels, self._most, self._window, self._fall, self._boxes,
               self._queue, self._rings, self._state, gains)  # fmt: skip
        gains = gains[max(0, self._ahead - before) :]
        self._waiting = waiting[:, gains.size :].copy()
        if gains.size == 0 or (least := float(gains.min())) >= 1.0:
            return waiting[:, : gains.size]
        self._least = min(self._least, least)
        return np.asarray(waiting[:, : gains.size] * gains, np.float32)


def limit(samples: Samples, rate: int, ceiling: float = -1.0) -> Samples:
    """Keep the true peak of a whole sound at or under `ceiling`; below it nothing changes.

    Args:
        samples: Shape (channels, n), full scale ±1; all channels get the same gain.
        rate: Samples a second.
        ceiling: dBTP.

    Returns:
        A new array of the same shape; the same samples bit for bit where no peak is near.
    """
    wanted, found = ceiling, samples
    for _ in range(3):
        limiter = Limiter(rate, samples.shape[0], wanted)
        found = np.concatenate([limiter.push(samples), limiter.finish()], axis=1)
        meter = TruePeak(rate, samples.shape[0])
        meter.push(found)
        peak = meter.finish()
        over = 20 * log10(peak) - ceiling if peak > 0 else -1.0
        if over <= 0:
            break
        wanted -= over + MARGIN
    return found


@compiled
def _gains(
    levels: NDArray[np.float32],
    most: np.float32,
    window: int,
    fall: float,
    boxes: NDArray[np.int64],
    queue: NDArray[np.int64],
    rings: NDArray[np.int64],
    state: NDArray[np.int64],
    gains: NDArray[np.float64],
) -> None:
    """Gains, each of the sample that lies the look-ahead before its level.

    Args:
        levels: Of the next samples.
        most: Level that is let through.
        window: Levels within which the highest decides.
        fall: By which a reduction falls from one sample to the next once it is let go.
        boxes: Lengths of the three running means.
        queue: Reductions that may still be the greatest of the window, and when they came.
        rings: What each running mean will have to take out again.
        state: See `Limiter`.
        gains: Written.
    """
    head, tail, now, held = state[0], state[1], state[2], state[3]
    size = queue.shape[1]
    share = 1.0 / (float(boxes[0]) * float(boxes[1]) * float(boxes[2]) * _UNIT)
    for i in range(levels.size):
        needed = 0
        if levels[i] > most:
            needed = int(np.ceil((1.0 - most / np.float64(levels[i])) * _UNIT))
        # A monotone queue: its head is the greatest reduction of the window.
        while head != tail and queue[0, (tail - 1) % size] <= needed:
            tail -= 1
        queue[0, tail % size] = needed
        queue[1, tail % size] = now
        tail += 1
        if queue[1, head % size] <= now - window:
            head += 1
        held = max(queue[0, head % size], int(held * fall))
        value = held
        for k in range(3):
            place = now % boxes[k]
            state[4 + k] += value - rings[k, place]
            rings[k, place] = value
            value = state[4 + k]
        if value > 0:
            gains[i] = 1.0 - value * share
        now += 1
    state[0], state[1], state[2], state[3] = head, tail, now, held
