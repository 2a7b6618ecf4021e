"""Luma as light and back, and both planes of colour beside it: `Planes`, `lit`, `coded`."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.pictures import Picture, packed, planes
from songreel.grading.codes import BLACK, GAMMA, WHITE

Plane = NDArray[Any]

_SCALE = 48000.0
"""Light of white; what is whiter than white still fits into 16 bits."""

_LIGHT = np.clip(
    np.round(_SCALE * (np.clip(np.arange(256) - BLACK, 0, None) / (WHITE - BLACK)) ** GAMMA),
    0,
    65535,
).astype(np.uint16)
_CODE = np.round(BLACK + (WHITE - BLACK) * (np.arange(65536) / _SCALE) ** (1 / GAMMA)).astype(
    np.uint8
)


def lit(luma: Plane) -> Plane:
    """Light of a luma plane, uint16: what adds up when pictures blur or overlap.

    Light of the luma alone is not the light of the three colours, but lets a lamp draw its bright
    streak all the same, and costs a fifth of the way over RGB.
    """
    return np.asarray(cv2.LUT(luma, _LIGHT), np.uint16)


def coded(light: Plane) -> Plane:
    """The luma plane of `light`, uint8; under the black of video is black."""
    return _CODE[light]


def each_plane(picture: Picture, change: Callable[[Plane], Plane]) -> Picture:
    """`picture` with `change` made to the light of its luma and to both its chromas.

    `change` gets planes of two sizes and two types, and gives back the same.
    """
    luma, blue, red = planes(picture)
    whole = np.empty_like(picture)
    there = planes(whole)
    there[0][:] = coded(change(lit(luma)))
    there[1][:] = change(blue)
    there[2][:] = change(red)
    return packed(whole)
