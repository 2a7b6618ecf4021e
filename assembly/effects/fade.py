"""The picture comes out of black or goes into it: `Fade`."""

from songreel.assembly.pictures import Picture, dim
from songreel.models.effect import Beat


class Fade:
    """Brightness follows the level: 1 the picture as it is, 0 black; `strength` 1 for all of it."""

    moved_by = "level"

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        gone = beat.strength * (1 - beat.level)
        return dim(picture, 1 - gone) if gone > 0.002 else picture
