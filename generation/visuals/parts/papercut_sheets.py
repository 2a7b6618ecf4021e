"""Laying paper: edges and shadows of the sheets, sky and disc, windows, stars, birds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    hash1,
    kernel,
    line,
)
from songreel.generation.visuals.parts.papercut_worlds import CELLS, SPAN

BLOCK = 64
"""Columns that are laid together, from the sheet's highest edge to where all is hidden."""


@kernel
def tops(tops: Field, outlines: Field, places: Field, half_x: Any, half_y: Any, scale: Any,
          tilt: Any, sun_x: Any, frame: Any) -> None:  # fmt: skip
    """Rows of the sheets' edges, shape (sheets, columns).

    `places`, shape (sheets, 4): offset along the outline, magnification, height of its foot, how
    far it parts before the disc. `frame` is how high the nearest sheets stand at both sides.
    """
    sheets, columns = tops.shape
    for k in range(sheets):
        for i in range(columns):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            p = (x0 / places[k, 1] + places[k, 0]) * f32(CELLS / SPAN)
            c = np.floor(p)
            n = np.int64(c) & np.int64(CELLS - 1)
            a, b = outlines[k, n], outlines[k, (n + 1) & (CELLS - 1)]
            d = (x0 - sun_x) / (half_x * f32(0.55))
            y = (a + (b - a) * f32(p - c)) * places[k, 1] + places[k, 2]
            y -= places[k, 3] / (f32(1) + d * d)
            if k < 3:
                side = max(abs(x0) / half_x - f32(0.42) - f32(0.14) * f32(k), f32(0))
                y += frame * side * side * f32(3.6) * (f32(1) - f32(0.2) * f32(k))
            tops[k, i] = (half_y - y - x0 * tilt) * scale


@kernel
def shadows(shade: Field, tops: Field, cast: Any, sun: Any) -> None:
    """For each sheet the highest edge of all in front of it, as seen away from the light."""
    sheets, columns = tops.shape
    for i in range(columns):
        shift = min(max((f32(i) - sun) * f32(0.012), f32(-1)), f32(1)) * cast
        side = min(max(i + int(shift), 0), columns - 1)
        best = f32(1e6)
        for k in range(sheets):
            shade[k, i] = best
            best = min(best, tops[k, side])


@kernel
def bounds(spans: NDArray[np.int64], tops: Field, height: int) -> None:
    """First and last row of each sheet in each block of columns, shape (sheets, 2, blocks)."""
    sheets, columns = tops.shape
    for block in range(spans.shape[2]):
        hidden = f32(height)
        for k in range(sheets):
            low, high = tops[k, block * BLOCK], tops[k, block * BLOCK]
            for i in range(block * BLOCK, min(columns, (block + 1) * BLOCK)):
                low, high = min(low, tops[k, i]), max(high, tops[k, i])
            spans[k, 0, block] = min(max(int(low) - 1, 0), height)
            spans[k, 1, block] = min(max(int(hidden) + 2, 0), height)
            hidden = min(hidden, max(high, f32(-2)))


@kernel
def sky(out: Field, rings: Field, paper: Field, half_x: Any, half_y: Any, sun_x: Any,
        sun_y: Any, radius: Any, ring: Any, lamp: Any, glow: Any, pixel: Any,
        edge: Field) -> None:  # fmt: skip
    """The disc, the rings of paper around it, each a little in front of the next, and the sky."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    step = f32(1) / ring
    sharp = ring / per
    most = f32(rings.shape[0] - 1)
    blur = f32(1) / (f32(34) * pixel)
    bottom = min(height, int(edge.max()) + 2)
    for j in range(bottom, height):
        line(out, j)[:] = f32(0)
    for j in range(bottom):
        row = line(out, j)
        fibre = paper[(j * 3 // 2) & 255]
        dy = half_y - (f32(j) + f32(0.5)) * per - sun_y
        for i in range(width):
            dx = (f32(i) + f32(0.5)) * per - half_x - sun_x
            away = np.sqrt(dx * dx + dy * dy)
            p = min(max((away - radius) * step + f32(1), f32(0)), most)
            n = min(np.floor(p), most)
            t = p - n
            # The edge of a ring is one pixel soft; it throws a shadow on the next.
            a = clamp01((f32(1) - t) * sharp)
            k0 = np.int64(min(n, most))
            k1 = np.int64(min(n + f32(1), most))
            drop = clamp01(f32(1) - t * ring * f32(22)) if n > f32(0) else f32(0)
            near = f32(1) / (f32(1) + f32(1.3) * away * away)
            v = lamp * (f32(0.90) + f32(0.20) * fibre[(i * 3 // 2) & 255])
            v *= (f32(0.55) + f32(0.55) * near) * (f32(1) - f32(0.26) * drop * drop)
            v *= f32(1) + glow * near
            dark = clamp01(f32(1) - max(edge[i] - f32(j), f32(0)) * blur)
            v *= f32(1) - f32(0.35) * dark * dark
            for c in range(3):
                row[3 * i + c] = (rings[k1, c] + (rings[k0, c] - rings[k1, c]) * a) * v


@kernel
def sheet(out: Field, edge: Field, shadow: Field, tones: Field, paper: Field, half_x: Any,
           half_y: Any, sun_x: Any, sun_y: Any, foot_y: Any, lamp: Any, rim: Any, pixel: Any,
           slide: Any, span: NDArray[np.int64]) -> None:  # fmt: skip
    """Lay one sheet below `edge` (a row for each column), block by block of `span`."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    blur = f32(1) / (f32(34) * pixel)
    line_at = f32(1) / (f32(2.2) * pixel)
    r0, g0, b0, r1, g1, b1 = tones[0], tones[1], tones[2], tones[3], tones[4], tones[5]
    for block in range(span.shape[1]):
        left, right = block * BLOCK, min(width, (block + 1) * BLOCK)
        for j in range(span[0, block], span[1, block]):
            row = line(out, j)
            fibre = paper[(j * 3 // 2) & 255]
            y = half_y - (f32(j) + f32(0.5)) * per
            dy = y - sun_y
            # Light from behind comes in at the foot of each sheet and at its cut edge.
            foot = clamp01((foot_y + f32(0.12) - y) * f32(1.5))
            low = f32(0.72) + f32(0.55) * foot
            for i in range(left, right):
                inside = f32(j) + f32(0.5) - edge[i]
                a = clamp01(inside + f32(0.5))
                dx = (f32(i) + f32(0.5)) * per - half_x - sun_x
                near = f32(1) / (f32(1) + f32(1.6) * (dx * dx + dy * dy))
                cut = clamp01(f32(1) - inside * line_at)
                dark = clamp01(f32(1) - max(shadow[i] - f32(j), f32(0)) * blur)
                v = lamp * low * (f32(0.88) + f32(0.24) * fibre[(i * 3 // 2 + slide) & 255])
                v *= (f32(0.60) + f32(0.70) * near) * (f32(1) - f32(0.62) * dark * dark)
                v *= f32(1) + cut * (f32(0.5) + rim) * (f32(0.35) + near)
                t = clamp01(f32(0.45) * foot + f32(0.5) * near)
                p = 3 * i
                row[p] += ((r0 + (r1 - r0) * t) * v - row[p]) * a
                row[p + 1] += ((g0 + (g1 - g0) * t) * v - row[p + 1]) * a
                row[p + 2] += ((b0 + (b1 - b0) * t) * v - row[p + 2]) * a


@kernel
def windows(out: Field, edge: Field, half_x: Any, half_y: Any, offset: Any, size: Any,
             foot_y: Any, span: NDArray[np.int64], light: Any, hat: Any, tone: Field,
             seed: int) -> None:  # fmt: skip
    """Cut windows into a sheet of houses: some are lit, and some of those blink with the hats."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    cells = f32(26)
    for j in range(span[0].min(), span[1].max()):
        y = half_y - (f32(j) + f32(0.5)) * per
        v = (y - foot_y) / size * cells * f32(0.8)
        cell_v = np.floor(v)
        v = v - cell_v
        if v < f32(0.30) or v > f32(0.72):
            continue
        for i in range(width):
            block = i // BLOCK
            if f32(j) < edge[i] + f32(5) or j >= span[1, block]:
                continue
            x = (f32(i) + f32(0.5)) * per - half_x
            u = (x / size + offset) * cells
            cell_u = np.floor(u)
            u = u - cell_u
            if u < f32(0.30) or u > f32(0.70):
                continue
            h = hash1(np.int64(cell_u) * 131 + np.int64(cell_v), seed)
            if h < f32(0.24):
                k = light * (f32(0.6) + (f32(1.6) * hat if h < f32(0.06) else f32(0)))
                for c in range(3):
                    out[j, i, c] += tone[c] * k * f32(0.6)


@kernel
def pricks(out: Field, stars: Field, edge: Field, half_x: Any, half_y: Any, sun_x: Any,
            sun_y: Any, clear: Any, lamp: Any, twinkle: Any, slide: Any, pixel: Any,
            tone: Field) -> None:  # fmt: skip
    """Stars are holes pricked in the sky."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    for n in range(stars.shape[0]):
        x = stars[n, 0] * f32(4) - slide
        x = x - f32(4) * np.floor(x * f32(0.25)) - f32(2)
        y = half_y * (f32(1) - f32(1.1) * stars[n, 1] * stars[n, 1])
        px, py = (x + half_x) / per, (half_y - y) / per
        i, j = int(px), int(py)
        if px < f32(1) or py < f32(1) or i >= width - 2 or j >= height - 2:
            continue
        dx, dy = x - sun_x, y - sun_y
        if f32(j) + f32(2) > edge[i] or dx * dx + dy * dy < clear * clear:
            continue
        size = (f32(0.9) + f32(1.2) * stars[n, 2] * stars[n, 2]) * pixel
        k0 = lamp * f32(0.45) + (twinkle * f32(1.6) if n % 3 == 0 else f32(0))
        reach = int(size) + 1
        for b in range(max(0, j - reach), min(height, j + reach + 1)):
            for a0 in range(max(0, i - reach), min(width, i + reach + 1)):
                ex, ey = f32(a0) + f32(0.5) - px, f32(b) + f32(0.5) - py
                d = clamp01(size - np.sqrt(ex * ex + ey * ey) + f32(0.5)) * k0
                for c in range(3):
                    out[b, a0, c] += d * tone[c]


@kernel
def birds(out: Field, flock: Field, half_x: Any, half_y: Any, sun_y: Any, flow: Any,
          opened: Any, beat: Any, tone: Field) -> None:  # fmt: skip
    """Birds cut from paper cross before the disc, their wings beating."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    count = int(f32(flock.shape[0]) * min(opened, f32(1)))
    for n in range(count):
        x = flock[n, 0] * f32(4) + flow * (f32(0.05) + f32(0.03) * flock[n, 2])
        x = x - f32(4) * np.floor(x * f32(0.25)) - f32(2)
        y = sun_y * f32(0.7) + (flock[n, 1] - f32(0.35)) * f32(0.95) * half_y
        y += f32(0.03) * np.sin(flow * f32(0.9) + f32(n))
        span = (f32(0.030) + f32(0.055) * flock[n, 2] * flock[n, 2]) / per
        px, py = (x + half_x) / per, (half_y - y) / per
        # Wings rise and fall; a kick makes all of them beat.
        flap = np.sin(flow * f32(5.5) * (f32(0.8) + f32(0.4) * flock[n, 3]) + f32(n) * f32(1.9))
        flap = f32(0.25) + f32(0.42) * flap * min(f32(0.6) + beat * f32(0.5), f32(1.2))
        left, right = max(0, int(px - span)), min(width - 1, int(px + span) + 1)
        for i in range(left, right + 1):
            t = abs(f32(i) + f32(0.5) - px) / span
            if t >= f32(1):
                continue
            middle = py - span * flap * (t * f32(1.5) - t * t * f32(0.75))
            thick = max(span * f32(0.15) * (f32(1) - t), f32(0.4))
            if t < f32(0.12):
                thick = thick * f32(1.35)
            for j in range(
                max(0, int(middle - thick) - 1), min(height - 1, int(middle + thick) + 1) + 1
            ):
                a = clamp01(thick - abs(f32(j) + f32(0.5) - middle) + f32(0.5))
                for c in range(3):
                    out[j, i, c] += (tone[c] - out[j, i, c]) * a
