"""What hangs over the ocean: air and clouds, stars, sun or moon."""

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

AIR = 64
"""Entries of the sky's colours by height."""


@kernel
def sky(out: Field, view: Field, air: Field, warm: Field, clouds: Field) -> None:
    """Air, glow and clouds at every height, below the horizon as if it were at it."""
    height, width, _ = out.shape
    sun_x, sun_y, halo, flow, storm = view[8], view[9], view[11], view[17], view[20]
    low = f32(0.80) - f32(0.26) * storm
    for j in range(height):
        row = line(out, j)
        y = view[1] + (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height)) * view[3]
        up = max(y, f32(0))
        p = min(up * f32((AIR - 1) / 1.2), f32(AIR - 1.001))
        n = np.int64(p)
        t = p - f32(n)
        depth = f32(1) / (up + f32(0.09))
        base = clamp01(up * f32(9)) * clamp01(f32(1.25) - up * (f32(1) - f32(0.6) * storm))
        dy = y - sun_y
        rain = storm * clamp01(f32(1) - up * f32(2.2)) * f32(0.35)
        for i in range(width):
            x = view[0] + (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            dx = x - sun_x
            far = np.sqrt(dx * dx + dy * dy)
            glow = fade(far * f32(3.2)) * halo
            # Sheets of cloud in perspective, thin overhead and dense towards the horizon.
            sheet = sample(clouds, x * depth * f32(16) + flow * f32(0.9), depth * f32(34))
            sheet += f32(0.5) * sample(clouds, x * depth * f32(47) + flow * f32(1.9),
                                       depth * f32(100))  # fmt: skip
            cover = clamp01((sheet - low) * f32(2.6)) * base
            edge = cover * (f32(1) - cover) * f32(4)
            lit = fade(far * f32(2.0)) * (f32(0.25) + edge) * cover * f32(1.2) * halo
            dim = f32(1) - cover * (f32(0.45) + f32(0.27) * storm)
            # Rain hangs from the deck in slanting veils.
            veil = sample(clouds, x * f32(26) + y * f32(9) + flow, f32(11)) - f32(0.5)
            dim *= f32(1) - rain * clamp01(veil * f32(4))
            light = glow * f32(0.9) + lit
            for c in range(3):
                a = air[n, c] + (air[n + 1, c] - air[n, c]) * t
                row[3 * i + c] = a * dim + warm[c] * light


@kernel
def stars(out: Field, stars: Field, view: Field, tone: Field) -> None:
    """Small stars high above the horizon."""
    height, width, _ = out.shape
    for n in range(stars.shape[0]):
        x = stars[n, 0] * f32(4) - f32(2) - view[0] * f32(0.9)
        y = f32(0.12) + stars[n, 1] * f32(1.5) - view[1]
        i = int((x / view[2] + f32(1)) * f32(0.5 * width))
        j = int((f32(1) - y / view[3]) * f32(0.5 * height))
        if i < 0 or j < 0 or i >= width or j >= height:
            continue
        light = (f32(0.25) + f32(1.3) * stars[n, 2] ** 3) * (f32(0.8) + f32(0.6) * view[15])
        for c in range(3):
            out[j, i, c] += light * tone[c]


@kernel
def lamp(out: Field, view: Field, sun: Field, clouds: Field) -> None:
    """The disc of sun or moon."""
    height, width, _ = out.shape
    size = view[10]
    moon = view[19]
    x0 = ((view[8] - view[0]) / view[2] + f32(1)) * f32(0.5 * width)
    y0 = (f32(1) - (view[9] - view[1]) / view[3]) * f32(0.5 * height)
    per = f32(2) * view[3] / f32(height)
    across = f32(2) * view[2] / f32(width)
    radius, wide = size / per, size / across
    left, right = max(0, int(x0 - wide) - 1), min(width - 1, int(x0 + wide) + 1)
    top, bottom = max(0, int(y0 - radius) - 1), min(height - 1, int(y0 + radius) + 1)
    for j in range(top, bottom + 1):
        dy = (f32(j) + f32(0.5) - y0) * per
        for i in range(left, right + 1):
            dx = (f32(i) + f32(0.5) - x0) * across
            far = np.sqrt(dx * dx + dy * dy)
            disc = clamp01((size - far) / per + f32(0.5))
            mark = sample(clouds, dx * f32(330) + f32(90), dy * f32(330) + f32(40))
            shine = f32(2.9) + f32(0.6) * view[21] - moon * (f32(1.2) - f32(1.1) * mark)
            # Air reddens the lower limb of a low sun; a storm veils it.
            shine *= f32(1) - f32(0.30) * clamp01(f32(0.4) + dy / size) * (f32(1) - moon)
            shine *= f32(1) - f32(0.45) * view[20]
            for c in range(3):
                out[j, i, c] += sun[c] * shine * disc


@kernel
def coast(out: Field, view: Field, heights: Field, reach: Any, tone: Field, air: Field) -> None:
    """Far land before the sky: `heights` above the horizon from −`reach` to `reach` across it.

    Haze lies at its foot; the water is drawn over what is below the horizon.
    """
    height, width, _ = out.shape
    last = heights.shape[0] - 1
    horizon = (view[3] + view[1]) * f32(0.5 * height) / view[3]
    per = f32(0.5 * height) / view[3]
    for i in range(width):
        x = view[0] + (f32(2) * (f32(i) + f32(0.5)) / f32(width) - f32(1)) * view[2]
        p = min(max((x / reach + f32(1)) * f32(0.5 * last), f32(0)), f32(last) - f32(0.001))
        n = np.int64(p)
        up = (heights[n] + (heights[n + 1] - heights[n]) * (p - f32(n))) * per
        if up < f32(0.3):
            continue
        top = horizon - up
        for j in range(max(0, int(top)), min(height - 1, int(horizon) + 1) + 1):
            cover = clamp01(f32(j) + f32(1) - top) * f32(0.93)
            foot = fade(max(horizon - f32(j), f32(0)) / per * f32(26)) * f32(0.5)
            for c in range(3):
                land = tone[c] + (air[0, c] - tone[c]) * foot
                out[j, i, c] += (land - out[j, i, c]) * cover


def shore(random: np.random.Generator, side: float, reach: float) -> Field | None:
    """Heights of far land by the seed, on `side` of the frame (−1 or 1); None: open sea."""
    kind = int(random.integers(0, 3))
    x = np.linspace(-reach, reach, 512)
    if kind == 0:
        return None
    rough = np.interp(x, np.linspace(-reach, reach, 90), random.random(90))
    rough = 0.7 * rough + 0.3 * np.interp(x, np.linspace(-reach, reach, 240), random.random(240))
    if kind == 1:
        # A headland falls towards the open sea in steps, with an islet before it.
        land = np.zeros_like(x)
        for tall, end in zip((0.20, 0.12, 0.055), random.uniform(0.25, 0.95, 3), strict=True):
            land = np.maximum(land, tall * np.clip((side * x - end) * 1.9, 0.0, 1.0) ** 0.7)
        islet = 0.05 * np.clip(1.0 - np.abs(side * x - random.uniform(0.05, 0.25)) / 0.12, 0, 1)
        land = np.maximum(land, islet) * (0.72 + 0.45 * rough)
    else:
        # Sea stacks: steep, flat on top, each smaller than the one before.
        land = np.zeros_like(x)
        at = random.uniform(0.30, 0.75)
        for tall in (0.17, 0.10, 0.06, 0.03):
            wide = tall * random.uniform(0.25, 0.5)
            one = np.clip((wide - np.abs(side * x - at)) / (0.35 * wide), 0.0, 1.0) ** 0.6
            land = np.maximum(land, tall * one * (0.78 + 0.3 * rough))
            at += random.uniform(0.6, 1.3) * (wide + 0.06)
    heights: Field = land.astype(np.float32)
    return heights
