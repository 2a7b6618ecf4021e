"""Onto the encoder's planes: the last kernels of `post`, which enlarge, add grain and round."""

from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.kernels import Field, f32, kernel

Taps = tuple[NDArray[np.int64], Field]
"""For each row of a plane: the first of four rows of the field, and their weights (rows, 4)."""


def _cubic(t: float) -> tuple[np.float32, ...]:
    """Weights of four samples at `t`, 0 to 1, from the second to the third (a = −0.75)."""
    a = -0.75  # as OpenCV has it
    near, far = (((a + 2) * u - (a + 3)) * u * u + 1 for u in (t, 1 - t))
    before, after = (((a * u - 5 * a) * u + 8 * a) * u - 4 * a for u in (1 + t, 2 - t))
    return tuple(f32(w) for w in (before, near, far, after))


def taps(field: int, size: int) -> Taps:
    """How `size` rows are made of `field` rows by cubic interpolation."""
    at = [(j + 0.5) * field / size - 0.5 for j in range(size)]
    weights = np.array([_cubic(x - floor(x)) for x in at], np.float32)
    return np.array([floor(x) - 1 for x in at], np.int64), weights


def steps(field: tuple[int, int], size: tuple[int, int]) -> int:
    """Columns of the plane that a pattern of weights serves, where `print_enlarged` has it; else 0.

    2 for fields of half the plane's size, 3 for two thirds, 4 for three quarters.
    """
    for q in (2, 3, 4):
        # A field is as wide as whole pixels allow: up to one is off, at the right edge.
        if all(abs(many * (q - 1) - few * q) < q for few, many in zip(field, size, strict=True)):
            return q
    return 0


_DOUBLE = _cubic(0.75), _cubic(0.25)
_THIRDS = _cubic(5 / 6), _cubic(0.5), _cubic(1 / 6)
_QUARTERS = _cubic(0.875), _cubic(0.625), _cubic(0.375), _cubic(0.125)
# Constants to the compiler, and so are the distances between the columns they are put on: a loop
# with one weight after another from a table takes seven to twenty times as long.


@kernel
def _tap(row: Field, at: Any, w: Any) -> Any:
    return row[at] * w[0] + row[at + 1] * w[1] + row[at + 2] * w[2] + row[at + 3] * w[3]


@kernel
def _stretch(row: Field, q: int, to: Field, width: int) -> None:
    """`to` from `row`, which has two pixels more at its beginning and five at its end."""
    if q == 2:
        for i in range(width // 2):
            to[2 * i] = _tap(row, i, _DOUBLE[0])
            to[2 * i + 1] = _tap(row, i + 1, _DOUBLE[1])
    elif q == 3:
        for i in range(-(-width // 3)):
            to[3 * i] = _tap(row, 2 * i, _THIRDS[0])
            to[3 * i + 1] = _tap(row, 2 * i + 1, _THIRDS[1])
            to[3 * i + 2] = _tap(row, 2 * i + 2, _THIRDS[2])
    else:
        for i in range(-(-width // 4)):
            to[4 * i] = _tap(row, 3 * i, _QUARTERS[0])
            to[4 * i + 1] = _tap(row, 3 * i + 1, _QUARTERS[1])
            to[4 * i + 2] = _tap(row, 3 * i + 2, _QUARTERS[2])
            to[4 * i + 3] = _tap(row, 3 * i + 3, _QUARTERS[3])


@kernel
def print_enlarged(
    luma: Field,
    first: Any,
    weights: Field,
    q: int,
    noise: Any,
    shift_x: int,
    shift_y: int,
    rows: Field,
    out: Any,
) -> None:
    """`print_luma` of a smaller field, enlarged by cubic interpolation.

    Args:
        luma: Y', 0 to 1, shape (height, width).
        first: See `taps`; `weights` likewise.
        weights: See `taps`.
        q: What `steps` says of field and plane.
        noise: In 1/256 of a code value, as high as the plane and wider.
        shift_x: Where in the noise to begin; `shift_y` likewise.
        shift_y: See `shift_x`.
        rows: Room, shape (2, width of the plane + 8).
        out: The plane, written.
    """
    height, width = luma.shape
    tall, wide = out.shape
    between, large = rows[0], rows[1]
    last = height - 1
    for j in range(tall):
        i = first[j]
        a, b = luma[min(max(i, 0), last)], luma[min(max(i + 1, 0), last)]
        c, d = luma[min(max(i + 2, 0), last)], luma[min(max(i + 3, 0), last)]
        w0, w1, w2, w3 = weights[j, 0], weights[j, 1], weights[j, 2], weights[j, 3]
        for x in range(width):
            between[x + 2] = a[x] * w0 + b[x] * w1 + c[x] * w2 + d[x] * w3
        between[0] = between[1] = between[2]
        for x in range(width + 2, width + 7):
            between[x] = between[width + 1]
        _stretch(between, q, large, wide)
        _print(large[:wide], noise[(j + shift_y) % tall], shift_x, out[j])


@kernel
def print_luma(luma: Field, noise: Any, shift_x: int, shift_y: int, out: Any) -> None:
    """Write Y' to a plane, 16 to 235, with `noise` in 1/256 of a code value added.

    `noise` is as high as the plane and wider: `shift_x`, `shift_y` is where in it to begin.
    """
    height = luma.shape[0]
    for j in range(height):
        _print(luma[j], noise[(j + shift_y) % height], shift_x, out[j])


@kernel
def _print(values: Field, noise: Any, shift: int, out: Any) -> None:
    for x in range(values.shape[0]):
        v = values[x] * f32(219) + f32(noise[x + shift]) * f32(1 / 256) + f32(16.5)
        out[x] = int(min(max(v, f32(16)), f32(235)))


@kernel
def print_chroma(chroma: Field, noise: Any, out: Any) -> None:
    """Write Cb or Cr to its plane, 16 to 240, with `noise` in 1/256 of a code value added."""
    height, width = chroma.shape
    for j in range(height):
        value, dither, to = chroma[j], noise[j], out[j]
        for x in range(width):
            v = value[x] * f32(224) + f32(dither[x]) * f32(1 / 256) + f32(128.5)
            to[x] = int(min(max(v, f32(16)), f32(240)))
