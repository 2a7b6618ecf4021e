"""How far a wipe has come, seen in its pictures: `covered`, `expected`."""

import numpy as np
from numpy.typing import NDArray

from songreel.grading.codes import GAMMA

Pictures = NDArray[np.float32]
Shares = NDArray[np.float64]

_APART = 0.06
"""Difference of colour, full scale 1, under which a place does not tell old from new."""

_PLACES = 0.1
"""Share of the picture's places that must tell, for a wipe to be measured."""


def covered(shown: Pictures, beside: int) -> Shares | None:
    """Share of the new shot in each picture.

    Every place counts alike, however strongly the two shots differ there: places go over one after
    the other, and those that differ most would else set the time.

    Args:
        shown: R'G'B' from 0 to 1, shape (frames, rows, columns, 3).
        beside: Pictures at either end that show the shots themselves.

    Returns:
        Shape (frames,), 0 for the old shot and 1 for the new; None where too few places tell.
    """
    old, new = shown[:beside].mean(axis=0), shown[-beside:].mean(axis=0)
    telling = np.abs(new - old).max(axis=2) >= _APART
    if telling.mean() < _PLACES:
        return None
    light, start = shown[:, telling] ** GAMMA, old[telling] ** GAMMA
    way = new[telling] ** GAMMA - start
    # By light, as the shots are mixed; but a dark place's light is small, so its own scale counts.
    along = ((light - start) * way).sum(axis=2) / np.maximum((way * way).sum(axis=1), 1e-9)
    return np.asarray(np.clip(along, 0, 1).mean(axis=1), np.float64)


def expected(gone: Shares, edge: float) -> Shares:
    """Share of the picture that has gone over, of a wipe whose places take turns evenly.

    Args:
        gone: How far the wipe is, 0 to 1, shape (n,).
        edge: Share of its length that each place takes.
    """
    late = (np.arange(200) + 0.5) / 200
    share = np.clip((gone[:, None] * (1 + edge) - late) / edge, 0, 1)
    return np.asarray((share * share * (3 - 2 * share)).mean(axis=1))
