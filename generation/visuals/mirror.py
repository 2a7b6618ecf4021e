"""Still water and wet ground: what stands above a line, mirrored below it with ripples."""

from typing import Any

from songreel.generation.visuals.kernels import Field, clamp01, f32, kernel, sample


@kernel
def mirror_below(
    out: Field,
    noise: Field,
    line: Any,
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
        line: Row of the line in the middle of the width, pixels.
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
    for j in range(height):
        for i in range(width):
            shore = line + tilt * (f32(i) - f32(0.5) * f32(width))
            deep = f32(j) - shore
            if deep < f32(0):
                continue
            d = deep * inverse
            # Ripples are flat far out and long close by.
            away = f32(0.06) / (d + f32(0.02))
            u = ((f32(i) - f32(0.5) * f32(width)) * inverse + slide) * away
            wave = sample(noise, u * cells * f32(0.10), away * cells * f32(0.9) + time * cells)
            wave += f32(0.6) * sample(noise, u * cells * f32(0.33) + f32(31),
                                      away * cells * f32(2.1) - time * cells * f32(0.7))  # fmt: skip
            wave -= f32(0.8)
            row = shore - deep * squash + wave * ripple * (deep + f32(0.006) * f32(height))
            top = min(shore - f32(1), f32(height - 2))
            row = min(max(row, f32(0)), max(top, f32(0)))
            column = f32(i) + wave * ripple * deep * f32(0.12)
            a = min(max(int(column), 0), width - 1)
            b = int(row)
            t = row - f32(b)
            share = far + (near - far) * clamp01(d * f32(2.2))
            share *= clamp01(f32(0.35) + deep * f32(0.4))
            b1 = min(b + 1, height - 1)
            for c in range(3):
                v = out[b, a, c] + (out[b1, a, c] - out[b, a, c]) * t
                out[j, i, c] = v * share + tint[c] * lit
