"""The picture rushes outwards on a hit: `ZoomBlur`."""

import cv2

from songreel.assembly.effects.checks import place, within
from songreel.assembly.effects.warp import Axis, Move, moved
from songreel.assembly.pictures import Picture, packed
from songreel.models.effect import Beat

_STEPS = 3
"""Doublings: 8 pictures laid over each other."""


class ZoomBlur:
    """The picture is drawn outwards on each hit, as by a zoom while the shutter is open.

    Args:
        amount: How much larger the last picture laid over the first is, at full strength.
        decay: Seconds in which it falls to 1/e.
        at: Across and down of the point that stays sharp, as shares of the picture.
    """

    moved_by = "hits"

    def __init__(
        self, amount: float = 0.08, decay: float = 0.1, at: tuple[float, ...] = (0.5, 0.5)
    ) -> None:
        self._amount = within("amount", amount, 0.0, 0.3)
        self._decay = within("decay", decay, 0.05, 0.4)
        self._across, self._down = place("at", at)

    def swings(self, strength: float) -> int:
        """See `safety.swings_of`."""
        return 2 + round(12 * self._amount * strength)

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`.

        Each step lays the picture over itself, enlarged; the next does so twice as far: three
        steps are eight pictures. They begin at the picture itself and go outwards.
        """
        reach = self._amount * beat.strength * beat.ring(self._decay)
        if reach < 0.003:
            return picture
        step = (1 + reach) ** (1 / (2**_STEPS - 1))
        for k in range(_STEPS):
            scale = step ** (2**k)
            move = Move(Axis.zoomed(scale, self._across), Axis.zoomed(scale, self._down))
            picture = packed(cv2.addWeighted(picture, 0.5, moved(picture, move), 0.5, 0.0))
        return picture
