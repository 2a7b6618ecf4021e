"""Counts flashes as photosensitive viewers have to fear them: `FlashMeter`."""

from collections import deque
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.edit import FLASHES_PER_SECOND
from songreel.assembly.thumbs import Thumb
from songreel.grading.codes import GAMMA

STEP = 0.1
DARK = 0.8
AREA = 0.25
"""WCAG 2.3.1, general flash: relative luminance changes by a tenth or more, the darker state is
below 0.8, over a quarter of the picture."""

_RELATIVE = (np.clip((np.arange(256) - 16) / 219, 0, 1) ** GAMMA).astype(np.float32)
"""Relative luminance of a luma code value on a screen."""

Mask = NDArray[np.bool_]


class FlashMeter:
    """Fed a film's frames in order; a flash is a pair of opposing changes of relative luminance.

    Each place of the picture remembers its last turning point; a change of a tenth away from it
    is a step up or down. Steps count where a quarter of the picture makes the same one within a
    twelfth of a second: stripes that travel through the picture are no flash. The film flashes
    where a quarter of the picture makes more than three pairs of steps in a second.
    """

    def __init__(self, rate: Fraction) -> None:
        self._second = ceil(rate)
        self._together = max(1, round(rate / 12))
        self._low: NDArray[np.float32] | None = None
        self._high: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._way: NDArray[np.int8] = np.zeros((0, 0), np.int8)
        self._recent: tuple[deque[Mask], deque[Mask]] = (deque(), deque())
        """Steps up and down of the last frames, as long as they have not counted."""
        self._counted: deque[tuple[int, Mask]] = deque()
        self._steps: NDArray[np.int16] = np.zeros((0, 0), np.int16)
        self.most = 0
        """Most flashes so far in any second over a quarter of the picture."""
        self.stretches: list[tuple[int, int, int]] = []
        """(first, last, flashes): frames [first, last) with too many in one second."""

    def feed(self, frame: int, thumb: Thumb) -> None:
        """Look at film frame `frame`."""
        light = _RELATIVE[thumb.luma]
        if self._low is None:
            self._low, self._high = light.copy(), light.copy()
            self._way = np.zeros(light.shape, np.int8)
            self._steps = np.zeros(light.shape, np.int16)
            return
        np.minimum(self._low, light, out=self._low)
        np.maximum(self._high, light, out=self._high)
        up = (self._way <= 0) & (light - self._low >= STEP) & (self._low < DARK)
        down = (self._way >= 0) & (self._high - light >= STEP) & (light < DARK) & ~up
        self._way[up], self._way[down] = 1, -1
        turned = up | down
        self._low[turned] = self._high[turned] = light[turned]
        for recent, stepped in zip(self._recent, (up, down), strict=True):
            self._weigh(frame, recent, stepped)
        while self._counted and self._counted[0][0] <= frame - self._second:
            self._steps -= self._counted.popleft()[1]
        self._judge(frame)

    def _weigh(self, frame: int, recent: deque[Mask], stepped: Mask) -> None:
        """Count the steps of the last frames if they are those of a quarter of the picture."""
        recent.append(stepped)
        if len(recent) > self._together:
            recent.popleft()
        united: Any = np.logical_or.reduce(list(recent))
        if united.mean() >= AREA:
            self._counted.append((frame, united))
            self._steps += united
            for mask in recent:
                mask[:] = False

    def _judge(self, frame: int) -> None:
        risen = bool(self._counted) and self._counted[-1][0] == frame
        often = self._steps >= 2 * (FLASHES_PER_SECOND + 1)
        too_many = bool(often.mean() >= AREA)
        if not (risen or too_many):
            return
        flashes = int(np.percentile(self._steps, 100 * (1 - AREA), method="higher")) // 2
        self.most = max(self.most, flashes)
        if not too_many:
            return
        first = self._counted[0][0]
        if self.stretches and first <= self.stretches[-1][1]:
            first, _, before = self.stretches.pop()
            flashes = max(flashes, before)
        self.stretches.append((first, frame + 1, flashes))
