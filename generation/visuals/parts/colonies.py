"""Colonies that grow: reaction and diffusion, and crystals, as heights over time.

They are grown once in a process and kept as a row of stages; a frame looks at any moment between
two of them, so that none needs the frame before it.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, kernel
from songreel.generation.visuals.tables import spectral

SIDE = 256
"""Cells a side of the world."""
STAGES = 24
"""Heights kept of a colony's life, from its seeds to its full size."""

Stages = NDArray[np.float32]
"""Shape (STAGES, SIDE, SIDE), 0 (bare) to about 1, read-only."""

_SPREAD = 0.5
"""Diffusion of the reaction's first substance; the pattern's width goes with its square root."""


class Habit(NamedTuple):
    """How a matter grows: rates of the Gray-Scott reaction, at the heart and at the rim."""

    feed: tuple[float, float]
    kill: tuple[float, float]
    steps: int
    """From the seeds to a full colony."""


CORAL = Habit((0.0545, 0.0545), (0.0620, 0.0620), 7400)
"""Branching walls (the "coral" of Pearson's map: Pearson, Science 261, 1993)."""
LICHEN = Habit((0.030, 0.0367), (0.0590, 0.0640), 7800)
"""Rings and spots that divide: walls at the heart, single cells at the rim."""


@kernel
def _react(u: Field, v: Field, u2: Field, v2: Field, feed: Field, kill: Field, top: int,
           bottom: int, left: int, right: int) -> None:  # fmt: skip
    """One step of Gray and Scott's reaction over rows [top, bottom) and columns [left, right)."""
    for j in range(top, bottom):
        # Rows as views that begin at 0: so the loop is taken eight cells at a time.
        ua, uc, ub = u[j - 1, left - 1 :], u[j, left - 1 :], u[j + 1, left - 1 :]
        va, vc, vb = v[j - 1, left - 1 :], v[j, left - 1 :], v[j + 1, left - 1 :]
        fed, killed = feed[j, left:], kill[j, left:]
        un, vn = u2[j, left:], v2[j, left:]
        for i in range(right - left):
            a, b = uc[i + 1], vc[i + 1]
            la = f32(0.2) * (ua[i + 1] + ub[i + 1] + uc[i] + uc[i + 2]) - a
            la += f32(0.05) * (ua[i] + ua[i + 2] + ub[i] + ub[i + 2])
            lb = f32(0.2) * (va[i + 1] + vb[i + 1] + vc[i] + vc[i + 2]) - b
            lb += f32(0.05) * (va[i] + va[i + 2] + vb[i] + vb[i + 2])
            r = a * b * b
            un[i] = a + f32(_SPREAD) * la - r + fed[i] * (f32(1) - a)
            vn[i] = b + f32(0.5 * _SPREAD) * lb + r - (fed[i] + killed[i]) * b


@kernel
def _extent(v: Field) -> Any:
    """First and last row and column where anything lives: (top, bottom, left, right)."""
    height, width = v.shape
    top, bottom, left, right = height, 0, width, 0
    for j in range(height):
        for i in range(width):
            if v[j, i] > f32(1e-4):
                top, bottom = min(top, j), max(bottom, j)
                left, right = min(left, i), max(right, i)
    return top, bottom, left, right


@lru_cache(maxsize=6)
def colony(habit: Habit, variant: int) -> Stages:
    """A colony of `habit`; `variant` chooses its seeds. About a quarter of a second."""
    random = np.random.default_rng((variant, 5))
    u, v = np.ones((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    middle = SIDE * (0.5 + 0.06 * (random.random(2) - 0.5))
    for n in range(5):
        off = (random.random(2) - 0.5) * (0.0 if n == 0 else 0.34) * SIDE
        cx, cy = middle + off
        # Uneven seeds: a round one would grow in mirror images.
        spot = np.hypot((x - cx) * (1 + 0.5 * random.random()), y - cy) < 3 + 2 * random.random()
        v[spot], u[spot] = 0.5, 0.4
    wander = 0.11 * spectral(SIDE, 3.2, 300 + variant, 2.0)
    away = np.clip(np.hypot(x - middle[0], y - middle[1]) / (0.40 * SIDE) + wander, 0.0, 1.4)
    out = np.clip(away, 0.0, 1.0)
    feed = (habit.feed[0] + (habit.feed[1] - habit.feed[0]) * out).astype(np.float32)
    # Beyond the colony's bounds nothing lives for long: it has a rim, and water around it.
    kill = habit.kill[0] + (habit.kill[1] - habit.kill[0]) * out
    edge = np.maximum(np.abs(x - SIDE / 2), np.abs(y - SIDE / 2)) / (SIDE / 2)
    bounds = np.maximum((away - 1.0) * 5.0, (edge - 0.88) * 12.0)
    kill = (kill + 0.02 * np.clip(bounds, 0.0, 1.0)).astype(np.float32)
    u2, v2 = u.copy(), v.copy()
    stages = np.zeros((STAGES, SIDE, SIDE), np.float32)
    stages[0] = v
    each = habit.steps // (STAGES - 1)
    for stage in range(1, STAGES):
        for step in range(each):
            if step % 16 == 0:
                top, bottom, left, right = _extent(v)
                top, bottom = max(1, top - 20), min(SIDE - 1, bottom + 21)
                left, right = max(1, left - 20), min(SIDE - 1, right + 21)
                u2[:], v2[:] = u, v
            _react(u, v, u2, v2, feed, kill, top, bottom, left, right)
            u, u2, v, v2 = u2, u, v2, v
        stages[stage] = v
    stages *= np.float32(1.0 / 0.38)
    stages.flags.writeable = False
    return stages


@kernel
def _freeze(s: Field, s2: Field, vapour: Field, near: Field, gain: Any) -> None:
    """One step of Reiter's snow crystals on rows of hexagons, odd rows half a cell to the right.

    Args:
        s: Water in each cell, frozen from 1 on; `s2` is written.
        s2: See `s`.
        vapour: Scratch: water that is free to spread.
        near: Scratch: 1 where a cell is frozen or has a frozen neighbour.
        gain: Water that such a cell is given, shape of `s`.
    """
    height, width = s.shape
    for j in range(1, height - 1):
        shift = j & 1
        for i in range(1, width - 1):
            k = i + shift
            touched = s[j, i] >= f32(1) or s[j, i - 1] >= f32(1) or s[j, i + 1] >= f32(1)
            touched = touched or s[j - 1, k - 1] >= f32(1) or s[j - 1, k] >= f32(1)
            touched = touched or s[j + 1, k - 1] >= f32(1) or s[j + 1, k] >= f32(1)
            near[j, i] = f32(1) if touched else f32(0)
            vapour[j, i] = f32(0) if touched else s[j, i]
    for j in range(1, height - 1):
        shift = j & 1
        for i in range(1, width - 1):
            k = i + shift
            around = vapour[j, i - 1] + vapour[j, i + 1] + vapour[j - 1, k - 1] + vapour[j - 1, k]
            around += vapour[j + 1, k - 1] + vapour[j + 1, k]
            free = f32(0.5) * vapour[j, i] + f32(1.0 / 12.0) * around
            s2[j, i] = free + near[j, i] * (s[j, i] + gain[j, i])


@lru_cache(maxsize=3)
def frost(variant: int) -> Stages:
    """Crystals whose air is uneven, so that they feather as frost on a window does.

    After Reiter, "A local cellular model for snow crystal growth" (Chaos, Solitons and Fractals
    23, 2005). About a quarter of a second.
    """
    random = np.random.default_rng((variant, 6))
    rows = round(SIDE / _ROW)
    damp = 0.50 + 0.08 * spectral(512, 3.4, 320 + variant, 3.0)[:rows, :SIDE]
    s = np.clip(damp, 0.3, 0.8).astype(np.float32)
    gain = (0.0012 + 0.0010 * np.abs(spectral(512, 3.0, 330 + variant, 4.0)))[:rows, :SIDE]
    gain = gain.astype(np.float32)
    for n in range(4):
        off = (random.random(2) - 0.5) * (0.12 if n == 0 else 0.62)
        s[int((0.5 + off[1]) * rows), int((0.5 + off[0]) * SIDE)] = 1.0
    s2, vapour, near = s.copy(), np.zeros_like(s), np.zeros_like(s)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    row = y / np.float32(_ROW)
    from_x = x - 0.5 * (np.rint(row).astype(int) & 1)
    stages = np.zeros((STAGES, SIDE, SIDE), np.float32)
    for stage in range(STAGES):
        for _ in range(_FREEZING // STAGES):
            _freeze(s, s2, vapour, near, gain)
            s, s2 = s2, s
        ice = np.where(s >= 1.0, 0.55 + 0.75 * (1.0 - np.exp(1.0 - np.maximum(s, 1.0))), 0.0)
        flat: Any = cv2.remap(
            ice.astype(np.float32), from_x.astype(np.float32), row, cv2.INTER_LINEAR
        )
        stages[stage] = cv2.GaussianBlur(flat, (0, 0), 0.8)
    stages.flags.writeable = False
    return stages


_ROW = 0.8660254
"""Height of a row of hexagons, in cells."""
_FREEZING = 1104
"""Steps from the seeds to the last stage."""
