"""A part of a picture: `Box`."""

from typing import NamedTuple


class Box(NamedTuple):
    """Pixels [left, right) across and [top, bottom) down."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Down."""
        return self.bottom - self.top
