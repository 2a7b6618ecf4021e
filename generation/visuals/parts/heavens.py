"""What lies in the depth of the sky: gas that young stars light, a spiral galaxy, a planet."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    colour,
    f32,
    fade,
    kernel,
    sample,
)
from songreel.generation.visuals.tables import filaments, spectral

LAYERS = 5
_DISC = 512
"""Cells a side of the tables of a galaxy, which span `_SPAN` of its radii either way."""
_SPAN = 1.28


@kernel
def add_gas(
    out: NDArray[np.float32],
    clear: Field,
    layers: Field,
    cloud: Field,
    wisps: Field,
    dust: Field,
    lut: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    cam_x: Any,
    cam_y: Any,
    truck: Any,
    lift: Any,
    first: int,
    past: Any,
    at: Any,
    sun_x: Any,
    sun_y: Any,
    lean_x: Any,
    lean_y: Any,
    dense: Any,
    glow: Any,
    core: Any,
    flare: Any,
    wave_at: Any,
    wave: Any,
    veil: Any,
    sky: Field,
) -> None:
    """Light of the gas into `out` and what it lets through into `clear` (coarse fields).

    `layers`, shape (layers, 6), is scratch. `first` and `past` are the flight: whole layers
    passed, and the part of the next.
    `veil` is how much dark dust there is more than usual, `wave` runs out from the young
    stars and is at `wave_at`, `sun` is where they are, `lean` the direction in which their light
    reaches far.
    """
    height, width, _ = out.shape
    for k in range(LAYERS):
        z = f32(k) + f32(1) - past
        number = first + k
        turn = f32(number % 7) * f32(0.9)
        layers[k, 0] = z
        layers[k, 1] = clamp01(z * f32(0.7)) * clamp01((f32(LAYERS) - z) * f32(0.6))
        layers[k, 2], layers[k, 3] = np.cos(turn), np.sin(turn)
        layers[k, 4] = at + f32(number % 64) * f32(193.3)
        layers[k, 5] = f32(number % 64) * f32(145.8)
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + cam_x
            y = x0 * m01 + y0 * m00 + cam_y
            dx, dy = x - sun_x, y - sun_y
            along, across = dx * lean_x + dy * lean_y, dy * lean_x - dx * lean_y
            # Bent, so that the lit band is an arc and not a bar.
            across = across + f32(0.30) * along * along
            reach = along * along * f32(0.9) + across * across * f32(7.5)
            near = f32(1) / (f32(1) + reach)
            ring = (np.sqrt(dx * dx + dy * dy) - wave_at) * f32(4)
            ring = wave / (f32(1) + ring * ring)
            spot = f32(1) / (f32(1) + (dx * dx + dy * dy) * f32(9))
            other = f32(1) / (
                f32(1)
                + f32(10) * ((dx + f32(1.1) * lean_x) * (dx + f32(1.1) * lean_x))
                + f32(10) * ((dy + f32(0.9) * lean_y) * (dy + f32(0.9) * lean_y))
            )
            through = f32(1)
            c0 = c1 = c2 = f32(0)
            for k in range(LAYERS):
                z, shown = layers[k, 0], layers[k, 1]
                ca, sa = layers[k, 2], layers[k, 3]
                # Far layers shift less when the camera moves aside, and look finer.
                wide = f32(0.75) + z * f32(0.42)
                px, py = x * wide + truck, y * wide + lift
                u = (px * ca - py * sa) * f32(50) + layers[k, 4]
                v = (px * sa + py * ca) * f32(50) + layers[k, 5]
                e = sample(cloud, u * f32(0.5), v * f32(0.5))
                f = sample(wisps, u, v)
                d = f * f32(0.52) + e * f32(0.70) - f32(0.62) + dense + near * f32(0.62)
                d = max(f32(0), d) * shown * f32(0.55)
                q = sample(dust, u * f32(1.15) + f32(90), v * f32(1.15) + f32(33))
                dark = q * f32(0.85) - e * f32(0.30) - f32(0.22) - near * f32(0.05) + veil
                dark = max(f32(0), dark) * shown
                depth = z * f32(1.0 / LAYERS)
                lit = (
                    f32(0.035)
                    + glow * (near * near * f32(0.85) + spot * f32(0.40))
                    + flare * other
                    + ring
                )
                tone = f32(0.18) + f32(0.30) * near + f32(0.24) * spot
                tone = tone + f32(0.10) * f * near + f32(0.16) * depth
                p0, p1, p2 = colour(lut, tone)
                light = through * d * (lit + f32(0.06) * depth)
                c0 += light * p0
                c1 += light * p1
                c2 += light * p2
                absorbed = dark * f32(1.7) + d * f32(0.28)
                through *= f32(1) / (f32(1) + absorbed + f32(0.5) * absorbed * absorbed)
            shine = core * (
                fade(dx * dx * f32(30) + dy * dy * f32(30)) * through + f32(0.04) * spot
            )
            out[j, i, 0] = c0 + through * sky[0] + shine * lut[230, 0]
            out[j, i, 1] = c1 + through * sky[1] + shine * lut[230, 1]
            out[j, i, 2] = c2 + through * sky[2] + shine * lut[230, 2]
            clear[j, i] = through


@lru_cache(maxsize=4)
def spiral(seed: int) -> tuple[NDArray[np.float32], ...]:
    """A galaxy seen from above: light of its arms, its dust, its knots of young stars.

    Two arms and a weaker pair between them, logarithmic spirals of 17° pitch as in M51
    (Honig and Reid, ApJ 800:53, 2015), broken up by noise.
    """
    y, x = (np.mgrid[0:_DISC, 0:_DISC] / _DISC - 0.5) * 2 * _SPAN
    r = np.hypot(x, y) + 1e-3
    wind = np.arctan2(y, x) - np.log(r) / np.tan(np.radians(17.0))
    cloud, wisps = spectral(_DISC, 2.8, seed + 1, 3.0), filaments(_DISC, seed + 2, 0.7)
    wind = wind + 0.30 * spectral(_DISC, 3.4, seed + 3, 2.0)
    main = (0.5 + 0.5 * np.cos(2 * wind)) ** 2.2
    spur = 0.30 * (0.5 + 0.5 * np.cos(4 * wind + 1.0)) ** 3
    edge = np.clip((1.12 - r) * 2.4, 0, 1)
    disc = np.exp(-r / 0.33) * edge
    light = disc * (0.16 + (main + spur) * np.clip(0.75 + 0.42 * wisps, 0.1, None) * 1.5)
    lane = (0.5 + 0.5 * np.cos(2 * wind + 0.9)) ** 4 * np.clip(0.7 + 0.5 * wisps, 0, None)
    dust = np.clip(lane * edge * np.clip(r * 9 - 0.5, 0, 1) * 1.5 + 0.1 * cloud, 0, None)
    rough = spectral(_DISC, 1.6, seed + 4, 6.0)
    knots = np.clip(rough - 1.7, 0, None) * main * edge * np.clip(r * 5 - 0.6, 0, 1)
    return tuple(np.ascontiguousarray(t, np.float32) for t in (light, dust, knots))


@kernel
def add_galaxy(
    out: Field, clear: Field, light: Field, dust: Field, knots: Field, view: Field, disc: Field,
    hues: Field,
) -> None:  # fmt: skip
    """Draw a galaxy on a coarse field.

    Args:
        out: Light, shape (rows, columns, 3), overwritten.
        clear: Share of the stars behind that is seen, shape (rows, columns), overwritten.
        light: See `spiral`; `dust` and `knots` likewise.
        dust: See `light`.
        knots: See `light`.
        view: Half the frame's width and height, cosine and sine of the roll over the zoom, camera.
        disc: Middle x and y, radius, cosine and sine of the long axis, cosine of the tilt, cosine
            and sine of the spin, light, core, radius and strength of a wave, light of the knots.
        hues: Core, arms, rim, knots, sky.
    """
    rows, columns, _ = out.shape
    step = f32(_DISC / (2 * _SPAN))
    for j in range(rows):
        y0 = view[1] * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows))
        for i in range(columns):
            x0 = view[0] * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            x = (x0 * view[2] - y0 * view[3] + view[4] - disc[0]) / disc[2]
            y = (x0 * view[3] + y0 * view[2] + view[5] - disc[1]) / disc[2]
            u, h = x * disc[3] + y * disc[4], y * disc[3] - x * disc[4]
            v = h / disc[5]
            r = np.sqrt(u * u + v * v)
            # Stars of the bulge stand above the disc: rounder than it.
            b = u * u + h * h * f32(1.5) / (disc[5] + f32(0.25))
            bulge = f32(0.0080) / (b + f32(0.0065))
            bulge = bulge * bulge * f32(0.9) + f32(0.010) / (b + f32(0.05))
            halo = f32(0.03) / (f32(0.3) + b * f32(4))
            arm = away = knot = wave = f32(0)
            if r < f32(_SPAN * 0.97):
                p = (u * disc[6] - v * disc[7] + f32(_SPAN)) * step
                q = (u * disc[7] + v * disc[6] + f32(_SPAN)) * step
                arm = sample(light, p, q) * disc[8]
                away = sample(dust, p, q)
                knot = sample(knots, p, q) * disc[12]
                off = (r - disc[10]) * f32(9)
                wave = disc[11] / (f32(1) + off * off)
            through = f32(1) / (f32(1) + away * f32(2.4))
            arm = arm * (f32(1) + wave * f32(2.2)) * through
            glow = bulge * disc[9] * (f32(0.35) + f32(0.65) * through)
            inner = clamp01(f32(1.15) - r * f32(2.3))
            outer = clamp01(r * f32(1.9) - f32(0.75))
            for c in range(3):
                tint = hues[1, c] + (hues[0, c] - hues[1, c]) * inner
                tint += (hues[2, c] - tint) * outer
                value = arm * tint * f32(2.0) + glow * hues[0, c] + halo * hues[1, c] * disc[8]
                out[j, i, c] = value + knot * hues[3, c] + hues[4, c]
            clear[j, i] = f32(1) / (f32(1) + (arm + bulge) * f32(2.5) + away)


@kernel
def add_planet(
    out: Field, clear: Field, bands: Field, view: Field, ball: Field, hues: Field
) -> None:
    """Draw a planet before its sun on a coarse field.

    Args:
        out: Light, shape (rows, columns, 3), overwritten.
        clear: Share of the stars behind that is seen, shape (rows, columns), overwritten.
        bands: Table of its clouds.
        view: See `add_galaxy`.
        ball: Middle x and y, radius, the sun's direction (x, y), light of the rim, spin, cosine and
            sine of the axis, light of the ring, cosine of the ring's tilt, lightning, its seed,
            light of the lit side, bass.
        hues: Sunlight, air, clouds, second clouds, sky, ring.
    """
    rows, columns, _ = out.shape
    sx, sy = ball[3], ball[4]
    for j in range(rows):
        y0 = view[1] * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows))
        for i in range(columns):
            x0 = view[0] * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            x = (x0 * view[2] - y0 * view[3] + view[4] - ball[0]) / ball[2]
            y = (x0 * view[3] + y0 * view[2] + view[5] - ball[1]) / ball[2]
            d2 = x * x + y * y
            d = np.sqrt(d2) + f32(1e-5)
            facing = (x * sx + y * sy) / d
            side = clamp01(f32(0.42) + f32(0.58) * facing)
            side = side * side * (f32(0.30) + f32(0.70) * side)
            soft = view[6] / ball[2]
            cover = clamp01((f32(1) - d) / soft + f32(0.5))
            edge = abs(d - f32(1)) * ball[2]
            # Air: a bright line on the limb, a halo of its own colour, all towards the sun.
            line_ = side * ball[5] * f32(0.0045) / (edge + f32(0.0040))
            halo = (
                side
                * ball[5]
                * (f32(0.50) * fade(edge * f32(26)) + f32(0.13) * fade(edge * f32(5)))
            )
            away = x - f32(1.02) * sx
            up = y - f32(1.02) * sy
            near = ball[5] * f32(0.014) / ((away * away + up * up) * ball[2] * ball[2] + f32(0.02))
            u, v = x * ball[7] + y * ball[8], y * ball[7] - x * ball[8]
            lit = tex = flash = f32(0)
            if cover > f32(0):
                nz = np.sqrt(max(f32(1) - d2, f32(0.0004)))
                lat = v * (f32(1) + f32(0.25) * v * v)
                lon = u / (f32(0.35) + nz) * f32(26) + ball[6]
                turb = sample(bands, lon * f32(1.7), lat * f32(120)) - f32(0.5)
                tex = sample(bands, lon * f32(0.22), lat * f32(74) + turb * f32(5))
                lit = (
                    max(sx * x * f32(0.97) + sy * y * f32(0.97) - f32(0.42) * nz, f32(0)) * ball[13]
                )
                spot = sample(bands, u * f32(31) + ball[12], v * f32(31) - ball[12])
                flash = clamp01((spot - f32(0.70)) * f32(5)) * ball[11]
            v2 = v / ball[10]
            ring = np.sqrt(u * u + v2 * v2)
            dense = f32(0)
            if ball[9] > f32(0) and f32(1.25) < ring < f32(2.5):
                grain = sample(bands, ring * f32(230), f32(9))
                dense = clamp01((grain - f32(0.30)) * f32(2.2)) * ball[9]
                dense *= clamp01((ring - f32(1.28)) * f32(9)) * clamp01((f32(2.4) - ring) * f32(3))
                dense *= f32(1) - cover if v > f32(0) else f32(1)
            for c in range(3):
                skin = hues[2, c] + (hues[3, c] - hues[2, c]) * tex
                body = skin * (lit * f32(1.15) + f32(0.010)) + hues[0, c] * flash
                body += hues[1, c] * halo * f32(0.8) + hues[0, c] * line_
                space = hues[4, c] + hues[1, c] * (halo + near) + hues[0, c] * line_ * f32(0.6)
                value = space + (body - space) * cover
                light = hues[5, c] * (f32(0.10) + f32(0.75) * side * side) * ball[13]
                out[j, i, c] = value + (light - value) * dense * f32(0.85)
            clear[j, i] = (f32(1) - cover) * (f32(1) - dense)
