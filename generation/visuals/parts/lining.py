"""What a tunnel is lined with: tileable tables of its skin and of its panels, made once."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.tables import spectral

_SIDE = 512
"""Cells round the bore, and along `_PERIOD` of its radii."""
_PERIOD = 8.0

Table = NDArray[np.float32]


class Lining(NamedTuple):
    """Two tables of shape (512, 512): rows along the bore, 64 to a radius, columns around it."""

    skin: Table
    """How much light the wall gives back, 0 to 1."""
    cells: Table
    """A random number in [0, 1) for each panel, rising to 1 at its rim."""


@lru_cache(maxsize=6)
def panels(seed: int) -> Lining:
    """Plates, 16 around and one to a radius, each row shifted against the last."""
    random = np.random.default_rng(seed)
    along, around = _grid()
    row = np.floor(along).astype(int)
    shifted = around * 16 + 0.5 * (row % 2)
    column = np.floor(shifted).astype(int) % 16
    number = random.random((int(_PERIOD), 16))[row % int(_PERIOD), column]
    u, v = np.abs(shifted % 1 - 0.5), np.abs(along % 1 - 0.5)
    seam = np.clip((0.5 - u) * 16, 0.08, 1) * np.clip((0.5 - v) * 14, 0.08, 1)
    grain = 0.10 * spectral(_SIDE, 2.2, 44, 4.0)
    rim = np.clip((0.46 - np.maximum(u, v)) * 14, 0, 1)
    return _made((0.38 + 0.42 * number + grain) * seam, 1.0 - (1.0 - number) * rim)


@lru_cache(maxsize=6)
def ribs(seed: int) -> Lining:
    """Cast rings of concrete with stains that run down, tiled to the height of a car."""
    random = np.random.default_rng(seed)
    along, around = _grid()
    rib = np.clip((np.abs(along % 1 - 0.5) - 0.36) * 20, 0, 1)
    edge = np.exp(-(((np.abs(along % 1 - 0.5) - 0.36) * 30) ** 2))
    stain = 0.16 * spectral(_SIDE, 2.4, 45, 3.0) + 0.12 * spectral(_SIDE, 3.4, 46, 2.0)
    low = np.clip((np.minimum(np.abs(around - 0.02), np.abs(around - 0.48)) < 0.05), 0, 1)
    tile = np.minimum(np.abs(along * 6 % 1 - 0.5), np.abs(around * 72 % 1 - 0.5))
    tiles = 0.30 * low * (0.5 + 0.5 * np.clip((0.46 - tile) * 20, 0, 1))
    skin = 0.42 + 0.18 * rib - 0.25 * edge + stain + tiles
    number = random.random((int(_PERIOD * 2), 24))
    cell = number[np.floor(along * 2).astype(int), np.floor(around * 24).astype(int)]
    rim = np.minimum(0.5 - np.abs(along * 2 % 1 - 0.5), 0.5 - np.abs(around * 24 % 1 - 0.5))
    return _made(skin, 1.0 - (1.0 - cell) * np.clip((rim - 0.05) * 12, 0, 1))


@lru_cache(maxsize=6)
def crystal(seed: int) -> Lining:
    """Facets of uneven size: each point belongs to the nearest of some random middles."""
    random = np.random.default_rng(seed)
    along, around = _grid()
    middles = random.random((110, 2)) * (_PERIOD, 1.0)
    slopes, number = random.normal(0, 1, (110, 2)), random.random(110)
    first, second = np.full(along.shape, 9.0), np.full(along.shape, 9.0)
    which = np.zeros(along.shape, int)
    # No place is as far as `reach` from the nearest middles: each looks at its surroundings only.
    reach = 1.9
    tall, wide = int(reach * _SIDE / _PERIOD), int(reach / 6.28 * _SIDE)
    for n, (z, a) in enumerate(middles):
        rows = np.arange(int(z * _SIDE / _PERIOD) - tall, int(z * _SIDE / _PERIOD) + tall)
        columns = np.arange(int(a * _SIDE) - wide, int(a * _SIDE) + wide)
        here = np.ix_(rows % _SIDE, columns % _SIDE)
        d = np.hypot(
            (rows * (_PERIOD / _SIDE) - z)[:, None], ((columns / _SIDE - a) * 6.28)[None, :]
        )
        nearer = d < first[here]
        second[here] = np.where(nearer, first[here], np.minimum(second[here], d))
        first[here] = np.where(nearer, d, first[here])
        which[here] = np.where(nearer, n, which[here])
    dz = (along - middles[which, 0] + _PERIOD / 2) % _PERIOD - _PERIOD / 2
    da = ((around - middles[which, 1] + 0.5) % 1.0 - 0.5) * 6.28
    tilt = 0.42 * (dz * slopes[which, 0] + da * slopes[which, 1])
    ridge = np.exp(-(((second - first) * 34) ** 2))
    rim = np.clip((second - first - 0.03) * 12, 0, 1)
    return _made(0.20 + 0.45 * number[which] ** 2 + tilt + 0.45 * ridge,
                 1.0 - (1.0 - number[which]) * rim)  # fmt: skip


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radii along and turns around of each cell."""
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE]
    return rows * (_PERIOD / _SIDE), columns / _SIDE


def _made(skin: NDArray[np.float64], cells: NDArray[np.float64]) -> Lining:
    lining = Lining(
        np.ascontiguousarray(np.clip(skin, 0.02, 1.0), np.float32),
        np.ascontiguousarray(cells, np.float32),
    )
    for table in lining:
        table.flags.writeable = False
    return lining
