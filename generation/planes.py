"""`Planes`: a picture as the encoder takes it, drawn in place."""

from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

_TO_RGB = np.array([[1.0, 1.5748, 0.0], [1.0, -0.468124, -0.187324], [1.0, 0.0, 1.8556]])
"""R'G'B' of Y', Cr and Cb (ITU-R BT.709)."""


class Planes:
    """A picture in YUV 4:2:0: BT.709, limited range, each chroma sample amid four of luma.

    The planes are those of an encoder's frame, so that what is drawn on them is encoded without
    another copy. The encoder copies what it keeps: one object serves a whole clip.
    """

    def __init__(self, width: int, height: int) -> None:
        """`width` and `height` are pixels, even. What is in the planes is not defined yet."""
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self.frame.colorspace, self.frame.color_range = Colorspace.ITU709, ColorRange.MPEG
        self.frame.color_primaries, self.frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self.y, self.cb, self.cr = (_view(plane) for plane in self.frame.planes)
        """Luma 16 to 235, shape (height, width), and chroma 16 to 240, (height / 2, width / 2).
        Rows may lie further apart than they are long."""

    @property
    def width(self) -> int:
        """Pixels."""
        return self.frame.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.frame.height

    def rgb(self) -> Plane:
        """The picture as a player shows it: sRGB, shape (height, width, 3), a new array.

        Within half a code value of the exact one; swscale takes four times as long for that, and
        in its quick way is off by one to three.
        """
        import cv2

        size = (self.width, self.height)
        cr, cb = (
            cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (self.cr, self.cb)
        )
        matrix = _TO_RGB * (255 / 219, 255 / 224, 255 / 224)
        offset = -matrix @ (16, 128, 128)
        shown = cv2.transform(cv2.merge((self.y, cr, cb)), np.column_stack((matrix, offset)))
        return np.asarray(shown, np.uint8)


def _view(plane: Any) -> Plane:
    rows: Plane = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
