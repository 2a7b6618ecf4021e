"""A burst of light on a hit: `Flash`."""

import cv2
import numpy as np

from songreel.assembly.pictures import Picture, packed
from songreel.grading.checks import within
from songreel.grading.codes import BLACK, GREY, WHITE
from songreel.models.effect import REST, Beat

_CODES = np.arange(256)


class Flash:
    """A burst of light on each hit, dying away: the picture overexposed, white at its height.

    Hits that crowd are passed over: see `safety`.

    Args:
        peak: How bright on the hit at full strength, 0 to 0.9.
        decay: Seconds in which it falls to 1/e.
    """

    moved_by = "hits"

    def __init__(self, peak: float = 0.7, decay: float = 0.1) -> None:
        self._peak = within("peak", peak, 0.0, 0.9)
        self._decay = within("decay", decay, 0.05, 0.3)

    def swings(self, strength: float) -> int:  # noqa: ARG002 (part of the contract)
        """See `safety.swings_of`: up and down."""
        return 2

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return self._share(beat) <= 0.004

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        share = self._share(beat)
        if share <= 0.004:
            return picture
        # The middle tones rise first, as in an overexposed picture, and keep their drawing; only
        # the height of the flash lies over the picture as a veil.
        light = np.clip((_CODES - BLACK) / (WHITE - BLACK), 0, 1) ** (1 / (1 + 2 * share))
        light += (1 - light) * share**2
        luma = np.round(BLACK + light * (WHITE - BLACK)).astype(np.uint8)
        chroma = np.round(GREY + (_CODES - GREY) * (1 - share**2)).astype(np.uint8)
        rows = picture.shape[0] * 2 // 3
        return packed(
            np.concatenate([cv2.LUT(picture[:rows], luma), cv2.LUT(picture[rows:], chroma)])
        )

    def _share(self, beat: Beat) -> float:
        return self._peak * beat.strength * beat.ring(self._decay, rest=REST)
