"""An eclipse whose corona is the spectrum: what was heard streams outwards."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel


@kernel
def fill_corona(
    polar: Field,
    levels: Field,
    kicks: Field,
    now: Field,
    strands: Field,
    row: Any,
    speed: Any,
    turn: Any,
    long: Any,
    kick: Any,
) -> None:
    """Light of the corona over (angle, distance), into `polar`.

    Args:
        polar: Shape (angles, distances), written. Angle 0 is straight down, bass there; the
            treble stands at the top, mirrored left and right. Distance 0 is the disc's edge.
        levels: The past, shape (rows, n).
        kicks: Kicks of the past, shape (rows,).
        now: The spectrum of the moment, shape (n,).
        strands: Noise of shape (side, side): threads along the streams.
        row: Row of the moment in `levels`.
        speed: Rows of the past to the whole of the distances.
        turn: How far the threads have turned.
        long: How far light reaches, a share of the distances.
        kick: Light of the edge on a kick.
    """
    angles, distances = polar.shape
    rows, count = levels.shape
    side = strands.shape[0]
    for a in range(angles):
        u = f32(a) / f32(angles)
        mirror = f32(1) - abs(f32(2) * u - f32(1))
        b = mirror * f32(count - 1)
        k = min(int(b), count - 2)
        w = b - f32(k)
        live = now[k] + (now[k + 1] - now[k]) * w
        line = strands[int(u * f32(side) + turn) & (side - 1)]
        fine = strands[int(u * f32(3 * side) - turn) & (side - 1)]
        for d in range(distances):
            s = f32(d) / f32(distances)
            place = min(max(row - s * speed, f32(0)), f32(rows - 2))
            r = int(place)
            part = place - f32(r)
            low = levels[r, k] + (levels[r, k + 1] - levels[r, k]) * w
            high = levels[r + 1, k] + (levels[r + 1, k + 1] - levels[r + 1, k]) * w
            level = low + (high - low) * part
            # The edge is the moment itself, exact on a hit; outwards it is older.
            fresh = clamp01(f32(1) - s * f32(7))
            level += (live - level) * fresh
            ring = kicks[r] + (kicks[r + 1] - kicks[r]) * part
            thread = f32(0.62) + f32(0.30) * line[d // 4 & (side - 1)]
            thread += f32(0.20) * fine[d // 2 & (side - 1)]
            reach = long * (f32(0.18) + f32(1.0) * live)
            q = s / max(reach, f32(0.02))
            fall = f32(1) / (f32(1) + q * q * f32(3.0))
            edge = f32(1) / (f32(1) + s * s * f32(2600))
            light = level * level * max(thread, f32(0.05)) * fall * f32(1.15)
            light += ring * f32(0.35) * fall * (f32(0.4) + level)
            polar[a, d] = light * (f32(1) - s) + edge * (f32(0.8) + f32(1.6) * live + kick)


@kernel
def _angle(dx: Any, dy: Any) -> Any:
    """Turns from straight down of a direction, 0 to 1; the polynomial is off by 0.0003."""
    ax, ay = abs(dx), abs(dy)
    q = min(ax, ay) / max(max(ax, ay), f32(1e-3))
    t = q * (f32(0.125) - (q - f32(1)) * (f32(0.03895) + f32(0.01055) * q))
    if ax > ay:
        t = f32(0.25) - t
    if dy < f32(0):
        t = f32(0.5) - t
    return (f32(1) - t) if dx < f32(0) else t


@kernel
def _light(polar: Field, dx: Any, dy: Any, radius: Any, reach: Any, turn: Any) -> Any:
    """Light of the corona at (dx, dy) pixels from its middle."""
    angles, distances = polar.shape
    s = (np.sqrt(dx * dx + dy * dy) - radius) / reach * f32(distances)
    if s >= f32(distances - 2):
        return f32(0)
    t = _angle(dx, dy) + turn
    fa = (t - np.floor(t)) * f32(angles)
    a0 = int(fa) % angles
    a1 = (a0 + 1) % angles
    wa = fa - np.floor(fa)
    e = max(s, f32(0))
    d0 = int(e)
    wd = e - f32(d0)
    v = polar[a0, d0] + (polar[a0, d0 + 1] - polar[a0, d0]) * wd
    u = polar[a1, d0] + (polar[a1, d0 + 1] - polar[a1, d0]) * wd
    return v + (u - v) * wa


@kernel
def paint_corona(
    out: NDArray[np.float32],
    polar: Field,
    lut: Field,
    x: Any,
    y: Any,
    radius: Any,
    reach: Any,
    turn: Any,
    gain: Any,
) -> None:
    """The corona's own light into `out`, shape (rows, columns, 3), overwritten.

    Args:
        out: As coarse as one likes; lengths below are in its pixels.
        polar: Of `fill_corona`.
        lut: Colours by light, shape (n, 3): of what is faint to what is bright.
        x: Middle of the disc; `y` likewise.
        y: See `x`.
        radius: Of the disc.
        reach: From its edge to where the distances end.
        turn: Turns by which it is rotated.
        gain: Factor on the light.
    """
    height, width, _ = out.shape
    last = lut.shape[0] - 1
    for j in range(height):
        dy = f32(j) + f32(0.5) - y
        for i in range(width):
            v = _light(polar, f32(i) + f32(0.5) - x, dy, radius, reach, turn) * gain
            p = int(min(v * f32(0.42), f32(1)) * f32(last))
            out[j, i, 0] = v * lut[p, 0]
            out[j, i, 1] = v * lut[p, 1]
            out[j, i, 2] = v * lut[p, 2]


@kernel
def paint_rim(
    out: NDArray[np.float32],
    polar: Field,
    x: Any,
    y: Any,
    radius: Any,
    wide: Any,
    turn: Any,
    dark: NDArray[np.float32],
    tint: NDArray[np.float32],
    gain: Any,
) -> None:
    """The dark disc over `out` and the thin bright line around it, `wide` pixels."""
    height, width, _ = out.shape
    angles = polar.shape[0]
    room = radius + f32(4) * wide
    top, bottom = max(0, int(y - room)), min(height, int(y + room) + 2)
    left, right = max(0, int(x - room)), min(width, int(x + room) + 2)
    for j in range(top, bottom):
        dy = f32(j) + f32(0.5) - y
        for i in range(left, right):
            dx = f32(i) + f32(0.5) - x
            off = np.sqrt(dx * dx + dy * dy) - radius
            cover = clamp01(f32(0.5) - off)
            for c in range(3):
                out[j, i, c] += (dark[c] - out[j, i, c]) * cover
            e = off / wide
            if abs(e) < f32(4):
                t = _angle(dx, dy) + turn
                a = int((t - np.floor(t)) * f32(angles)) % angles
                e = e * e * (f32(6) if off < f32(0) else f32(1))
                v = gain * polar[a, 0] / (f32(1) + e * e)
                for c in range(3):
                    out[j, i, c] += v * tint[c]


@kernel
def paint_mirror(
    out: NDArray[np.float32],
    polar: Field,
    lut: Field,
    x: Any,
    y: Any,
    radius: Any,
    reach: Any,
    turn: Any,
    sea: Any,
    slope: Any,
    gain: Any,
    ripple: Field,
    time: Any,
    stir: Any,
    pixel: Any,
) -> None:
    """Add the corona's reflection below row `sea`, which falls `slope` pixels a pixel.

    Args:
        out: Field, shape (height, width, 3); the rest as for `paint_corona`, and:
        polar: See `paint_corona`.
        lut: See `paint_corona`.
        x: See `paint_corona`.
        y: See `paint_corona`.
        radius: See `paint_corona`.
        reach: See `paint_corona`.
        turn: See `paint_corona`.
        sea: Row of the horizon at the middle column.
        slope: Of the horizon, by the camera's roll.
        gain: See `paint_corona`.
        ripple: Noise table of the water.
        time: Scene time.
        stir: How much the water is stirred.
        pixel: Pixels of the field to a pixel of a 960 pixel wide frame.
    """
    height, width, _ = out.shape
    last = lut.shape[0] - 1
    mask = ripple.shape[0] - 1
    centre = f32(width) * f32(0.5)
    first = max(0, int(sea - abs(slope) * centre) - 1)
    for j in range(first, height):
        for i in range(width):
            line = sea + slope * (f32(i) - centre)
            below = f32(j) - line
            if below <= f32(0):
                continue
            near = f32(1) / (below / (f32(height) * f32(0.22)) + f32(0.12))
            at_x = int((f32(i) - x) / pixel * f32(0.14) * near + time * f32(3)) & mask
            at_y = int(f32(120) * near + time * f32(8)) & mask
            wave = ripple[at_y, at_x]
            share = f32(0.55) + f32(0.22) * wave
            dx = f32(i) + f32(0.5) - x + wave * (f32(2) + below * f32(0.16)) * stir
            dy = line - below * f32(1.35) - wave * below * f32(0.30) * stir - y
            # The disc itself is dark in the water too.
            if share < f32(0.06) or dx * dx + dy * dy < radius * radius:
                continue
            v = _light(polar, dx, dy, radius, reach, turn) * gain * share
            p = int(min(v * f32(0.42), f32(1)) * f32(last))
            out[j, i, 0] += v * lut[p, 0]
            out[j, i, 1] += v * lut[p, 1]
            out[j, i, 2] += v * lut[p, 2]
