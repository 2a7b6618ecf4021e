"""Numba with types, and the small functions every scene's kernel is made of.

Kernels compute in float32: a bare literal is float64 in numba and drags the whole expression
with it, so constants are written `f32(0.5)`. Kernels allocate nothing and must give finite
values for every input (`fastmath` assumes there is no NaN; nothing checks for a division by zero).

What makes loops vectorise: pixels by `line`, rows of other tables as arrays of their own, `fade`
and `sine` in place of exp and sin, and no inner loop of unknown length, `continue` or `break`.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.jit import compiled

Field = NDArray[np.float32]
Function = TypeVar("Function", bound=Callable[..., Any])

f32 = np.float32
"""For constants inside kernels."""


def kernel(function: Function) -> Function:
    """Compile `function` with numba: cached on disk, without the GIL, on one thread.

    Not `parallel`: clips are drawn in threads of their own, and sums must not depend on how
    many cores there are.
    """
    return cast(Function, compiled(function))


@kernel
def line(field: Field, j: Any) -> Any:
    """Row `j` of a field of shape (height, width, 3) as a flat array: pixel i is at 3i to 3i + 2.

    Loops over it vectorise; loops over `field[j, i, c]` do not, for numba does not know how far
    apart the pixels of a field lie (1.2 ms in place of 6.4 for the same arithmetic at 1280×720).
    """
    return field[j].reshape(-1)


@kernel
def clamp01(x: Any) -> Any:
    """`x` held within 0 to 1."""
    return min(max(x, f32(0)), f32(1))


@kernel
def lerp(a: Any, b: Any, t: Any) -> Any:
    """From `a` (t = 0) to `b` (t = 1), straight."""
    return a + (b - a) * t


@kernel
def smoothstep(low: Any, high: Any, x: Any) -> Any:
    """0 below `low`, 1 above `high`, 3t² − 2t³ between (`low` ≠ `high`; may be the larger)."""
    t = min(max((x - low) / (high - low), f32(0)), f32(1))
    return t * t * (f32(3) - f32(2) * t)


@kernel
def sine(turns: Any) -> Any:
    """Sine of an angle in turns, as a polynomial (error below 0.0002): loops of it vectorise."""
    t = turns - np.floor(turns + f32(0.5))
    y = f32(0.25) - abs(abs(t) - f32(0.25))
    q = y * y
    y = y * (f32(6.28308) + q * (f32(-41.3334) + q * (f32(81.3208) + q * f32(-70.9))))
    return -y if t < f32(0) else y


@kernel
def fade(x: Any) -> Any:
    """About exp(−x) for x ≥ 0, off by at most 0.028, at a third of its cost."""
    return f32(1) / (f32(1) + x * (f32(1) + x * (f32(0.5) + x * f32(0.1666667))))


@kernel
def hash1(i: Any, seed: Any) -> Any:
    """Uniform float32 in [0, 1) from an integer and a seed (lowbias32 of Wellons, 2018)."""
    h = np.uint32(np.int64(i) * np.int64(0x9E3779B1) + np.int64(seed) * np.int64(0x85EBCA77))
    h ^= h >> np.uint32(16)
    h = np.uint32(h * np.uint32(0x7FEB352D))
    h ^= h >> np.uint32(15)
    h = np.uint32(h * np.uint32(0x846CA68B))
    h ^= h >> np.uint32(16)
    return f32(h >> np.uint32(8)) * f32(1.0 / 16777216.0)


@kernel
def hash2(ix: Any, iy: Any, seed: Any) -> Any:
    """Uniform float32 in [0, 1) from two integers and a seed."""
    return hash1(np.int64(ix) + np.int64(iy) * np.int64(7919), seed)


@kernel
def noise1(x: Any, seed: Any) -> Any:
    """Smooth value noise on the line, 0 to 1, one feature a unit."""
    i = np.int64(np.floor(x))
    t = f32(x - np.floor(x))
    t = t * t * (f32(3) - f32(2) * t)
    a = hash1(i, seed)
    return a + (hash1(i + 1, seed) - a) * t


@kernel
def sample(table: Field, x: Any, y: Any) -> Any:
    """Bilinear value of a square table that repeats; `x`, `y` in cells, any sign.

    The table's side must be a power of two. This is the cheap way to noise per pixel
    (about 3 ns): fill the table once with `noise_table`, then read it at several scales.
    """
    mask = np.int64(table.shape[0] - 1)
    fx, fy = np.floor(x), np.floor(y)
    u, v = f32(x - fx), f32(y - fy)
    x0, y0 = np.int64(fx) & mask, np.int64(fy) & mask
    x1, y1 = (x0 + 1) & mask, (y0 + 1) & mask
    top = table[y0, x0] + (table[y0, x1] - table[y0, x0]) * u
    low = table[y1, x0] + (table[y1, x1] - table[y1, x0]) * u
    return top + (low - top) * v


@kernel
def colour(lut: Field, v: Any) -> Any:
    """(r, g, b) of a colour table of shape (n, 3) at `v` in 0 to 1, linear between entries."""
    last = lut.shape[0] - 1
    p = min(max(v, f32(0)), f32(1)) * f32(last)
    i = min(np.int64(p), last - 1)
    t = f32(p - f32(i))
    return (
        lut[i, 0] + (lut[i + 1, 0] - lut[i, 0]) * t,
        lut[i, 1] + (lut[i + 1, 1] - lut[i, 1]) * t,
        lut[i, 2] + (lut[i + 1, 2] - lut[i, 2]) * t,
    )


def noise_table(seed: int, size: int = 256, octaves: int = 5, base: int = 4) -> Field:
    """Tileable fractal noise, shape (size, size), mean 0.5, about 0 to 1.

    Made in the frequency domain, so that it tiles without a seam: a 1/f spectrum limited to
    the band from `base` to base × 2^octaves periods across the table.

    Args:
        seed: Chooses the pattern.
        size: Cells a side, a power of two.
        octaves: Width of the band; more is rougher.
        base: Periods of the largest feature across the table.
    """
    random = np.random.default_rng(seed)
    f = np.fft.fftfreq(size, 1.0 / size)
    radius = np.hypot(f[:, None], f[None, : size // 2 + 1])
    band = (radius >= base * 0.5) & (radius <= base * 2.0**octaves)
    gain = np.where(band, 1.0 / np.maximum(radius, 1.0) ** 1.6, 0.0)
    phase = np.exp(2j * np.pi * random.random(gain.shape))
    field = np.fft.irfft2(gain * phase, s=(size, size))
    # ±2.2 standard deviations span 0 to 1; the rare rest is held at the ends.
    field = 0.5 + field / (4.4 * field.std())
    table: Field = np.clip(field, 0.0, 1.0).astype(np.float32)
    return table


def ease(u: float) -> float:
    """Camera ease: softened at both ends, yet already moving on the first frame.

    A move that starts from rest looks like a mistake right after a cut, so it is two thirds
    linear.
    """
    u = min(max(u, 0.0), 1.0)
    return 0.67 * u + 0.33 * u * u * (3.0 - 2.0 * u)


def held(value: float, room: float) -> float:
    """`value` kept softly within ±`room`, and almost as it is in the inner half."""
    off = value / room
    return value / sqrt(sqrt(1.0 + off * off * off * off))
