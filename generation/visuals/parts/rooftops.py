"""Roofs of a town at evening: rows of houses, their windows, and what stands on them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, hash2, kernel, line

CELLS = 512
"""Places along a skyline."""


def skyline(random: np.random.Generator, widest: int, tallest: float) -> NDArray[np.float32]:
    """Heights of a row of houses along CELLS places, 0 to about 1: blocks, gables and masts."""
    heights = np.zeros(CELLS, np.float32)
    at = 0
    while at < CELLS:
        wide = int(random.integers(4, widest))
        tall = float(0.35 + 0.65 * random.random() ** 2 * tallest)
        house = heights[at : at + wide]
        house[:] = tall
        kind = random.random()
        if kind < 0.3:  # a gable
            house += 0.10 * (1.0 - np.abs(np.linspace(-1.0, 1.0, len(house))))
        elif kind < 0.6 and len(house) > 6:  # something on the roof
            first = int(random.integers(1, len(house) - 3))
            house[first : first + 2] += 0.07 + 0.06 * random.random()
        elif kind < 0.75:  # a mast
            house[len(house) // 2] += 0.25
        at += wide
    return heights


@kernel
def paint_roofs(
    out: NDArray[np.float32],
    heights: Field,
    first: Any,
    step: Any,
    base: Field,
    tall: Any,
    wall: NDArray[np.float32],
    lamp: NDArray[np.float32],
    rim: NDArray[np.float32],
    window: Any,
    lit: Any,
    twinkle: Any,
    turn: int,
    seed: int,
    haze: Any,
) -> None:
    """One row of houses, down to the bottom of the frame.

    Args:
        out: Field, shape (height, width, 3).
        heights: Of `skyline`.
        first: Place in it at the first column; `step` a column.
        step: See `first`.
        base: Row on which height 0 stands at each column.
        tall: Pixels of height 1.
        wall: Colour of the walls, shape (3,); `lamp` of windows, `rim` of roofs under the sky.
        lamp: See `wall`.
        rim: See `wall`.
        window: Pixels of a storey; 0 for none.
        lit: Share of the windows with light.
        twinkle: Light that some windows gain (a hat).
        turn: Which ones.
        seed: Chooses the windows.
        haze: How much paler the walls are at their foot.
    """
    height, width, _ = out.shape
    highest = f32(0)
    for k in range(heights.shape[0]):
        highest = max(highest, heights[k])
    lowest = f32(height)
    for i in range(width):
        lowest = min(lowest, base[i])
    top = max(0, int(lowest - highest * tall) - 2)
    mask = heights.shape[0] - 1
    for j in range(top, height):
        row = line(out, j)
        y = f32(j)
        for i in range(width):
            place = first + step * f32(i)
            k = int(np.floor(place))
            roof = base[i] - heights[k & mask] * tall
            a = clamp01(y - roof + f32(0.5))
            if a <= f32(0):
                continue
            down = y - roof
            pale = haze * clamp01(down / (tall * f32(0.8)))
            edge = clamp01(f32(1.6) - down) * f32(0.5)
            light = f32(0)
            if window > f32(0) and down > window:
                v = down / window
                cell = int(v)
                inside = v - f32(cell)
                across = place - np.floor(place)
                own = hash2(k, cell, seed)
                if own < lit and f32(0.3) < inside < f32(0.8) and f32(0.2) < across < f32(0.8):
                    light = f32(0.35) + f32(0.9) * hash2(cell, k, seed + 7)
                    if hash2(k, cell, seed + 31 + turn) > f32(0.7):
                        light += twinkle
            for c in range(3):
                v = wall[c] * (f32(1) + pale) + rim[c] * edge + lamp[c] * light
                row[3 * i + c] += (v - row[3 * i + c]) * a
