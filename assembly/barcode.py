"""A whole film in one small picture, its colours from left to right: `Barcode`."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.thumbs import Thumb

COLUMNS, ROWS = 720, 12
"""Pixels. Columns are moments of the film; rows are heights in its picture, each averaged over the
picture's width, so that skies stay above grounds."""


class Barcode:
    """Fed a film's frames in order. Keeps sums only, whatever the film's length."""

    def __init__(self, frames: int) -> None:
        self._frames = max(frames, 1)
        self._columns = min(COLUMNS, self._frames)
        self._sums = np.zeros((self._columns, ROWS, 3))
        self._counts = np.zeros(self._columns)

    def feed(self, frame: int, thumb: Thumb) -> None:
        """Look at film frame `frame`; one past the planned end is left out."""
        if frame >= self._frames:
            return
        planes = (thumb.luma, *thumb.chroma)
        rows = [cv2.resize(plane.mean(axis=1), (1, ROWS), interpolation=cv2.INTER_AREA)[:, 0]
                for plane in planes]  # fmt: skip
        column = frame * self._columns // self._frames
        self._sums[column] += np.stack(rows, axis=1)
        self._counts[column] += 1

    def rgb(self) -> NDArray[np.uint8]:
        """The picture: R'G'B', shape (rows, columns, 3); columns not seen are black."""
        means = self._sums / np.maximum(self._counts, 1)[:, None, None]
        luma = (means[..., 0] - 16) / 219
        blue, red = (means[..., 1] - 128) / 224, (means[..., 2] - 128) / 224
        colours = [luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue]
        picture = np.where(self._counts[:, None, None] > 0, np.stack(colours, axis=2), 0)
        return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8).transpose(1, 0, 2)

    def png(self) -> bytes:
        """The picture as a PNG."""
        pixels: Any = self.rgb()[:, :, ::-1]
        _, coded = cv2.imencode(".png", pixels)
        return bytes(coded)
