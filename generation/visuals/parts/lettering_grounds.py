"""Grounds of the rooms that words stand in: paper, fog, card, sky."""

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


@kernel
def poster(out: Field, ground: Field, disc: Field, bar: Field, noise: Field, half_x: Any,
            half_y: Any, x0: Any, y0: Any, radius: Any, ring: Any, bx: Any, by: Any, slide: Any,
            share: Any, rings: Any) -> None:  # fmt: skip
    """Ground, diagonal bars of `share` width, a disc with rings around it, the grain of paper."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    sharp = f32(1) / per
    bar_sharp = sharp / np.sqrt(bx * bx + by * by)
    step = f32(1) / (ring * f32(1.5))
    for j in range(height):
        row = line(out, j)
        paper = noise[(j * 3 // 2) & 255]
        y = half_y - (f32(j) + f32(0.5)) * per
        fall = f32(1.06) - f32(0.22) * f32(j) / f32(height)
        dy = y - y0
        for i in range(width):
            x = (f32(i) + f32(0.5)) * per - half_x
            k = fall * (f32(0.93) + f32(0.14) * paper[(i * 3 // 2) & 255])
            p = x * bx + y * by + slide
            p = abs(p - np.floor(p) - f32(0.5))
            b = clamp01((share - p) * bar_sharp + f32(0.5))
            dx = x - x0
            r = np.sqrt(dx * dx + dy * dy)
            a = clamp01((radius - r) * sharp + f32(0.5))
            n = min(max(np.floor((r - radius) * step + f32(0.5)), f32(1)), rings)
            off = abs(r - radius - n * ring * f32(1.5))
            a = max(a, clamp01((ring * f32(0.22) - off) * sharp + f32(0.5)))
            for c in range(3):
                v = ground[c] + (bar[c] - ground[c]) * b
                row[3 * i + c] = (v + (disc[c] - v) * a) * k


@kernel
def darken(out: Field, shadow: Field, amount: Any) -> None:
    """Take away light where `shadow` (0 to 1) lies."""
    height, width, _ = out.shape
    for j in range(height):
        row, dark = line(out, j), line(shadow, j)
        for i in range(3 * width):
            row[i] *= f32(1) - amount * min(dark[i], f32(1))


@kernel
def add(out: Field, more: Field, amount: Any) -> None:
    """Add so much of another light."""
    height, width, _ = out.shape
    for j in range(height):
        row, light = line(out, j), line(more, j)
        for i in range(3 * width):
            row[i] += light[i] * amount


@kernel
def lay_fog(out: Field, glow: Field, wall: Field, tint: Field, noise: Field, drift: Any,
            amount: Any, base: Any, slide: Any) -> None:  # fmt: skip
    """A dark wall, and fog that shows the light of the sign where it is thick."""
    height, width, _ = out.shape
    cell = f32(230.0) / f32(width)
    for j in range(height):
        row, light = line(out, j), line(glow, j)
        up = f32(j) / f32(height)
        low = f32(0.35) + f32(0.9) * up
        for i in range(width):
            n = sample(noise, f32(i) * cell * f32(0.22) + drift + slide,
                       f32(j) * cell * f32(0.42) - drift * f32(0.3))  # fmt: skip
            n = n * n
            k = amount * (f32(0.35) + f32(1.5) * n)
            b = base * n * low
            w = f32(0.5) + low * f32(0.5)
            for c in range(3):
                row[3 * i + c] = wall[c] * w + tint[c] * b + light[3 * i + c] * k


@kernel
def tube(out: Field, xa: Any, ya: Any, xb: Any, yb: Any, thick: Any, tint: Field) -> None:
    """An upright or level tube of light, `thick` pixels of half width, with a hot core."""
    height, width, _ = out.shape
    reach = thick * f32(2.2)
    left, right = max(0, int(min(xa, xb) - reach)), min(width - 1, int(max(xa, xb) + reach) + 1)
    top, bottom = max(0, int(min(ya, yb) - reach)), min(height - 1, int(max(ya, yb) + reach) + 1)
    inverse = f32(1) / reach
    for j in range(top, bottom + 1):
        y = f32(j) + f32(0.5)
        dy = max(max(ya - y, y - yb), f32(0)) if ya != yb else y - ya
        for i in range(left, right + 1):
            x = f32(i) + f32(0.5)
            dx = max(max(xa - x, x - xb), f32(0)) if xa != xb else x - xa
            d = f32(1) - np.sqrt(dx * dx + dy * dy) * inverse
            if d > f32(0):
                d = d * d * f32(2.4)
                for c in range(3):
                    out[j, i, c] += d * (tint[c] + d * f32(0.25) * (tint[0] + tint[1] + tint[2]))


@kernel
def relief(field: Field, noise: Field, half_x: Any, half_y: Any, x0: Any, y0: Any, opened: Any,
            time: Any, ruffle: Any, zoom: Any) -> None:  # fmt: skip
    """Heights of a bowl with a ruffled rim, shape (rows, columns): 0 at its floor, rising."""
    height, width = field.shape
    inverse = f32(1) / zoom
    for j in range(height):
        row = field[j]
        y = (half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height)) - y0) * inverse
        for i in range(width):
            x = (half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) - x0) * inverse
            ex, ey = x / half_x, y / half_y
            r = np.sqrt(ex * ex + ey * ey)
            n = sample(noise, x * f32(13) + time, y * f32(13) + time * f32(0.4))
            n += f32(0.35) * sample(noise, x * f32(31) - time, y * f32(31) + f32(77))
            row[i] = r * f32(1.35) - opened + (n - f32(0.7)) * ruffle


@kernel
def sheets(out: Field, field: Field, tones: Field, noise: Field, steps: Any, light: Any,
            rim: Any) -> None:  # fmt: skip
    """Card cut along the heights of `field`, one sheet a step, each shading the one below."""
    height, width, _ = out.shape
    last = f32(tones.shape[0] - 1)
    for j in range(height):
        row, rise = line(out, j), field[j]
        paper = noise[(j * 3 // 2) & 255]
        for i in range(width):
            p = max(rise[i] * steps, f32(0))
            k = min(np.floor(p), last)
            t = p - k
            # In the shadow of the sheet above; lit along the sheet's own cut edge.
            shade = clamp01((t - f32(0.35)) * f32(1.55)) if k < last else f32(0)
            edge = clamp01(f32(1) - t * f32(16)) if k > f32(0) else f32(0)
            fibre = f32(0.90) + f32(0.20) * paper[(i * 3 // 2 + np.int64(k) * 37) & 255]
            v = light * fibre * (f32(1) - f32(0.62) * shade * shade + rim * edge)
            for c in range(3):
                row[3 * i + c] = tones[np.int64(k), c] * v


@kernel
def dusk(out: Field, low: Field, high: Field, sun: Field, noise: Field, half_x: Any, half_y: Any,
         sun_x: Any, sun_y: Any, radius: Any, level: Any, flow: Any,
         halo: Any) -> None:  # fmt: skip
    """A sky in the light of a low sun, with bands of cloud."""
    height, width, _ = out.shape
    per = f32(2) * half_y / f32(height)
    for j in range(height):
        row = line(out, j)
        y = half_y - (f32(j) + f32(0.5)) * per
        up = max(y - level, f32(0))
        depth = f32(1) / (up + f32(0.12))
        t = fade(up * f32(2.6))
        dy = (y - sun_y) * f32(1.35)
        for i in range(width):
            x = (f32(i) + f32(0.5)) * per - half_x
            dx = x - sun_x
            far = np.sqrt(dx * dx + dy * dy)
            glow = fade(max(far - radius, f32(0)) * f32(3.6)) * halo
            n = sample(noise, x * depth * f32(9) + flow, depth * f32(17) + f32(50))
            cloud = clamp01((n - f32(0.50)) * f32(3.2)) * clamp01(up * f32(7))
            lit = cloud * fade(far * f32(1.6)) * f32(0.45) * halo
            dim = f32(1) - f32(0.55) * cloud
            lit += glow * f32(0.42) * dim
            for c in range(3):
                row[3 * i + c] = (high[c] + (low[c] - high[c]) * t) * dim + sun[c] * lit


@kernel
def disc(out: Field, x: Any, y: Any, radius: Any, tint: Field, floor: Any) -> None:
    """A disc with an even edge, above row `floor`."""
    height, width, _ = out.shape
    left, right = max(0, int(x - radius) - 1), min(width - 1, int(x + radius) + 2)
    top, bottom = max(0, int(y - radius) - 1), min(min(height - 1, int(y + radius) + 2), int(floor))
    for j in range(top, bottom + 1):
        dy = f32(j) + f32(0.5) - y
        for i in range(left, right + 1):
            dx = f32(i) + f32(0.5) - x
            a = clamp01(radius - np.sqrt(dx * dx + dy * dy) + f32(0.5))
            for c in range(3):
                out[j, i, c] += (tint[c] - out[j, i, c]) * a
