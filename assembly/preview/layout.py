"""Where everything stands on the preview's screen: `Layout`, colours."""

from dataclasses import dataclass
from fractions import Fraction

from songreel.assembly.box import Box

WIDTH, HEIGHT = 1280, 720
"""Of the preview, whatever the film's own size and aspect."""

GROUND = (17, 18, 22)
PANEL = (26, 28, 34)
INK = (236, 237, 240)
QUIET = (150, 154, 164)
FAINT = (74, 78, 88)


@dataclass(frozen=True)
class Layout:
    """The screen: picture at the left, what it is at the right, the music below."""

    picture: Box
    panel: Box
    counters: Box
    """Within the panel: what changes from frame to frame."""
    ribbon: Box
    """The next seconds, coming from the right."""
    head: int
    """Pixels from the ribbon's left at which now is."""
    song: Box
    """The whole song."""

    @classmethod
    def of(cls, aspect: Fraction) -> "Layout":
        """For films of an aspect ratio, width over height."""
        room = Box(28, 28, 868, 500)
        if aspect >= Fraction(room.width, room.height):
            wide, tall = room.width, round(room.width / aspect / 2) * 2
        else:
            wide, tall = round(room.height * aspect / 2) * 2, room.height
        left = room.left + (room.width - wide) // 4 * 2
        top = room.top + (room.height - tall) // 4 * 2
        return cls(
            picture=Box(left, top, left + wide, top + tall),
            panel=Box(892, 28, 1252, 500),
            counters=Box(892, 138, 1252, 230),
            ribbon=Box(28, 520, 1252, 596),
            head=204,
            song=Box(28, 612, 1252, 696),
        )
