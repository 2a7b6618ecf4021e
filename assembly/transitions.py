"""What a transition does to pictures. All arithmetic is on yuv420p planes, BT.709 limited range.

A picture is packed as FFmpeg does: shape (height × 3 / 2, width), uint8, luma rows first, then
both chroma planes. Mixing is done on the coded (gamma) values, as editing programs do by default.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

BLACK, WHITE, GREY = 16, 235, 128
"""Luma of black and white, chroma of no colour (ITU-R BT.709, 8 bits)."""

FLASH_PEAK = 0.8
"""Share of white in the first frame of a flash: bright, with the picture still to be seen."""


def fade_weight(i: int, frames: int) -> float:
    """Share of the incoming picture in frame `i` of a cross-fade of `frames`.

    Even steps between the last whole old frame (0) and the first whole new one (1); it reaches
    one half at the cut, frame `frames // 2`, and not before.
    """
    return (i + 1) / (frames + 1)


def dip_level(i: int, frames: int) -> float:
    """Brightness of frame `i` of a dip of `frames`; 0 at the cut, frame `frames // 2`, only."""
    half = frames // 2
    if i < half:
        return 1 - (i + 1) / (half + 1)
    return (i - half) / (frames - half)


def flash_share(i: int, frames: int) -> float:
    """Share of white in frame `i` of a flash of `frames`: it falls off fast first."""
    return FLASH_PEAK * (1 - i / frames) ** 2 if 0 <= i < frames else 0.0


def picture_of(frame: VideoFrame) -> Picture:
    """The planes of a yuv420p frame, copied."""
    return _u8(frame.to_ndarray())


def frame_of(picture: Picture) -> VideoFrame:
    """`picture` as a frame to encode."""
    return VideoFrame.from_ndarray(picture, format="yuv420p")


def crossfade(old: Picture, new: Picture, weight: float) -> Picture:
    """`weight` of `new`, the rest of `old`."""
    return _u8(cv2.addWeighted(old, 1 - weight, new, weight, 0))


def dim(picture: Picture, level: float) -> Picture:
    """`picture` at `level` of its brightness, black at 0."""
    return _towards(picture, BLACK, 1 - level)


def lighten(picture: Picture, share: float) -> Picture:
    """`picture` with `share` of white light laid over it."""
    return _towards(picture, WHITE, share)


def _towards(picture: Picture, luma: int, share: float) -> Picture:
    rows = picture.shape[0] * 2 // 3
    values = np.arange(256)
    table = np.empty((2, 256), np.uint8)
    for i, goal in enumerate((luma, GREY)):
        table[i] = np.round(values + (goal - values) * share)
    parts: Sequence[Any] = [cv2.LUT(picture[:rows], table[0]), cv2.LUT(picture[rows:], table[1])]
    return _u8(np.concatenate(parts))


def _u8(picture: Any) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)
