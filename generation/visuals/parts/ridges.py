"""A landscape of sound: each ridge is a moment of its spectrum, the newest nearest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel


@kernel
def raise_ridges(
    crest: Field,
    base: Field,
    levels: Field,
    now: Field,
    row: Any,
    spacing: Any,
    phase: Any,
    half_x: Any,
    horizon: Any,
    drop: Any,
    tall: Any,
    lean: Any,
    pan: Any,
    truck: Any,
    reach: Any,
    swap: Any,
    rough: Any,
    noise: Field,
    at: Any,
) -> None:
    """Heights of every ridge at every column, in scene units.

    Args:
        crest: Shape (ridges, columns), written: the nearest first.
        base: Shape (ridges, 2), written: nearness (1 at the front), and row of the past.
        levels: The past, shape (rows, n).
        now: The spectrum of the moment itself, shape (n,).
        row: Row of the moment in `levels`.
        spacing: Rows between ridges.
        phase: Rows since the last ridge was left behind, below `spacing`.
        half_x: Half the frame's width.
        horizon: Height of the horizon on the screen.
        drop: How far below the horizon the nearest ridge stands.
        tall: Height of a full level on the nearest ridge.
        lean: How much the widths shrink with distance, 0 to 1.
        pan: How far the lens is turned, right positive; all move.
        truck: How far the camera stands to the right; near ridges move most.
        reach: Half width over which the spectrum spreads at the front.
        swap: 0 for the bass outside and a valley amid, 1 for the bass in the middle.
        rough: Height of the rock's own relief.
        noise: Table of it, square.
        at: Place in it.
    """
    ridges, columns = crest.shape
    rows, count = levels.shape
    mask = noise.shape[1] - 1
    for j in range(ridges):
        ago = f32(0) if j == 0 else phase + f32(j - 1) * spacing
        far = ago * f32(0.045)
        near = f32(1) / (f32(1) + far)
        base[j, 0], base[j, 1] = near, row - ago
        place = min(max(row - ago, f32(0)), f32(rows - 2))
        r = int(place)
        part = place - f32(r)
        ground = horizon - drop * near
        scale = f32(1) / (reach * (lean * near + f32(1) - lean))
        # The nearest has the relief of the ridge that it is about to leave behind.
        own = row - ago if j > 0 else row - phase + spacing
        line = noise[int(own + f32(0.5)) * 37 & mask]
        for i in range(columns):
            x = half_x * (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1))
            x = (x + pan) * scale + truck * near
            s = abs(x)
            out = max(f32(0), s - f32(1))
            s = min(s, f32(1))
            b = (s if swap else f32(1) - s) * f32(count - 1)
            k = min(int(b), count - 2)
            w = b - f32(k)
            if j == 0:
                level = now[k] + (now[k + 1] - now[k]) * w
            else:
                low = levels[r, k] + (levels[r, k + 1] - levels[r, k]) * w
                high = levels[r + 1, k] + (levels[r + 1, k + 1] - levels[r + 1, k]) * w
                level = low + (high - low) * part
            # Beyond the spectrum's end the land falls away; the valley's floor lies low.
            shape = (f32(1) - f32(0.75) * s * s) if swap else (f32(0.16) + f32(0.84) * s * s)
            level = level * level * shape / (f32(1) + f32(2.5) * out)
            p = x * f32(60) + at
            n = int(np.floor(p))
            q = p - f32(n)
            grain = line[n & mask] + (line[(n + 1) & mask] - line[n & mask]) * q
            crest[j, i] = ground + near * (tall * level + rough * grain * (f32(0.25) + level))


@kernel
def paint_ridges(
    out: NDArray[np.float32],
    crest: Field,
    base: Field,
    glow: Field,
    half_y: Any,
    slope: Any,
    rim: NDArray[np.float32],
    rock: NDArray[np.float32],
    haze: NDArray[np.float32],
    hot: NDArray[np.float32],
    line: Any,
    depth: Any,
    thick: Any,
    sun: Any,
    top: Field,
    mist: Any,
) -> None:
    """Draw the ridges over the sky that `out` shows, the nearest first, hidden lines left out.

    Args:
        out: Field, shape (height, width, 3).
        crest: Of `raise_ridges`.
        base: Of `raise_ridges`.
        glow: Shape (ridges,): light along each crest, 0 and up.
        half_y: Half the frame's height.
        slope: Pixels that the horizon falls to the right, a pixel (the camera's roll).
        rim: Colour of crests, shape (3,); likewise `rock` of the flanks, `haze` of what is far,
            and `hot` of crests that are struck.
        rock: See `rim`.
        haze: See `rim`.
        hot: See `rim`.
        line: Light of the crests at rest.
        depth: How far light runs down the flanks, pixels at the front.
        thick: Half the thickness of a crest, pixels.
        sun: Column towards which the light is strongest.
        top: Scratch, shape (width, 5).
        mist: How soon haze hides what is far, 0 to 1.
    """
    height, width, _ = out.shape
    ridges = crest.shape[0]
    scale = f32(height) / (f32(2) * half_y)
    centre = f32(width) * f32(0.5)
    for i in range(width):
        top[i, 0] = f32(height)
        top[i, 1] = f32(0)
    for j in range(ridges):
        near = base[j, 0]
        veil = (f32(1) - near) * (f32(1) - near) * mist
        clear = f32(1) - veil
        shine = glow[j]
        fall = f32(1) / max(depth * near, f32(1.5))
        wide = thick * (f32(0.45) + f32(0.55) * near)
        for i in range(width):
            y = (half_y - crest[j, i]) * scale + slope * (f32(i) - centre)
            if y >= top[i, 0]:
                continue
            left, right = crest[j, max(i - 3, 0)], crest[j, min(i + 3, width - 1)]
            steep = (right - left) * scale * f32(1 / 6)
            thin = f32(1) / np.sqrt(f32(1) + steep * steep)
            side = abs(f32(i) - sun) / f32(width)
            towards = f32(1) / (f32(1) + f32(5.0) * side * side)
            light = (line + shine) * towards * (f32(0.35) + f32(0.65) * clear)
            heat = clamp01(shine)
            # Flanks turned to the sun catch more of it.
            turned = clamp01(f32(0.5) + (f32(0.45) if f32(i) < sun else f32(-0.45)) * -steep * thin)
            first = max(int(y) + 1, 0)
            last = min(int(top[i, 0]), height - 1)
            cover = top[i, 1]
            for r in range(first, last + 1):
                d = (f32(r) - y) * thin
                e = d / wide
                edge = f32(1) / (f32(1) + e * e * e * e)
                body = f32(1) / (f32(1) + d * fall)
                body = body * body * body * (f32(0.5) + f32(0.5) * turned)
                a = light * edge
                b = light * f32(0.30) * body
                # The pixel that a nearer crest covers in part keeps its share of that.
                keep = cover if r == last and last < height - 1 else f32(0)
                for c in range(3):
                    tone = rim[c] + (hot[c] - rim[c]) * heat
                    v = (rock[c] * (f32(0.5) + body) + tone * b) * clear + haze[c] * veil
                    v = v + tone * a
                    out[r, i, c] = v + (top[i, 2 + c] - v) * keep
            top[i, 0] = y
            top[i, 1] = f32(first) - y
            for c in range(3):
                tone = rim[c] + (hot[c] - rim[c]) * heat
                v = (rock[c] + tone * light * f32(0.3) * turned) * clear + haze[c] * veil
                top[i, 2 + c] = v + tone * light
    for i in range(width):
        r = int(top[i, 0])
        if 0 <= r < height:
            for c in range(3):
                out[r, i, c] += (top[i, 2 + c] - out[r, i, c]) * top[i, 1]
