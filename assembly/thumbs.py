"""A frame made small, as the checks look at it: `Thumb`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

LONG_SIDE = 64
"""Pixels of a thumb's longer side: enough to tell any two shots apart, cheap to keep."""

_POINT_STEP = 8


@dataclass(frozen=True, eq=False)
class Thumb:
    """Area means of one frame, and single pixels of it.

    `luma` has shape (rows, columns), `chroma` (2, rows / 2, columns / 2), both uint8, BT.709
    limited range. `points` are every eighth pixel of every eighth row as they are: fine grain
    that an area mean would hide.
    """

    luma: NDArray[np.uint8]
    chroma: NDArray[np.uint8]
    points: NDArray[np.uint8]

    @property
    def side(self) -> float:
        """Pixels of the frame along a side of one area."""
        return float(_POINT_STEP * self.points.shape[1] / self.luma.shape[1])

    @cached_property
    def mean(self) -> float:
        """Mean luma."""
        return float(self.luma.mean())

    @cached_property
    def structure(self) -> NDArray[np.float32]:
        """Luma of large areas without mean and contrast: the same under any light, shape (n,).

        A flash or a beat-driven change of light leaves it as it is, and things that move in the
        picture change it little; another picture changes it all.
        """
        spread = max(float(self.luma.std()), 8.0)  # below that, coding noise would be blown up
        return (_coarse(self.luma) - np.float32(self.mean)) / np.float32(spread)

    @cached_property
    def colour(self) -> NDArray[np.float32]:
        """Chroma of large areas as a flat vector."""
        return np.concatenate([_coarse(plane, 2) for plane in self.chroma])

    @cached_property
    def rgb(self) -> NDArray[np.float32]:
        """The picture as BT.709 R'G'B' from 0 to 1, shape (rows, columns, 3)."""
        luma = (self.luma.astype(np.float32) - 16) / 219
        rows, columns = luma.shape
        up = [
            cv2.resize((plane.astype(np.float32) - 128) / 224, (columns, rows))
            for plane in self.chroma
        ]
        blue, red = (np.asarray(plane, np.float32) for plane in up)
        r, b = luma + 1.5748 * red, luma + 1.8556 * blue
        g = luma - 0.1873 * blue - 0.4681 * red
        return np.asarray(np.clip(np.stack([r, g, b], axis=2), 0, 1), np.float32)


def thumb_of(frame: VideoFrame) -> Thumb:
    """Thumb of a decoded frame, whatever its format."""
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p", threads=1)
    luma = _plane(frame, 0)
    scale = LONG_SIDE / max(frame.width, frame.height)
    size = (max(2, round(frame.width * scale)), max(2, round(frame.height * scale)))
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    return Thumb(
        luma=_small(luma, size),
        chroma=np.stack([_small(_plane(frame, 1), half), _small(_plane(frame, 2), half)]),
        points=luma[::_POINT_STEP, ::_POINT_STEP].copy(),
    )


def distance(a: Thumb, b: Thumb) -> float:
    """How different two pictures are: 0 for the same, about 23 for two that share nothing.

    (20 times the mean difference of two independent normal values is 22.6.) Structure weighs
    most, then colour; mean light little, because music-driven pictures change their light
    within a shot and a cut must not be looked for there.
    """
    structure = float(np.abs(a.structure - b.structure).mean())
    colour = float(np.abs(a.colour - b.colour).mean())
    return 20 * structure + colour + min(0.25 * abs(a.mean - b.mean), 4.0)


def _plane(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    whole: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8)
    return whole.reshape(plane.height, plane.line_size)[:, : plane.width]


def _coarse(plane: NDArray[np.uint8], step: int = 4) -> NDArray[np.float32]:
    """Means over `step` × `step` places, flat."""
    rows, columns = plane.shape[0] // step, plane.shape[1] // step
    inner = plane[: rows * step, : columns * step].astype(np.float32)
    return np.asarray(inner.reshape(rows, step, columns, step).mean(axis=(1, 3)).ravel())


def _small(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    small: Any = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
