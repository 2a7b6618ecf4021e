"""The corners go dark: `Vignette`."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.effects.kernels import shade
from songreel.assembly.pictures import Picture, halves
from songreel.grading.checks import within
from songreel.models.effect import Beat


class Vignette:
    """The picture falls off towards its corners, as through an old lens.

    Args:
        amount: What the corners lose of their coded brightness at full strength.
        reach: How far from the middle it begins, as a share of the way to the corner.
    """

    moved_by = "level"

    def __init__(self, amount: float = 0.5, reach: float = 0.35) -> None:
        self._amount = within("amount", amount, 0.0, 1.0)
        self._reach = within("reach", reach, 0.0, 0.9)

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return round(self._amount * beat.strength * beat.level, 3) <= 0

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        if self.idle(beat):
            return picture
        loss = round(self._amount * beat.strength * beat.level, 3)
        changed = np.empty_like(picture)
        luma, chroma = halves(picture)
        shade(luma, chroma, _mask(*luma.shape, loss, self._reach), *halves(changed))
        return changed


@lru_cache(maxsize=4)
def _mask(rows: int, columns: int, loss: float, reach: float) -> NDArray[np.uint16]:
    """What is kept of each pixel, in 256ths; an ellipse, so that a wide film's sides fall too."""
    down = (np.arange(rows) + 0.5) / rows * 2 - 1
    across = (np.arange(columns) + 0.5) / columns * 2 - 1
    away = np.sqrt((down[:, None] ** 2 + across[None, :] ** 2) / 2)
    along = np.clip((away - reach) / (1 - reach), 0, 1)
    fall = along * along * (3 - 2 * along)
    return np.asarray(np.round(256 * (1 - loss * fall)), np.uint16)
