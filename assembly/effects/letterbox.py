"""Black bars for a wider picture: `Letterbox`."""

from songreel.assembly.effects.checks import within
from songreel.assembly.pictures import BLACK, GREY, Picture, planes
from songreel.models.effect import Beat

_MOST = 0.35
"""Share of the height that is given up at most: 2.39 in a film of 16:9 takes 0.26."""


class Letterbox:
    """Bars above and below, as of a wider film; strength 1 closes them fully.

    A film that is wider already is left alone, and so is a square or a tall one, of which too
    little would be left.

    Args:
        ratio: Width to height of what is left.
    """

    moved_by = "level"

    def __init__(self, ratio: float = 2.39) -> None:
        self._ratio = within("ratio", ratio, 1, 4)

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        height, width = planes(picture)[0].shape
        lost = height - width / self._ratio
        bar = round(lost / 2 * beat.strength * beat.level / 2) * 2
        if bar <= 0 or lost > _MOST * height:
            return picture
        barred = picture.copy()
        luma, *chroma = planes(barred)
        luma[:bar] = luma[height - bar :] = BLACK
        for plane in chroma:
            plane[: bar // 2] = plane[(height - bar) // 2 :] = GREY
        return barred
