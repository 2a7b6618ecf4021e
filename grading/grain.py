"""Film grain as a picture gets it: `Film`."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.grading.checks import within
from songreel.grading.codes import BLACK, WHITE
from songreel.grading.kernels import add_noise

_SPREAD = 24
"""Code values of one standard deviation in the stored noise, so that four fit into 8 bits."""
_ROOM = 128
"""Pixels along each side by which the stored noise is larger than a picture."""
_LEAST = 0.05
"""Code values under which grain is none."""


class Film:
    """Film grain: strongest in the middle tones, none in black and in white.

    Its grains keep their size relative to the picture, so that a film looks the same at any
    size. Each frame has its own, which follows from the frame's number.

    Args:
        amount: One standard deviation in the middle tones at full strength, in code values.
        size: Of a grain, as a share of the picture's short side.
        seed: Another number, other grain.

    Raises:
        ValueError: A setting is out of its limits.
    """

    def __init__(self, amount: float = 8.0, size: float = 0.002, seed: float = 0.0) -> None:
        self._amount = within("amount", amount, 0.0, 20.0)
        self._size = within("size", size, 0.0005, 0.01)
        self._seed = int(within("seed", seed, 0.0, 1e6))

    def shows(self, strength: float) -> bool:
        """Whether anything of it is left at `strength`, 0 to 1."""
        return self._amount * strength >= _LEAST

    def over(self, luma: Any, frame: int, strength: float, out: Any) -> None:
        """Lay the grain of `frame` over `luma`, into `out`, which may be the same array."""
        rows, columns = luma.shape
        stored = _noise(rows + _ROOM, columns + _ROOM, round(self._size * min(rows, columns), 3))
        random = np.random.default_rng((self._seed, frame + 2**32))
        down, across, turned, mirrored = random.integers(0, (_ROOM, _ROOM, 2, 2))
        noise = stored[down : down + rows, across : across + columns]
        noise = noise[:: -1 if turned else 1, :: -1 if mirrored else 1]
        amount = round(self._amount * strength, 2)
        add_noise(luma, np.ascontiguousarray(noise), _weights(amount), out)


@lru_cache(maxsize=4)
def _noise(rows: int, columns: int, size: float) -> NDArray[np.int8]:
    """Correlated over `size` pixels, of standard deviation `_SPREAD`."""
    raw = np.random.default_rng(1).standard_normal((rows, columns), np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), max(size / 2, 0.2))
    scaled = np.clip(np.asarray(soft) / float(np.asarray(soft).std()) * _SPREAD, -127, 127)
    return np.asarray(np.round(scaled), np.int8)


@lru_cache(maxsize=64)
def _weights(amount: float) -> NDArray[np.int32]:
    """What a luma code multiplies noise with, in 1024ths.

    Grain is density that varies: most where half of the grains are developed, none where none
    or all are; shadows show more of it than highlights.
    """
    tone = np.clip((np.arange(256) - BLACK) / (WHITE - BLACK), 0, 1)
    shape = 2.1 * tone**0.6 * (1 - tone) ** 1.1
    return np.asarray(np.round(1024 / _SPREAD * amount * shape / shape.max()), np.int32)
