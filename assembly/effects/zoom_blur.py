"""The picture rushes outwards on a hit: `ZoomBlur`."""

from typing import Any

import cv2
import numpy as np

from songreel.assembly.effects.kernels import sharp_within
from songreel.assembly.effects.warp import Axis, Move, moved
from songreel.assembly.pictures import Picture, packed, planes
from songreel.grading.checks import place, within
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
        self._amount = within("amount", amount, 0.0, 0.2)
        self._decay = within("decay", decay, 0.05, 0.4)
        self._across, self._down = place("at", at)

    def swings(self, strength: float) -> int:
        """See `safety.swings_of`; as of a punch-in, which goes as far."""
        return 2 + round(25 * max(self._amount * strength - 0.03, 0.0))

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return self._reach(beat) < 0.003

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`.

        Each step lays the picture over itself, enlarged; the next does so twice as far: three
        steps are eight pictures. What is drawn out is soft, so that is done at half the size;
        around the point that stays, the picture itself is shown.
        """
        reach = self._reach(beat)
        if reach < 0.003:
            return picture
        step = (1 + reach) ** (1 / (2**_STEPS - 1))
        soft = _resized(picture, 0.5)
        for k in range(_STEPS):
            scale = step ** (2**k)
            move = Move(Axis.zoomed(scale, self._across), Axis.zoomed(scale, self._down))
            soft = packed(cv2.addWeighted(soft, 0.5, moved(soft, move), 0.5, 0.0))
        drawn = np.empty_like(picture)
        for i, (plane, out) in enumerate(zip(planes(picture), planes(drawn), strict=True)):
            rows, columns = plane.shape
            large: Any = cv2.resize(
                planes(soft)[i], (columns, rows), interpolation=cv2.INTER_LINEAR
            )
            middle = np.array([self._down * rows, self._across * columns], np.float32)
            sharp_within(plane, large, middle, reach, 1.5 if i == 0 else 0.75, out)
        return drawn

    def _reach(self, beat: Beat) -> float:
        return self._amount * beat.strength * beat.ring(self._decay)


def _resized(picture: Picture, factor: float) -> Picture:
    """`picture` smaller, its sides even."""
    rows, columns = planes(picture)[0].shape
    size = [max(2, round(side * factor / 2) * 2) for side in (rows, columns)]
    small = np.empty((size[0] * 3 // 2, size[1]), np.uint8)
    for plane, out in zip(planes(picture), planes(small), strict=True):
        out[:] = cv2.resize(plane, out.shape[::-1], interpolation=cv2.INTER_AREA)
    return small
