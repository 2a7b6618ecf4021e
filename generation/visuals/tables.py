"""Noise tables with a character: soft, filamentary, and the velocities of a flow without sources.

They tile, are the same in every clip (a scene's seed chooses where in them it looks), and are
made once in a process.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]
"""Shape (n, n), n a power of two, periodic; read-only."""


@lru_cache(maxsize=32)
def spectral(size: int, slope: float, seed: int, base: float = 1.0) -> Table:
    """Gaussian noise with a power spectrum f^−slope: mean 0, standard deviation 1.

    Args:
        size: Cells a side, a power of two.
        slope: 2 is rough, 3 cloudy, 4 smooth.
        seed: Chooses the pattern.
        base: Periods of the largest feature across the table.
    """
    random = np.random.default_rng((seed, size))
    f = np.fft.fftfreq(size, 1.0 / size)
    radius = np.hypot(f[:, None], f[None, : size // 2 + 1])
    gain = np.where(radius >= base, np.maximum(radius, 1.0) ** (-slope / 2), 0.0)
    wave = random.standard_normal(gain.shape) + 1j * random.standard_normal(gain.shape)
    return _normal(np.fft.irfft2(gain * wave, s=(size, size)))


@lru_cache(maxsize=16)
def filaments(size: int, seed: int, ridge: float = 0.6, pull: float = 0.055) -> Table:
    """Wisps as smoke and gas have them: ridges of noise drawn out along other noise.

    Args:
        size: Cells a side, a power of two.
        seed: Chooses the pattern.
        ridge: Share of ridges against clouds.
        pull: How far the pattern is drawn out, of the table's side.
    """
    dx, dy = spectral(size, 3.6, seed + 1), spectral(size, 3.6, seed + 2)
    ridges = _normal(1.0 - np.abs(spectral(size, 3.2, seed + 3, 2.0)))
    clouds = spectral(size, 3.0, seed + 4, 2.0)
    drawn = ridge * _pulled(ridges, dx, dy, pull) + (1 - ridge) * _pulled(clouds, dy, dx, -pull)
    return _normal(drawn)


@lru_cache(maxsize=8)
def currents(size: int, slope: float, seed: int, base: float = 2.0) -> tuple[Table, Table]:
    """Velocities (x, y) of a flow that neither gathers nor spreads: root mean square 1.

    The curl of a noise potential (Bridson, Houriham and Nordenstam, SIGGRAPH 2007).
    """
    potential = spectral(size, slope, seed, base).astype(np.float64)
    u = np.roll(potential, -1, 0) - np.roll(potential, 1, 0)
    v = np.roll(potential, 1, 1) - np.roll(potential, -1, 1)
    speed = np.sqrt(np.mean(u * u + v * v))
    return _frozen(u / speed), _frozen(v / speed)


def _pulled(field: Table, dx: Table, dy: Table, pull: float) -> Table:
    size = field.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    margin = size // 2
    padded = np.pad(field, margin, mode="wrap")
    # Noise of deviation 1 seldom goes past 4; `pull` is held so that 4 of it stay in the margin.
    reach = min(pull, 0.12) * size
    there_x = np.clip(x + dx * reach + margin, 0, 2 * size - 2).astype(np.float32)
    there_y = np.clip(y + dy * reach + margin, 0, 2 * size - 2).astype(np.float32)
    return np.asarray(cv2.remap(padded, there_x, there_y, cv2.INTER_CUBIC), np.float32)


def _normal(field: NDArray[np.floating]) -> Table:
    return _frozen((field - field.mean()) / field.std())


def _frozen(field: NDArray[np.floating]) -> Table:
    table: Table = np.ascontiguousarray(field, dtype=np.float32)
    table.flags.writeable = False
    return table
