"""The picture comes out of black or goes into it: `Fade`."""

from songreel.assembly.pictures import Picture, dim
from songreel.models.effect import Beat


class Fade:
    """Brightness follows the level: 1 the picture as it is, 0 black; `strength` 1 for all of it."""

    moved_by = "level"

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return beat.strength * (1 - beat.level) <= 0.002

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        if self.idle(beat):
            return picture
        return dim(picture, 1 - beat.strength * (1 - beat.level))
