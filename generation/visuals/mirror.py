"""Still water and wet ground: what stands above a line, mirrored below it with ripples."""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, line, sample


@kernel
def mirror_below(
    out: Field,
    noise: Field,
    line_at: Any,
    tilt: Any,
    squash: Any,
    ripple: Any,
    time: Any,
    slide: Any,
    near: Any,
    far: Any,
    tint: Field,
    lit: Any,
) -> None:
    """Replace what lies below a line by the mirrored picture above it.

    Args:
        out: Field of light, shape (height, width, 3), in place.
        noise: Table of noise, a power of two a side, mean 0.5.
        line_at: Row of the line in the middle of the width, pixels.
        tilt: Its slope, rows a column.
        squash: Rows above that one row below shows; over 1 flattens what is mirrored.
        ripple: Reach of the ripples as a share of the depth below the line.
        time: Phase of the ripples, in turns of the table a few times over.
        slide: Where the camera stands, in widths.
        near: Share of light mirrored at the lower edge, `far` at the line.
        far: See `near`.
        tint: Colour of the water itself, shape (3,).
        lit: How much of `tint` is added.
    """
    height, width, _ = out.shape
    cells = f32(noise.shape[0])
    inverse = f32(1) / f32(height)
    half = f32(0.5) * f32(width)
    whole = out.reshape(-1)
    # Nothing is known above the frame: what is mirrored is drawn out no further than its top.
    squash = min(squash, max(line_at, f32(1)) / max(f32(height) - line_at, f32(1)))
    first = int(min(max(line_at - abs(tilt) * half, f32(0)), f32(height)))
    for j in range(first, height):
        row = line(out, j)
        for i in range(width):
            off = f32(i) - half
            shore = line_at + tilt * off
            deep = max(f32(j) - shore, f32(0))
            d = deep * inverse
            # Ripples are flat far out and long close by.
            away = f32(0.06) / (d + f32(0.02))
            u = (off * inverse + slide) * away
            wave = sample(noise, u * cells * f32(0.10), away * cells * f32(0.9) + time * cells)
            across, along = u * cells * f32(0.33) + f32(31), away * cells * f32(2.1)
            wave += f32(0.6) * sample(noise, across, along - time * cells * f32(0.7))
            wave -= f32(0.8)
            # What lies above the line, nowhere below it; above it a pixel is its own source.
            y = shore - deep * squash + wave * ripple * (deep + f32(0.006) * f32(height))
            y = min(max(y, f32(0)), max(min(shore - f32(1), f32(height - 2)), f32(0)))
            wet = f32(j) >= shore
            b = np.int64(y) if wet else np.int64(j)
            t = y - f32(b) if wet else f32(0)
            a = np.int64(min(max(f32(i) + wave * ripple * deep * f32(0.12), f32(0)),
                             f32(width - 1))) if wet else np.int64(i)  # fmt: skip
            share = far + (near - far) * clamp01(d * f32(2.2))
            share = share * clamp01(f32(0.35) + deep * f32(0.4)) if wet else f32(1)
            own = lit if wet else f32(0)
            p = (b * width + a) * 3
            q = (min(b + 1, height - 1) * width + a) * 3
            for c in range(3):
                v = whole[p + c] + (whole[q + c] - whole[p + c]) * t
                row[3 * i + c] = v * share + tint[c] * own
