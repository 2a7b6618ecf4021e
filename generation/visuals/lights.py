"""Small lights on a field: points with a soft rim, as lenses draw them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import f32, kernel


@kernel
def add_light(out: NDArray[np.float32], x: Any, y: Any, radius: Any, r: Any, g: Any, b: Any) -> Any:
    """Add a round light, brightest in the middle, none at `radius` and beyond (pixels)."""
    height, width, _ = out.shape
    left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    inverse = f32(1) / (radius * radius)
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


@kernel
def add_disc(out: NDArray[np.float32], x: Any, y: Any, radius: Any, r: Any, g: Any, b: Any) -> Any:
    """Add an even disc with a soft edge: a point out of focus."""
    height, width, _ = out.shape
    left, right = max(0, int(x - radius)), min(width - 1, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(height - 1, int(y + radius) + 1)
    inverse = f32(1) / (radius * radius)
    for j in range(top, bottom + 1):
        dy = f32(j) - y
        for i in range(left, right + 1):
            dx = f32(i) - x
            d = (f32(1) - (dx * dx + dy * dy) * inverse) * f32(3)
            if d > f32(0):
                d = min(d, f32(1))
                out[j, i, 0] += d * r
                out[j, i, 1] += d * g
                out[j, i, 2] += d * b
