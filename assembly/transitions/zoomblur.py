"""The camera dives out of one shot into the next: `ZoomBlur`."""

from math import ceil, hypot, log2
from typing import Any, Literal, get_args

import cv2
import numpy as np

from songreel.assembly.pictures import Picture
from songreel.assembly.transitions.light import Plane, each_plane

Way = Literal["in", "out"]

DEPTH = 1.3
"""Octaves of size that the camera dives on either side of the cut."""

_POWER = 3
_SPACING = 1.5
"""Pixels at the corner between two of the pictures that a blur is the mean of."""
_MOST_DOUBLINGS = 6


class ZoomBlur:
    """The shot rushes towards the eye, the next comes up from the deep and settles.

    Blurred from the middle outwards, as a zoom lens turned during the exposure does; mirrored
    beyond the edge where the next shot is still small. Measured at 1280×720 on one core: 20 ms a
    frame.

    Args:
        way: Where the camera goes; "out" is the same backwards.
    """

    def __init__(self, way: Way = "in") -> None:
        if way not in get_args(Way):
            raise ValueError(f"way {way!r} is not one of {', '.join(get_args(Way))}")
        self._sign = 1 if way == "in" else -1

    def mix(self, old: Picture | None, new: Picture | None, i: int, n: int) -> Picture:
        """See `Blend.mix`."""
        seen = new if i >= n // 2 else old
        assert seen is not None
        start, end = (2.0 ** (self._sign * octaves) for octaves in zoom_span(i, n))
        return each_plane(seen, lambda plane: _dived(plane, start, end))


def zoom_span(i: int, n: int) -> tuple[float, float]:
    """Octaves of size, 0 for the shot as it is, when frame `i` of `n` begins and ends."""
    half = n // 2
    if i < half:
        return DEPTH * (i / half) ** _POWER, DEPTH * ((i + 1) / half) ** _POWER
    rest = n - half
    return -DEPTH * ((n - i) / rest) ** _POWER, -DEPTH * ((n - i - 1) / rest) ** _POWER


def _dived(plane: Plane, start: float, end: float) -> Plane:
    """The mean of `plane` at all sizes from `start` to `end`.

    By doubling: the mean of two sizes, then that of two such means, and so on: 2ᵏ sizes for k
    passes.
    """
    rows, columns = plane.shape
    corner = abs(end - start) / min(start, end) * hypot(rows, columns) / 2
    doublings = min(max(ceil(log2(max(corner / _SPACING, 1.0))), 0), _MOST_DOUBLINGS)
    step = (end / start) ** (1 / 2**doublings)
    # The middle of the first and the last size of each step, so that none lies outside the span.
    seen = _sized(plane, start * step**0.5)
    for k in range(doublings):
        seen = np.asarray(cv2.addWeighted(seen, 0.5, _sized(seen, step ** (2**k)), 0.5, 0))
    return seen


def _sized(plane: Plane, size: float) -> Plane:
    """`plane` made `size` times as large about its middle."""
    rows, columns = plane.shape
    across, down = (columns - 1) / 2, (rows - 1) / 2
    turn: Any = np.array([[size, 0, across * (1 - size)], [0, size, down * (1 - size)]], np.float64)
    moved: Any = cv2.warpAffine(
        plane, turn, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(moved)
