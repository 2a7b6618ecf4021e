"""A film's picture as effects and transitions take it: `Picture`, and the ways in and out.

Pictures are yuv420p, BT.709, limited range, as packed planes: shape (height × 3 / 2, width),
uint8, luma rows first, then both chroma planes one after the other, as FFmpeg packs them.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from songreel.grading.codes import BLACK, GREY, WHITE

Picture = NDArray[np.uint8]

_EXACT = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)
"""swscale's quick way to RGB and back darkens by one code value: a visible step at both ends of
a fade. This way the mean error is under 0.01."""


def picture_of(frame: VideoFrame) -> Picture:
    """The planes of a yuv420p frame, copied."""
    return packed(frame.to_ndarray())


def frame_of(picture: Picture) -> VideoFrame:
    """`picture` as a frame to encode."""
    return VideoFrame.from_ndarray(picture, format="yuv420p")


def planes(picture: Picture) -> tuple[Picture, Picture, Picture]:
    """Views of luma, shape (height, width), and both chromas, (height / 2, width / 2)."""
    rows = picture.shape[0] * 2 // 3
    chroma = picture[rows:].reshape(2, rows // 2, picture.shape[1] // 2)
    return picture[:rows], chroma[0], chroma[1]


def halves(picture: Picture) -> tuple[Picture, Picture]:
    """Views of luma, shape (height, width), and of both chromas, (2, height / 2, width / 2)."""
    rows = picture.shape[0] * 2 // 3
    return picture[:rows], picture[rows:].reshape(2, rows // 2, picture.shape[1] // 2)


def rgb_of(picture: Picture) -> Picture:
    """Full-range RGB, shape (height, width, 3); exact enough to go there and back unseen."""
    return packed(
        frame_of(picture)
        .reformat(
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACT,
            threads=1,
        )
        .to_ndarray()
    )


def of_rgb(rgb: Picture) -> Picture:
    """The picture of full-range RGB, shape (height, width, 3)."""
    return picture_of(
        VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_EXACT,
            threads=1,
        )
    )


def dim(picture: Picture, level: float) -> Picture:
    """`picture` at `level` of its brightness, black at 0: evenly to the eye."""
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
    return packed(np.concatenate(parts))


def packed(picture: Any) -> Picture:
    """An array as its bytes lie in a picture."""
    return np.ascontiguousarray(picture, dtype=np.uint8)
