"""The ocean's water: waves projected row by row from near to far, lit, and filled in."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import (
    Field,
    clamp01,
    f32,
    fade,
    kernel,
    lerp,
    sample,
)
from songreel.generation.visuals.parts.ocean_sky import AIR

SIDE = 128
"""Cells of the wave patch, a power of two; it repeats."""
CELL = 0.22
"""Metres a cell: waves from about 1 m to the patch's 28 m."""
COARSE = 4
"""Cells of the patch in one cell of its blurred copy, for the distance."""
_FAR = 320.0
"""Metres to the last waves."""


@kernel
def _gather(rows: Field, patch: Field, side: Any, x: Any, step: Any, z: Any, weight: Any,
            first: Any) -> None:  # fmt: skip
    """Add a row of height and slopes (rows 0 to 2) of a repeating patch, along `x` in cells."""
    mask = np.int64(side - 1)
    fz = np.floor(z)
    v = f32(z - fz)
    a0 = (np.int64(fz) & mask) * np.int64(side)
    a1 = ((np.int64(fz) + 1) & mask) * np.int64(side)
    width = rows.shape[1]
    for n in range(first, 3):
        p = patch[n]
        target = rows[n]
        for i in range(width):
            at = x + step * f32(i)
            fx = np.floor(at)
            u = at - fx
            i0 = np.int64(fx) & mask
            i1 = (i0 + 1) & mask
            top = p[a0 + i0] + (p[a0 + i1] - p[a0 + i0]) * u
            low = p[a1 + i0] + (p[a1 + i1] - p[a1 + i0]) * u
            target[i] += (top + (low - top) * v) * weight


@kernel
def sea(
    out: Field,
    view: Field,
    patch: Field,
    blurred: Field,
    noise: Field,
    air: Field,
    sun: Field,
    warm: Field,
    deep: Field,
    body: Field,
    foam: Field,
    rows: Field,
    top: Field,
) -> None:
    """The water from near to far, each column filled upwards.

    `rows`, shape (8, width), and `top`, shape (7, width), are scratch: the waves at one distance,
    and the highest pixel so far of each column, the colour last met, and the colour last seen.
    """
    height, width, _ = out.shape
    eye, tall, sun_x, sun_y, size = view[6], view[7], view[8], view[9], view[10]
    energy, kick, snare, hat, flow = view[12], view[13], view[14], view[15], view[17]
    risen, moon, storm = view[18], view[19], view[20]
    halo, up_sun = view[11], view[22]
    pixel = f32(2) * view[3] / f32(height)
    step_x = f32(2) * view[2] / f32(width)
    left = view[0] - view[2] + f32(0.5) * step_x
    for i in range(width):
        top[0, i] = f32(height)
    lowest = view[3] - view[1]
    breaks = clamp01(risen * f32(1.15) - f32(0.25) + f32(0.5) * storm)
    # Rows are counted in half pixels below the horizon, so that none moves when the swell rises.
    # Tall waves stand steep close by: what they show lies within fractions of a row.
    half = f32(0.5) * pixel
    edge = np.int64(max(lowest, pixel) / half)
    count = edge + edge // 2
    closest = f32(3.6) if view[23] > f32(0.3) else f32(0)
    red, green, blue, reach_y = rows[4], rows[5], rows[6], rows[3]
    while count > 0:
        # Nearer than the lower edge where waves may rise into view, then row by row.
        down = f32(count) * half
        z = min(eye / down, f32(_FAR))
        steep = tall / (f32(1) + z * z * f32(0.0045))
        reach = pixel * z / max(down, f32(0.004)) * f32(1 / CELL)
        near = f32(1) / (f32(1) + f32(0.10) * reach * reach)
        rough = f32(1) / (f32(1) + f32(0.0016) * reach * reach)
        for n in range(3):
            rows[n, :] = f32(0)
        wx, wz = (view[4] + left * z) * f32(1 / CELL), (view[5] + z) * f32(1 / CELL)
        step = step_x * z * f32(1 / CELL)
        if near > f32(0.10):
            _gather(rows, patch, SIDE, wx, step, wz, near, 0)
        if near < f32(0.90):
            _gather(rows, blurred, SIDE // COARSE, wx / f32(COARSE) - f32(0.38),
                    step / f32(COARSE), wz / f32(COARSE) - f32(0.38),
                    (f32(1) - near) * rough, 0)  # fmt: skip
        h_, sx_, sz_, milk_ = rows[0], rows[1], rows[2], rows[7]
        if near > f32(0.10):
            # Stokes' second order: crests are sharper than troughs.
            sharp = f32(0.16) * near
            for i in range(width):
                h = h_[i]
                h_[i] = h + sharp * (h * h - f32(1))
                more = max(f32(1) + f32(2) * sharp * h, f32(0.35))
                sx_[i] *= more
                sz_[i] *= more
        close = reach < f32(2.6)
        climb = steep * f32(2.4 / CELL)
        if close:
            # The same patch, small, makes the ripples; they run a little across the swell.
            fine = (f32(0.11) + f32(0.06) * hat + f32(0.10) * min(risen, f32(1))) / (
                f32(1) + f32(0.9) * reach * reach
            )
            fine = fine / tall
            _gather(rows, patch, SIDE, wx * f32(3.1) + flow * f32(9), step * f32(3.1),
                    wz * f32(3.1) + flow * f32(5), fine, 1)  # fmt: skip
            # What a steep face shows lies in its height: its ripples are counted along it.
            fine *= f32(4.5)
            for i in range(width):
                n = sample(noise, (wx + step * f32(i)) * f32(3.5) + flow * f32(3),
                           (wz + h_[i] * climb) * f32(6))  # fmt: skip
                milk_[i] = n
                sz_[i] += (n - f32(0.5)) * fine
                sx_[i] += (n - f32(0.5)) * fine * f32(0.5)
        run = f32(1)
        if kick > f32(0.02):
            crest = np.log(z + f32(1)) - f32(4.6) * (f32(1) - view[16])
            run += f32(3.4) * kick * fade(crest * crest * f32(1.1))
        haze = fade(z * f32(0.010))
        veil = (f32(1) - haze) * f32(0.60)
        lobe = size + f32(0.03) + f32(0.10) * (f32(1) - near)
        lobe = f32(1) / (lobe * lobe)
        glint = (
            (f32(1.5) + f32(1.2) * view[24] + f32(1.6) * energy + f32(1.6) * hat * near)
            * run
            * up_sun
        )
        glint *= (f32(0.75) + f32(0.35) * near) * (f32(1) - f32(0.35) * moon)
        glint *= f32(1) - f32(0.45) * storm
        # What rises right before the viewer would be a hill of foam.
        apart = clamp01(z * f32(0.09) - f32(0.3))
        white = apart * (f32(0.75) + f32(0.75) * snare) * breaks * haze
        behind = f32(0.05) + f32(0.9) * min(risen, f32(1.2)) * up_sun
        # Foam lies in a torn line on what breaks, and as a net of thin streaks on its back.
        if breaks > f32(0) and white > f32(0.03):
            for i in range(width):
                along = wx + step * f32(i)
                v = wz + h_[i] * climb
                net = sample(noise, along * f32(11), v * f32(15))
                fleck = milk_[i] if close else net
                veins = max(f32(1) - abs(fleck - f32(0.5)) * f32(11), f32(0))
                veins += f32(0.7) * max(f32(1) - abs(net - f32(0.5)) * f32(7), f32(0))
                back = clamp01((h_[i] - f32(1.35) + f32(0.7) * breaks) * f32(0.6))
                # The face that a wave turns to the viewer is bare water.
                back *= clamp01(f32(0.85) - f32(2.4) * sz_[i] * tall)
                tip = clamp01((h_[i] - f32(2.45) + f32(0.7) * breaks) * f32(1.5))
                tip *= clamp01(net * f32(3.6) - f32(1.3))
                milk_[i] = min((back * veins * f32(0.42) + tip * f32(0.7)) * white, f32(0.85))
        else:
            milk_[:] = f32(0)
        for i in range(width):
            x = left + step_x * f32(i)
            h = h_[i]
            slope_x, slope_z = sx_[i] * tall, sz_[i] * tall
            lift = h * steep
            fall = max((eye - lift) / z, f32(-0.4))
            reach_y[i] = fall
            # Mirror the line of sight (x, −fall, 1) in the water's normal.
            turn = f32(2) * (-x * slope_x - fall - slope_z)
            turn = turn / (f32(1) + slope_x * slope_x + slope_z * slope_z)
            turn = min(turn, f32(-0.03))
            rx, rz = x + turn * slope_x, max(f32(1) + turn * slope_z, f32(0.25))
            up = -fall - turn
            up = np.sqrt(up * up + f32(0.0016)) / rz
            side = rx / rz
            graze = f32(1) - min(-turn * f32(0.5) / np.sqrt(f32(1) + x * x), f32(1))
            g2 = graze * graze
            mirror = f32(0.03) + f32(0.95) * g2 * g2 * graze
            ex, ey = side - sun_x, up - sun_y
            away = np.sqrt(ex * ex + ey * ey)
            glow = fade(away * f32(3.2)) * halo * f32(0.9)
            spark = fade((ex * ex + f32(0.4) * ey * ey) * lobe) * glint * (mirror + f32(0.12))
            # Low light comes through where a crest is thin.
            lamp = fade(abs(x - sun_x) * f32(1.6))
            thin = clamp01(h * f32(0.5) - f32(0.55)) * apart
            crown = (f32(0.10) + thin * thin * (f32(0.5) + f32(1.6) * lamp)) * behind
            p = min(up * f32((AIR - 1) / 1.2), f32(AIR - 1.001))
            at = np.int64(p)
            t = p - f32(at)
            milk = milk_[i]
            lit = f32(0.22) + f32(0.8) * lamp * (halo + f32(0.25))
            glow2 = fade(abs(x - sun_x) * f32(3.2)) * halo * f32(0.55)
            keep = f32(1) - mirror
            r = (deep[0] + body[0] * crown) * keep + sun[0] * spark
            r += mirror * (lerp(air[at, 0], air[at + 1, 0], t) + warm[0] * glow)
            r += (foam[0] * lit - r) * milk
            g = (deep[1] + body[1] * crown) * keep + sun[1] * spark
            g += mirror * (lerp(air[at, 1], air[at + 1, 1], t) + warm[1] * glow)
            g += (foam[1] * lit - g) * milk
            b = (deep[2] + body[2] * crown) * keep + sun[2] * spark
            b += mirror * (lerp(air[at, 2], air[at + 1, 2], t) + warm[2] * glow)
            b += (foam[2] * lit - b) * milk
            red[i] = r + (air[0, 0] * f32(0.7) + warm[0] * glow2 - r) * veil
            green[i] = g + (air[0, 1] * f32(0.7) + warm[1] * glow2 - g) * veil
            blue[i] = b + (air[0, 2] * f32(0.7) + warm[2] * glow2 - b) * veil
        _fill(out, reach_y, red, green, blue, top, view[1], view[3])
        # A row at a time; before the lower edge in larger steps.
        if count > edge:
            count -= 6
        elif z < closest:
            count -= 1
        else:
            count -= 2 - (count + 1) % 2
    for i in range(width):
        # The last pixel is partly sky.
        j = int(np.floor(top[0, i]))
        if 0 < j < height:
            for c in range(3):
                out[j, i, c] += (out[j - 1, i, c] - out[j, i, c]) * (top[0, i] - f32(j))


@kernel
def _fill(out: Field, fall: Field, red: Field, green: Field, blue: Field, top: Field, tilt: Any,
          half: Any) -> None:  # fmt: skip
    """Fill each column from its highest pixel so far up to this row of water."""
    height, width, _ = out.shape
    per = f32(height) / (f32(2) * half)
    for i in range(width):
        y = (half + tilt + fall[i]) * per
        before = top[0, i]
        if y < before:
            last = int(np.floor(before))
            share, part = f32(1) / (before - y), before - f32(last)
            for j in range(max(int(np.floor(y)), 0), min(last, height - 1) + 1):
                t = min(max((before - f32(j) - f32(0.5)) * share, f32(0)), f32(1))
                r = top[1, i] + (red[i] - top[1, i]) * t
                g = top[2, i] + (green[i] - top[2, i]) * t
                b = top[3, i] + (blue[i] - top[3, i]) * t
                if j == last:
                    # The nearer crest ends within this pixel.
                    r = top[4, i] + (r - top[4, i]) * part
                    g = top[5, i] + (g - top[5, i]) * part
                    b = top[6, i] + (b - top[6, i]) * part
                out[j, i, 0], out[j, i, 1], out[j, i, 2] = r, g, b
            top[0, i] = y
            top[4, i], top[5, i], top[6, i] = red[i], green[i], blue[i]
        top[1, i], top[2, i], top[3, i] = red[i], green[i], blue[i]
