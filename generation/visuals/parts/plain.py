"""A plain under a low sun: its sky, shadows, haze, ground, and the shafts of light over it."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, fade, kernel, line, sample


@kernel
def _sky(x: Any, y: Any, view: Field, ramp: Field, hues: Field, noise: Field) -> Any:
    """Light of the sky in a direction: its gradient, streaks of cloud and the sun's glow."""
    p = min(max(y, f32(0)) * f32(70), f32(62.9))
    i = int(p)
    t = p - f32(i)
    far = f32(1) / (y + f32(0.10))
    cloud = sample(noise, x * far * f32(9) + view[17] * f32(0.8), far * f32(26))
    streak = (cloud - f32(0.45)) * clamp01(y * f32(6))
    dx, dy = x - view[9], y - view[10]
    d = dx * dx + dy * dy
    glow = f32(0.16) / (f32(1) + d * f32(20)) + f32(0.012) / (d + f32(0.016))
    # Low haze spreads the glow along the horizon.
    glow += f32(0.17) / ((f32(1) + dx * dx * f32(3)) * (f32(1) + y * y * f32(130)))
    glow *= view[11] * (f32(1) + streak * f32(1.3))
    shade = f32(1) + streak * f32(0.9)
    return (
        (ramp[i, 0] + (ramp[i + 1, 0] - ramp[i, 0]) * t) * shade + hues[0, 0] * glow,
        (ramp[i, 1] + (ramp[i + 1, 1] - ramp[i, 1]) * t) * shade + hues[0, 1] * glow,
        (ramp[i, 2] + (ramp[i + 1, 2] - ramp[i, 2]) * t) * shade + hues[0, 2] * glow,
    )


@kernel
def _shadow(gx: Any, gz: Any, stones: Field, count: int, view: Field) -> Any:
    """Shares of the sun and of the sky that the stones let through to a place on the ground."""
    inverse = f32(1) / np.sqrt(f32(1) + view[9] * view[9])
    ax, az = view[9] * inverse, inverse
    rise = max(view[10], f32(0.03)) * inverse
    sun, sky = f32(1), f32(1)
    for n in range(count):
        dx, dz = stones[n, 0] - gx, stones[n, 1] - gz
        along = dx * ax + dz * az
        wide = abs(stones[n, 4] * (stones[n, 2] * az - stones[n, 3] * ax)) + abs(
            stones[n, 6] * (stones[n, 3] * az + stones[n, 2] * ax)
        )
        off = abs(dx * az - dz * ax)
        if along > f32(0):
            ray = along * rise
            soft = f32(0.03) + f32(0.10) * along
            foot, head = stones[n, 7], stones[n, 7] + f32(2) * stones[n, 5]
            narrow = wide * (f32(1) - stones[n, 8] * clamp01((ray - foot) / (head - foot)))
            hide = clamp01((narrow - off) / soft + f32(0.5))
            hide *= clamp01((head - ray) / (soft * f32(0.6)) + f32(0.5))
            hide *= clamp01((ray - foot) / (soft * f32(0.6)) + f32(0.5))
            sun *= f32(1) - hide
        lx = abs(dx * stones[n, 2] + dz * stones[n, 3]) - stones[n, 4]
        lz = abs(dz * stones[n, 2] - dx * stones[n, 3]) - stones[n, 6]
        away = max(max(lx, lz), f32(0)) + stones[n, 7]
        sky *= f32(1) - f32(0.75) * fade(away * f32(7))
    return sun, sky


@kernel
def light_plain(
    light: Field, veil: Field, view: Field, ramp: Field, hues: Field, noise: Field,
    stones: Field, count: int,
) -> None:  # fmt: skip
    """Coarse: what falls on the ground at each pixel (`light`) and what hangs before it (`veil`).

    Both of shape (rows, columns, 3). In the sky the first is 0, the second the sky itself.
    """
    rows, columns, _ = light.shape
    water = view[21] == f32(1)
    for j in range(rows):
        b = (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows)) * view[3]
        for i in range(columns):
            a = (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1)) * view[2]
            x, y = a * view[0] + b * view[1] + view[4], b * view[0] - a * view[1] + view[5]
            if y > f32(0):
                veil[j, i, 0], veil[j, i, 1], veil[j, i, 2] = _sky(x, y, view, ramp, hues, noise)
                light[j, i, 0] = light[j, i, 1] = light[j, i, 2] = f32(0)
                continue
            t = view[7] / max(-y, f32(0.002))
            gx, gz = view[6] + x * t, view[8] + t
            clear = fade(t * view[12])
            r, g, bl = _sky(x, f32(0.015), view, ramp, hues, noise)
            sun, sky = _shadow(gx, gz, stones, count, view)
            dx = x - view[9]
            if water:
                r2, g2, b2 = _sky(x, -y, view, ramp, hues, noise)
                mirror = f32(0.30) + f32(0.62) * fade(-y * f32(7))
                glint = view[11] * sun * f32(1.1) / (f32(1) + dx * dx * f32(60))
                veil[j, i, 0] = r + (r2 * mirror - r) * clear
                veil[j, i, 1] = g + (g2 * mirror - g) * clear
                veil[j, i, 2] = bl + (b2 * mirror - bl) * clear
                for k in range(3):
                    light[j, i, k] = hues[0, k] * glint * clear * f32(0.5)
            else:
                toward = f32(0.25) + f32(0.75) / (f32(1) + dx * dx * f32(3))
                warm = view[11] * sun * toward * f32(0.62)
                for k in range(3):
                    cold = (hues[1, k] * f32(1.7) + hues[5, k] * f32(0.7)) * sky
                    light[j, i, k] = (hues[0, k] * warm + cold) * hues[6, k] * clear
                veil[j, i, 0], veil[j, i, 1] = r * (f32(1) - clear), g * (f32(1) - clear)
                veil[j, i, 2] = bl * (f32(1) - clear)


@kernel
def paint_plain(out: Field, light: Field, view: Field, hues: Field, noise: Field) -> None:
    """Full: the ground's own texture times `light`, the ring that a kick sends out, the sun."""
    height, width, _ = out.shape
    kind = view[21]
    disc = view[23] * view[23]
    for py in range(height):
        b = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        # Rows of nothing but sky beside the sun are done.
        middle, tilt = b * view[0] + view[5], abs(view[2] * view[1])
        if middle - tilt >= f32(0) and abs(middle - view[10]) - tilt > view[23] * f32(1.15):
            continue
        for px in range(width):
            a = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x, y = a * view[0] + b * view[1] + view[4], b * view[0] - a * view[1] + view[5]
            if y >= f32(0):
                dx, dy = x - view[9], y - view[10]
                d = dx * dx + dy * dy
                if d < disc * f32(1.3):
                    edge = clamp01((disc - d) / (view[23] * view[22] * f32(3)) + f32(0.5))
                    edge *= clamp01(y * f32(40)) * view[24]
                    for k in range(3):
                        out[py, px, k] += hues[7, k] * edge
                continue
            t = view[7] / max(-y, f32(0.002))
            gx, gz = view[6] + x * t, view[8] + t
            near = f32(1) / (f32(1) + t * f32(0.16))
            if kind == f32(1):
                wave = sample(noise, gx * f32(16), gz * f32(70) + view[17] * f32(9))
                wave += sample(noise, gx * f32(61) + view[17] * f32(5), gz * f32(210))
                shine = clamp01((wave - f32(1.12)) * f32(4))
                detail = shine * shine * f32(2.2)
            else:
                low = sample(noise, gx * f32(9), gz * f32(21))
                fine = sample(noise, gx * f32(70) + low * f32(30), gz * f32(150))
                lift = f32(1.5) if kind == f32(0) else f32(0.8)
                detail = f32(1) + ((low - f32(0.5)) * f32(0.8) + (fine - f32(0.5)) * near) * lift
                if kind == f32(2):
                    spark = sample(noise, gx * f32(610), gz * f32(610)) - f32(0.86)
                    detail += max(spark, f32(0)) * f32(18) * near * (f32(0.3) + f32(2) * view[16])
                detail = max(detail, f32(0.1))
            out[py, px, 0] += light[py, px, 0] * detail
            out[py, px, 1] += light[py, px, 1] * detail
            out[py, px, 2] += light[py, px, 2] * detail
            if view[15] > f32(0.01):
                away = np.sqrt(
                    (gx - view[19]) * (gx - view[19]) + (gz - view[20]) * (gz - view[20])
                )
                off = (away - view[14]) * f32(4.5)
                ring = f32(1) / (f32(1) + off * off * off * off)
                wake = (
                    clamp01(-off * f32(0.08) + f32(0.02)) * fade(-off * f32(0.25))
                    if off < f32(0)
                    else f32(0)
                )
                ring = (ring * f32(0.6) + wake) * view[15] * fade(t * f32(0.10))
                ring *= f32(0.5) + detail * f32(0.5)
                for k in range(3):
                    out[py, px, k] += hues[3, k] * ring


@kernel
def add_shafts(out: Field, beam: Field, hue: Field, strength: Any) -> None:
    """Add the light that the haze scatters where stones do not stand in its way."""
    height, width, _ = out.shape
    r, g, b = hue[0] * strength, hue[1] * strength, hue[2] * strength
    for y in range(height):
        row, shaft = line(out, y), beam[y]
        for x in range(width):
            s = shaft[x]
            row[3 * x] += r * s
            row[3 * x + 1] += g * s
            row[3 * x + 2] += b * s
