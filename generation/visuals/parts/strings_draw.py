"""Drawing strings: their room, silk, single lines, and a skin of lines that hides itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, kernel, line, sine


@kernel
def silk(rows: Field, light: Field, places: Field, pluck: Field, v: Field) -> None:
    """Threads of one sheet: their rows in the field and their light, shape (threads, places).

    `v` holds zoom, place of the camera, scene time in turns, the sheet's phase, height of the
    slow waves, width of the sheet, height of plucks, of the kick's and of the snare's standing
    wave, place of the sheet, tilt, light, flare of single threads, half the frame's height and
    pixels a scene unit.
    """
    threads, count = rows.shape
    zoom, t, seed, swing, wide = v[0], v[2], v[3], v[4], v[5]
    gap = f32(2) / f32(threads - 1)
    step = (places[1] - places[0]) / zoom
    for n in range(threads):
        lag = gap * f32(n) - f32(1)
        rim2 = lag * lag
        rim = rim2 * rim2 * rim2
        own = v[11] * (f32(1) + (v[12] if n % 7 == 3 else f32(0)))
        before = f32(0)
        for i in range(count):
            x = places[i] / zoom + v[1]
            a = sine(f32(0.21) * x + t * f32(0.21) + lag * f32(0.13) + seed)
            bt = f32(0.37) * x - t * f32(0.16) + seed * f32(1.7)
            b = sine(bt + lag * f32(0.21))
            c = sine(f32(0.83) * x + t * f32(0.29) - lag * f32(0.17) + seed * f32(2.3))
            turn = sine(f32(0.27) * x + t * f32(0.13) + seed * f32(3.1))
            y = swing * (f32(0.50) * a + f32(0.30) * b + f32(0.10) * c)
            open_ = wide * (f32(0.10) + f32(0.9) * turn) * (f32(0.8) + f32(0.4) * b)
            y += lag * open_
            # A pluck takes the middle threads along, the outer ones less.
            y += v[6] * pluck[i] * (f32(1) - rim2) * (f32(1) - rim2)
            y += v[7] * sine(f32(0.9) * x + seed)
            y += v[8] * sine(f32(3.5) * x + lag * f32(0.5)) * sine(f32(0.6) * x - seed)
            # Silk: bright where the sheet is turned so that it mirrors the light.
            slope = (y - before) / step if i > 0 else f32(0)
            before = y
            face = open_ / max(wide, f32(0.05)) - f32(0.25) - f32(0.3) * slope
            gloss = f32(1) / (f32(1) + f32(9) * face * face)
            light[n, i] = own * (f32(0.30) + f32(0.75) * rim + f32(1.25) * gloss)
            y = (y + v[9]) * zoom + places[i] * v[10]
            rows[n, i] = (v[13] - y) * v[14] - f32(0.5)


@kernel
def ground(out: NDArray[np.float32], low: Field, high: Field, glow: Any, x0: Any, y0: Any) -> None:
    """Dark room with a soft light in it."""
    height, width, _ = out.shape
    for j in range(height):
        row = line(out, j)
        y = f32(2) * (f32(j) + f32(0.5)) / f32(height) - f32(1) - y0
        for i in range(width):
            x = f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1) - x0
            k = f32(1) / (f32(1) + f32(1.3) * x * x + f32(2.6) * y * y)
            k = k * k * glow
            row[3 * i] = low[0] + high[0] * k
            row[3 * i + 1] = low[1] + high[1] * k
            row[3 * i + 2] = low[2] + high[2] * k


_FINEST = 1.5
"""Half width in pixels below which a line would beat with the grid of pixels: thinner ones are
drawn this wide and so much dimmer, and where many lie close they add up to an even sheet."""


@kernel
def _thick(wide: Any) -> Any:
    """Half width in pixels to draw a line of `wide` pixels with, and what is left of its light.

    Lines are (1 − d²/w²)² across: at 1.5 pixels its samples add up to the same within 2 %
    wherever the line runs between them.
    """
    drawn = max(wide, f32(_FINEST))
    return drawn, wide / drawn


@kernel
def _beads(i: int, width: int, run: Any, bead: Any) -> Any:
    """Factor on a string's light in column `i`: beads lie at `run` and every third from there."""
    run = f32(i) / f32(width) * f32(3) - run
    run = abs(run - np.floor(run) - f32(0.5)) * f32(2)
    spot = max(run - f32(0.93), f32(0)) * f32(14)
    return f32(1) + bead * spot * spot


@kernel
def _across(
    whole: Field, width: int, i: int, y: Any, top: int, bottom: int, inverse: Any,
    k: Any, r: Any, g: Any, b: Any,
) -> None:  # fmt: skip
    """Add a line's light in column `i` of rows `top` to `bottom`; `inverse` of its half width."""
    for j in range(top, bottom + 1):
        d = (f32(j) - y) * inverse
        d = f32(1) - d * d
        if d > f32(0):
            d = d * d * k
            at = (j * width + i) * 3
            whole[at] += d * r
            whole[at + 1] += d * g
            whole[at + 2] += d * b


@kernel
def draw(out: Field, rows: Field, light: Field, tint: Field, runs: Field, wide: Any,
          bead: Any) -> None:  # fmt: skip
    """Add strings of `wide` pixels of half width; `rows` and `light` hold their places.

    Beads of light lie where `runs` says, and every third of the field from there.
    """
    height, width, _ = out.shape
    strings, places = rows.shape
    step = f32(places - 1) / f32(width - 1)
    whole = out.reshape(-1)
    wide, dim = _thick(wide)
    for n in range(strings):
        r, g, b = tint[n, 0], tint[n, 1], tint[n, 2]
        for i in range(width):
            p = min(f32(i) * step, f32(places) - f32(1.001))
            q = np.int64(p)
            t = p - f32(q)
            y0, y1 = rows[n, q], rows[n, q + 1]
            y = y0 + (y1 - y0) * t
            slope = (y1 - y0) * step
            reach = wide * min(np.sqrt(f32(1) + slope * slope), f32(8))
            top, bottom = max(0, int(y - reach)), min(height - 1, int(y + reach) + 1)
            if top > bottom:
                continue
            k = (light[n, q] + (light[n, q + 1] - light[n, q]) * t) * dim
            if bead > f32(0):
                k *= _beads(i, width, runs[n], bead)
            inverse = f32(1) / reach
            _across(whole, width, i, y, top, bottom, inverse, k, r, g, b)


@kernel
def _trace(row: Field, light: Field, xs: Field, ys: Field, lights: Field) -> None:
    """A line of points as its row and light in every column; −1e6 where it is not."""
    width = row.shape[0]
    row[:] = f32(-1e6)
    for k in range(xs.shape[0] - 1):
        xa, xb = xs[k], xs[k + 1]
        if xb - xa < f32(1e-4):
            continue
        first, last = max(0, int(np.ceil(xa))), min(width - 1, int(np.floor(xb)))
        for i in range(first, last + 1):
            t = (f32(i) - xa) / (xb - xa)
            row[i] = ys[k] + (ys[k + 1] - ys[k]) * t
            light[i] = lights[k] + (lights[k + 1] - lights[k]) * t


@kernel
def skin(out: Field, px: Field, py: Field, light: Field, tint: Field, runs: Field, dark: Field,
          front: Field, wide: Any, bead: Any, scratch: Field) -> None:  # fmt: skip
    """Lines of a surface from far to near; each hides what is behind, down to the near rim.

    `front`, shape (2, places), is that rim; `scratch`, shape (3, width): the row of each column's
    line, its light, and the rim's row.
    """
    height, width, _ = out.shape
    whole = out.reshape(-1)
    y_, k_, rim = scratch[0], scratch[1], scratch[2]
    _trace(rim, k_, front[0], front[1], front[1])
    wide, dim = _thick(wide)
    for n in range(px.shape[0]):
        _trace(y_, k_, px[n], py[n], light[n])
        r, g, b = tint[n, 0], tint[n, 1], tint[n, 2]
        for i in range(width):
            y = y_[i]
            if y < f32(-1e5):
                continue
            slope = f32(0)
            if i > 0 and y_[i - 1] > f32(-1e5):
                slope = y - y_[i - 1]
            reach = wide * min(np.sqrt(f32(1) + slope * slope), f32(6))
            floor = min(height - 1, int(min(rim[i], y + f32(0.22) * f32(height))))
            k = k_[i] * dim
            for j in range(max(0, int(y)), floor + 1):
                at = (j * width + i) * 3
                cover = min(max(f32(j) - y + f32(0.5), f32(0)), f32(1))
                # Light from below shines through where the skin is raised.
                own = (f32(1) + f32(0.5) * k) * cover
                cover = f32(1) - cover
                whole[at] = whole[at] * cover + dark[0] * own
                whole[at + 1] = whole[at + 1] * cover + dark[1] * own
                whole[at + 2] = whole[at + 2] * cover + dark[2] * own
            if bead > f32(0):
                k *= _beads(i, width, runs[n], bead)
            inverse = f32(1) / reach
            top, bottom = max(0, int(y - reach)), min(height - 1, int(y + reach) + 1)
            _across(whole, width, i, y, top, bottom, inverse, k, r, g, b)


@kernel
def hoop(out: Field, line_: Field, tint: Field, wide: Any) -> None:
    """The near rim: a bright line that is as wide wherever it runs."""
    height, width, _ = out.shape
    for k in range(line_.shape[1] - 1):
        xa, ya, xb, yb = line_[0, k], line_[1, k], line_[0, k + 1], line_[1, k + 1]
        left, right = max(0, int(min(xa, xb) - wide)), min(width - 1, int(max(xa, xb) + wide) + 1)
        top, bottom = max(0, int(min(ya, yb) - wide)), min(height - 1, int(max(ya, yb) + wide) + 1)
        dx, dy = xb - xa, yb - ya
        inverse = f32(1) / max(dx * dx + dy * dy, f32(1e-6))
        for j in range(top, bottom + 1):
            for i in range(left, right + 1):
                px, py = f32(i) - xa, f32(j) - ya
                t = (px * dx + py * dy) * inverse
                if t < f32(0) or t >= f32(1):
                    continue
                ex, ey = px - t * dx, py - t * dy
                d = f32(1) - np.sqrt(ex * ex + ey * ey) / wide
                if d > f32(0):
                    for c in range(3):
                        out[j, i, c] += d * d * tint[c]
