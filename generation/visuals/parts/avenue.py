"""The city's plan, cast column by column: sky, towers, the wet street and its traffic."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, fade, hash1, kernel, sample
from songreel.generation.visuals.parts.facade import paint_wall

SPANS = 12
"""Walls seen one above the other along a column, at most."""
REACH = 26.0
"""Distance at which the haze has swallowed everything."""
END = 17.0
"""Distance of the landmark at the avenue's end, which is never reached."""
SHORE = 6.4
"""Distance of the first buildings across the water."""
BLOCK_X, BLOCK_Z = 2.1, 1.15
"""Plan of the city: one block with its street, in scene units."""
GAP_X, GAP_Z = 0.60, 0.12
"""Half a street's width along and across the avenue."""


@kernel
def paint_sky(out: Field, view: Field, hues: Field, noise: Field) -> None:
    """Coarse sky, shape (columns, rows, 3): dusk or the city's glow on low cloud, search lights."""
    columns, rows, _ = out.shape
    alive, flow = view[25], view[14]
    for i in range(columns):
        x = (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1)) * view[2] + view[0]
        core = fade(abs(x) * f32(2.2))
        for j in range(rows):
            y = view[1] + view[3] * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows))
            h = abs(y)
            far = f32(1) / (h + f32(0.25))
            cloud = sample(noise, x * far * f32(16) + flow * f32(0.5), far * f32(38))
            dusk = fade(h * f32(2.4))
            glow = (fade(h * f32(3.2)) * f32(0.55) + fade(h * f32(9)) * core * f32(1.3)) * view[26]
            glow *= f32(0.45) + f32(0.95) * cloud
            beam = f32(0)
            if alive > f32(0.5) and y > f32(0):
                for k in range(3):
                    lean = np.sin(flow * f32(0.35) + f32(k) * f32(2.1)) * f32(0.8)
                    off = x - (f32(k) - f32(1)) * f32(0.42) - lean * h
                    beam += f32(0.0014) / (off * off + f32(0.0008) + h * h * f32(0.006))
                beam *= fade(h * f32(1.3)) * (alive - f32(0.5)) * (f32(0.15) + f32(0.35) * cloud)
                beam *= f32(0.5) + f32(0.5) * view[23] + f32(0.6) * view[15]
            dusk *= (f32(0.75) + f32(0.5) * cloud) * view[27]
            for c in range(3):
                out[i, j, c] = (
                    hues[7, c] + hues[3, c] * dusk + hues[5, c] * glow + hues[2, c] * beam
                )


@kernel
def _box(x: Any, dx: Any, z: Any, left: Any, right: Any, near: Any, far: Any) -> Any:
    """Where the line (x + dx t, z + t) enters a box in plan: (t, along the face, face).

    The face is 0 for one that looks at the avenue, 1 for one that looks at the viewer;
    t is negative for a miss.
    """
    t_near, t_far = near - z, far - z
    if abs(dx) < f32(1e-5):
        if x <= left or x >= right:
            return f32(-1), f32(0), 0
        return t_near, x - left, 1
    a, b = (left - x) / dx, (right - x) / dx
    t0, t1 = min(a, b), max(a, b)
    enter, leave = max(t0, t_near), min(t1, t_far)
    if enter >= leave or enter <= f32(0.02):
        return f32(-1), f32(0), 0
    if t0 > t_near:
        return enter, z + enter - near, 0
    return enter, x + dx * enter - left, 1


@kernel
def _stack(
    out: Field, px: int, filled: int, spans: Field, count: int, t: Any, top: Any, along: Any,
    wide: Any, face: int, own: int, view: Field, hues: Field, lamps: Field, haze: Field, seed: int,
) -> Any:  # fmt: skip
    """Paint what a wall shows above those before it: (rows filled down to, spans so far)."""
    height = out.shape[1]
    y0, dy = view[1] + view[3], view[22]
    first = int((y0 - (top - view[5]) / t) / dy + f32(0.5))
    first = max(first, 0)
    if first >= filled or count >= SPANS:
        return filled, count
    last = min(filled, height)
    thick = f32(1) - fade(t * view[18])
    if face == 2:
        thick *= f32(0.62)
    foot = int((y0 + view[5] / t) / dy + f32(0.5))
    if foot < last and count == 0:
        last = max(foot, first)
    paint_wall(
        out, px, first, last, t, top, along, wide, face, own, view, hues, lamps, haze,
        f32(1) - thick, seed,
    )  # fmt: skip
    spans[count, 0], spans[count, 1], spans[count, 2] = t, f32(first), f32(last)
    return first, count + 1


@kernel
def paint_columns(
    out: Field, sky: Field, spans: Field, ground: Field, view: Field, hues: Field, noise: Field,
    lamps: Field, haze: Field, seed: int,
) -> None:  # fmt: skip
    """Every column: its walls near to far, then the street below them, which mirrors the column."""
    width, height, _ = out.shape
    eye, z0, x0, mode = view[5], view[6], view[4], int(view[21])
    top_y, dy = view[1] + view[3], view[22]
    horizon = int(top_y / dy)
    sky_rows = sky.shape[1]
    near_row = min(max(horizon * sky_rows // height - 1, 0), sky_rows - 1)
    for px in range(width):
        dx = (f32(2) * (f32(px) + f32(0.5)) / f32(width) - f32(1)) * view[2] + view[0]
        for c in range(3):
            haze[c] = sky[px * sky.shape[0] // width, near_row, c] * f32(0.9)
        filled, count = height, 0
        cell_x = int(np.floor(x0 / f32(BLOCK_X)))
        cell_z = int(np.floor(z0 / f32(BLOCK_Z)))
        step = 1 if dx > f32(0) else -1
        slow = max(abs(dx), f32(1e-5))
        edge = f32(cell_x + (1 if dx > f32(0) else 0)) * f32(BLOCK_X)
        next_x = abs(edge - x0) / slow
        next_z = f32(cell_z + 1) * f32(BLOCK_Z) - z0
        landmark = False
        end = f32(END) if mode < 2 else f32(SHORE + 3.5)
        while filled > 0:
            at = min(next_x, next_z)
            if not landmark and at > end:
                landmark = True
                for k in range(3):
                    half = f32(1.05) if k == 0 else (f32(0.62) if k == 1 else f32(0.13))
                    high = f32(3.6) if k == 0 else (f32(6.2) if k == 1 else f32(8.4))
                    x = dx * end
                    if abs(x) < half:
                        filled, count = _stack(
                            out, px, filled, spans, count, end, high * view[28], x + half,
                            f32(2) * half, 2, 9001 + k, view, hues, lamps, haze, seed,
                        )  # fmt: skip
            own = cell_z * 131 + cell_x * 17
            if mode < 2 or f32(cell_z) * f32(BLOCK_Z) > z0 + f32(SHORE) - f32(BLOCK_Z):
                a, b = hash1(own, seed), hash1(own + 7, seed + 1)
                inset = hash1(own + 3, seed + 2) * f32(0.07)
                gap = f32(GAP_X) if mode < 2 else f32(0.10)
                left = f32(cell_x) * f32(BLOCK_X) + gap + inset
                right = f32(cell_x + 1) * f32(BLOCK_X) - gap - inset
                near = f32(cell_z) * f32(BLOCK_Z) + f32(GAP_Z)
                far = f32(cell_z + 1) * f32(BLOCK_Z) - f32(GAP_Z)
                low = f32(0.42) + f32(0.75) * a
                if mode == 2:
                    low = f32(0.18) + f32(0.5) * a
                t, along, face = _box(x0, dx, z0, left, right, near, far)
                if t > f32(0):
                    wide = right - left if face == 1 else far - near
                    filled, count = _stack(
                        out, px, filled, spans, count, t, low, along, wide, face, own * 2, view,
                        hues, lamps, haze, seed,
                    )  # fmt: skip
                    # A tower stands back on its base.
                    tall = low + f32(0.35) + f32(3.6) * b * b * b
                    if mode == 2:
                        # A skyline gathers in its middle.
                        off = (f32(cell_x) + f32(0.5)) * f32(BLOCK_X) - x0 - f32(1.2)
                        tall = low + (f32(0.3) + f32(4.2) * b * b) * (
                            f32(0.25) + fade(off * off * f32(0.06))
                        )
                    inner = f32(0.08) if mode < 2 else f32(0.12) + f32(0.45) * a
                    t, along, face = _box(
                        x0, dx, z0, left + inner, right - inner, near + f32(0.07),
                        far - f32(0.07),
                    )  # fmt: skip
                    if t > f32(0):
                        wide = (right - left if face == 1 else far - near) - f32(2) * inner
                        filled, count = _stack(
                            out, px, filled, spans, count, t, tall, along, wide, face, own * 2 + 1,
                            view, hues, lamps, haze, seed,
                        )  # fmt: skip
            if next_x < next_z:
                if next_x > f32(REACH):
                    break
                cell_x += step
                next_x += f32(BLOCK_X) / slow
            else:
                if next_z > f32(REACH):
                    break
                cell_z += 1
                next_z += f32(BLOCK_Z)
        # The street: rows below the horizon and the first wall's foot.
        start = max(horizon + 1, 0)
        if count > 0:
            start = max(start, int(spans[0, 2]))
        for row in range(start, height):
            t, clear = ground[row, 0], ground[row, 1]
            y = -eye / t
            gx, gz = x0 + dx * t, z0 + t
            wet = sample(noise, gx * f32(23), gz * f32(9))
            ripple = sample(noise, gx * f32(150) + view[14] * view[29], gz * f32(46)) - f32(0.5)
            slope = -y * (f32(1) + ripple * view[30]) + ripple * f32(0.014)
            j = 0
            seen = slope
            while j < count:
                seen = slope - f32(2) * eye / spans[j, 0]
                if seen < top_y - spans[j, 1] * dy:
                    break
                j += 1
            if j == count:
                seen = slope
            r = (top_y - seen) / dy
            if j < count:
                r = min(max(r, spans[j, 1]), spans[j, 2] - f32(1))
            r0 = min(max(int(r), 0), start - 1)
            r1 = min(max(r0 - 3, 0), height - 1)
            mirror = (f32(0.35) + f32(0.65) * clamp01((wet - f32(0.30)) * f32(2.6))) * view[20]
            mirror *= f32(1) / (f32(1) + f32(1.4) * -y)
            glint = (
                clamp01((ripple - f32(0.20)) * f32(6))
                * view[10]
                * (f32(0.5) if mode == 2 else f32(0.08))
            )
            for c in range(3):
                seen_c = f32(0.6) * out[px, max(r0, 0), c] + f32(0.4) * out[px, r1, c]
                light = (
                    seen_c * mirror
                    + hues[2, c] * glint
                    + hues[4, c] * (f32(0.20) + f32(0.30) * wet)
                )
                out[px, row, c] = light * clear + haze[c] * (f32(1) - clear)


@kernel
def paint_traffic(out: Field, ground: Field, view: Field, hues: Field, seed: int) -> None:
    """Tail lights ahead on one side, head lights on the other, as long trails."""
    width, height, _ = out.shape
    lanes = 3 if view[25] > f32(0.5) else 2
    for row in range(height):
        t = ground[row, 0]
        if t > f32(REACH) or t <= f32(0):
            continue
        z = view[6] + t
        for lane in range(2 * lanes):
            side = lane % 2
            centre = f32(0.09) + f32(0.105) * f32(lane // 2)
            speed = f32(1.6) + f32(0.3) * f32(lane // 2)
            if side == 1:
                centre, speed = -centre, -speed * f32(1.2)
            span = f32(2.1) + f32(0.5) * f32(lane // 2)
            q = (z - speed * view[14]) / span + f32(lane) * f32(0.37)
            slot = np.floor(q)
            if hash1(int(slot) * 7 + lane, seed + 31) > f32(0.20) + f32(0.85) * view[25]:
                continue
            # A trail: bright at the car, long behind it.
            f = q - slot if side == 0 else f32(1) - (q - slot)
            body = fade(abs(f - f32(0.86)) * f32(40)) + view[25] * f32(0.55) * clamp01(
                f * f32(1.15)
            ) * f32(f < f32(0.86))
            body += f32(0.8) * view[8] * fade(abs(f - f32(0.86)) * f32(9))
            body *= ground[row, 1]
            if body < f32(0.01):
                continue
            for twin in range(2):
                x = (centre + (f32(twin) - f32(0.5)) * f32(0.05) - view[4]) / t
                p = (x - view[0] + view[2]) / view[22]
                w = f32(0.0055) / t / view[22] + f32(0.55)
                a, b = max(int(p - f32(4) * w), 0), min(int(p + f32(4) * w) + 1, width - 1)
                gain = body * min(f32(0.0055) / t / view[22] / w * f32(1.7), f32(1)) * f32(1.5)
                c0 = 0 if side == 0 else 2
                for px in range(a, b + 1):
                    d = (f32(px) + f32(0.5) - p) / w
                    s = gain / (f32(1) + d * d) / (f32(1) + d * d)
                    for c in range(3):
                        out[px, row, c] += hues[c0, c] * s
