"""Columns of light that stand in still water, and the evening around them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, sample


@kernel
def paint_evening(
    out: NDArray[np.float32],
    high: NDArray[np.float32],
    low: NDArray[np.float32],
    warm: NDArray[np.float32],
    ground: NDArray[np.float32],
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
    size: Any,
    drift: Any,
    mirror: Any,
) -> None:
    """A clear sky with a light in it, and below the horizon dark ground or the sky's mirror.

    Args:
        out: Shape (rows, columns, 3); as coarse as one likes.
        high: Colour overhead, shape (3,); `low` at the horizon, `warm` of the light, `ground`.
        low: See `high`.
        warm: See `high`.
        ground: See `high`.
        cloud: Noise table of thin clouds.
        half_x: Half the frame's width; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the roll over the zoom; `m01` its sine.
        m01: See `m00`.
        pan_x: Where the lens points; `pan_y` likewise.
        pan_y: See `pan_x`.
        horizon: Height of the horizon.
        sun_x: Where the light stands; `sun_y` above the horizon.
        sun_y: See `sun_x`.
        glow: How strong its light is.
        size: How wide its light reaches.
        drift: Where the clouds are.
        mirror: How much of the sky the ground gives back.
    """
    height, width, _ = out.shape
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        for i in range(width):
            x0 = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1))
            x = x0 * m00 - y0 * m01 + pan_x
            y = x0 * m01 + y0 * m00 + pan_y - horizon
            below = clamp01(y * f32(-40))
            y = abs(y)
            dx, dy = (x - sun_x), y - sun_y
            d = np.sqrt(dx * dx + dy * dy) / size
            near = f32(1) / (f32(1) + d * d * f32(6))
            halo = f32(1) / (f32(1) + d * d)
            up = clamp01(y * f32(1.15))
            up = up * (f32(2) - up)
            far = f32(1) / (y + f32(0.22))
            veil = clamp01(f32(0.24) * sample(cloud, x * far * f32(9) + drift, far * f32(34)))
            veil = veil * clamp01(y * f32(4)) * halo
            share = f32(1) - below * (f32(1) - mirror)
            for c in range(3):
                sky = low[c] + (high[c] - low[c]) * up
                sky = sky * (f32(0.45) + f32(0.75) * halo)
                sky += warm[c] * glow * (f32(0.55) * near * near + f32(0.05) * halo + veil)
                out[j, i, c] = sky * share + ground[c] * below * (f32(1) - mirror)


@kernel
def paint_disc(
    out: NDArray[np.float32],
    x: Any,
    y: Any,
    radius: Any,
    crown: NDArray[np.float32],
    foot: NDArray[np.float32],
) -> None:
    """A disc with a sharp edge, `radius` pixels, of colour `crown` at its top, `foot` below."""
    height, width, _ = out.shape
    top, bottom = max(0, int(y - radius) - 1), min(height, int(y + radius) + 3)
    left, right = max(0, int(x - radius) - 1), min(width, int(x + radius) + 3)
    for j in range(top, bottom):
        dy = f32(j) + f32(0.5) - y
        u = clamp01(f32(0.5) + f32(0.5) * dy / radius)
        for i in range(left, right):
            dx = f32(i) + f32(0.5) - x
            a = clamp01(radius - np.sqrt(dx * dx + dy * dy) + f32(0.5))
            if a > f32(0):
                for c in range(3):
                    out[j, i, c] += (crown[c] + (foot[c] - crown[c]) * u - out[j, i, c]) * a


@kernel
def paint_beams(
    out: NDArray[np.float32],
    beams: Field,
    tints: Field,
    ripple: Field,
    water: Any,
    slope: Any,
    time: Any,
    stir: Any,
    pixel: Any,
    first: int,
    last: int,
) -> None:
    """Add beams [first, last), each with its reflection.

    Args:
        out: Field, shape (height, width, 3).
        beams: Shape (n, 5): middle x and foot y in pixels, half width and height in pixels, light.
        tints: Shape (n, 3): the colour of each.
        ripple: Noise table of the water.
        water: Row of the horizon: nothing is mirrored above it.
        slope: Pixels that the horizon falls a pixel to the right.
        time: Scene time.
        stir: How much the water is stirred, about 0 to 1.
        pixel: Pixels of the field to a pixel of a 960 pixel wide frame.
        first: First beam.
        last: The one after the last.
    """
    height, width, _ = out.shape
    for n in range(first, last):
        x, foot, half, tall = beams[n, 0], beams[n, 1], beams[n, 2], beams[n, 3]
        light = beams[n, 4]
        foot += slope * (x - f32(width) * f32(0.5))
        spread = half * f32(3.2) + f32(1.5)
        near = clamp01((foot - water) / (f32(height) - water))
        top = max(0, int(foot - tall * f32(1.04)) - 2)
        bottom = min(height, int(foot + tall * f32(0.9)) + 2)
        for j in range(top, bottom):
            up = (foot - f32(j) - f32(0.5)) / max(tall, f32(1))
            shift = f32(0)
            soft = f32(1)
            if up >= f32(0):
                if up > f32(1.06):
                    continue
                # Brightest at its head, and again where it stands in the water's mist.
                v = f32(0.16) + f32(0.84) * up * up
                v += f32(0.30) * clamp01(f32(1) - up * f32(12))
                v *= clamp01((f32(1) - up) * tall / pixel * f32(0.5) + f32(0.5))
            else:
                down = -up
                deep = (f32(j) - foot) / f32(height)
                wave = sample(
                    ripple,
                    x * f32(0.11) / pixel + time * f32(3),
                    (f32(j) - water) * f32(0.55) / pixel / (f32(0.25) + near) + time * f32(9),
                )
                shift = wave * (f32(1.5) + f32(26) * deep) * (f32(0.35) + stir) * pixel
                v = (f32(0.16) + f32(0.84) * down * down) * f32(0.42)
                v *= clamp01(f32(1) - down * f32(1.1)) * (f32(0.75) + f32(0.35) * wave)
                soft = f32(1) + f32(3.0) * deep
                v /= soft
                v = max(v, f32(0))
            v *= light
            if v < f32(0.004):
                continue
            h = half * soft
            reach = spread * soft
            middle = x + shift
            left = max(0, int(middle - reach))
            right = min(width, int(middle + reach) + 1)
            inverse = f32(1) / (h + f32(0.75))
            cut = f32(1) / reach
            for i in range(left, right):
                d = abs(f32(i) + f32(0.5) - middle)
                e = d * inverse
                e = e * e
                rim = f32(1) - d * cut
                if rim <= f32(0):
                    continue
                k = f32(1) / (f32(1) + e * e) + f32(0.16) * rim
                k = k * v * min(rim * f32(2), f32(1))
                out[j, i, 0] += k * tints[n, 0]
                out[j, i, 1] += k * tints[n, 1]
                out[j, i, 2] += k * tints[n, 2]
