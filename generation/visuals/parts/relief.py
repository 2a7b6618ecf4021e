"""Relief on a ground that leans away from the lens: heights with light, shadow and haze.

What needs neighbours (slopes, shadows, glances) is lit once in the relief's own cells, which
vectorises; a pixel then looks up colour and height together and cuts a crisp contour.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, hash2, kernel, line

MARGIN = 16
"""Cells around a relief's heights that are there for shadows to look into."""


class Look(NamedTuple):
    """Colours of a matter. Each of shape (3,), linear."""

    ground: NDArray[np.float32]
    """Of what it grows on; `deep` where that lies in haze."""
    deep: NDArray[np.float32]
    body: NDArray[np.float32]
    """Low on the relief; `crown` on its tops; `edge` where light runs along the contour."""
    crown: NDArray[np.float32]
    edge: NDArray[np.float32]
    lamp: NDArray[np.float32]
    """Of the light that glances off it; `fill` of the weak light from the other side."""
    fill: NDArray[np.float32]


@kernel
def light_relief(
    lit: NDArray[np.float32],
    floor: NDArray[np.float32],
    height: Field,
    around: Field,
    skin: Field,
    ground: NDArray[np.float32],
    body: NDArray[np.float32],
    crown: NDArray[np.float32],
    lamp: NDArray[np.float32],
    fill: NDArray[np.float32],
    threshold: Any,
    steep: Any,
    light_x: Any,
    light_y: Any,
    wave: Any,
    ring: Any,
    glow: Any,
    shine: Any,
) -> None:
    """Light every cell.

    Args:
        lit: Shape (n, n, 4), written: colour of the matter, and its height over the threshold.
        floor: Shape (n, n, 3), written: colour of the ground.
        height: Shape (n + 2 × MARGIN, likewise).
        around: Shape (n, n): the heights blurred.
        skin: Shape (n, n): the surface's own pattern, about 1.
        ground: Colours: see `Look`; likewise `body`, `crown`, `lamp` and `fill`.
        body: See `Look`.
        crown: See `Look`.
        lamp: See `Look`.
        fill: See `Look`.
        threshold: Height at which the matter begins.
        steep: Factor on the slopes.
        light_x: Where the light comes from, a unit vector together with `light_y`.
        light_y: See `light_x`.
        wave: Distance from the middle, of half the side, of a ring of light.
        ring: How bright it is.
        glow: Strength of the light.
        shine: Strength of glances.
    """
    side = around.shape[0]
    near_x, near_y = int(np.rint(light_x * f32(5))), int(np.rint(light_y * f32(5)))
    far_x, far_y = int(np.rint(light_x * f32(12))), int(np.rint(light_y * f32(12)))
    scale = f32(1) / f32(side)
    b0, b1, b2 = body[0], body[1], body[2]
    c0, c1, c2 = crown[0], crown[1], crown[2]
    l0, l1, l2 = lamp[0], lamp[1], lamp[2]
    f0, f1, f2 = fill[0], fill[1], fill[2]
    for j in range(side):
        k = j + MARGIN
        here, left, right = height[k, MARGIN:], height[k, MARGIN - 1 :], height[k, MARGIN + 1 :]
        up, down = height[k - 1, MARGIN:], height[k + 1, MARGIN:]
        near, far = height[k + near_y, MARGIN + near_x :], height[k + far_y, MARGIN + far_x :]
        row, base, veil, own = line(lit, j), line(floor, j), around[j], skin[j]
        cy = f32(j) * scale - f32(0.5)
        for i in range(side):
            cx = f32(i) * scale - f32(0.5)
            h = here[i] - threshold
            gx, gy = (right[i] - left[i]) * steep, (down[i] - up[i]) * steep
            level = max(h, f32(0)) + threshold
            shadow = clamp01((near[i] - level) * f32(1.8)) + clamp01((far[i] - level) * f32(1.2))
            shade = f32(1) / (f32(1) + f32(1.5) * shadow)
            # One side of the world lies in the light, the other in the dark.
            d = cx * cx + cy * cy
            fall = glow / (f32(1) + f32(1.1) * d)
            fall *= f32(0.22) + clamp01(f32(0.62) + f32(1.25) * (cx * light_x + cy * light_y))
            off = np.sqrt(d) * f32(2) - wave
            wash = ring / (f32(1) + f32(90) * off * off)
            thin = f32(1) / np.sqrt(f32(1) + gx * gx + gy * gy)
            # Slopes point uphill; the light comes from (light_x, light_y), not far above.
            slope = gx * light_x + gy * light_y
            day = max((f32(0.42) - f32(0.9) * slope) * thin, f32(0)) * shade
            back = max((slope - f32(0.25)) * thin, f32(0))
            back = back * back * f32(0.9)
            top = clamp01(h * f32(1.3))
            hollow = (f32(0.45) + f32(1.05) * top) * own[i]
            # Half way between light and lens, for glances.
            half = (f32(0.90) - f32(0.42) * slope) * thin
            glance = half * half
            glance = glance * glance
            glance = glance * glance
            glance = glance * glance * shine * shade * fall
            day = (day * (f32(0.7) + f32(1.3) * day) + f32(0.05)) * hollow * fall + wash * f32(0.45)
            # Towards the world's border the ground is even: there it meets its neighbours.
            border = clamp01((f32(0.5) - max(abs(cx), abs(cy))) * f32(7))
            even = glow * f32(0.22) * (f32(1) - border) + fall * border
            earth = f32(0.55) * own[i] * shade * even / (f32(1) + f32(3.5) * veil[i])
            earth += wash * f32(0.06)
            row[4 * i] = (b0 + (c0 - b0) * top) * day + l0 * glance + f0 * back
            row[4 * i + 1] = (b1 + (c1 - b1) * top) * day + l1 * glance + f1 * back
            row[4 * i + 2] = (b2 + (c2 - b2) * top) * day + l2 * glance + f2 * back
            row[4 * i + 3] = h
            base[3 * i] = ground[0] * earth
            base[3 * i + 1] = ground[1] * earth
            base[3 * i + 2] = ground[2] * earth


@kernel
def paint_relief(
    out: NDArray[np.float32],
    lit: NDArray[np.float32],
    floor: NDArray[np.float32],
    deep: NDArray[np.float32],
    edge: NDArray[np.float32],
    lamp: NDArray[np.float32],
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    mid_x: Any,
    mid_y: Any,
    lean: Any,
    cells: Any,
    tips: Any,
    glitter: Any,
    turn: int,
    haze: Any,
    reef: int,
    sharp: Any,
) -> None:
    """The relief as the lens sees it.

    Args:
        out: Field, shape (height, width, 3), overwritten.
        lit: Of `light_relief`.
        floor: Of `light_relief`.
        deep: Colours: see `Look`; likewise `edge` and `lamp`.
        edge: See `Look`.
        lamp: See `Look`.
        half_x: Half the frame's width, in scene units; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the roll over the zoom; `m01` its sine.
        m01: See `m00`.
        mid_x: Where in the world the lens points, cells; `mid_y` likewise.
        mid_y: See `mid_x`.
        lean: How far the ground leans away: 0 seen from above, towards 1 flat.
        cells: Cells to a scene unit.
        tips: Light of the thin edges.
        glitter: Light of single grains.
        turn: Which grains.
        haze: How soon distance hides things.
        reef: 1 where other colonies stand around the first.
        sharp: Factor on the height for the contour: larger is crisper.
    """
    height, width, _ = out.shape
    side = lit.shape[0]
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * (f32(j) + f32(0.5)) / f32(height))
        stretch = f32(1) / (f32(1) - lean * f32(0.55) * y0 / half_y)
        away = clamp01((stretch - f32(0.8)) * f32(0.9))
        veil = clamp01(haze * away * away)
        clear = f32(1) - veil
        row = line(out, j)
        # Along a row of pixels the world is crossed on a straight line at an even pace.
        x0 = half_x * (f32(1) / f32(width) - f32(1)) * stretch
        y0 = y0 * stretch
        u0 = mid_x + (x0 * m00 - y0 * m01) * cells
        v0 = mid_y - (x0 * m01 + y0 * m00) * cells
        step = f32(2) * half_x / f32(width) * stretch * cells
        du, dv = step * m00, -step * m01
        for i in range(width):
            u, v = u0 + du * f32(i), v0 + dv * f32(i)
            fx, fy = np.floor(u), np.floor(v)
            n, k = int(fx), int(fy)
            a, b = u - fx, v - fy
            if n < 0 or k < 0 or n >= side or k >= side:
                if reef == 1:
                    # Neighbours are the first turned over, so that no two alike stand side by side.
                    tile = n // side + k // side
                    n, k = n % side, k % side
                    if tile & 1:
                        n, k = k, n
                        a, b = b, a
                else:
                    n, k = min(max(n, 0), side - 1), min(max(k, 0), side - 1)
                    a, b = f32(0), f32(0)
            n1, k1 = min(n + 1, side - 1), min(k + 1, side - 1)
            w00, w01 = (f32(1) - a) * (f32(1) - b), a * (f32(1) - b)
            w10, w11 = (f32(1) - a) * b, a * b
            h = lit[k, n, 3] * w00 + lit[k, n1, 3] * w01
            h += lit[k1, n, 3] * w10 + lit[k1, n1, 3] * w11
            cover = clamp01(h * sharp + f32(0.5))
            r0, r1, r2 = floor[k, n, 0], floor[k, n, 1], floor[k, n, 2]
            if cover > f32(0):
                c0 = lit[k, n, 0] * w00 + lit[k, n1, 0] * w01
                c1 = lit[k, n, 1] * w00 + lit[k, n1, 1] * w01
                c2 = lit[k, n, 2] * w00 + lit[k, n1, 2] * w01
                c0 += lit[k1, n, 0] * w10 + lit[k1, n1, 0] * w11
                c1 += lit[k1, n, 1] * w10 + lit[k1, n1, 1] * w11
                c2 += lit[k1, n, 2] * w10 + lit[k1, n1, 2] * w11
                rim = clamp01(f32(1) - abs(h * f32(5.0) - f32(0.35)))
                glow = rim * tips * (f32(0.12) + min(c0 + c1 + c2, f32(1)))
                spark = f32(0)
                if glitter > f32(0.02):
                    su, sv = u * f32(0.3), v * f32(0.3)
                    iu, iv = np.floor(su), np.floor(sv)
                    own = hash2(int(iu), int(iv), turn)
                    if own > f32(0.9):
                        ax, ay = su - iu - f32(0.5), sv - iv - f32(0.5)
                        d = clamp01(f32(1) - (ax * ax + ay * ay) * f32(14))
                        spark = glitter * d * (own - f32(0.9)) * f32(14)
                r0 += (c0 + edge[0] * glow + lamp[0] * spark - r0) * cover
                r1 += (c1 + edge[1] * glow + lamp[1] * spark - r1) * cover
                r2 += (c2 + edge[2] * glow + lamp[2] * spark - r2) * cover
            row[3 * i] = r0 * clear + deep[0] * veil
            row[3 * i + 1] = r1 * clear + deep[1] * veil
            row[3 * i + 2] = r2 * clear + deep[2] * veil


@kernel
def soften(out: NDArray[np.float32], soft: NDArray[np.float32], rows: Field) -> None:
    """Turn each row of `out` towards `soft` by its share in `rows`: what is out of focus."""
    height, width, _ = out.shape
    for j in range(height):
        k = rows[j]
        if k <= f32(0):
            continue
        row, other = line(out, j), line(soft, j)
        for i in range(3 * width):
            row[i] += (other[i] - row[i]) * k
