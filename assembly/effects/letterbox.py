"""Black bars for a wider picture: `Letterbox`."""

from songreel.assembly.pictures import Picture, planes
from songreel.grading.bars import bar_of, draw_bars, ratio_of
from songreel.models.effect import Beat


class Letterbox:
    """Bars above and below, as of a wider film; strength 1 closes them fully.

    A film that is wider already is left alone, and so is a square or a tall one, of which too
    little would be left.

    Args:
        ratio: Width to height of what is left.
    """

    moved_by = "level"

    def __init__(self, ratio: float = 2.39) -> None:
        self._ratio = ratio_of(ratio)

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return beat.strength * beat.level <= 0

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        height, width = planes(picture)[0].shape
        bar = bar_of(width, height, self._ratio, beat.strength * beat.level)
        if not bar:
            return picture
        barred = picture.copy()
        draw_bars(*planes(barred), bar)
        return barred
