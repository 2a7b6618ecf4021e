"""`Planes`: a picture as the encoder takes it, drawn in place."""

from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

_EXACT = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)
"""swscale's quick way to RGB rounds down: greys come out a code value darker."""


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
        """The picture as a player shows it: sRGB, shape (height, width, 3), a new array."""
        shown = self.frame.reformat(
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACT,
            threads=1,
        )
        return np.ascontiguousarray(shown.to_ndarray(), dtype=np.uint8)


def _view(plane: Any) -> Plane:
    rows: Plane = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
