"""The moving frame on the board: `Frame`."""

from dataclasses import replace
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.moves import View
from songreel.generation.footage.relief import Relief, Way

_GRID = 8
"""Frame pixels between the points at which depth is worked out; it is smooth in between."""

_NO_MAP: Any = None
"""Both coordinates are in the first."""

Field = NDArray[np.float32]


class Frame:
    """Looks at a board, view by view. The same array is used for every picture.

    Args:
        board: The laid-out picture.
        width: Of the frame, pixels.
        height: Likewise.
        fine: Board pixels for each of the frame's at zoom 1.
    """

    def __init__(self, board: Picture, width: int, height: int, fine: float) -> None:
        self._board, self._size, self._fine = board, (width, height), fine
        self._picture = np.empty((height, width, 3), dtype=np.uint8)
        columns, rows = width // _GRID + 2, height // _GRID + 2
        x = (np.arange(columns, dtype=np.float32) + np.float32(0.5)) * _GRID - np.float32(0.5)
        y = (np.arange(rows, dtype=np.float32) + np.float32(0.5)) * _GRID - np.float32(0.5)
        self._points: Field = np.stack(np.meshgrid(x, y), axis=-1)
        self._full = np.empty((rows * _GRID, columns * _GRID, 2), dtype=np.float32)

    def flat(self, view: View) -> Picture:
        """What `view` shows of the board."""
        cv2.warpAffine(
            self._board,
            self.matrix(view),
            self._size,
            dst=self._picture,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return self._picture

    def deep(self, view: View, relief: Relief, way: Way, index: int) -> Picture:
        """What `view` shows of it in depth, `way` being at frame `index`."""
        width, height = self._size
        rough = self.places(view, relief, way, index)
        cv2.resize(
            rough, (self._full.shape[1], self._full.shape[0]), dst=self._full,
            interpolation=cv2.INTER_LINEAR,
        )  # fmt: skip
        cv2.remap(
            self._board, self._full[:height, :width], _NO_MAP, cv2.INTER_LINEAR,
            dst=self._picture, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return self._picture

    def places(self, view: View, relief: Relief, way: Way, index: int) -> Field:
        """Board pixels that every eighth pixel of the frame shows, shape (rows, columns, 2)."""
        matrix = self.matrix(view).astype(np.float32)
        base = self._points @ matrix[:, :2].T + matrix[:, 2]
        near = relief.at(base)[..., None]
        width = self._size[0] * self._fine / view.zoom
        shift = np.array([way.across[index], way.down[index]], dtype=np.float32) * width
        centre = np.array(self._centre(view), dtype=np.float32)
        # As a camera does: of a plane in any depth it is a homography, and lines stay lines.
        base += near * shift
        base -= centre
        base /= 1 + near * np.float32(way.closer[index])
        base += centre
        return np.asarray(base, dtype=np.float32)

    def matrix(self, view: View) -> NDArray[np.float64]:
        """Frame pixel to board pixel, both counted at their centres."""
        (width, height), step = self._size, self._fine / view.zoom
        across, down = step * cos(radians(view.turn)), step * sin(radians(view.turn))
        centre_x, centre_y = self._centre(view)
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        return np.array(
            [
                [across, -down, centre_x - across * middle_x + down * middle_y],
                [down, across, centre_y - down * middle_x - across * middle_y],
            ]
        )

    def _centre(self, view: View) -> tuple[float, float]:
        """Board pixel in the middle of the frame."""
        (width, height), board = self._size, self._board
        return (
            board.shape[1] / 2 + view.x * width * self._fine - 0.5,
            board.shape[0] / 2 + view.y * height * self._fine - 0.5,
        )


def closer(views: list[View], displaced: float, aspect: float) -> list[View]:
    """`views` closer by as much as keeps the picture's edge out of them for all that depth moves.

    Args:
        views: Inside the picture.
        displaced: Frame widths by which something may be displaced.
        aspect: Frame width over height.
    """
    factor = 1 / (1 - 2 * min(displaced * max(1.0, aspect), 0.2))
    return [replace(view, zoom=view.zoom * factor) for view in views]
