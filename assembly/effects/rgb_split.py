"""The colours part on a hit: `RgbSplit`."""

import numpy as np

from songreel.assembly.effects.kernels import part_colours
from songreel.assembly.pictures import Picture, halves
from songreel.grading.checks import within
from songreel.models.effect import Beat


class RgbSplit:
    """Red and blue part to the sides on each hit and come together again.

    Args:
        amount: How far each goes at full strength, as a share of the picture's width.
        decay: Seconds in which it falls to 1/e.
    """

    moved_by = "hits"

    def __init__(self, amount: float = 0.008, decay: float = 0.12) -> None:
        self._amount = within("amount", amount, 0.0, 0.03)
        self._decay = within("decay", decay, 0.05, 0.4)

    def swings(self, strength: float) -> int:  # noqa: ARG002 (part of the contract)
        """See `safety.swings_of`: apart and together."""
        return 2

    def idle(self, beat: Beat) -> bool:
        """See `Effect`: a tenth of a pixel of 1280 is none."""
        return self._amount * 1280 * beat.strength * beat.ring(self._decay) < 0.1

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`. Measured at 1280×720 on one core: 3 ms a frame."""
        shift = self._amount * picture.shape[1] * beat.strength * beat.ring(self._decay)
        if self.idle(beat):
            return picture
        changed = np.empty_like(picture)
        part_colours(*halves(picture), shift, *halves(changed))
        return changed
