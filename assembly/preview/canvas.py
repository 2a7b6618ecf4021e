"""The frame that is drawn into: planes of yuv420p that are changed in place."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from songreel.assembly.box import Box
from songreel.assembly.pictures import Picture, of_rgb

Plane = NDArray[np.uint8]


class Tile:
    """A finished piece of picture: luma and both chromas."""

    __slots__ = ("chroma", "luma")

    def __init__(self, picture: Picture) -> None:
        self.luma, self.chroma = split(picture)

    @classmethod
    def drawn(cls, image: Image.Image) -> "Tile":
        """An RGB picture with even sides."""
        return cls(of_rgb(np.asarray(image.convert("RGB"))))


class Canvas:
    """One frame of `width` × `height`, kept from frame to frame."""

    def __init__(self, background: Picture) -> None:
        self.picture = background.copy()
        self._luma, self._chroma = split(self.picture)

    def put(self, tile: Tile, left: int, top: int) -> None:
        """Lay `tile` there, whole."""
        tall, wide = tile.luma.shape
        self._luma[top : top + tall, left : left + wide] = tile.luma
        self._chroma[:, top // 2 : (top + tall) // 2, left // 2 : (left + wide) // 2] = tile.chroma

    def window(self, box: Box, luma: Plane, chroma: Plane) -> None:
        """Fill `box` with planes of its size."""
        self._luma[box.top : box.bottom, box.left : box.right] = luma
        rows, columns = slice(box.top // 2, box.bottom // 2), slice(box.left // 2, box.right // 2)
        self._chroma[:, rows, columns] = chroma

    def fill(self, box: Box, colour: tuple[int, int, int]) -> None:
        """Fill `box` with one colour: luma and both chromas."""
        self._luma[box.top : box.bottom, box.left : box.right] = colour[0]
        rows, columns = slice(box.top // 2, box.bottom // 2), slice(box.left // 2, box.right // 2)
        self._chroma[0, rows, columns] = colour[1]
        self._chroma[1, rows, columns] = colour[2]

    def shade(self, cover: Plane, ink: int, left: int, top: int) -> None:
        """Lay grey letters of luma `ink` over the luma there; `cover` is 0 to 255."""
        tall, wide = cover.shape
        place = self._luma[top : top + tall, left : left + wide]
        mixed = place + (ink - place.astype(np.int32)) * cover // 255
        place[:] = mixed.astype(np.uint8)


def yuv(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Luma and chromas of an sRGB colour as the film codes it (BT.709, limited range)."""
    luma, chroma = split(of_rgb(np.full((2, 2, 3), colour, np.uint8)))
    return int(luma[0, 0]), int(chroma[0, 0, 0]), int(chroma[1, 0, 0])


def split(picture: Picture) -> tuple[Plane, Plane]:
    """Views of luma, shape (height, width), and both chromas, (2, height / 2, width / 2)."""
    rows = picture.shape[0] * 2 // 3
    return picture[:rows], picture[rows:].reshape(2, rows // 2, picture.shape[1] // 2)
