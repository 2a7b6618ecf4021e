"""The picture gleams on a hit: `Pulse`."""

import cv2
import numpy as np

from songreel.assembly.pictures import Picture, packed
from songreel.grading.checks import within
from songreel.grading.codes import BLACK, GREY, WHITE
from songreel.models.effect import REST, Beat

_CODES = np.arange(256)


class Pulse:
    """The picture's own light rises on each hit and falls back; black and white stay.

    Hits that crowd are passed over: see `safety`.

    Args:
        amount: How much brighter the middle tones are at full strength: 0.2 for a fifth.
        decay: Seconds in which it falls to 1/e.
    """

    moved_by = "hits"

    def __init__(self, amount: float = 0.2, decay: float = 0.16) -> None:
        self._amount = within("amount", amount, 0.0, 0.5)
        self._decay = within("decay", decay, 0.05, 0.3)

    def swings(self, strength: float) -> int:  # noqa: ARG002 (part of the contract)
        """See `safety.swings_of`: up and down."""
        return 2

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return self._more(beat) <= 0.004

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        more = self._more(beat)
        if more <= 0.004:
            return picture
        rows = picture.shape[0] * 2 // 3
        light = (_CODES - BLACK) / (WHITE - BLACK)
        # As much brighter in the dark and in the middle, nothing in white: highlights keep their
        # drawing, and colours do not leave what a screen can show.
        lit = light + np.clip(light * (1 - light), 0, None) * 2 * more
        luma = np.round(BLACK + lit * (WHITE - BLACK))
        chroma = np.round(GREY + (_CODES - GREY) * (1 + more / 2))
        tables = [np.clip(table, 0, 255).astype(np.uint8) for table in (luma, chroma)]
        return packed(
            np.concatenate([cv2.LUT(picture[:rows], tables[0]), cv2.LUT(picture[rows:], tables[1])])
        )

    def _more(self, beat: Beat) -> float:
        return self._amount * beat.strength * beat.ring(self._decay, rest=REST)
