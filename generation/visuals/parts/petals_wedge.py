"""Half a wedge of a flower as a polar picture, its petals or its panes of glass."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    colour,
    f32,
    hash1,
    kernel,
)

REACH = 1.8
"""Radius of the last row, in scene units."""


@kernel
def wedge(
    table: NDArray[np.float32],
    row: Field,
    lut: Field,
    edge_light: Field,
    order: Any,
    step: Any,
    spread: Any,
    rim: Any,
    swell: Any,
    wave: Any,
    gain: Any,
    heart: Any,
    sparkle: Any,
    slim: Any,
    point: Any,
    rings: int,
    growth: Any,
    back: Field,
) -> None:
    """Draw half a wedge of the flower before its ground.

    Args:
        table: Shape (rows, columns, 3), written.
        row: Shape (4, columns), scratch, so that the inner loop runs along the memory.
        lut: Palette.
        edge_light: Colour of rims and of the heart, shape (3,).
        order: Petals in a ring.
        step: How far each ring has grown towards the place of the next, 0 to 1.
        spread: How wide the flower is open; 1 is a flower of radius about 1.
        rim: Light on the petals' edges.
        swell: Height of the wave that runs through the rings.
        wave: Ring at which that wave is.
        gain: Light on the petals.
        heart: Light of the middle.
        sparkle: Light on the stamens' tips.
        slim: Half width of a petal, in half wedges.
        point: How pointed the tips are, 0 to 1.
        rings: Rings of petals.
        growth: Logarithm of the factor between one ring and the next.
        back: Colour of the ground by distance from the heart, shape (256, 3).
    """
    rows, columns, _ = table.shape
    half = f32(3.14159265) / f32(order)
    for j in range(rows):
        root = f32(j) / f32(rows - 1)
        r = root * root * f32(REACH)
        texel = f32(2) * max(root, f32(0.02)) * f32(REACH) / f32(rows)
        warmth = heart * f32(0.30) / (f32(1) + r * r * f32(22))
        row[:] = f32(0)
        # Outer rings lie below, inner ones on top of them.
        for ring in range(rings - 1, -1, -1):
            s = f32(ring) + step
            off = s - wave
            size = f32(0.115) * np.exp(s * growth) * spread
            size = size * (f32(1) + swell / (f32(1) + f32(1.4) * off * off))
            fade = clamp01(s * f32(1.6)) * clamp01((f32(rings) - s) * f32(0.45))
            depth = s / f32(rings)
            for layer in range(2):
                # Behind each petal on the axis stands a longer one in the gap.
                axis = half if layer == 0 else f32(0)
                tip = size * f32(1.17) if layer == 0 else size
                length = tip * f32(0.86)
                rho = (r - tip + length) / length
                if rho > f32(1.35) or rho < f32(0):
                    continue
                t = min(rho, f32(1))
                width = half * slim * (f32(0.72) + f32(0.28) * clamp01(s * f32(0.5)))
                round_ = np.sqrt(f32(1) - t)
                body = np.sqrt(t) * (round_ + point * (f32(1) - t - round_))
                reach = f32(2) * width * body - f32(1.1) * max(f32(0), rho - f32(1))
                soft = f32(0.8) * texel / length
                along = f32(0.05) + f32(1.0) * t * t * (f32(0.35) + f32(0.65) * t)
                along = along * gain * (f32(1) - f32(0.30) * depth)
                if layer == 0:
                    along *= f32(0.55)
                tone = f32(0.94) - f32(0.66) * depth - f32(0.36) * (f32(1) - t)
                p0, p1, p2 = colour(lut, tone)
                opaque = fade * (f32(0.93) - f32(0.20) * t)
                slope = r / length
                inverse = f32(1) / (f32(2) * width * max(body, f32(0.02)))
                r0, r1, r2, r3 = row[0], row[1], row[2], row[3]
                for i in range(columns):
                    phi = abs(half * f32(i) / f32(columns - 1) - axis) * slope
                    d = reach - phi
                    # Outside: the shadow on what lies below. Inside: the petal.
                    dark = clamp01(f32(1) + d * f32(9))
                    dark = f32(1) - f32(0.78) * fade * dark * dark * (f32(1) - opaque * f32(0.2))
                    a = clamp01((d + soft) / (f32(2) * soft))
                    across = min(phi * inverse, f32(1))
                    cup = f32(1) - f32(0.80) * across * across
                    vein = abs(across * f32(5.0) - np.floor(across * f32(5.0)) - f32(0.5))
                    crease = clamp01(f32(1) - across * f32(14)) * (f32(1) - t)
                    line = clamp01(f32(1) - abs(d - f32(0.008)) * f32(70))
                    inner = clamp01(f32(1) - d * f32(6.5))
                    light = along * (cup + f32(0.9) * inner * inner * t)
                    light = light * (f32(0.90) + f32(0.20) * vein) + crease * f32(0.05) * gain
                    bright = light + warmth
                    e = line * line * (f32(0.10) * gain + rim) * fade
                    a = a * opaque
                    keep = (f32(1) - a) * (dark if d < f32(0) else f32(1))
                    r0[i] = r0[i] * keep + a * (bright * p0 + e * edge_light[0])
                    r1[i] = r1[i] * keep + a * (bright * p1 + e * edge_light[1])
                    r2[i] = r2[i] * keep + a * (bright * p2 + e * edge_light[2])
                    r3[i] = r3[i] * (f32(1) - a) + a
        core = heart * f32(0.8) * np.exp(-r * r * f32(1100) / (spread * spread))
        # Two wreaths of stamens stand around the heart, their tips catch the light.
        one, two = r / (f32(0.060) * spread), r / (f32(0.105) * spread)
        stem = clamp01(f32(1.7) - two) * clamp01(one - f32(0.3))
        ground = min(np.int64(root * root * f32(255)), np.int64(255))
        for i in range(columns):
            angle = half * f32(i) / f32(columns - 1)
            inner, outer = (angle - half) * one, angle * two
            a, b = (one - f32(1)) * (one - f32(1)), (two - f32(1)) * (two - f32(1))
            tip = np.exp((a + inner * inner) * f32(-260)) + np.exp((b + outer * outer) * f32(-330))
            thread = np.exp(outer * outer * f32(-900)) * stem * (f32(1) if two < f32(1) else f32(0))
            spark = core + tip * (f32(0.35) * gain + sparkle) + thread * f32(0.10) * gain
            for c in range(3):
                own = row[c, i] + spark * edge_light[c]
                table[j, i, c] = own + back[ground, c] * (f32(1) - row[3, i])


@kernel
def glass(
    table: Field,
    lut: Field,
    edge_light: Field,
    back: Field,
    order: Any,
    spread: Any,
    swell: Any,
    wave: Any,
    gain: Any,
    rim: Any,
    heart: Any,
    sparkle: Any,
    drift: Any,
    seed: int,
    last: Any,
) -> None:
    """Draw half a wedge of a window: panes between leads, lit from behind.

    Rings hold roundels, pointed arches or lozenges in turn; each pane has its own place on the
    palette, which drifts, and a light of its own. See `wedge` for what is shared with petals.
    """
    rows, columns, _ = table.shape
    half = f32(3.14159265) / order
    lead = f32(0.011)
    for j in range(rows):
        root = f32(j) / f32(rows - 1)
        r = root * root * f32(REACH)
        ground = min(np.int64(root * root * f32(255)), np.int64(255))
        # Rings grow outwards; near the heart they are too small for leads.
        size = f32(0.105) * spread
        p = np.log(max(r, size) / size) / f32(0.40)
        ring = np.floor(p)
        inner = size * np.exp(ring * f32(0.40))
        outer = size * np.exp((ring + f32(1)) * f32(0.40))
        if r < size:
            ring, inner, outer = f32(-1), f32(0), size
        middle, tall = f32(0.5) * (inner + outer), outer - inner
        kind = (np.int64(ring) + seed) % 3
        off = ring - wave
        lit = gain * (f32(0.80) + swell / (f32(1) + f32(1.2) * off * off))
        out_fade = f32(1) if ring < last else f32(0)
        for i in range(columns):
            angle = half * f32(i) / f32(columns - 1)
            # Places in the pane: `a` along the arc from the wedge's axis, `b` up from its middle.
            a = (half - angle) * max(r, f32(0.02))
            b = r - middle
            wide = half * middle
            d = min(r - inner, outer - r)
            pane = f32(0)
            if ring < f32(0):
                d = min(d, abs(angle - half * f32(0.5)) * r + f32(0.004))
            elif kind == 0:
                round_ = min(tall, f32(2) * wide) * f32(0.43)
                e = round_ - np.sqrt(a * a + b * b)
                pane = f32(1) if e > f32(0) else f32(0)
                d = min(d, abs(e))
                core = round_ * f32(0.45) - np.sqrt(a * a + b * b)
                pane = f32(2) if core > f32(0) else pane
                d = min(d, abs(core))
            elif kind == 1:
                t = clamp01((r - inner) / tall)
                e = (
                    wide * f32(0.92) * np.sqrt(max(f32(1) - t, f32(0))) * (f32(0.55) + f32(0.6) * t)
                    - a
                )
                pane = f32(1) if e > f32(0) else f32(0)
                d = min(d, abs(e))
                d = min(d, a + f32(0.003)) if e > f32(0) else d
            else:
                e = f32(0.46) * tall - abs(b) - a * tall / max(f32(2) * wide, f32(0.01)) * f32(0.95)
                pane = f32(1) if e > f32(0) else f32(0)
                d = min(d, abs(e))
                d = min(d, wide * f32(0.98) - a) if e <= f32(0) else d
            cell = np.int64(ring) * 7 + np.int64(pane)
            own = hash1(cell, seed)
            tone = own * f32(0.85) + drift + f32(0.10) * ring
            tone = abs(tone - f32(2) * np.floor(tone * f32(0.5)) - f32(1))
            p0, p1, p2 = colour(lut, f32(0.22) + f32(0.62) * tone)
            # Old glass is uneven; it is brightest away from the leads.
            body = f32(0.60) + f32(0.40) * clamp01(d * f32(16))
            light = lit * body * (f32(0.35) + f32(1.05) * hash1(cell, seed + 9)) * out_fade
            light += heart * f32(0.55) / (f32(1) + r * r * f32(30))
            if hash1(cell, seed + 5) < f32(0.22):
                light += sparkle * out_fade * f32(0.9)
            width = lead * (f32(0.55) + f32(0.9) * clamp01(r * f32(1.2)))
            dark = clamp01((d - width) * f32(160))
            shine = clamp01(f32(1) - abs(d - width) * f32(200)) * rim * out_fade
            # A rim of stone around the whole window.
            cover = out_fade
            v0 = dark * light * p0 + shine * edge_light[0]
            v1 = dark * light * p1 + shine * edge_light[1]
            v2 = dark * light * p2 + shine * edge_light[2]
            table[j, i, 0] = v0 + back[ground, 0] * (f32(1) - cover)
            table[j, i, 1] = v1 + back[ground, 1] * (f32(1) - cover)
            table[j, i, 2] = v2 + back[ground, 2] * (f32(1) - cover)
