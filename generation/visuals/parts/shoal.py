"""Under water, where a shoal swims: light that falls through the surface, rocks and kelp."""

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
    sine,
)


@kernel
def paint_deep(
    out: NDArray[np.float32],
    lut: Field,
    cloud: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    pan_x: Any,
    pan_y: Any,
    sun_x: Any,
    glow: Any,
    lift: Any,
    drift: Any,
    shafts: Any,
) -> None:
    """Water from the surface down into the dark, shape (rows, columns, 3).

    Args:
        out: See above.
        lut: The palette's ramp, shape (256, 3).
        cloud: Noise table.
        half_x: Half the frame's width; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the camera's roll over its zoom; `m01` its sine.
        m01: See `m00`.
        pan_x: Where the lens points; `pan_y` likewise.
        pan_y: See `pan_x`.
        sun_x: Where the sun stands over the surface.
        glow: Its light.
        lift: Light of all the water, on the ramp.
        drift: Scene time of the swell overhead.
        shafts: How clearly its light stands in shafts.
    """
    height, width, _ = out.shape
    top = half_y * f32(1.12)
    for j in range(height):
        row = line(out, j)
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + pan_x
            y = x0 * m01 + y0 * m00 + pan_y
            down = max(top - y, f32(0))
            # Shafts fan out from where the sun stands, far above the surface.
            fan = (x - sun_x) / (down + f32(0.85))
            a = sample(cloud, fan * f32(46) + drift, drift * f32(0.7))
            b = sample(cloud, fan * f32(120) - drift * f32(1.7), drift + f32(31))
            shaft = clamp01(f32(0.42) + f32(0.34) * a + f32(0.20) * b)
            shaft = shaft * shaft * (f32(3) - f32(2) * shaft)
            wide = f32(1) / (f32(1) + f32(2.6) * fan * fan)
            deep = f32(1) / (f32(1) + f32(1.5) * down * down)
            # The surface itself, seen from below in perspective.
            far = f32(1) / (down + f32(0.10))
            c = sample(cloud, (x - sun_x) * far * f32(7) + drift * f32(2), far * f32(22) - drift)
            roof = fade(down * f32(4.5)) * clamp01(f32(0.45) + f32(0.5) * c)
            tone = f32(0.16) + f32(0.52) * deep * (f32(0.55) + f32(0.45) * wide) + lift
            tone += f32(0.10) * (shaft - f32(0.5)) * shafts * deep
            p0, p1, p2 = colour(lut, tone)
            beam = glow * wide * deep * shafts * shaft * shaft * f32(0.34)
            bright = glow * (roof * wide * f32(0.9) + wide * wide * wide * deep * deep * f32(0.42))
            gain = f32(0.30) + f32(0.85) * deep * (f32(0.5) + f32(0.5) * wide)
            row[3 * i] = p0 * gain + beam * lut[200, 0] + bright * lut[242, 0]
            row[3 * i + 1] = p1 * gain + beam * lut[200, 1] + bright * lut[242, 1]
            row[3 * i + 2] = p2 * gain + beam * lut[200, 2] + bright * lut[242, 2]


@kernel
def paint_kelp(
    out: NDArray[np.float32],
    fronds: Field,
    count: int,
    shift: Any,
    sway: Any,
    time: Any,
    tint: NDArray[np.float32],
) -> None:
    """Stalks of kelp with their blades, dark before the water.

    Args:
        out: Field, shape (height, width, 3).
        fronds: Shape (n, 5): foot's column and height as shares of the field, half the width of
            a stalk in shares of the height, a phase (0 to 1), and nearness (0 to 1).
        count: How many of them.
        shift: Columns by which the nearest is moved.
        sway: How far they bend, 0 to 1.
        time: Scene time.
        tint: Their colour.
    """
    height, width, _ = out.shape
    tall = f32(height)
    for n in range(count):
        foot, size, thick, phase, near = fronds[n]
        base = foot * f32(width) + shift * near
        rise = size * tall
        first = max(0, int(tall - rise))
        for j in range(first, height):
            up = (tall - f32(j)) / rise
            bend = sine(f32(0.10) * time + phase - f32(0.35) * up) * sway * up * up * f32(0.16)
            bend += sine(phase * f32(3) + f32(1.1) * up) * f32(0.05) * up
            # Blades leave the stalk to either side by turns.
            leaf = sine(f32(0.17) * size * up / thick + phase - f32(0.05) * time)
            half = thick * tall * (f32(1) - f32(0.70) * up)
            blade = half * f32(3.2) * abs(leaf) * (f32(1.15) - up)
            left = base + bend * tall - half - (blade if leaf < f32(0) else f32(0))
            right = base + bend * tall + half + (blade if leaf > f32(0) else f32(0))
            row = line(out, j)
            for i in range(max(0, int(left)), min(width, int(right) + 2)):
                a = clamp01(f32(i) - left) * clamp01(right - f32(i) + f32(1)) * f32(0.96)
                row[3 * i] += (tint[0] - row[3 * i]) * a
                row[3 * i + 1] += (tint[1] - row[3 * i + 1]) * a
                row[3 * i + 2] += (tint[2] - row[3 * i + 2]) * a
