"""Standing stones: rounded, tapered blocks marched from where a ray enters their box."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, fade, hash2, kernel, sample

STONE = 14
"""Numbers kept of a stone: x and z of its middle, cosine and sine of its turn, half its width,
height and depth, height of its foot above the ground, taper (share of its width lost at the top),
rounding, roughness, its name, the glow of its seams, the light of its inscription."""
_STEPS = 6
"""Steps of a ray through a stone's box: a block is reached in 3 to 5, a grazing ray takes more."""


@kernel
def _bounds(stone: Field, view: Field, mirror: Any, width: int, height: int) -> Any:
    """Pixels (left, right, top, bottom) that the stone may cover, right and bottom excluded."""
    c, s = view[0], view[1]
    left, right, top, bottom = width, 0, height, 0
    for k in range(8):
        u = (stone[4] * f32(1.06) + f32(0.02)) * f32(2 * (k & 1) - 1)
        w = (stone[6] * f32(1.06) + f32(0.02)) * f32((k & 2) - 1)
        v = stone[7] - f32(0.02)
        if k & 4:
            v = stone[7] + f32(2.0) * stone[5] + f32(0.02)
        z = stone[1] + u * stone[3] + w * stone[2] - view[8]
        if z < f32(0.15):
            return 0, width, 0, height
        x = (stone[0] + u * stone[2] - w * stone[3] - view[6]) / z
        y = (mirror * v - view[7]) / z
        a, b = x - view[4], y - view[5]
        px = ((a * c - b * s) / view[2] + f32(1)) * f32(0.5) * f32(width)
        py = (f32(1) - (a * s + b * c) / view[3]) * f32(0.5) * f32(height)
        left, right = min(left, int(px) - 2), max(right, int(px) + 3)
        top, bottom = min(top, int(py) - 2), max(bottom, int(py) + 3)
    return max(left, 0), min(right, width), max(top, 0), min(bottom, height)


@kernel
def _seams(stone: Field, u: Any, v: Any, facing: Any, foot: Any) -> Any:
    """(seams, inscription): light of the lines cut into a stone at a place on it."""
    name = int(stone[11])
    # Courses at uneven heights run round the stone, joined by upright cuts.
    course = (v / stone[5] + f32(1)) * f32(1.5)
    level = np.floor(course)
    at = f32(0.25) + f32(0.5) * hash2(int(level), name, 3)
    across = (course - level - at) / f32(1.5) * stone[5]
    thin = f32(0.004) + foot * f32(0.7)
    line = thin * thin / (across * across + thin * thin)
    line *= f32(hash2(int(level), name, 4) < f32(0.55))
    place = (hash2(int(level), name, 5) - f32(0.5)) * f32(1.4) * stone[4]
    upright = u - place
    cut = thin * thin / (upright * upright + thin * thin) * facing
    if stone[5] < stone[4]:
        line = f32(0)
    seam = (line + cut * f32(hash2(int(level), name, 8) < f32(0.6))) * f32(0.0045) / thin
    # A column of signs in the middle of the face that looks at the viewer.
    sign = f32(0)
    high = (v + stone[5]) / (f32(2) * stone[5])
    if facing > f32(0.5) and high > f32(0.2) and high < f32(0.86):
        cell = stone[4] * f32(0.16)
        p, q = u / cell, v / cell
        i, j = np.floor(p + f32(0.5)), np.floor(q)
        if abs(i) < f32(1.5):
            du, dv = abs(p - i), q - j - f32(0.5)
            stroke = f32(0)
            soft = f32(0.07) + foot / cell
            h = hash2(int(i) + 7 * int(j), name, 13)
            if h < f32(0.55):
                stroke = clamp01((f32(0.07) - abs(dv)) / soft + f32(0.6))
            if h > f32(0.3):
                stroke = max(stroke, clamp01((f32(0.07) - du) / soft + f32(0.6)))
            stroke *= clamp01((f32(0.40) - max(du, abs(dv))) / soft + f32(0.5))
            sign = stroke * clamp01(f32(1.5) - foot / cell * f32(1.2))
    return seam, sign


@kernel
def _cut(a: Any, b: Any, grow: Any, enter: Any, leave: Any, first: Any) -> Any:
    """The stretch of a ray on the inner side of a plane, which it is a + b t before.

    (enter, leave) of the stone grown by `grow`, and where the stone itself is entered.
    """
    if abs(b) < f32(1e-6):
        return enter, (leave if a < grow else f32(0)), first
    turn = f32(-1) / b
    t, wide = a * turn, (a - grow) * turn
    if b < f32(0):
        return max(enter, wide), leave, max(first, t)
    return enter, min(leave, wide), first


@kernel
def add_stone(
    out: Field, cover: Field, stone: Field, view: Field, hues: Field, noise: Field,
    mirror: Any, air: Any,
) -> None:  # fmt: skip
    """Lay one stone over what lies behind it.

    Args:
        out: Light, shape (height, width, 3).
        cover: How much of each pixel a stone hides, shape (height, width).
        stone: See `STONE`.
        view: See `monoliths`.
        hues: Likewise.
        noise: Table of stone.
        mirror: 1 for the stone, −1 for its image in water.
        air: Share of the light that distance leaves of it.
    """
    height, width, _ = out.shape
    left, right, top, bottom = _bounds(stone, view, mirror, width, height)
    c, s = view[0], view[1]
    turn_c, turn_s = stone[2], stone[3]
    eye, pixel = view[7] * mirror, view[22]
    ox, oz = view[6] - stone[0], view[8] - stone[1]
    oy = eye - stone[7] - stone[5]
    ou, ow = ox * turn_c + oz * turn_s, -ox * turn_s + oz * turn_c
    sun_x, sun_y = view[9], view[10]
    sun = f32(1) / np.sqrt(f32(1) + sun_x * sun_x + sun_y * sun_y)
    round_ = stone[9]
    rough = stone[10] if mirror > f32(0) else f32(0)  # ripples hide what is worn
    flat = f32(-1.2) * rough
    c0, c1 = f32(1) - f32(0.5) * stone[8], f32(-0.5) * stone[8] / stone[5]
    # An image in water is blurred: every second row and column of it will do.
    stride = 1 if mirror > f32(0) else 2
    for py in range(top - top % stride, bottom, stride):
        b = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        for px in range(left - left % stride, right, stride):
            a = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2]
            x, y = a * c + b * s + view[4], -a * s + b * c + view[5]
            if mirror < f32(0):
                if y > f32(-0.004):
                    continue
                t = view[7] / -y
                gx, gz = view[6] + x * t, view[8] + t
                wave = sample(noise, gx * f32(34), gz * f32(90) + view[17] * f32(14)) - f32(0.5)
                y = -y + wave * f32(0.020)
            du, dw = x * turn_c + turn_s, -x * turn_s + turn_c
            # Between its six planes, a pixel wider than the stone so that its edge can be soft.
            grow = f32(0.012) + pixel * stone[1] * f32(1.2)
            su, bu = stone[4] * (c0 + c1 * oy), stone[4] * c1 * y
            sw, bw = stone[6] * (c0 + c1 * oy), stone[6] * c1 * y
            enter, leave, first = _cut(ou - su, du - bu, grow, f32(0.05), f32(1e4), f32(0))
            enter, leave, first = _cut(-ou - su, -du - bu, grow, enter, leave, first)
            enter, leave, first = _cut(ow - sw, dw - bw, grow, enter, leave, first)
            enter, leave, first = _cut(-ow - sw, -dw - bw, grow, enter, leave, first)
            enter, leave, first = _cut(oy - stone[5], y, grow, enter, leave, first)
            enter, leave, first = _cut(-oy - stone[5], -y, grow, enter, leave, first)
            if enter >= leave:
                continue
            speed = f32(1) / np.sqrt(f32(1) + x * x + y * y)
            t, best, best_t = enter, f32(9), enter
            worn = f32(0)
            if rough > f32(0):
                u, v, w = ou + du * enter, oy + y * enter, ow + dw * enter
                worn = rough * sample(noise, (u + w) * f32(40) + stone[11], v * f32(30))
            # The flat of a face is met where the ray enters the block itself; of a worn one as
            # well, but for its edges.
            if first > f32(0.05):
                u, v, w = ou + du * first, oy + y * first, ow + dw * first
                slim = c0 + c1 * v
                over_u, over_v = abs(u) - stone[4] * slim + round_, abs(v) - stone[5] + round_
                over_w = abs(w) - stone[6] * slim + round_
                least = min(over_u, min(over_v, over_w))
                largest = max(over_u, max(over_v, over_w))
                middle = over_u + over_v + over_w - least - largest
                if middle < flat and largest < round_ * f32(1.01):
                    best, best_t = f32(0), first
            for _ in range(0 if best == f32(0) else _STEPS):
                u, v, w = ou + du * t, oy + y * t, ow + dw * t
                slim = c0 + c1 * v
                qu = abs(u) - stone[4] * slim + round_ + worn
                qv = abs(v) - stone[5] + round_ + worn
                qw = abs(w) - stone[6] * slim + round_ + worn
                eu, ev, ew = max(qu, f32(0)), max(qv, f32(0)), max(qw, f32(0))
                d = np.sqrt(eu * eu + ev * ev + ew * ew)
                d += min(max(qu, max(qv, qw)), f32(0)) - round_
                off = d / (pixel * t)
                if off < best:
                    best, best_t = off, t
                if off < f32(0.25):
                    break
                t += d * speed * f32(0.92)
                if t > leave:
                    break
            alpha = clamp01(f32(1.15) - best)
            if alpha <= f32(0):
                continue
            t = best_t
            u, v, w = ou + du * t, oy + y * t, ow + dw * t
            slim = c0 + c1 * v
            eu = max(abs(u) - stone[4] * slim + round_ + rough * f32(0.5), f32(1e-4))
            ev = max(abs(v) - stone[5] + round_ + rough * f32(0.5), f32(1e-4))
            ew = max(abs(w) - stone[6] * slim + round_ + rough * f32(0.5), f32(1e-4))
            n = f32(1) / np.sqrt(eu * eu + ev * ev + ew * ew)
            nu, nv, nw = np.copysign(eu * n, u), np.copysign(ev * n, v), np.copysign(ew * n, w)
            grain = sample(noise, (u - w) * f32(120) + stone[11] * f32(31), v * f32(90))
            pit = (grain - f32(0.5)) * f32(1.4)
            nv += pit * f32(0.30)
            nu += pit * f32(0.22)
            nx, nz = nu * turn_c - nw * turn_s, nu * turn_s + nw * turn_c
            # The sun stands behind: it catches edges and tops, and the sky the faces.
            lit = max((nx * sun_x + nv * sun_y + nz) * sun, f32(0))
            graze = f32(1) - min(abs(nx * x + nv * y + nz) * speed, f32(1))
            rim = graze * graze * graze * graze * f32(0.9) + lit * f32(1.9)
            side = clamp01(f32(0.5) + f32(0.5) * nx * np.copysign(f32(1), sun_x - view[26]))
            skin = f32(0.55) + f32(0.9) * pit + f32(0.35) * grain
            skin = max(skin, f32(0.06))
            floor = v + stone[5] + stone[7]
            bounce = fade(floor * f32(2.6)) * (f32(0.4) - f32(0.6) * min(nv, f32(0)))
            seam, sign = _seams(stone, u, v, clamp01(-nw * f32(1.6) - f32(0.4)), pixel * t)
            seam = seam * stone[12] + max(f32(0), -nv - f32(0.4)) * stone[12] * f32(0.08)
            sign *= stone[13]
            fog = (f32(1) - fade(t * view[12] * f32(0.8))) * (
                f32(0.72) + f32(0.28) * fade(floor * f32(2))
            )
            # Against the light the haze in front of a stone glows with it.
            ax, ay = x - sun_x, abs(y) - sun_y
            near = f32(1) / (f32(1) + (ax * ax + ay * ay) * f32(9))
            alpha *= air
            for k in range(3):
                light = hues[0, k] * rim * view[11] * skin
                light += hues[1, k] * (f32(0.35) + f32(0.65) * max(nv, f32(0)) + side) * skin
                light += hues[2, k] * bounce * skin
                light = light * f32(0.20)
                light += hues[3, k] * seam + hues[4, k] * sign
                haze = hues[5, k] + hues[0, k] * near * view[11] * f32(0.20)
                light += (haze - light) * fog
                for row in range(py, min(py + stride, height)):
                    for column in range(px, min(px + stride, width)):
                        out[row, column, k] += (light - out[row, column, k]) * alpha
            cover[py, px] += (f32(1) - cover[py, px]) * alpha
