"""A clip's pictures at the film's size: `fit`."""

from fractions import Fraction
from math import ceil

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from songreel.assembly.pictures import packed

_OTHER_MATRICES = (Colorspace.FCC, Colorspace.ITU601, 6, Colorspace.SMPTE240M, Colorspace.BT2020)
"""Colour matrices that need converting; 6 is SMPTE 170M, the same matrix as BT.601."""

MIDDLE = (0.5, 0.5)

_LUMA_SITE, _CHROMA_SITE = (0.5, 0.5), (0.5, 1.0)
"""Middle of a plane's first sample, across and down, in luma samples. Chroma of 4:2:0 lies on the
left one of its two columns and between its two rows, where a stream says nothing (H.264, 6.2)."""


def fit(
    frame: VideoFrame, width: int, height: int, focus: tuple[float, float] | None = None
) -> VideoFrame:
    """`frame` as yuv420p, BT.709 limited range, cropped to fill `width` × `height`.

    Args:
        frame: As decoded.
        width: Pixels of the film.
        height: Pixels of the film.
        focus: Across and down, as shares of the picture, of the point that stays as near to the
            middle as the crop allows; None for the picture's own middle. It is kept to a fraction
            of a pixel, so that a slow pan glides and does not step.

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
    if focus is not None and plain and scale >= 1:
        return _cut_out(packed(frame.to_ndarray()), size, (width, height), float(scale), focus)
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
    picture = scaled.to_ndarray()
    if focus is not None:
        return _cut_out(packed(picture), (wide, high), (width, height), 1.0, focus)
    left = _offset(wide, width, MIDDLE[0])
    top = _offset(high, height, MIDDLE[1])
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


def _cut_out(
    picture: NDArray[np.uint8],
    size: tuple[int, int],
    film: tuple[int, int],
    scale: float,
    focus: tuple[float, float],
) -> VideoFrame:
    """The crop around `focus`, enlarged by `scale`, in one step and to a fraction of a pixel.

    Args:
        picture: Packed yuv420p of `size`.
        size: Width and height of the whole picture.
        film: Width and height of the crop once enlarged.
        scale: At least 1: nothing is made smaller, so nothing has to be blurred first.
        focus: As in `fit`.
    """
    (w, h), (width, height) = size, film
    left, top = (
        min(max(there * point - kept / scale / 2, 0.0), there - kept / scale)
        for there, kept, point in ((w, width, focus[0]), (h, height, focus[1]))
    )
    cut = np.empty((height * 3 // 2, width), np.uint8)
    cut[:height] = _resampled(picture[:h], (width, height), scale, left, top, _LUMA_SITE, 1)
    half = (width // 2, height // 2)
    chroma = picture[h:].reshape(2, h // 2, w // 2)
    cut[height:] = np.stack(
        [_resampled(plane, half, scale, left, top, _CHROMA_SITE, 2) for plane in chroma]
    ).reshape(height // 2, width)
    return VideoFrame.from_ndarray(cut, format="yuv420p")


def _resampled(
    plane: NDArray[np.uint8],
    size: tuple[int, int],
    scale: float,
    left: float,
    top: float,
    site: tuple[float, float],
    pitch: int,
) -> NDArray[np.uint8]:
    """A plane's part of a crop. Sample i lies at luma coordinate pitch × i + site."""
    # Luma coordinate of sample i of the crop: (pitch × i + site) / scale + offset.
    first = [(place / scale + offset - place) / pitch
             for place, offset in zip(site, (left, top), strict=True)]  # fmt: skip
    if scale == 1 and all(value == int(value) for value in first):
        x, y = int(first[0]), int(first[1])
        return plane[y : y + size[1], x : x + size[0]]
    to_source = np.array([[1 / scale, 0, first[0]], [0, 1 / scale, first[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(plane, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )
