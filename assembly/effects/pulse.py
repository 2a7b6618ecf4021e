"""The picture gleams on a hit: `Pulse`."""

import cv2
import numpy as np

from songreel.assembly.effects.checks import within
from songreel.assembly.pictures import BLACK, GREY, Picture, packed
from songreel.models.effect import REST, Beat

_CODES = np.arange(256)


class Pulse:
    """The picture's own light rises on each hit and falls back; black stays black.

    Hits that crowd are passed over: see `safety`.

    Args:
        amount: How much brighter at full strength, in coded values: 0.2 for a fifth.
        decay: Seconds in which it falls to 1/e.
    """

    moved_by = "hits"

    def __init__(self, amount: float = 0.2, decay: float = 0.16) -> None:
        self._amount = within("amount", amount, 0.0, 0.5)
        self._decay = within("decay", decay, 0.05, 0.3)

    def swings(self, strength: float) -> int:  # noqa: ARG002 (part of the contract)
        """See `safety.swings_of`: up and down."""
        return 2

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        more = self._amount * beat.strength * beat.ring(self._decay, rest=REST)
        if more <= 0.004:
            return picture
        rows = picture.shape[0] * 2 // 3
        luma, chroma = (
            np.clip(np.round(zero + (_CODES - zero) * (1 + more)), 0, 255).astype(np.uint8)
            for zero in (BLACK, GREY)
        )
        return packed(
            np.concatenate([cv2.LUT(picture[:rows], luma), cv2.LUT(picture[rows:], chroma)])
        )
