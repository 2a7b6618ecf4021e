"""A clip's pictures at the film's size: `fit`."""

from fractions import Fraction
from math import ceil

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

_OTHER_MATRICES = (Colorspace.FCC, Colorspace.ITU601, 6, Colorspace.SMPTE240M, Colorspace.BT2020)
"""Colour matrices that need converting; 6 is SMPTE 170M, the same matrix as BT.601."""

MIDDLE = (0.5, 0.5)


def fit(
    frame: VideoFrame, width: int, height: int, focus: tuple[float, float] | None = None
) -> VideoFrame:
    """`frame` as yuv420p, BT.709 limited range, cropped to fill `width` × `height`.

    Args:
        frame: As decoded.
        width: Pixels of the film.
        height: Pixels of the film.
        focus: Across and down, as shares of the picture, of the point that stays as near to the
            middle as the crop allows; None for the picture's own middle.

    Returns:
        The frame itself where nothing has to change.
    """
    size = (frame.width, frame.height)
    full = frame.format.is_rgb or frame.format.name.startswith("yuvj")
    full = full or frame.color_range == ColorRange.JPEG
    matrix = frame.colorspace if frame.colorspace in _OTHER_MATRICES else Colorspace.ITU709
    plain = frame.format.name == "yuv420p" and not full and matrix == Colorspace.ITU709
    if size == (width, height) and plain:
        return frame
    scale = max(Fraction(width, frame.width), Fraction(height, frame.height))
    wide = max(width, ceil(frame.width * scale / 2) * 2)
    high = max(height, ceil(frame.height * scale / 2) * 2)
    scaled = frame.reformat(
        width=wide,
        height=high,
        format="yuv420p",
        src_colorspace=matrix,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.LANCZOS,
        threads=1,
    )
    if (wide, high) == (width, height):
        return scaled
    across, down = focus or MIDDLE
    left = _offset(wide, width, across)
    top = _offset(high, height, down)
    picture = scaled.to_ndarray()
    chroma = picture[high:].reshape(2, high // 2, wide // 2)
    fitted = np.empty((height * 3 // 2, width), np.uint8)
    fitted[:height] = picture[top : top + height, left : left + width]
    rows, columns = height // 2, width // 2
    fitted[height:] = chroma[
        :, top // 2 : top // 2 + rows, left // 2 : left // 2 + columns
    ].reshape(rows, width)
    return VideoFrame.from_ndarray(fitted, format="yuv420p")


def _offset(there: int, kept: int, point: float) -> int:
    """First row or column of the crop, even, for chroma's sake."""
    middle = int(there * point - kept / 2) // 2 * 2
    return min(max(middle, 0), (there - kept) // 2 * 2)
