"""Outlines of the land below an aurora: ridges, forest, snowfields."""

import numpy as np
from numpy.typing import NDArray

LAYERS = 5
SPAN = 8.0
"""Width of an outline in scene units; it repeats beyond."""
_SAMPLES = 4096

Line = NDArray[np.float64]


def outlines(random: np.random.Generator, land: str) -> NDArray[np.float32]:
    """Outlines, farthest first, shape (layers, samples), about 0 to 1, without a seam."""
    return np.stack([_outline(random, layer, land) for layer in range(LAYERS)]).astype(np.float32)


def _outline(random: np.random.Generator, layer: int, land: str) -> Line:
    x = np.arange(_SAMPLES) / _SAMPLES
    near = layer / (LAYERS - 1)
    if land == "snow":
        height = _drifts(random, x, 3 + 2 * layer) * (0.55 - 0.25 * near)
        return height + (0.10 * _trees(random, x, 60, 0.05) if layer in (1, 2) else 0.0)
    height = _peaks(random, x, 16 + 6 * layer)
    if land == "forest":
        height = 0.35 * height + (0.12 + 0.55 * near**2) * _trees(
            random, x, 420 - 60 * layer, 0.045 + 0.035 * near
        )
        return height * (1.0 + 0.55 * near)
    if layer == LAYERS - 1:
        height = 0.40 * height + 0.30 * _trees(random, x, 420, 0.055)
    return height * (1.0 - 0.25 * near)


def _peaks(random: np.random.Generator, x: Line, count: int) -> Line:
    """Peaks as tents that hide each other: sharp tops, V-shaped valleys, never a sine."""
    height = np.zeros(_SAMPLES)
    for _ in range(count):
        tall = random.uniform(0.15, 1.0) ** 1.6
        left, right = random.uniform(0.035, 0.13, 2) * (0.5 + tall)
        d = (x - random.random() + 0.5) % 1.0 - 0.5
        tent = np.maximum(1.0 - np.where(d < 0, -d / left, d / right), 0.0)
        height = np.maximum(height, tall * tent**1.15)
    # Fractal detail of the slope of real silhouettes, about k^-1.3 in amplitude.
    height = height + _rough(random, 5, 700, 1.3) * 0.055 * (0.25 + height)
    return np.asarray((height - height.min()) / np.ptp(height))


def _drifts(random: np.random.Generator, x: Line, count: int) -> Line:
    """Long soft waves of snow."""
    height = np.zeros_like(x)
    for k in range(1, count + 2):
        height = height + np.sin(2 * np.pi * (k * x + random.random())) / k
    return np.asarray((height - height.min()) / np.ptp(height))


def _rough(random: np.random.Generator, first: int, last: int, slope: float) -> Line:
    k = np.arange(1, last)
    gain = np.where(k > first, (k / (first + 1.0)) ** -slope, 0.0)
    spectrum = np.zeros(_SAMPLES // 2 + 1, complex)
    spectrum[k] = gain * np.exp(1j * random.uniform(0, 2 * np.pi, k.size)) * _SAMPLES / 2
    return np.asarray(np.fft.irfft(spectrum, _SAMPLES))


def _trees(random: np.random.Generator, x: Line, count: int, half: float) -> Line:
    """Outline of conifers, 0 to 1: narrow cones with a jagged edge, in groups."""
    outline = np.zeros_like(x)
    for _ in range(count):
        at, tall = random.random(), random.uniform(0.25, 1.0) ** 1.3
        tall *= 0.35 + 0.65 * (np.sin(2 * np.pi * (3 * at + 0.3)) > -0.2)
        wide = half * (0.5 + 0.5 * tall)
        reach = int(1.1 * wide / SPAN * _SAMPLES) + 2
        cells = (int(at * _SAMPLES) + np.arange(-reach, reach + 1)) % _SAMPLES
        d = np.abs((x[cells] - at + 0.5) % 1.0 - 0.5) * SPAN
        teeth = 0.07 * np.abs((d * 130.0) % 1.0 - 0.5)
        outline[cells] = np.maximum(outline[cells], (1.0 - d / wide + teeth * (d < wide)) * tall)
    return outline
