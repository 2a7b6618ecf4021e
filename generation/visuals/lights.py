"""Small lights on a field: points with a soft rim, as lenses draw them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32, kernel, line

_LARGE = 8.0
"""Radius in pixels from which whole rows are quicker than pixel after pixel: at 12 pixels 1.5 in
place of 2.7 µs a light, at 40 4.4 in place of 17; at 3 pixels 0.15 in place of 0.12."""


@kernel
def add_light(out: NDArray[np.float32], x: Any, y: Any, radius: Any, r: Any, g: Any, b: Any) -> Any:
    """Add a round light, brightest in the middle, none at `radius` and beyond (pixels)."""
    height, width, _ = out.shape
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    square = radius * radius
    inverse = f32(1) / square
    if radius < f32(_LARGE):
        left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
        for j in range(top, bottom + 1):
            dy = f32(j) - y
            for i in range(left, right + 1):
                dx = f32(i) - x
                d = f32(1) - (dx * dx + dy * dy) * inverse
                if d > f32(0):
                    d = d * d
                    out[j, i, 0] += d * r
                    out[j, i, 1] += d * g
                    out[j, i, 2] += d * b
        return
    for j in range(top, bottom + 1):
        dy = f32(j) - y
        half = np.sqrt(max(square - dy * dy, f32(0)))
        left, right = max(0, int(x - half)), min(width - 1, int(x + half) + 1)
        row = line(out, j)[3 * left : max(3 * left, 3 * right + 3)]
        for i in range(right + 1 - left):
            dx = f32(i + left) - x
            d = max(f32(1) - (dx * dx + dy * dy) * inverse, f32(0))
            d = d * d
            row[3 * i] += d * r
            row[3 * i + 1] += d * g
            row[3 * i + 2] += d * b


@kernel
def mix_disc(out: NDArray[np.float32], x: Any, y: Any, radius: Any, a: Any, tint: Any) -> Any:
    """Turn an even disc with a soft edge towards `tint` by `a` (0 to 1): a point out of focus."""
    height, width, _ = out.shape
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    square = radius * radius
    inverse = f32(1) / square
    if radius < f32(_LARGE):
        left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
        for j in range(top, bottom + 1):
            dy = f32(j) - y
            for i in range(left, right + 1):
                dx = f32(i) - x
                d = (f32(1) - (dx * dx + dy * dy) * inverse) * f32(1.8)
                if d > f32(0):
                    k = min(d, f32(1)) * a
                    for c in range(3):
                        out[j, i, c] += (tint[c] - out[j, i, c]) * k
        return
    r, g, b = tint[0], tint[1], tint[2]
    for j in range(top, bottom + 1):
        dy = f32(j) - y
        half = np.sqrt(max(square - dy * dy, f32(0)))
        left, right = max(0, int(x - half)), min(width - 1, int(x + half) + 1)
        row = line(out, j)[3 * left : max(3 * left, 3 * right + 3)]
        for i in range(right + 1 - left):
            dx = f32(i + left) - x
            d = max((f32(1) - (dx * dx + dy * dy) * inverse) * f32(1.8), f32(0))
            k = min(d, f32(1)) * a
            row[3 * i] += (r - row[3 * i]) * k
            row[3 * i + 1] += (g - row[3 * i + 1]) * k
            row[3 * i + 2] += (b - row[3 * i + 2]) * k


@kernel
def mix_motes(
    out: NDArray[np.float32],
    motes: NDArray[np.float32],
    half_x: Any,
    half_y: Any,
    m00: Any,
    m01: Any,
    px: Any,
    py: Any,
    time: Any,
    fall: Any,
    still: Any,
    twinkle: Any,
    size: Any,
    tint: NDArray[np.float32],
) -> None:
    """Draw motes that hang in the air or water, some of them out of focus.

    Args:
        out: Field, shape (height, width, 3).
        motes: Shape (n, 3): place and depth, 0 to 1; 0.45 is in focus, 1 nearest.
        half_x: Half the frame's width, in scene units; `half_y` likewise.
        half_y: See `half_x`.
        m00: Cosine of the roll times the zoom; `m01` its sine.
        m01: See `m00`.
        px: Where the camera stands, `py` likewise: near motes shift most.
        py: See `px`.
        time: Scene time.
        fall: How fast they sink, scene units a unit of time; negative to rise.
        still: Cover of each at rest, 0 to 1.
        twinkle: Cover that is added to each in its turn.
        size: Radius of the largest motes in focus, about, in scene units.
        tint: Colour, shape (3,).
    """
    height = out.shape[0]
    scale = f32(height) / (f32(2) * half_y)
    for n in range(motes.shape[0]):
        depth = motes[n, 2]
        near = f32(0.6) + f32(0.9) * depth
        x = motes[n, 0] * f32(4) - px * near + f32(0.05) * np.sin(time * f32(0.7) + f32(n))
        y = motes[n, 1] * f32(4) - py * near - time * fall * near
        x = x - f32(4) * np.floor(x * f32(0.25)) - f32(2)
        y = y - f32(4) * np.floor(y * f32(0.25)) - f32(2)
        rx, ry = (x * m00 + y * m01), (-x * m01 + y * m00)
        blur = abs(depth - f32(0.45))
        own = f32(n) * f32(0.618034)
        own = f32(0.35) + f32(1.1) * (own - np.floor(own))
        radius = (size * own + f32(0.018) * blur * blur) * scale
        light = f32(0.5) + f32(0.5) * np.sin(time * f32(3) + f32(n) * f32(2.4))
        light = (still + twinkle * light) / (f32(1) + blur * blur * f32(22))
        x, y = (rx + half_x) * scale, (half_y - ry) * scale
        mix_disc(out, x, y, max(radius, f32(1.2)), min(light, f32(0.9)), tint)
