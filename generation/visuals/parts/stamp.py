"""Drawing letters from distance fields."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, line, sample

COLUMNS = 27
"""Numbers a letter: see `stamp`."""


@kernel
def stamp(
    out: Field, atlas: Field, units: Field, scale: Any, noise: Field, sparkle: Any, time: Any
) -> None:
    """Draw letters.

    Args:
        out: Field of light, shape (height, width, 3), in place; may be smaller than the field
            the units were made for.
        atlas: Distance fields, one below the other.
        units: Shape (letters, 27): middle (0, 1) and half size (2, 3) in pixels; from pixels to
            cells (4 to 9); row, columns and rows of its cells (10 to 12); pixels an em (13);
            weight in ems (14); opacity (15), fill (16 to 18), its light at top and foot
            (19, 20); light of the line (21), its place and inverse width (22, 23), colour
            (24 to 26).
        scale: Pixels of `out` a pixel of the units.
        noise: Table that decides where edges sparkle.
        sparkle: How much they do.
        time: Phase of the sparkling.
    """
    height, width, _ = out.shape
    back = f32(1) / scale
    cells = atlas.reshape(-1)
    across = np.int64(atlas.shape[1])
    for n in range(units.shape[0]):
        u = units[n]
        cx, cy = u[0] * scale, u[1] * scale
        top, bottom = max(0, int(cy - u[3] * scale)), min(height - 1, int(cy + u[3] * scale) + 1)
        start, stop = max(0, int(cx - u[2] * scale)), min(width - 1, int(cx + u[2] * scale) + 1)
        last_a, last_b = u[11] - f32(1.01), u[12] - f32(1.01)
        first = np.int64(u[10])
        pixels = u[13] * scale
        opacity, fall, light0 = u[15], (u[20] - u[19]) / u[12], u[19]
        step_a, step_b = u[4] * back, u[6] * back
        weight, at, thin, rim_light = u[14], u[22], u[23], u[21] * opacity
        red, green, blue, red2, green2, blue2 = u[16], u[17], u[18], u[24], u[25], u[26]
        glint = sparkle * opacity
        for j in range(top, bottom + 1):
            dy = (f32(j) + f32(0.5) - cy) * back
            dx = (f32(start) + f32(0.5) - cx) * back
            a0 = u[4] * dx + u[5] * dy + u[8] - f32(0.5)
            b0 = u[6] * dx + u[7] * dy + u[9] - f32(0.5)
            # The stretch of the row in which the letter has cells: no test in the inner loop.
            low, high = _within(a0, step_a, last_a, f32(stop - start))
            low2, high2 = _within(b0, step_b, last_b, f32(stop - start))
            left = start + int(np.ceil(max(low, low2)))
            right = start + int(np.floor(min(high, high2)))
            row = line(out, j)
            y = f32(j) * back * f32(0.55)
            for i in range(left, right + 1):
                k = f32(i - start)
                a = min(max(a0 + step_a * k, f32(0)), last_a)
                b = min(max(b0 + step_b * k, f32(0)), last_b)
                ia, ib = np.int64(a), np.int64(b)
                ta, tb = a - f32(ia), b - f32(ib)
                c = (ib + first) * across + ia
                p = cells[c] + (cells[c + 1] - cells[c]) * ta
                q = cells[c + across] + (cells[c + across + 1] - cells[c + across]) * ta
                d = p + (q - p) * tb + weight
                cover = clamp01(d * pixels + f32(0.5)) * opacity
                edge = max(f32(1) - abs(d - at) * thin, f32(0))
                rim = edge * edge * rim_light
                if glint > f32(0):
                    g = sample(noise, f32(i) * back * f32(0.55) + time, y)
                    rim += edge * glint * max(g - f32(0.80), f32(0)) * f32(12)
                light = cover * (light0 + fall * b)
                keep = f32(1) - cover
                row[3 * i] = row[3 * i] * keep + red * light + red2 * rim
                row[3 * i + 1] = row[3 * i + 1] * keep + green * light + green2 * rim
                row[3 * i + 2] = row[3 * i + 2] * keep + blue * light + blue2 * rim


@kernel
def _within(start: Any, step: Any, last: Any, most: Any) -> Any:
    """From which to which step a value that begins at `start` lies within 0 and `last`."""
    if abs(step) < f32(1e-6):
        inside = start >= f32(0) and start <= last
        return (f32(0), most) if inside else (f32(1), f32(-1))
    one, other = -start / step, (last - start) / step
    return max(min(one, other), f32(0)), min(max(one, other), most)
