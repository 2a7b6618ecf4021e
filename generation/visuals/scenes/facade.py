"""What a building of the city shows of itself: windows, neon, a sign."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    hash1,
    hash2,
    kernel,
    lerp,
)

_TRAITS = 6
RECORD = 5 + _TRAITS
"""Numbers kept of a wall that a line of sight meets: its distance, height, place along the wall,
face (0 looks at the avenue, 1 at the viewer), the building's name and its traits."""


@kernel
def character(hits: Field, px: int, i: int, own: Any, seed: int) -> None:
    """A building's name, windows, tone, neon, sign, colour and flicker; all but the name 0 to 1."""
    hits[px, i, 4] = own
    for k in range(_TRAITS):
        hits[px, i, 5 + k] = hash1(own, seed + 11 + k)


@kernel
def wall(
    hits: Field, px: int, i: int, up: Any, pixel: Any,
    view: Field, hues: Field, seed: int,
) -> Any:  # fmt: skip
    """Light of a wall at a height `up` above the street: (r, g, b)."""
    energy, kick, snare, hat, beat = view[7], view[8], view[9], view[10], view[12]
    t, top, along, face = hits[px, i, 0], hits[px, i, 1], hits[px, i, 2], hits[px, i, 3]
    own = np.int64(hits[px, i, 4])
    style, tone, neon, sign = hits[px, i, 5], hits[px, i, 6], hits[px, i, 7], hits[px, i, 8]
    tint, flicker = hits[px, i, 9], hits[px, i, 10]
    pitch_u, pitch_v = f32(0.024), f32(0.037)
    if style > f32(0.72):
        pitch_u, pitch_v = f32(0.13), f32(0.034)
    elif style > f32(0.55):
        pitch_u, pitch_v = f32(0.020), f32(0.085)
    foot = pixel * t
    u, v = along / pitch_u, up / pitch_v
    iu, iv = np.floor(u), np.floor(v)
    fu, fv = abs(u - iu - f32(0.5)), abs(v - iv - f32(0.5))
    soft_u, soft_v = foot / pitch_u + f32(0.04), foot / pitch_v + f32(0.04)
    pane = clamp01((f32(0.34) - fu) / soft_u + f32(0.5)) * clamp01(
        (f32(0.30) - fv) / soft_v + f32(0.5)
    )
    # Windows smaller than a pixel melt into their mean.
    melt = clamp01(soft_v * f32(1.2) - f32(0.5))
    pane = lerp(pane, f32(0.40), melt)
    chance = f32(0.16) + f32(0.34) * energy + f32(0.25) * (tone - f32(0.5))
    pick = hash2(np.int64(iu), np.int64(iv), own + seed)
    lamp = clamp01((chance - pick) * f32(12)) * (
        f32(0.35) + f32(2.2) * pick / chance * pick / chance
    )
    lamp = lerp(lamp, chance * f32(0.8), melt)
    # The snare's light climbs the tower floor by floor.
    if snare > f32(0.02) and tone > f32(0.45):
        climb = up - (beat * f32(2.4) - f32(0.1))
        lamp += snare * (f32(0.35) + f32(0.65) * energy) * fade(climb * climb * f32(90))
    window = pane * lamp * f32(0.95)
    warm = pick * f32(23) - np.floor(pick * f32(23))
    warm = f32(0.15) + f32(0.75) * warm * warm
    k = 0 if tone < f32(0.5) else 1
    red = window * lerp(hues[k, 0], hues[2, 0], warm)
    green = window * lerp(hues[k, 1], hues[2, 1], warm)
    blue = window * lerp(hues[k, 2], hues[2, 2], warm)
    # Light rises from the street and dies away up the wall.
    skin = (f32(0.45) + f32(0.4) * face) * (f32(0.45) + f32(1.6) * fade(up * f32(3.5)))
    red += hues[4, 0] * skin
    green += hues[4, 1] * skin
    blue += hues[4, 2] * skin
    # Neon: a line under the roof and one along the corner, with the glow they lay on the wall.
    if neon < f32(0.55):
        wide = f32(0.006) + foot * f32(0.7)
        line = abs(top - f32(0.02) - up)
        if neon < f32(0.28):
            line = min(line, abs(along - f32(0.015)))
        tube = wide / (line + wide)
        tube = tube * tube * (f32(0.006) + foot * f32(0.2)) / wide
        shine = tube * f32(2.6) * (f32(0.40) + f32(0.8) * energy + f32(2.4) * kick)
        # The wall about it is wide: it may follow the pulse only.
        glow = f32(0.0007) / (line * line + f32(0.0035))
        shine += glow * (f32(0.40) + f32(0.8) * energy + f32(1.1) * view[11])
        j = 0 if tint < f32(0.6) else 1
        red += hues[j, 0] * shine
        green += hues[j, 1] * shine
        blue += hues[j, 2] * shine
    # Signs look at the avenue, low enough to be read from a car.
    if face == f32(0) and own % 2 == 0 and sign < f32(0.7) and top > f32(0.30):
        centre_u, centre_v = f32(0.2) + f32(0.4) * tone, f32(0.13) + f32(0.30) * sign
        du, dv = abs(along - centre_u), abs(up - centre_v)
        half_u, half_v = f32(0.03) + f32(0.10) * style, f32(0.025) + f32(0.07) * neon
        soft = foot + f32(0.004)
        panel = clamp01((half_u - du) / soft + f32(0.5)) * clamp01((half_v - dv) / soft + f32(0.5))
        rim = max(du - half_u, dv - half_v)
        # Lines of strokes, as lettering looks from a moving car.
        row, column = up * f32(38), along * f32(95)
        letter = hash2(np.int64(column), np.int64(row), own) < f32(0.62)
        stroke = f32(letter) * f32(abs(row - np.floor(row) - f32(0.5)) < f32(0.30))
        ink = lerp(f32(0.22) + f32(1.1) * stroke, f32(0.6), clamp01(foot * f32(90)))
        red, green, blue = (
            lerp(red, f32(0), panel),
            lerp(green, f32(0), panel),
            lerp(blue, f32(0), panel),
        )
        flick = f32(1) + f32(0.8) * hat * f32(flicker < f32(0.5))
        light = panel * ink * f32(1.2) * flick + f32(0.0012) * flick / (
            max(rim, f32(0)) * max(rim, f32(0)) + f32(0.004)
        )
        j = 1 if sign < f32(0.4) else 0
        red += hues[j, 0] * light
        green += hues[j, 1] * light
        blue += hues[j, 2] * light
    return red, green, blue
