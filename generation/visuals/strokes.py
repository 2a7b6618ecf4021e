"""Lines and areas on a field, with edges that do not alias: `add_stroke`, `mix_polygon`."""

from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, line


@kernel
def add_stroke(
    out: NDArray[np.float32],
    x0: Any,
    y0: Any,
    x1: Any,
    y1: Any,
    width: Any,
    glow: Any,
    halo: Any,
    r: Any,
    g: Any,
    b: Any,
) -> None:
    """Add a straight stroke of light with round ends and a glow around it.

    Args:
        out: Field, shape (height, width, 3).
        x0: Pixels, its beginning; `y0` likewise. `x1`, `y1` is its end.
        y0: See `x0`.
        x1: See `x0`.
        y1: See `x0`.
        width: Pixels across; below 1 it is drawn as 1 and dimmer.
        glow: Pixels from its edge to where the glow ends; 0 for none.
        halo: Light of the glow beside the stroke, of the stroke's own.
        r: Red of its light; `g` and `b` likewise.
        g: See `r`.
        b: See `r`.
    """
    tall, wide, _ = out.shape
    half = max(width, f32(1)) * f32(0.5)
    dim = min(width, f32(1))
    reach = half + max(glow, f32(1))
    edge = half + f32(0.5)
    inverse = f32(1) / max(glow, f32(1e-3))
    dx, dy = x1 - x0, y1 - y0
    length = f32(1) / max(dx * dx + dy * dy, f32(1e-6))
    top = max(0, int(np.floor(min(y0, y1) - reach)))
    bottom = min(tall - 1, int(np.ceil(max(y0, y1) + reach)))
    for j in range(top, bottom + 1):
        py = f32(j) - y0
        # The part of the stroke within reach of this row bounds what there is to draw.
        t0, t1 = f32(0), f32(1)
        if abs(dy) > f32(1e-3):
            one, other = (py - reach) / dy, (py + reach) / dy
            t0, t1 = clamp01(min(one, other)), clamp01(max(one, other))
        low, high = min(x0 + dx * t0, x0 + dx * t1), max(x0 + dx * t0, x0 + dx * t1)
        left = max(0, int(np.floor(low - reach)))
        right = min(wide - 1, int(np.ceil(high + reach)))
        if right < left:
            continue
        row = line(out, j)[3 * left : 3 * right + 3]
        for i in range(right + 1 - left):
            px = f32(i + left) - x0
            t = clamp01((px * dx + py * dy) * length)
            ox, oy = px - dx * t, py - dy * t
            d = np.sqrt(ox * ox + oy * oy)
            soft = clamp01(f32(1) - (d - half) * inverse)
            light = max(clamp01(edge - d), soft * soft * halo) * dim
            row[3 * i] += light * r
            row[3 * i + 1] += light * g
            row[3 * i + 2] += light * b


_LINES = 4
"""Lines a row on which the edge of a polygon is met."""


@kernel
def mix_polygon(
    out: NDArray[np.float32],
    points: Field,
    cover: Field,
    a: Any,
    r: Any,
    g: Any,
    b: Any,
) -> None:
    """Turn what lies inside a polygon towards a colour; its edges are smooth.

    Args:
        out: Field, shape (height, width, 3).
        points: Corners in pixels (x, y), in order, shape (n, 2), either way round; it does not
            cross itself.
        cover: Room for width + 2.
        a: By how much, 0 to 1.
        r: Red; `g` and `b` likewise.
        g: See `r`.
        b: See `r`.
    """
    tall, wide, _ = out.shape
    count = points.shape[0]
    low = high = points[0, 1]
    west = east = points[0, 0]
    for n in range(1, count):
        low, high = min(low, points[n, 1]), max(high, points[n, 1])
        west, east = min(west, points[n, 0]), max(east, points[n, 0])
    top, bottom = max(0, floor(low)), min(tall - 1, ceil(high))
    first, last = max(0, floor(west) - 1), min(wide - 1, ceil(east) + 1)
    for j in range(top, bottom + 1):
        for i in range(first, last + 2):
            cover[i] = f32(0)
        for k in range(_LINES):
            y = f32(j) - f32(0.5) + (f32(k) + f32(0.5)) / f32(_LINES)
            for n in range(count):
                m = n + 1 if n + 1 < count else 0
                y0, y1 = points[n, 1], points[m, 1]
                if (y0 <= y) == (y1 <= y):
                    continue
                # An edge that goes down opens what lies right of it, one that goes up closes it.
                turn = f32(1.0 / _LINES) if y0 <= y else f32(-1.0 / _LINES)
                x = points[n, 0] + (points[m, 0] - points[n, 0]) * (y - y0) / (y1 - y0)
                # From column `at` on it is covered whole, and `share` of the one before.
                x = min(max(x + f32(0.5), f32(first)), f32(last + 1))
                at = int(x)
                share = f32(at + 1) - x
                cover[at] += turn * share
                cover[at + 1] += turn * (f32(1) - share)
        row, total = line(out, j), f32(0)
        for i in range(first, last + 1):
            total += cover[i]
            cover[i] = min(abs(total), f32(1)) * a
        for i in range(first, last + 1):
            k = cover[i]
            row[3 * i] += (r - row[3 * i]) * k
            row[3 * i + 1] += (g - row[3 * i + 1]) * k
            row[3 * i + 2] += (b - row[3 * i + 2]) * k
