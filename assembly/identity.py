"""Where one picture becomes another while both rush by: `turn`."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from songreel.models.effect import Setting
from songreel.models.transition import Kind, TransitionKind

Pictures = NDArray[np.float32]

SECTORS = 24
"""Directions from the middle in which a dive is looked at."""

APART = 0.02
"""Root mean square difference, full scale 1, under which two shots are too alike to tell."""

CLEAR = 0.5
"""By how much a step at the cut fits better than one two or more frames away, in frames that would
be wholly of the other shot. In 177 whips and zoom blurs it was 0.48 and more where the cut was
found, and 0.31 in the one that was found three frames off. It must also be more than the best step
itself misses by: a new shot that goes on changing under its blur, a tunnel whose rings grow, fits
no step well, and was found three frames late with 0.64 where the best step missed by 0.75."""


def turn(
    shown: Pictures, kind: Kind, settings: Mapping[str, Setting], beside: int
) -> tuple[int, float] | None:
    """The first picture of the new shot, and how clearly it is told.

    A whip or a dive takes the picture apart but leaves what lies across its way: a pan along a row
    leaves the row its mean colour, a dive leaves each ray from the middle its own. Seen so, every
    picture is near to the one shot or the other, and one step fits all of them.

    Args:
        shown: R'G'B' from 0 to 1, shape (frames, rows, columns, 3); the shots stand by themselves
            at both ends.
        kind: A whip or a zoom blur.
        settings: Its own.
        beside: Pictures at either end that show the shots themselves.

    Returns:
        (index into `shown`, how much better a step fits there than elsewhere, as `CLEAR`); None
        where the pictures do not tell.
    """
    seen = _across(shown, kind, settings)
    old, new = seen[:beside].mean(axis=0), seen[-beside:].mean(axis=0)
    way = new - old
    length = float(way @ way)
    if length < APART**2 * way.size:
        return None
    along = np.clip((seen - old) @ way / length, -0.5, 1.5)
    # Squares of the misses of a step at each place, from sums over what lies before and after it.
    before = np.concatenate([[0.0], np.cumsum(along**2)])
    after = np.concatenate([[0.0], np.cumsum((1 - along[::-1]) ** 2)])[::-1]
    misses = before + after
    place = int(np.argmin(misses))
    if not beside <= place <= len(seen) - beside:
        return None
    away = np.abs(np.arange(len(misses)) - place) >= 2
    margin = float(misses[away].min() - misses[place])
    return (place, margin) if margin >= max(CLEAR, misses[place]) else None


def _across(shown: Pictures, kind: Kind, settings: Mapping[str, Setting]) -> Pictures:
    """What the movement leaves as it is, shape (frames, n)."""
    if kind is TransitionKind.WHIP:
        upright = settings.get("way") in ("up", "down")
        means = shown.mean(axis=1 if upright else 2)
    else:
        weights = _sectors(shown.shape[1], shown.shape[2])
        means = np.einsum("srp,frpc->fsc", weights, shown)
    return np.asarray(means.reshape(len(shown), -1), np.float32)


@lru_cache(maxsize=8)
def _sectors(rows: int, columns: int) -> NDArray[np.float32]:
    """Weights of each place in each direction from the middle, shape (sectors, rows, columns)."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    y, x = y - (rows - 1) / 2, x - (columns - 1) / 2
    angle = np.arctan2(y, x) / (2 * np.pi) * SECTORS
    radius = np.hypot(x, y) / (rows / 2)
    inside = (radius > 0.1) & (radius <= 1)
    found = np.stack(
        [np.maximum(0, 1 - np.abs((angle - s + SECTORS / 2) % SECTORS - SECTORS / 2)) * inside
         for s in range(SECTORS)]
    )  # fmt: skip
    # Every distance counts alike: far places are many.
    found = found / np.maximum(radius, 0.1)
    return np.asarray(found / found.sum(axis=(1, 2), keepdims=True), np.float32)
