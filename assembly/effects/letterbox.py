"""Black bars for a wider picture: `Letterbox`."""

from songreel.assembly.pictures import BLACK, GREY, Picture, planes
from songreel.models.effect import Beat


class Letterbox:
    """Bars above and below that leave a picture of `ratio`; `strength` 1 closes them fully.

    Args:
        ratio: Width to height of what is left; a film that is wider already is left alone.
    """

    def __init__(self, ratio: float = 2.39) -> None:
        if not 1 <= ratio <= 4:
            raise ValueError(f"a ratio of {ratio:g} is not between 1 and 4")
        self._ratio = ratio

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        height, width = planes(picture)[0].shape
        bar = round((height - width / self._ratio) / 2 * beat.strength * beat.level / 2) * 2
        if bar <= 0:
            return picture
        barred = picture.copy()
        luma, *chroma = planes(barred)
        luma[:bar] = luma[height - bar :] = BLACK
        for plane in chroma:
            plane[: bar // 2] = plane[(height - bar) // 2 :] = GREY
        return barred
