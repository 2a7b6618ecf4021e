"""Ink carried by water: traced backwards through a flow without sources, then lit.

The motion is traced from a coarse grid; smooth displacements make crisp folds, and no frame
needs the one before.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    kernel,
    line,
    sample,
)

STEPS = 8
"""Steps of the backward trace: more change nothing one can see."""


@kernel
def back(
    x: Any, y: Any, u: Field, v: Field, time: Any, at: Any, reach: Any, fine: Any, sink: Any
) -> Any:
    """Where the water at (x, y) was `reach` ago: (x, y), in scene coordinates."""
    step = reach / f32(STEPS)
    for n in range(STEPS):
        t = time - f32(n) * f32(0.0625)
        a, b = x * f32(52) + at, y * f32(52) + t * f32(5)
        c, d = x * f32(128) + t * f32(7) + at, y * f32(128) - t * f32(4)
        x -= step * (sample(u, a, b) + fine * sample(u, c, d))
        y -= step * (sample(v, a, b) + fine * sample(v, c, d) - sink)
    return x, y


@kernel
def trace(
    origin: NDArray[np.float32],
    veil: Field,
    soft: Field,
    u: Field,
    v: Field,
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    px: Any,
    py: Any,
    time: Any,
    at: Any,
    reach: Any,
    fine: Any,
    sink: Any,
    young: Any,
    haze: Any,
    shift_x: Any,
    shift_y: Any,
) -> None:
    """Where the water at each node came from, and how much far ink there is.

    Args:
        origin: Shape (rows, columns, 2), written: scene coordinates.
        veil: Shape (rows, columns), written: thickness of the far ink.
        soft: Noise table of the far ink.
        u: Table of velocities to the right; `v` upwards.
        v: See `u`.
        half_x: Half the frame's width; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the roll over the zoom; `m01` its sine.
        m01: See `m00`.
        px: Where the lens points; `py` likewise.
        py: See `px`.
        time: Scene time.
        at: Place in the tables.
        reach: How long the flow is followed.
        fine: Share of the small eddies.
        sink: How fast the ink sinks.
        young: How much less the water at the top has moved, 0 to 1: ink comes in there.
        haze: Level of the far ink.
        shift_x: How much less the far ink moves with the camera; `shift_y` likewise.
        shift_y: See `shift_x`.
    """
    rows, columns, _ = origin.shape
    for j in range(rows):
        y0 = half_y * (f32(1) - f32(2) * f32(j) / f32(rows - 1))
        for i in range(columns):
            x0 = half_x * (f32(2) * f32(i) / f32(columns - 1) - f32(1))
            x = x0 * m00 - y0 * m01 + px
            y = x0 * m01 + y0 * m00 + py
            age = clamp01(f32(0.5) - f32(0.62) * y / half_y)
            long = reach * (f32(1) - young * (f32(1) - age * age))
            x, y = back(x, y, u, v, time, at, long, fine, sink)
            origin[j, i, 0], origin[j, i, 1] = x, y
            ex, ey = x * f32(0.8) + shift_x, y * f32(0.8) + shift_y
            cloud = sample(soft, ex * f32(52) - at, ey * f32(52) + at)
            veil[j, i] = max(f32(0), haze + f32(0.7) * cloud - f32(0.7) * (ex * ex + ey * ey))


@kernel
def pour(
    dense: Field,
    mix: Field,
    origin: NDArray[np.float32],
    clouds: Field,
    thread: Field,
    soft: Field,
    wisps: Field,
    at_x: Any,
    at_y: Any,
    drift: Any,
    swell: Any,
    half_y: Any,
) -> None:
    """Thickness of the near ink into `dense`, and the second ink's share in it into `mix`.

    Args:
        dense: Shape (height, width), written; likewise `mix`.
        mix: See `dense`.
        origin: Shape (height, width, 2): where each pixel's water came from.
        clouds: Shape (2, 4): heart x and y, level and narrowness of each ink's cloud.
        thread: Shape (6,): x, width at the top, widening, level, height of its end, its ink.
        soft: Noise table of the billows; `wisps` of the filaments.
        wisps: See `soft`.
        at_x: Place in the tables; `at_y` likewise.
        at_y: See `at_x`.
        drift: How far the billows have drifted.
        swell: How much everything has swollen, 0 and up.
        half_y: Half the frame's height.
    """
    height, width = dense.shape
    shrink = f32(1) / (f32(1) + swell)
    shrink = shrink * shrink
    ax, ay, a_level, a_narrow = clouds[0, 0], clouds[0, 1], clouds[0, 2], clouds[0, 3] * shrink
    bx, by, b_level, b_narrow = clouds[1, 0], clouds[1, 1], clouds[1, 2], clouds[1, 3] * shrink
    own, at_thread = thread[5], thread[0]
    for j in range(height):
        y0 = half_y * (f32(1) - f32(2) * f32(j) / f32(height))
        age = clamp01(f32(0.5) - f32(0.5) * y0 / half_y)
        wide = f32(1) / ((thread[1] + thread[2] * age) * (f32(1) + f32(1.5) * swell))
        flows = clamp01((y0 - thread[4]) * f32(5)) * thread[3]
        came, to, share = origin[j].reshape(-1), dense[j], mix[j]
        for i in range(width):
            x, y = came[2 * i], came[2 * i + 1]
            a = a_level - a_narrow * ((x - ax) * (x - ax) + (y - ay) * (y - ay))
            b = b_level - b_narrow * ((x - bx) * (x - bx) + (y - by) * (y - by))
            e = abs(x - at_thread) * wide
            threaded = flows > f32(0) and e < f32(3)
            # Out of reach of clouds and thread nothing need be looked up.
            if max(a, b) < f32(-0.9) and not threaded:
                to[i], share[i] = f32(0), f32(0)
                continue
            s = sample(soft, x * f32(30) + at_x, y * f32(30) + at_y + drift)
            wisp = sample(wisps, x * f32(70) + at_y, y * f32(70) + at_x + drift)
            # Where one ink has its hollows the other has its billows.
            d = max(f32(0), a + f32(0.34) * s + f32(0.10) * wisp)
            first = d * d / (d + f32(0.12))
            d = max(f32(0), b - f32(0.34) * s + f32(0.10) * wisp)
            second = d * d / (d + f32(0.12))
            if threaded:
                strand = f32(0.55) + f32(0.45) * sample(wisps, x * f32(420) + at_x, y * f32(26))
                d = flows * max(strand, f32(0.1)) / (f32(1) + e * e * e * e) * clamp01(f32(3) - e)
                first += d * (f32(1) - own)
                second += d * own
            whole = first + second
            to[i] = whole * max(f32(0.25), f32(1) + f32(0.17) * wisp)
            share[i] = second / (whole + f32(1e-4))


@kernel
def light_ink(
    out: NDArray[np.float32],
    dense: Field,
    mix: Field,
    far: Field,
    origin: NDArray[np.float32],
    water: NDArray[np.float32],
    first: Field,
    second: Field,
    distant: NDArray[np.float32],
    rim: NDArray[np.float32],
    wisps: Field,
    light_x: Any,
    light_y: Any,
    reach: Any,
    gain: Any,
    edges: Any,
    inner: Any,
    dim: Any,
    thick: Any,
    leaf: Any,
    glitter: Any,
    paper: int,
) -> None:
    """Colour of every pixel: water, far ink, near ink with its own shadow.

    Args:
        out: Field, shape (height, width, 3), overwritten.
        dense: Of `pour`; likewise `mix`.
        mix: See `dense`.
        far: Shape (height, width): thickness of the far ink.
        origin: Shape (height, width, 2).
        water: Shape (height, width, 3): light of clear water.
        first: Colours of the first ink by how it is lit, shape (n, 3); `second` likewise.
        second: See `first`.
        distant: Colour of the far ink, shape (3,).
        rim: Colour of lit edges and of leaf, shape (3,).
        wisps: Noise table of the leaf.
        light_x: Where the light comes from, a unit vector together with `light_y`.
        light_y: See `light_x`.
        reach: Pixels to the nearer of the two places where shadow is looked for.
        gain: Strength of the light on ink.
        edges: Light along the edges that face it.
        inner: Light from within thick ink.
        dim: Strength of the light in the water.
        thick: How soon ink hides what is behind.
        leaf: Share of metal in the ink, 0 to 1.
        glitter: Light of single flakes of it.
        paper: 1 where ink is dark on bright water.
    """
    height, width, _ = out.shape
    last = first.shape[0] - 1
    nx, ny = int(light_x * reach), int(light_y * reach)
    fx, fy = int(light_x * reach * f32(4)), int(light_y * reach * f32(4))
    e0, e1, e2 = distant[0], distant[1], distant[2]
    m0, m1, m2 = rim[0], rim[1], rim[2]
    shades, others = first.reshape(-1), second.reshape(-1)
    for j in range(height):
        near, off = dense[min(max(j - ny, 0), height - 1)], dense[min(max(j - fy, 0), height - 1)]
        here, share, distance = dense[j], mix[j], far[j]
        row, clear, came = line(out, j), line(water, j), origin[j].reshape(-1)
        for i in range(width):
            d = here[i]
            e = distance[i]
            veil = e * f32(1.5) / (f32(1) + e * f32(1.5)) * (f32(0.5) if paper else f32(0.7))
            r, g, b = clear[3 * i] * dim, clear[3 * i + 1] * dim, clear[3 * i + 2] * dim
            r += (e0 - r) * veil
            g += (e1 - g) * veil
            b += (e2 - b) * veil
            if d > f32(0.003):
                dn = near[min(max(i - nx, 0), width - 1)]
                do = off[min(max(i - fx, 0), width - 1)]
                # Ink between here and the light, near and further off, throws shadow.
                slope = (d - dn) * f32(1.6) + (d - do) * f32(0.35)
                shadow = f32(1) / (f32(1) + f32(1.1) * do + f32(0.5) * max(f32(0), dn))
                a = f32(1) - fade(thick * d)
                lit = clamp01(f32(0.44) + f32(0.80) * slope) * shadow
                body = clamp01(d)
                if paper:
                    t = (
                        f32(0.62)
                        - f32(0.62) * clamp01(d * f32(1.3))
                        + f32(0.30) * (lit - f32(0.35))
                    )
                    glow = f32(0.85) + f32(0.15) * inner
                else:
                    t = f32(0.12) + f32(0.62) * lit + f32(0.16) * body
                    glow = (f32(0.25) + f32(1.5) * lit) * gain + inner * clamp01(d - f32(0.15))
                p = int(clamp01(t) * f32(last)) * 3
                m = share[i]
                edge = edges * clamp01(slope * f32(1.4)) * a * (f32(1) - a) * f32(4)
                if leaf > f32(0):
                    w = sample(wisps, came[2 * i] * f32(190), came[2 * i + 1] * f32(190))
                    flake = clamp01(w * f32(0.9) - f32(0.35) + f32(0.9) * slope)
                    edge += leaf * flake * flake * a * (f32(0.5) + f32(2.2) * lit)
                    edge += glitter * clamp01(f32(2) * w - f32(3.6)) * a
                c0 = shades[p] + (others[p] - shades[p]) * m
                c1 = shades[p + 1] + (others[p + 1] - shades[p + 1]) * m
                c2 = shades[p + 2] + (others[p + 2] - shades[p + 2]) * m
                r += (c0 * glow - r) * a + edge * m0
                g += (c1 * glow - g) * a + edge * m1
                b += (c2 * glow - b) * a + edge * m2
            row[3 * i], row[3 * i + 1], row[3 * i + 2] = r, g, b
