"""Where words may stand: clear of the picture's edges and of what players lay over them."""

from songreel.assembly.box import Box

TITLE_SAFE = 0.05
"""Share of width and height at each edge (SMPTE ST 2046-1: 90 % of both are safe for titles)."""
LOW = 0.075
"""The same at the bottom: a caption on the very edge of what is safe hangs in the frame."""
TALL = 0.7
"""Width by height under which a film is watched in a telephone's player."""
TALL_SIDE, TALL_TOP, TALL_BOTTOM = 0.12, 0.14, 0.22
"""There: the buttons on the right, the bar above, name and description below. Assumed, since each
player has its own and moves it: Meta asks makers of Reels to keep 14 % above free, guides for
TikTok 12 % at the right and 15 to 25 % below. The left is kept as free: rows stand in the middle.
"""


def safe_box(width: int, height: int) -> Box:
    """The part of a picture in which every word stands."""
    tall = width / height < TALL
    side = TALL_SIDE if tall else TITLE_SAFE
    top, bottom = (TALL_TOP, TALL_BOTTOM) if tall else (TITLE_SAFE, LOW)
    return Box(
        round(width * side),
        round(height * top),
        width - round(width * side),
        height - round(height * bottom),
    )
