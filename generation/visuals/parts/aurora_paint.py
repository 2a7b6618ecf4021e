"""Painting an aurora: rays into their fan, the fan and stars into the sky, land before it."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    kernel,
    line,
    sample,
)

COLUMNS, ROWS = 560, 144
"""Fan of the aurora: fine across, where rays are, coarse along them."""
HORIZON = -0.30
EDGE = 1.45
"""Where the fan ends: u / (1 + |u| / 2) of its outermost ray."""


@kernel
def hang(fan: Field, rays: Field, profile: Field, top: Any, hem: Any) -> None:
    """Add a curtain's rays to the fan, shape (2, columns, rows): lower and upper colour."""
    columns, rows = fan.shape[1], fan.shape[2]
    low = f32(HORIZON)
    per_row = (top - low) / f32(rows)
    for k in range(1, rays.shape[1]):
        light = rays[3, k]
        a, b = min(rays[0, k - 1], rays[0, k]), max(rays[0, k - 1], rays[0, k])
        if light < f32(0.002) or b < f32(0) or a >= f32(columns) or b - a > f32(30):
            continue
        foot, tall = rays[1, k], rays[2, k]
        start: Any = max(0, np.int64((top - foot - tall) / per_row))
        end: Any = min(rows, np.int64((top - foot) / per_row) + 1)
        # Where the curtain faces the eye a ray covers much of a column, thinly; where it is
        # seen edge-on many fall on one. That is how folds brighten; too much of it makes lamps.
        reach = max(b - a, f32(0.62))
        light = light * f32(0.36) / reach
        first: Any = max(0, np.int64(np.floor(a)))
        final: Any = min(columns - 1, np.int64(np.floor(a + reach)))
        scale = f32(255) / tall
        for x in range(first, final + 1):
            share = min(f32(x + 1), a + reach) - max(f32(x), a)
            amount = light * max(share, f32(0))
            for row in range(start, end):
                q = (top - (f32(row) + f32(0.5)) * per_row - foot) * scale
                i = np.int64(min(max(q, f32(0)), f32(255)))
                fan[0, x, row] += (profile[0, i] + profile[2, i] * (hem - f32(1))) * amount
                fan[1, x, row] += profile[1, i] * amount


@kernel
def _around(x: Any, y: Any) -> Any:
    """Angle of (x, y) in turns from 0 to 1, off by at most 0.0008, and its length."""
    ax, ay = abs(x), abs(y)
    t = min(ax, ay) / max(max(ax, ay), f32(1e-6))
    q = t * t
    angle = t * (f32(0.15915) + q * (f32(-0.05086) + q * f32(0.01671)))
    angle = f32(0.25) - angle if ay > ax else angle
    angle = f32(0.5) - angle if x < f32(0) else angle
    angle = f32(1) - angle if y < f32(0) else angle
    return angle, np.sqrt(x * x + y * y)


@kernel
def heavens(out: Field, view: Field, fan: Field, sky: Field, low: Field, high: Field) -> None:
    """Air and aurora for every pixel."""
    height, width, _ = out.shape
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    horizon = f32(HORIZON)
    zx, zy, top = view[5], view[6], view[7]
    per_row = f32(ROWS) / (top - horizon)
    body, upper = fan[0], fan[1]
    crown = view[8] > f32(0.5)
    for j in range(height):
        row = line(out, j)
        sy = (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height)) * view[3]
        if view[1] + sy * cos + abs(sin) * view[2] < horizon - f32(0.12):
            # Land lies over all of it.
            for i in range(width):
                for c in range(3):
                    row[3 * i + c] = sky[2, c]
            continue
        for i in range(width):
            sx = (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x = view[0] + sx * cos + sy * sin
            y = view[1] - sx * sin + sy * cos
            up = max(y - horizon, f32(0))
            a = clamp01(up * f32(0.85))
            b = clamp01(f32(1) - up * f32(2.6))
            b = b * b
            u = (x - zx) / max(zy - y, f32(0.2))
            u = u / (f32(1) + f32(0.5) * abs(u)) * f32(0.5 / EDGE) + f32(0.5)
            down = top - y
            if crown:
                u, down = _around(x - zx, zy - y)
            cx = min(max(u * f32(COLUMNS) - f32(0.5), f32(0)), f32(COLUMNS - 1.01))
            cy = min(max(down * per_row - f32(0.5), f32(0)), f32(ROWS - 1.01))
            ix, iy = np.int64(cx), np.int64(cy)
            tx, ty = cx - f32(ix), cy - f32(iy)
            n = ix * ROWS + iy
            p = body[n] + (body[n + 1] - body[n]) * ty
            q = body[n + ROWS] + (body[n + ROWS + 1] - body[n + ROWS]) * ty
            one = p + (q - p) * tx
            p = upper[n] + (upper[n + 1] - upper[n]) * ty
            q = upper[n + ROWS] + (upper[n + ROWS + 1] - upper[n + ROWS]) * ty
            two = p + (q - p) * tx
            for c in range(3):
                v = sky[1, c] + (sky[0, c] - sky[1, c]) * a
                v += (sky[2, c] - v) * b
                row[3 * i + c] = v + low[c] * one + high[c] * two


@kernel
def land(out: Field, tops: Field, spans: Field, tones: Field, mist: Field, light: Field,
         noise: Field, first: int, last: int, per: Any, drift: Any, snow: Any, shore: Any,
          tilt: Any) -> None:  # fmt: skip
    """Ridges from far to near below their outlines, each foot in mist."""
    height, width, _ = out.shape
    layers = tops.shape[0]
    fine = f32(1) / per
    for j in range(height):
        row = line(out, j)
        y = f32(j) + f32(0.5)
        if y > shore + abs(tilt) * f32(width) + f32(1):
            break
        # What a nearer ridge hides whole is not drawn.
        start = first
        for layer in range(first, last):
            if y > spans[layer, 1] + f32(1) and y < shore - abs(tilt) * f32(width):
                start = layer
        for layer in range(start, last):
            if y < spans[layer, 0] - f32(1):
                continue
            near = f32(layer) / f32(layers - 1)
            air = (f32(1) - near) * (f32(1) - near) * f32(0.30)
            thick = f32(1) - near * near
            steep = (f32(5.5) - near * f32(2.0)) * fine
            edge = tops[layer]
            down = y * fine * f32(60) + f32(layer * 40)
            move = drift * (near + f32(0.3))
            lit = f32(0.42) - f32(0.34) * near
            r0, g0, b0 = tones[layer, 0], tones[layer, 1], tones[layer, 2]
            for i in range(width):
                below = y - edge[i]
                cover = clamp01(below + f32(0.5))
                floor = shore + tilt * (f32(i) - f32(0.5) * f32(width))
                cover = cover if y < floor + f32(1) else f32(0)
                below = max(below, f32(0))
                foot = clamp01(below * steep)
                n = sample(noise, f32(i) * fine * f32(22) + move, down)
                fog = clamp01(air + foot * foot * (f32(0.10) + f32(0.8) * n) * thick * f32(0.75))
                rim = fade(below * f32(70) * fine) * f32(0.22)
                # Snow takes the light of the sky, more where it lies flat.
                field = snow * (f32(0.10) + f32(0.40) * (f32(1) - near)) * (f32(0.6) + f32(0.8) * n)
                shine = lit * fog + rim + field
                r = r0 + (mist[0] - r0) * fog + light[0] * shine
                g = g0 + (mist[1] - g0) * fog + light[1] * shine
                b = b0 + (mist[2] - b0) * fog + light[2] * shine
                row[3 * i] += (r - row[3 * i]) * cover
                row[3 * i + 1] += (g - row[3 * i + 1]) * cover
                row[3 * i + 2] += (b - row[3 * i + 2]) * cover


@kernel
def stars(out: Field, view: Field, stars: Field, tone: Field) -> None:
    """Stars as small points above the ridges; hats make them glitter."""
    height, width = out.shape[0], out.shape[1]
    cos, sin = f32(np.cos(view[4])), f32(np.sin(view[4]))
    for i in range(stars.shape[0]):
        x, y = stars[i, 0] - view[0] * f32(0.9), stars[i, 1] - view[1]
        sx, sy = x * cos - y * sin, x * sin + y * cos
        px = (sx / view[2] + f32(1)) * f32(0.5 * width) - f32(0.5)
        py = (f32(1) - sy / view[3]) * f32(0.5 * height) - f32(0.5)
        ix, iy = np.int64(np.floor(px)), np.int64(np.floor(py))
        if ix < 0 or iy < 0 or ix >= width - 1 or iy >= height - 1:
            continue
        tx, ty = f32(px - f32(ix)), f32(py - f32(iy))
        shimmer = f32(0.75) + f32(0.25) * np.sin(view[11] * f32(3) + stars[i, 3])
        light = stars[i, 2] * shimmer * (f32(1) + f32(1.2) * view[9])
        # A star fades where the aurora is bright, as it does to the eye.
        light /= f32(1) + f32(6) * (out[iy, ix, 0] + out[iy, ix, 1] + out[iy, ix, 2])
        for c in range(3):
            value = tone[c] * light
            out[iy, ix, c] += value * (f32(1) - tx) * (f32(1) - ty)
            out[iy, ix + 1, c] += value * tx * (f32(1) - ty)
            out[iy + 1, ix, c] += value * (f32(1) - tx) * ty
            out[iy + 1, ix + 1, c] += value * tx * ty
