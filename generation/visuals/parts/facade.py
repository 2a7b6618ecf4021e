"""What stands along the city's streets: walls with windows, shops and neon, signs, rain.

The city is painted column by column, on a field of shape (width, height, 3), so that all that
holds for a wall along one line of sight is found once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, fade, hash1, kernel

LAMPS = 256
"""Side of the table of lamps: a random number for each window, taken again every 256th."""


def lamp_table(seed: int) -> NDArray[np.float32]:
    """Uniform numbers in [0, 1), shape (LAMPS, LAMPS), that tell which windows are lit."""
    return np.random.default_rng((seed, 52)).random((LAMPS, LAMPS), np.float32)


@kernel
def paint_wall(
    out: Field, px: int, first: int, last: int, t: Any, top: Any, along: Any, wide: Any, face: int,
    own: int, view: Field, hues: Field, lamps: Field, haze: Field, clear: Any, seed: int,
) -> None:  # fmt: skip
    """Paint rows `first` to `last` (excluded, downwards) of a column with a wall at distance `t`.

    Args:
        out: Field, shape (width, height, 3).
        px: The column.
        first: Its row at the top of what is seen.
        last: First row below.
        t: Distance.
        top: Height of the wall.
        along: Place along the face, from its near or left corner.
        wide: Length of the face.
        face: 0 looks at the avenue, 1 at the viewer, 2 is the landmark at its end.
        own: The building's name.
        view: See `city`; `hues` likewise.
        hues: See `view`.
        lamps: See `lamp_table`.
        haze: Light of the air in this direction, shape (3,).
        clear: Share of the wall's light that the air lets through.
        seed: Chooses the buildings' characters.
    """
    style, tone = hash1(own, seed + 11), hash1(own, seed + 12)
    neon, tint = hash1(own, seed + 13), hash1(own, seed + 15)
    pitch_u, pitch_v = f32(0.030), f32(0.046)
    if style > f32(0.74):
        pitch_u, pitch_v = f32(0.16), f32(0.042)
    elif style > f32(0.55):
        pitch_u, pitch_v = f32(0.026), f32(0.11)
    if face == 2:
        pitch_u, pitch_v = f32(0.09), f32(0.16)
    foot = view[22] * t
    u = along / pitch_u
    iu = int(np.floor(u))
    fu = abs(u - f32(iu) - f32(0.5))
    soft_u, soft_v = foot / pitch_u + f32(0.03), foot / pitch_v + f32(0.03)
    melt = clamp01(max(soft_v, soft_u) * f32(1.3) - f32(0.45))
    pane_u = clamp01((f32(0.36) - fu) / soft_u + f32(0.5))
    pane_u += (f32(0.55) - pane_u) * melt
    # Close by a window has a post amid its panes; every other one has its blind half down.
    post = f32(1) - f32(0.75) * (f32(1) - melt) * clamp01((f32(0.03) - fu) / soft_u + f32(0.3))
    pane_u *= post
    chance = clamp01(view[16] * (f32(0.45) + f32(1.1) * tone) + f32(0.25) * f32(face == 2))
    line = (iu * 37 + own * 101) & (LAMPS - 1)
    edge = clamp01(f32(0.5) - (min(along, wide - along) - f32(0.010)) / (foot + f32(0.004)))
    lit = neon < view[17]
    k = 0 if tint < f32(0.5) else (1 if tint < f32(0.82) else 6)
    power = view[19] * (f32(1) + f32(0.70) * view[8]) if lit else f32(0)
    calm = view[19] * (f32(1) + f32(0.5) * view[11]) if lit else f32(0)
    skin = f32(0.55) + f32(0.45) * f32(face > 0)
    corner = f32(0)
    if lit and neon < view[17] * f32(0.6):
        off = min(along, wide - along)
        w = f32(0.007) + foot * f32(0.6)
        corner = w * w / (off * off + w * w) * f32(0.007) / w * power * f32(2.6)
        corner += f32(0.0009) / (off * off + f32(0.006)) * calm
    shop = hash1(int(along * f32(7)) + own * 31, seed + 21)
    shop_lit = f32(shop < f32(0.15) + view[16] * f32(1.5)) * (f32(0.25) + f32(0.9) * shop)
    shop_lit *= f32(0.35) + f32(0.9) * view[7]
    # Posts between the panes, and dark things behind the glass.
    pane = along * f32(70)
    pane = abs(pane - np.floor(pane) - f32(0.5))
    shop_lit *= f32(0.25) + f32(0.75) * clamp01((f32(0.40) - pane) / (foot * f32(70) + f32(0.05)))
    shop_lit *= f32(0.4) + f32(0.6) * lamps[int(along * f32(140)) & (LAMPS - 1), own & (LAMPS - 1)]
    sk = 2 if shop < f32(0.25) else (0 if shop < f32(0.55) else 1)
    storey = f32(1) / pitch_v
    climb = view[24]
    veil = f32(1) - clear
    y0, dy = view[1] + view[3], view[22]
    wide_u = hash1(iu + own * 7, seed + 23)
    for row in range(first, last):
        up = view[5] + (y0 - (f32(row) + f32(0.5)) * dy) * t
        v = up * storey
        floor = np.floor(v)
        fv = abs(v - floor - f32(0.5))
        pick = lamps[line, int(floor) & (LAMPS - 1)]
        pane = clamp01((f32(0.31) - fv) / soft_v + f32(0.5))
        pane = pane_u * (pane + (f32(0.5) - pane) * melt)
        on = clamp01((chance - pick) * f32(14)) * (
            f32(0.30) + f32(1.5) * pick / (chance + f32(0.02))
        )
        on += (chance * f32(0.9) - on) * melt
        on += view[10] * f32(pick > f32(0.965)) * (f32(1) - melt)
        # The snare's light climbs the towers floor by floor.
        if view[9] > f32(0.03):
            d = (up - climb) * f32(3)
            on += (
                view[9]
                * (f32(0.3) + f32(0.8) * view[7])
                * (f32(0.05) + f32(0.65) / (f32(1) + d * d * f32(9)))
            )
        # Lamps hang from ceilings: rooms are brightest at the top.
        room = v - floor
        drawn = f32(0.95) - f32(0.5) * (pick * f32(53) - np.floor(pick * f32(53)))
        inside = f32(0.60) + f32(0.62) * room
        inside *= f32(1) - f32(0.45) * clamp01((room - drawn) / (soft_v + f32(0.02)))
        inside += (f32(0.85) - inside) * melt
        window = pane * on * inside
        warm = f32(0.25) + f32(0.75) * wide_u
        street = fade(max(up, f32(0)) * f32(3.2))
        base = skin * (f32(0.40) + f32(1.9) * street * (f32(0.3) + view[7]))
        roof = top - f32(0.018) - up
        w = f32(0.007) + foot * f32(0.6)
        tube = f32(0)
        if lit:
            tube = w * w / (roof * roof + w * w) * f32(0.007) / w * power * f32(2.6)
            tube += f32(0.0009) / (roof * roof + f32(0.006)) * calm
        tube += corner
        front = f32(0)
        if up < f32(0.088) and face < 2:
            front = clamp01((f32(0.030) - abs(up - f32(0.046))) / (foot + f32(0.012)) + f32(0.5))
            front *= shop_lit * (f32(0.35) + f32(8) * max(up - f32(0.01), f32(0)))
            window *= f32(0.2)
        shade = f32(1) - f32(0.55) * edge * f32(face < 2)
        for c in range(3):
            light = hues[4, c] * base * shade
            light += window * (hues[2, c] * warm + hues[k, c] * (f32(1) - warm))
            light += hues[k, c] * tube + hues[sk, c] * front
            out[px, row, c] = light * clear + haze[c] * veil


@kernel
def add_sign(
    out: Field, left: Any, right: Any, low: Any, high: Any, view: Field, hue: Field, light: Any,
    name: int, lamps: Field, mirror: Any,
) -> None:  # fmt: skip
    """Hang a sign of light (edges in lines of sight) over the street; or smear its image on it."""
    width, height, _ = out.shape
    x0 = (left - view[0] + view[2]) / view[22]
    x1 = (right - view[0] + view[2]) / view[22]
    y0 = (view[1] + view[3] - high) / view[22]
    y1 = (view[1] + view[3] - low) / view[22]
    if x1 < f32(0) or x0 > f32(width) or y1 < f32(0) or y0 > f32(height) or x1 - x0 < f32(0.6):
        return
    cell = (x1 - x0) * f32(0.92)
    for px in range(max(int(x0) - 1, 0), min(int(x1) + 2, width)):
        ex = clamp01(f32(px) + f32(0.5) - x0 + f32(0.5)) * clamp01(x1 - f32(px))
        p = (f32(px) + f32(0.5) - x0) / (x1 - x0)
        for py in range(max(int(y0) - 1, 0), min(int(y1) + 2, height)):
            alpha = ex * clamp01(f32(py) + f32(0.5) - y0 + f32(0.5)) * clamp01(y1 - f32(py))
            if mirror > f32(0):
                shake = lamps[(py * 3) & (LAMPS - 1), (name * 7) & (LAMPS - 1)]
                run = (f32(py) - y0) / (y1 - y0)
                s = alpha * light * (f32(0.15) + f32(0.35) * shake) * (f32(1) - f32(0.5) * run)
                for c in range(3):
                    out[px, py, c] += hue[c] * s
                continue
            q = (f32(py) + f32(0.5) - y0) / cell
            i = int(q)
            f = q - f32(i)
            # One glyph to a square: strokes on a 4 by 4 grid, as far lettering looks.
            gu, gv = p * f32(4.6) - f32(0.3), f * f32(4.6) - f32(0.3)
            stroke = f32(0)
            if gu > f32(0) and gu < f32(4) and gv > f32(0) and gv < f32(4):
                at = (int(gu) + 5 * int(gv) + 29 * i + 61 * name) & (LAMPS - 1)
                pick = lamps[at, (name * 13) & (LAMPS - 1)]
                off = gu - f32(int(gu)) if pick < f32(0.42) else gv - f32(int(gv))
                stroke = clamp01((f32(0.20) - abs(off - f32(0.5))) * cell * f32(0.2) + f32(0.5))
                stroke *= f32(pick < f32(0.78))
            rim = min(min(p, f32(1) - p) * (x1 - x0), min(f32(py) - y0, y1 - f32(py)))
            frame = clamp01(f32(2.0) - abs(rim - f32(1.5))) * f32(0.8)
            ink = f32(0.10) + max(stroke * f32(0.95), frame)
            if cell < f32(7):
                ink = f32(0.55)
            for c in range(3):
                out[px, py, c] += (hue[c] * ink * light - out[px, py, c]) * alpha


@kernel
def add_rain(out: Field, drops: Field, time: Any, slant: Any, light: Field, share: Any) -> None:
    """Streaks of rain, `drops` of shape (n, 3): place across and down, and nearness, 0 to 1."""
    height, width, _ = out.shape
    for n in range(int(f32(drops.shape[0]) * share)):
        near = drops[n, 2]
        y = drops[n, 1] + time * (f32(1.3) + f32(1.5) * near)
        y = (y - np.floor(y)) * f32(1.2) - f32(0.1)
        length = (f32(0.025) + f32(0.06) * near) * f32(height)
        x = drops[n, 0] * f32(width)
        top = y * f32(height)
        count = int(length)
        for s in range(count):
            py = int(top) + s
            q = x + slant * f32(s)
            px = int(q)
            if 0 <= py < height and 0 <= px < width - 1:
                a = (f32(0.10) + f32(0.22) * near) * (f32(s) / length)
                w = q - f32(px)
                for c in range(3):
                    out[py, px, c] += light[c] * a * (f32(1) - w)
                    out[py, px + 1, c] += light[c] * a * w
