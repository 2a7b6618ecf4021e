"""From light to coded pictures: kernels of `post`, row by row.

Rows go through buffers that stay in the processor's cache, since a whole field of 1280 × 720 in
three channels does not, and every pass over one costs as much as the arithmetic on it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, kernel, line

# ITU-R BT.709: luma of coded R'G'B', and what the colour differences are divided by.
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_CB, _CR = 1.8556, 1.5748


@kernel
def shrink(light: Field, k: int, most: Any, row: Field, out: Field) -> None:
    """Means over k × k pixels of `light` into `out`, (h / k, w / k, 3) rounded up, up to `most`.

    `row` is room for a row of `light`, 3 × width.
    """
    height, width = light.shape[0], light.shape[1]
    for j in range(out.shape[0]):
        rows = min(k, height - j * k)
        source, to = line(light, j * k), line(out, j)
        for x in range(3 * width):
            row[x] = source[x]
        for n in range(1, rows):
            source = line(light, j * k + n)
            for x in range(3 * width):
                row[x] += source[x]
        whole = width // k
        share = f32(1) / f32(k * rows)
        if k == 2:
            for i in range(whole):
                for c in range(3):
                    to[3 * i + c] = (row[6 * i + c] + row[6 * i + 3 + c]) * share
        else:
            for i in range(whole):
                r = g = b = f32(0)
                for p in range(k * i, k * i + k):
                    r += row[3 * p]
                    g += row[3 * p + 1]
                    b += row[3 * p + 2]
                to[3 * i] = r * share
                to[3 * i + 1] = g * share
                to[3 * i + 2] = b * share
        if whole < out.shape[1]:
            share = f32(1) / f32((width - k * whole) * rows)
            for c in range(3):
                total = f32(0)
                for p in range(k * whole, width):
                    total += row[3 * p + c]
                to[3 * whole + c] = total * share
        for x in range(3 * out.shape[1]):
            to[x] = min(to[x], most)


def bell(sigma: float) -> NDArray[np.float32]:
    """Weights of a Gaussian, of its middle and of one side, as far as four sigma."""
    at = np.arange(max(2, round(4 * sigma) + 1))
    weights = np.exp(-0.5 * (at / max(sigma, 1e-3)) ** 2)
    bell: NDArray[np.float32] = (weights / (2 * weights.sum() - weights[0])).astype(np.float32)
    return bell


@kernel
def blur(source: Field, weights: Field, room: Field, out: Field) -> None:
    """Blur a picture of three channels, mirrored at its edges.

    Args:
        source: Shape (height, width, 3).
        weights: Of the middle and of its neighbours to one side, shape (n,).
        room: Room for a row and n pixels beyond each end: 3 × (width + 2n).
        out: Like `source`, written; another array.
    """
    height, width = source.shape[0], source.shape[1]
    taps = weights.shape[0]
    for j in range(height):
        row = room[3 * taps : 3 * (taps + width)]
        here, w = line(source, j), weights[0]
        for x in range(3 * width):
            row[x] = here[x] * w
        for n in range(1, taps):
            above = line(source, min(abs(j - n), height - 1))
            below = line(source, max(height - 1 - abs(height - 1 - j - n), 0))
            w = weights[n]
            for x in range(3 * width):
                row[x] += (above[x] + below[x]) * w
        for n in range(1, taps + 1):
            for c in range(3):
                room[3 * (taps - n) + c] = row[3 * min(n, width - 1) + c]
                room[3 * (taps + width - 1 + n) + c] = row[3 * max(width - 1 - n, 0) + c]
        to, w = line(out, j), weights[0]
        for x in range(3 * width):
            to[x] = row[x] * w
        for n in range(1, taps):
            left, right, w = room[3 * (taps - n) :], room[3 * (taps + n) :], weights[n]
            for x in range(3 * width):
                to[x] += (left[x] + right[x]) * w


@kernel
def _curve(x: Any) -> Any:
    """Film-like tone curve from light to coded sRGB (Hejl and Burgess-Dawson, GDC 2010)."""
    x = max(x - f32(0.004), f32(0))
    return (x * (f32(6.2) * x + f32(0.5))) / (x * (f32(6.2) * x + f32(1.7)) + f32(0.06))


@kernel
def _develop(
    light: Field,
    glow: Field,
    glow_row: Any,
    across: Field,
    down: Any,
    exposure: Any,
    bloom: Any,
    vignette: Any,
    row: Field,
    luma: Field,
    blue: Field,
    red: Field,
    sums: Field,
) -> None:
    """One row: the glow added, the corners darkened, the tone curve, then Y' and Cb, Cr.

    All three are added to `sums`, shape (3, width).
    """
    width = luma.shape[0]
    last = glow.shape[0] - 1
    at = min(max(glow_row, f32(0)), f32(last))
    above = min(int(at), max(last - 1, 0))
    t = at - f32(above)
    near, far = line(glow, above), line(glow, min(above + 1, last))
    stay = f32(1) - f32(0.25) * bloom
    sums_y, sums_cb, sums_cr = sums[0], sums[1], sums[2]
    for x in range(3 * width):
        row[x] = light[x] * stay + (near[x] + (far[x] - near[x]) * t) * bloom
    for x in range(width):
        # Light falls towards the corners as cos⁴ does: 1 / (1 + r²)².
        fall = f32(1) / (f32(1) + f32(0.55) * (across[x] + down))
        gain = exposure * (f32(1) - vignette * (f32(1) - fall * fall))
        r, g, b = row[3 * x] * gain, row[3 * x + 1] * gain, row[3 * x + 2] * gain
        # Strong light bleeds into the other layers of the film, so that a saturated lamp
        # burns out towards white and not towards a corner of the colour cube.
        over = f32(0.055) * (r + g + b)
        spill = over * over / (over + f32(0.25))
        r, g, b = _curve(r + spill), _curve(g + spill), _curve(b + spill)
        y = f32(_RED) * r + f32(_GREEN) * g + f32(_BLUE) * b
        cb, cr = (b - y) * f32(1 / _CB), (r - y) * f32(1 / _CR)
        luma[x], blue[x], red[x] = y, cb, cr
        sums_y[x] += y
        sums_cb[x] += cb
        sums_cr[x] += cr


@kernel
def develop(
    light: Field,
    glow: Field,
    across: Field,
    exposure: Any,
    bloom: Any,
    vignette: Any,
    rows: Field,
    luma: Field,
    chroma: Field,
    cells: Field,
) -> None:
    """Develop a field.

    Args:
        light: Shape (height, width, 3).
        glow: What spills around the bright: rows as wide as those of `light`, but fewer of them.
        across: Square of each column's distance from the middle, 1 at the edge: shape (width,).
        exposure: Factor on the light.
        bloom: Share of the glow.
        vignette: How much the corners darken, 0 to 1.
        rows: Room for ten rows, shape (10, width).
        luma: Y' from 0 (black) to 1 (white), shape (height, width), written.
        chroma: Cb and Cr, ±0.5, shape (2, height, width) or half as high and wide, then each the
            mean of the four pixels around it; written.
        cells: Means of Y', Cb and Cr over a grid, shape (3, grid rows, grid columns), written.
    """
    height, width = luma.shape
    scale = f32(glow.shape[0]) / f32(height)
    halved = chroma.shape[1] < height
    row, pairs, sums = rows[:3].reshape(-1), rows[3:7], rows[7:]
    sums[:] = f32(0)
    cell = first = 0
    for j in range(height):
        y = f32(2) * f32(j) / f32(max(height - 1, 1)) - f32(1)
        at = (f32(j) + f32(0.5)) * scale - f32(0.5)
        if halved:
            blue, red = pairs[2 * (j & 1)], pairs[2 * (j & 1) + 1]
        else:
            blue, red = chroma[0, j], chroma[1, j]
        _develop(
            line(light, j), glow, at, across, y * y, exposure, bloom, vignette, row, luma[j],
            blue, red, sums,
        )  # fmt: skip
        if halved and j & 1:
            for c in range(2):
                one, other, to = pairs[c], pairs[2 + c], chroma[c, j >> 1]
                for x in range(width // 2):
                    total = one[2 * x] + one[2 * x + 1] + other[2 * x] + other[2 * x + 1]
                    to[x] = total * f32(0.25)
        # A field of fewer rows than the grid gives several cells the same row.
        while cell < cells.shape[1] and (cell + 1) * height // cells.shape[1] <= j + 1:
            _gather(sums, j + 1 - first, cells[:, cell])
            if (cell + 2) * height // cells.shape[1] > j + 1:
                sums[:] = f32(0)
                first = j + 1
            cell += 1


@kernel
def _gather(sums: Field, count: int, cells: Field) -> None:
    """Means of the columns of each cell, from the sums of `count` rows."""
    width, columns = sums.shape[1], cells.shape[1]
    for c in range(columns):
        left = c * width // columns
        right = max((c + 1) * width // columns, left + 1)
        for k in range(3):
            total = f32(0)
            for x in range(left, right):
                total += sums[k, x]
            cells[k, c] = total / f32(count * (right - left))


@kernel
def means(plane: Field, out: Field) -> None:
    """Mean over each cell of a grid as fine as `out`, shape (rows, columns)."""
    height, width = plane.shape
    rows, columns = out.shape
    for r in range(rows):
        top = r * height // rows
        bottom = max((r + 1) * height // rows, top + 1)
        for c in range(columns):
            left = c * width // columns
            right = max((c + 1) * width // columns, left + 1)
            total = f32(0)
            for j in range(top, bottom):
                row = plane[j]
                for x in range(left, right):
                    total += row[x]
            out[r, c] = total / f32((bottom - top) * (right - left))
