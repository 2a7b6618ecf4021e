"""The bore of a tunnel: what a line of sight meets in it, and the light that lies there."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, line, sample

DEPTHS = 512
"""Samples of all that depends on depth alone, close together near the camera."""
HALF = 6.0
"""Depth, in radii of the bore, at which half of the samples are used up."""
FAR = 42.0
"""Depth at which the search for a wall ends: the haze hides what lies behind."""
FLOOR = 0.56
"""Depth of the floor below the middle of the bore."""
AROUND = 2048
"""Samples of all that depends on the place around the bore alone."""


@kernel
def bore(shape: int, u: Any, v: Any) -> Any:
    """How far out of the middle a point of a cross-section lies; 1 on the wall above the floor."""
    if shape == 0:
        return np.sqrt(u * u + v * v)
    if shape == 1:
        a, b = u * f32(0.70), v * f32(1.02)
        a, b = a * a, b * b
        return np.sqrt(np.sqrt(a * a + b * b + f32(0.6) * a * b))
    return max(abs(u), abs(u) * f32(0.5) + abs(v) * f32(0.8660254)) * f32(0.92)


@kernel
def _walk(course: Field, shape: int, x: Any, y: Any, y0: Any, start: Any) -> Any:
    """Depth at which the line (x z, y0 + y z) leaves the bore, from depth `start` on.

    `course` holds the middle's x and y by depth, and the most that it moves aside per depth up to
    half as far again. Steps of the distance over the most that it shrinks by reach no wall early.
    """
    size, rise = np.sqrt(x * x + y * y), abs(y)
    cx, cy, bend = course[0], course[1], course[2]
    z = start
    for _ in range(14):
        p = f32(DEPTHS) * z / (z + f32(HALF))
        i = np.int32(p)
        t = p - f32(i)
        u = x * z - cx[i] - (cx[i + 1] - cx[i]) * t
        v = y0 + y * z - cy[i] - (cy[i + 1] - cy[i]) * t
        step = (f32(1) - bore(shape, u, v)) / (f32(1.06) * (size + bend[i]))
        if y0 == f32(0):  # what the floor mirrors goes up from it
            fall = (f32(1) + v * f32(1.0 / FLOOR)) * f32(FLOOR) / (rise + f32(0.4) * bend[i])
            step = min(step, fall)
        step = min(step, f32(0.5) * z + f32(0.5))
        z += step * f32(1.15)
        if step < f32(0.006) * z:
            break
        if z > f32(FAR):
            return f32(FAR)
    return max(z, f32(0.25))


@kernel
def search(near: Field, far: Field, course: Field, view: Field, shape: int) -> None:
    """1 / depth of what is met in each direction, and of what the floor mirrors there.

    Both of shape (rows, columns); the same where there is no floor.
    """
    rows, columns = near.shape
    for j in range(rows):
        b = (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(rows)) * view[3]
        for i in range(columns):
            a = (f32(2) * (f32(i) + f32(0.5)) / f32(columns) - f32(1)) * view[2]
            x, y = a * view[0] + b * view[1] + view[4], b * view[0] - a * view[1] + view[5]
            z = _walk(course, shape, x, y, f32(0), f32(0.25))
            near[j, i] = far[j, i] = f32(1) / z
            p = f32(DEPTHS) * z / (z + f32(HALF))
            k = int(p)
            floor = course[1, k] + (course[1, k + 1] - course[1, k]) * (p - f32(k)) - f32(FLOOR)
            if y * z < floor + f32(0.02) and z < f32(FAR) and y < f32(0):
                z = _walk(course, shape, x, -y, f32(2) * y * z, z * f32(1.002))
                far[j, i] = f32(1) / z


@kernel
def _turn(x: Any, y: Any) -> Any:
    """Angle of (x, y) as a share of a full turn, 0 to 1; off by less than 0.00004."""
    ax, ay = abs(x), abs(y)
    small, large = min(ax, ay), max(ax, ay) + f32(1e-9)
    t = small / large
    s = t * t
    # Polynomial for atan(t) / 2π on 0 to 1.
    a = t * (f32(0.159046) + s * (f32(-0.05129) + s * (f32(0.023711) - s * f32(0.006498))))
    a = f32(0.25) - a if ay > ax else a
    a = f32(0.5) - a if x < f32(0) else a
    return f32(1) - a if y < f32(0) else a


@kernel
def _meet(rows: Field, near: Field, course: Field, b: Any, view: Field, shape: int) -> Any:
    """Where each pixel of a row meets the bore, into `rows`: u, v, depth, and whether it is floor.

    Also the line of sight's height (4) and the middle's (5). Returns the floor's first pixel and
    the last one's next.
    """
    width = near.shape[0]
    ru, rv, rz, rf, ry, rc = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]
    cx, cy = course[0], course[1]
    c, s, lens, shift_x, shift_y = view[0], view[1], view[2], view[4], view[5]
    scale = f32(2) / f32(width)
    for px in range(width):
        a = ((f32(px) + f32(0.5)) * scale - f32(1)) * lens
        x, y = a * c + b * s + shift_x, b * c - a * s + shift_y
        z = f32(1) / near[px]
        p = f32(DEPTHS) * z / (z + f32(HALF))
        k = np.int32(p)
        t = p - f32(k)
        middle = cy[k] + (cy[k + 1] - cy[k]) * t
        u = x * z - cx[k] - (cx[k + 1] - cx[k]) * t
        v = y * z - middle
        floor = (-v * f32(1.0 / FLOOR) - bore(shape, u, v)) * f32(20) + f32(0.5)
        ru[px], rv[px], rz[px], ry[px], rc[px] = u, v, z, y, middle
        rf[px] = clamp01(floor) if v < f32(-0.2) else f32(0)
    first, last = width, 0
    for px in range(width):
        if rf[px] > f32(0):
            first = min(first, px)
            last = px + 1
    return first, last


@kernel
def _mirrored(
    rows: Field, far: Field, course: Field, noise: Field, first: int, last: int, view: Field
) -> None:
    """Put what the wet floor mirrors in the place of the floor; how well it does, in row 6."""
    width = far.shape[0]
    ru, rv, rz, rf, ry, rc, rm = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6]
    cx, cy = course[0], course[1]
    travel, flow, tremble, gloss = view[7], view[10], view[14], view[15]
    for px in range(width):
        rm[px] = f32(1)
    for px in range(first, last):
        z0, y = rz[px], ry[px]
        gx, gz = ru[px], z0 + travel
        pool = sample(noise, gx * f32(21), gz * f32(9))
        wet = sample(noise, gx * f32(37) + flow, gz * f32(51) + flow * f32(0.7)) - f32(0.5)
        z = f32(1) / (far[px] + f32(0.00001))
        z = z * (f32(1) + wet * tremble / (f32(1) + f32(0.12) * z0))
        z = min(max(z, f32(0.26)), f32(FAR))
        p = f32(DEPTHS) * z / (z + f32(HALF))
        k = np.int32(p)
        t = p - f32(k)
        x = (ru[px] + cx[np.int32(f32(DEPTHS) * z0 / (z0 + f32(HALF)))]) / z0
        u = x * z - cx[k] - (cx[k + 1] - cx[k]) * t + wet * f32(0.10)
        v = f32(2) * (rc[px] - f32(FLOOR)) - y * z - cy[k] - (cy[k + 1] - cy[k]) * t
        mirror = (f32(0.34) + f32(0.50) * clamp01((pool - f32(0.30)) * f32(2.5))) * gloss
        mirror = mirror * (f32(1) - f32(0.35) * clamp01(-y * f32(1.2)))
        flat = rf[px] > f32(0.5)
        ru[px] = u if flat else ru[px]
        rv[px] = v if flat else rv[px]
        rz[px] = z if flat else z0
        rm[px] = f32(1) + (mirror - f32(1)) * rf[px]


@kernel
def paint(
    out: Field, near: Field, far: Field, course: Field, light: Field, ring: Field,
    skin: Field, cells: Field, noise: Field, hues: Field, view: Field,
    rows: Field, shape: int,
) -> None:  # fmt: skip
    """Every pixel: the wall that is met, or the wall that the wet floor mirrors, and the haze.

    Args:
        out: Field, shape (height, width, 3).
        near: See `search`, enlarged to the field; `far` likewise.
        far: See `near`.
        course: Middle of the bore by depth, shape (3, DEPTHS + 1), see `_walk`.
        light: By depth, shape (DEPTHS + 1, 9): a ring's core, what the walls get (r, g, b), share
            of light that the haze leaves, a snare's wave, the core of the bar's ring, and the
            light of the lower and of the upper strips.
        ring: By place around, shape (AROUND, 6): share of the rings that is lit, share of their
            light that the wall gets, both strips' threads, and the sheen that they lay.
        skin: The lining, tileable.
        cells: A random number for each of its panels.
        noise: Ripples.
        hues: Ring, bar's ring, floor, haze, end, panel.
        view: See `Tunnel.draw`.
        rows: Scratch, shape (7, width).
        shape: Cross-section.
    """
    height, width, _ = out.shape
    travel, hat = view[7], view[9]
    lit, level, end = view[11], view[12], view[13]
    ru, rv, rz, rm = rows[0], rows[1], rows[2], rows[6]
    h0r, h0g, h0b = hues[0, 0], hues[0, 1], hues[0, 2]
    h1r, h1g, h1b = hues[1, 0], hues[1, 1], hues[1, 2]
    floor_r, floor_g, floor_b = (
        hues[2, 0] * f32(0.16),
        hues[2, 1] * f32(0.16),
        hues[2, 2] * f32(0.16),
    )
    haze_r, haze_g, haze_b = hues[3, 0] * end, hues[3, 1] * end, hues[3, 2] * end
    end_r, end_g, end_b = hues[4, 0] * end, hues[4, 1] * end, hues[4, 2] * end
    panel_r, panel_g, panel_b = hues[5, 0], hues[5, 1], hues[5, 2]
    for py in range(height):
        b = (f32(1) - f32(2) * (f32(py) + f32(0.5)) / f32(height)) * view[3]
        first, last = _meet(rows, near[py], course, b, view, shape)
        _mirrored(rows, far[py], course, noise, first, last, view)
        row = line(out, py)
        for px in range(width):
            z = rz[px]
            p = f32(DEPTHS) * z / (z + f32(HALF))
            k = np.int32(p)
            t = p - f32(k)
            around = _turn(ru[px], rv[px])
            along = z + travel
            fine = clamp01(f32(1.5) - z * f32(0.085))
            tex = sample(skin, around * f32(512), along * f32(64))
            tex = f32(0.5) + (tex - f32(0.5)) * fine
            cell = sample(cells, around * f32(512), along * f32(64))
            q = np.int32(around * f32(AROUND - 1))
            here, then = light[k], light[k + 1]
            about = ring[q]
            seen = here[4]
            main = (here[0] + (then[0] - here[0]) * t) * about[0]
            second = (here[6] + (then[6] - here[6]) * t) * about[0]
            shade = tex * about[1]
            main += (about[2] + about[4] * tex) * here[7]
            second += (about[3] + about[5] * tex) * here[8]
            second += here[5] * (f32(0.25) + cell) * f32(0.8) * shade
            panel = clamp01((level - cell) * f32(9)) * lit
            panel += (
                hat
                * clamp01((cell - f32(0.955)) * f32(40))
                * clamp01((f32(0.995) - cell) * f32(60))
            )
            panel *= tex * tex * fine
            deep = f32(1) - seen
            mist = deep
            deep = deep * deep
            deep = deep * deep * deep * f32(0.9)
            red = here[1] * shade + main * h0r + second * h1r + panel * panel_r
            green = here[2] * shade + main * h0g + second * h1g + panel * panel_g
            blue = here[3] * shade + main * h0b + second * h1b + panel * panel_b
            mirror = rm[px]
            body = f32(1) - mirror
            row[3 * px] = (red * seen + haze_r * mist + end_r * deep) * mirror + floor_r * body
            row[3 * px + 1] = (
                green * seen + haze_g * mist + end_g * deep
            ) * mirror + floor_g * body
            row[3 * px + 2] = (blue * seen + haze_b * mist + end_b * deep) * mirror + floor_b * body
