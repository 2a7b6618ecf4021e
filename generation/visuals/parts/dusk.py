"""The evening that birds fly in: its sky, its hills, and the water that mirrors both."""

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
    line,
    sample,
)


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
    storm: Any,
) -> None:
    """The evening sky, shape (rows, columns, 3).

    `contrast` is that of the clouds; `storm`, 0 to 1, a dark front overhead with a bright slit
    under it.
    """
    height, width, _ = out.shape
    for j in range(height):
        row = line(out, j)
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
            near = fade(f32(34) * d)
            tone = f32(0.78) - f32(0.60) * np.sqrt(clamp01(y * f32(0.72))) + lift
            tone = tone * (f32(0.60) + f32(0.40) * sun)
            tone += (c - f32(0.45)) * clamp01(y * f32(5)) * contrast * (f32(0.5) + f32(0.9) * sun)
            # The front: its edge hangs low and ragged, under it the sky is open.
            edge = clamp01((y - f32(0.15) - f32(0.07) * a) * f32(9)) * storm
            tone -= edge * (f32(0.15) - f32(0.12) * c)
            p0, p1, p2 = colour(lut, tone + f32(0.10) * sun)
            # Wide light has the colour of the sky by the sun, only its middle is pale.
            shut = f32(1) - f32(0.85) * edge
            warm = glow * f32(0.45) * sun * sun * sun * shut
            hot = glow * f32(0.90) * near * shut
            gain = (f32(0.55) + f32(0.60) * sun) * (f32(1) - f32(0.35) * edge)
            row[3 * i] = p0 * gain + warm * lut[196, 0] + hot * lut[240, 0]
            row[3 * i + 1] = p1 * gain + warm * lut[196, 1] + hot * lut[240, 1]
            row[3 * i + 2] = p2 * gain + warm * lut[196, 2] + hot * lut[240, 2]


@kernel
def paint_ridge(
    out: NDArray[np.float32], ridge: Field, foot: Field, tint: NDArray[np.float32], haze: Any
) -> None:
    """Land between two outlines, rows of shape (width,), with haze at its foot."""
    height, width, _ = out.shape
    top, bottom = height, 0
    for i in range(width):
        top, bottom = min(top, int(ridge[i]) - 1), max(bottom, int(foot[i]) + 1)
    for j in range(max(top, 0), min(bottom, height)):
        row = line(out, j)
        y = f32(j)
        for i in range(width):
            a = clamp01((y - ridge[i]) * f32(0.9) + f32(0.5)) * clamp01(foot[i] - y + f32(1))
            mist = clamp01((y - ridge[i]) / (foot[i] - ridge[i] + f32(1)))
            tone = f32(1) + haze * mist * mist
            row[3 * i] += (tint[0] * tone - row[3 * i]) * a
            row[3 * i + 1] += (tint[1] * tone - row[3 * i + 1]) * a
            row[3 * i + 2] += (tint[2] * tone - row[3 * i + 2]) * a


@kernel
def paint_water(
    out: NDArray[np.float32],
    above: NDArray[np.float32],
    shore: Field,
    ripple: Field,
    gold: Field,
    sun_px: Any,
    time: Any,
    sparkle: Any,
    calm: Any,
    pixel: Any,
) -> None:
    """Water below the shore line, and in it the mirror of all that is above.

    Args:
        out: Field, shape (height, width, 3).
        above: The same picture at half its size, from which the mirror is taken.
        shore: Row of the water's edge at each column.
        ripple: Noise table.
        gold: Colour of glitter, shape (3,).
        sun_px: Column of the sun.
        time: Scene time.
        sparkle: Light that is added to the glitter (a hat).
        calm: Height of the waves.
        pixel: Pixels of the field to a pixel of a 960 pixel wide frame.
    """
    height, width, _ = out.shape
    rows, columns = above.shape[0], above.shape[1]
    mirror = above.reshape(-1)
    top = height
    for i in range(width):
        top = min(top, max(int(shore[i]), 0))
    for j in range(top, height):
        row = line(out, j)
        for i in range(width):
            below = f32(j) - shore[i]
            cover = clamp01(below + f32(1))
            below = max(below, f32(0))
            depth = below / (f32(height) * f32(0.25))
            near = f32(1) / (depth + f32(0.10))
            x = (f32(i) - sun_px) / pixel
            r = sample(ripple, x * f32(0.16) * near + time * f32(2), f32(70) * near + time * f32(6))
            q = sample(
                ripple, x * f32(0.34) * near - time * f32(3), f32(300) * near + time * f32(9)
            )
            wave = f32(0.6) * r + f32(0.5) * q
            source = shore[i] - below * f32(1.05) - wave * calm * depth * f32(17) * pixel
            source = max(min(source, min(shore[i], f32(height)) - f32(2)), f32(0)) * f32(0.5)
            k = min(int(source), rows - 2)
            part = source - f32(k)
            side = (f32(i) + wave * depth * f32(5) * pixel) * f32(0.5)
            n = min(max(int(side), 0), columns - 1)
            at = (k * columns + n) * 3
            under = at + columns * 3
            away = abs(f32(i) - sun_px) / (f32(width) * (f32(0.05) + f32(0.16) * depth))
            path = max(f32(0), f32(1) - away * f32(0.55))
            glint = f32(0.35) * r + f32(0.75) * q - f32(0.75) + f32(0.35) * sparkle
            glitter = path * path * max(f32(0), glint)
            glitter = glitter * (f32(0.45) + f32(1.1) * sparkle) / (f32(0.5) + depth)
            keep = (f32(0.86) - f32(0.30) * clamp01(depth)) * (f32(1) + f32(0.10) * wave)
            keep = max(keep, f32(0.2))
            for c in range(3):
                mirrored = mirror[at + c]
                mirrored += (mirror[under + c] - mirrored) * part
                v = mirrored * keep + glitter * gold[c]
                row[3 * i + c] += (v - row[3 * i + c]) * cover
