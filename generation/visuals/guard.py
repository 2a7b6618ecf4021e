"""`FlashGuard`: no more than three flashes a second, whatever a scene draws (WCAG 2.3.1)."""

from collections import deque
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.film import means

CELLS = (16, 9)
"""Columns and rows of the grid that is watched."""
_STEP = 0.08
"""Change of relative luminance that is counted; the standard's is 0.1, the rest is margin."""
_AREA = 0.20
"""Share of the picture that must change together; the standard's is a quarter."""
_CALM = 5
"""Changes within a second after which another is held back: up and down, six make three flashes,
as many as are allowed."""
_BAND = 0.012
"""Luminance around the slow mean within which a cell may move while it is held."""
_LIFT = 1.7
"""Most that what is dark is lifted by, a factor on coded values: more shows its noise."""
_RED = 1.6
"""Weight of saturated red: its limit is 20 of 320, that of luminance a tenth of full scale."""

Values = NDArray[np.float32]
Signs = NDArray[np.int8]


class FlashGuard:
    """Watches 16 × 9 cells of the picture and rides the exposure of those that swing too often.

    Most films never wake it. Where it must act it changes the light of large areas only, so
    that edges, points and movement stay as they were drawn.
    """

    def __init__(self, rate: float) -> None:
        """`rate` is frames a second."""
        self._rate = rate
        self._turns: deque[Signs] = deque(maxlen=max(1, round(rate / 8) - 1))
        self._changes: deque[tuple[int, int]] = deque()
        self._drawn: deque[Values] = deque(maxlen=max(1, round(rate)))
        self._index = 0
        self._grip = 0.0
        self._mean = self._low = self._high = np.zeros(0, np.float32)
        self._direction = np.zeros(0, np.int8)

    def __call__(self, luma: Values, chroma: Values, cells: Values) -> None:
        """Hold back the next frame, in place.

        Args:
            luma: Y' of coded BT.709, 0 to 1, shape (h, w).
            chroma: Cb and Cr, ±0.5, shape (2, h, w) or smaller.
            cells: Means of the three over the grid, shape (3, 9, 16).
        """
        seen = _seen(cells)
        self._drawn.append(seen)
        if not self._mean.size:
            self._mean = self._low = self._high = seen
            self._direction = np.zeros(seen.shape, np.int8)
        # The mean follows in half a second, and slower while it is what the cells are held to.
        speed = 2.0 - 1.4 * self._grip
        self._mean = self._mean + (seen - self._mean) * np.float32(1 - np.exp(-speed / self._rate))
        while self._changes and self._changes[0][0] <= self._index - self._rate:
            self._changes.popleft()
        swings = self._swings(seen)
        if swings.change and len(self._changes) >= _CALM:
            self._grip = 1.0
        else:
            self._grip = max(0.0, self._grip - 2.0 / self._rate)
        if self._grip > 0:
            for _ in range(2):  # once more for what smoothing between the cells left over
                self._ride(luma, chroma, seen)
                for plane, to in zip((luma, *chroma), cells, strict=True):
                    means(plane, to)
                seen = _seen(cells)
            swings = self._swings(seen)
        self._low, self._high, self._direction = swings.low, swings.high, swings.direction
        self._turns.append(swings.turned)
        if swings.change:
            self._changes.append((self._index, swings.change))
            self._turns.clear()
        self._index += 1

    def _ride(self, luma: Values, chroma: Values, seen: Values) -> None:
        """Bring every cell near its slow mean, by an exposure that is smooth in between.

        What swings from darker than can be lifted so far is held at what can be reached from there.
        """
        reached = np.min(self._drawn, axis=0) * _LIFT**2.2
        mean = np.minimum(self._mean, reached + _BAND)
        wanted = np.clip(seen, mean - _BAND, mean + _BAND)
        gain = (np.maximum(wanted, 1e-3) / np.maximum(seen, 1e-3)) ** (self._grip / 2.2)
        gain = np.clip(gain, 0.05, _LIFT).reshape(CELLS[1], CELLS[0]).astype(np.float32)
        # Coded R'G'B' times a number is Y', Cb and Cr times that number.
        for plane in (luma, *chroma):
            size = (plane.shape[1], plane.shape[0])
            plane *= np.asarray(cv2.resize(gain, size, interpolation=cv2.INTER_LINEAR))

    def _swings(self, seen: Values) -> "_Swings":
        """Which cells turn with this frame, and whether enough of them do together to count."""
        low, high = np.minimum(self._low, seen), np.maximum(self._high, seen)
        up = (self._direction <= 0) & (seen - low >= _STEP)
        down = (self._direction >= 0) & (high - seen >= _STEP) & ~up
        direction = np.where(up, 1, np.where(down, -1, self._direction)).astype(np.int8)
        either = up | down
        low = np.where(either | (direction > 0), seen, low)
        high = np.where(either | (direction < 0), seen, high)
        turned = up.astype(np.int8) - down.astype(np.int8)
        recent = np.stack([*self._turns, turned])
        last = self._changes[-1][1] if self._changes else 0
        for change in (1, -1):
            if change != last and np.any(recent == change, axis=0).mean() >= _AREA:
                return _Swings(low, high, direction, turned, change)
        return _Swings(low, high, direction, turned, 0)


class _Swings(NamedTuple):
    """The cells after a frame."""

    low: Values
    high: Values
    """Since each cell last turned."""
    direction: Signs
    turned: Signs
    """1 where a cell turned up with this frame, −1 down, else 0."""
    change: int
    """1 or −1 where the picture as a whole did, else 0."""


def _seen(cells: Values) -> Values:
    """Luminance of each cell plus its weighted saturated red, shape (cells,)."""
    y, cb, cr = cells.reshape(3, -1)
    r, b = y + np.float32(1.5748) * cr, y + np.float32(1.8556) * cb  # ITU-R BT.709
    g = (y - np.float32(0.2126) * r - np.float32(0.0722) * b) / np.float32(0.7152)
    linear = np.clip(np.stack([r, g, b], axis=1), 0.0, 1.0) ** 2.2
    red = np.maximum(linear[:, 0] - linear[:, 1] - linear[:, 2], 0.0)
    share = linear[:, 0] / np.maximum(linear.sum(axis=1), 1e-4)
    weight = _RED * np.clip((share - 0.65) / 0.15, 0.0, 1.0)
    values: Values = (linear @ np.array([0.2126, 0.7152, 0.0722]) + weight * red).astype(np.float32)
    return values
