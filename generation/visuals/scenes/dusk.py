"""The evening that birds fly in: its sky, its hills, and the water that mirrors both."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, colour, f32, kernel, sample


@kernel
def paint_sky(
    out: NDArray[np.float32],
    lut: Field,
    cloud: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    pan_x: Any,
    pan_y: Any,
    horizon: Any,
    sun_x: Any,
    sun_y: Any,
    glow: Any,
    lift: Any,
    drift: Any,
    contrast: Any,
) -> None:
    """The evening sky, shape (rows, columns, 3)."""
    height, width, _ = out.shape
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + pan_x
            y = max(x0 * m01 + y0 * m00 + pan_y - horizon, f32(0))
            # Clouds lie on a plane overhead and run together towards the horizon.
            far = f32(1) / (y + f32(0.16))
            a = sample(cloud, x * far * f32(15) + drift, far * f32(46) + drift * f32(0.4))
            b = sample(cloud, x * far * f32(38) + drift * f32(1.6), far * f32(110))
            c = clamp01(f32(0.45) + f32(0.26) * a + f32(0.12) * b)
            c = c * c * (f32(3) - f32(2) * c)
            dx, dy = (x - sun_x) * f32(0.62), y - sun_y
            d = dx * dx + dy * dy
            sun = f32(1) / (f32(1) + f32(3.0) * d)
            near = np.exp(f32(-34) * d)
            tone = f32(0.78) - f32(0.60) * np.sqrt(clamp01(y * f32(0.72))) + lift
            tone = tone * (f32(0.60) + f32(0.40) * sun)
            tone += (c - f32(0.45)) * clamp01(y * f32(5)) * contrast * (f32(0.5) + f32(0.9) * sun)
            p0, p1, p2 = colour(lut, tone + f32(0.10) * sun)
            # Wide light has the colour of the sky by the sun, only its middle is pale.
            warm, hot = glow * f32(0.45) * sun * sun * sun, glow * f32(0.90) * near
            gain = f32(0.55) + f32(0.60) * sun
            out[j, i, 0] = p0 * gain + warm * lut[196, 0] + hot * lut[240, 0]
            out[j, i, 1] = p1 * gain + warm * lut[196, 1] + hot * lut[240, 1]
            out[j, i, 2] = p2 * gain + warm * lut[196, 2] + hot * lut[240, 2]


@kernel
def paint_land(
    out: NDArray[np.float32],
    ridge: Field,
    shore: Field,
    ripple: Field,
    hill: Field,
    gold: Field,
    sun_px: Any,
    time: Any,
    sparkle: Any,
    calm: Any,
    pixel: Any,
) -> None:
    """Hills above the shore line, and below it the mirror of all that is above.

    `ridge` and `shore` are rows, shape (width,): the top of the hills and the water's edge.
    """
    height, width, _ = out.shape
    for i in range(width):
        edge = shore[i]
        first = min(max(int(ridge[i]) - 1, 0), height)
        last = min(max(int(edge) + 1, 0), height)
        for j in range(first, last):
            a = clamp01((f32(j) - ridge[i]) * f32(0.7))
            # Haze lies at the hills' foot.
            mist = clamp01((f32(j) - ridge[i]) / (edge - ridge[i] + f32(1)))
            for c in range(3):
                tone = hill[c] * (f32(1) + f32(1.1) * mist * mist)
                out[j, i, c] += (tone - out[j, i, c]) * a
    top = height
    for i in range(width):
        top = min(top, max(int(shore[i]), 0))
    for j in range(top, height):
        for i in range(width):
            below = f32(j) - shore[i]
            if below < f32(0):
                continue
            depth = below / (f32(height) * f32(0.25))
            near = f32(1) / (depth + f32(0.10))
            r = sample(
                ripple,
                (f32(i) - sun_px) / pixel * f32(0.16) * near + time * f32(2),
                f32(70) * near + time * f32(6),
            )
            q = sample(
                ripple,
                (f32(i) - sun_px) / pixel * f32(0.34) * near - time * f32(3),
                f32(300) * near + time * f32(9),
            )
            wave = f32(0.6) * r + f32(0.5) * q
            source = shore[i] - below * f32(1.05) - wave * calm * depth * f32(17) * pixel
            source = max(min(source, min(shore[i], f32(height)) - f32(2)), f32(0))
            row = max(int(source), 0)
            part = source - f32(row)
            side = min(max(i + int(wave * depth * f32(5) * pixel), 0), width - 1)
            away = abs(f32(i) - sun_px) / (f32(width) * (f32(0.05) + f32(0.16) * depth))
            path = max(f32(0), f32(1) - away * f32(0.55))
            glint = f32(0.35) * r + f32(0.75) * q - f32(0.75) + f32(0.35) * sparkle
            glitter = path * path * max(f32(0), glint)
            glitter = glitter * (f32(0.45) + f32(1.1) * sparkle) / (f32(0.5) + depth)
            keep = (f32(0.86) - f32(0.30) * clamp01(depth)) * (f32(1) + f32(0.10) * wave)
            keep = max(keep, f32(0.2))
            for c in range(3):
                mirrored = out[row, side, c]
                mirrored += (out[row + 1, side, c] - mirrored) * part
                out[j, i, c] = mirrored * keep + glitter * gold[c]
