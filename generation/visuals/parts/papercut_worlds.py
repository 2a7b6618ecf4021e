"""Outlines of the sheets of a paper theatre: forest, mountains, city, sea."""

from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SHEETS = 7
CELLS = 4096
SPAN = 8.0
"""Width of an outline before it repeats, in scene units."""

Line = NDArray[np.float64]


class Lay(NamedTuple):
    """How a seed lays out its world."""

    tall: float
    """Factor on the height of what stands on the sheets; few and tall, or many and low."""
    peaks: float
    """Factor on the height of the mountains behind."""
    hero: tuple[float, ...]
    """Of each sheet, the place where something may stand out, scene units along its outline."""
    stands: bool
    """Whether something does."""


def outlines(random: np.random.Generator, world: str, lay: Lay) -> NDArray[np.float32]:
    """Outlines of the sheets, nearest first, shape (sheets, cells), scene units, periodic."""
    draw = {"forest": _forest, "mountains": _mountains, "city": _city, "sea": _sea}[world]
    rows = [draw(random, k, k / (SHEETS - 1), lay) for k in range(SHEETS)]
    if lay.stands:
        _stand_out(rows, random, world, lay)
    return np.stack(rows).astype(np.float32)


def _forest(random: np.random.Generator, k: int, far: float, lay: Lay) -> Line:
    row = _hills(random, far) * (0.45 + 0.5 * far)
    if k == 0:
        return _with_grass(row * 0.6, random)
    count, tall = (0, 70, 84, 96, 110, 120, 0)[k], (0, 0.62, 0.46, 0.34, 0.24, 0.16, 0)[k]
    if not count:
        return _peaked(random, row, 0.5 * lay.peaks)
    return _with_pines(row, random, round(count / lay.tall**1.5), tall * lay.tall)


def _mountains(random: np.random.Generator, k: int, far: float, lay: Lay) -> Line:
    row = _hills(random, far)
    if k >= 3:
        row = _peaked(random, row, (0.42 + 0.14 * (k - 3)) * lay.peaks)
    row = row * (0.55 + 0.9 * far)
    if 1 <= k <= 2:
        row = _with_pines(row, random, round(80 / lay.tall), (0.30, 0.20)[k - 1] * lay.tall)
    return _with_grass(row * 0.6, random) if k == 0 else row


def _stand_out(rows: list[Line], random: np.random.Generator, world: str, lay: Lay) -> None:
    """Put one thing up that is seen first: a great pine, a peak, a tower, a lighthouse."""
    x = (np.arange(CELLS) + 0.5) * SPAN / CELLS
    k = {"forest": 1, "mountains": 5, "city": 4, "sea": 5}[world]
    off = (x - lay.hero[k] + SPAN / 2) % SPAN - SPAN / 2
    foot = float(rows[k][np.abs(off).argmin()])
    if world == "forest":
        tall = random.uniform(1.0, 1.35)
        _pine(rows[k], rows[k].copy(), lay.hero[k] / SPAN * CELLS, tall, 0.20 * tall)
    elif world == "mountains":
        rough = rows[k] - foot
        wide, tall = random.uniform(0.7, 1.1), random.uniform(0.75, 1.0)
        flank = np.clip(1.0 - np.abs(off + 0.1 * rough) / wide, 0.0, 1.0)
        shape = np.where(
            flank > 0, foot - 0.1 + tall * flank**1.2 + 0.6 * rough * (1.2 - flank), -9.0
        )
        rows[k] = np.maximum(rows[k], shape)
    elif world == "city":
        for half, tall in ((0.16, 0.75), (0.11, 0.95), (0.06, 1.08), (0.008, 1.30)):
            rows[k] = np.maximum(rows[k], np.where(np.abs(off) < half, tall, -9.0))
    else:
        away = np.abs(off)
        level = float(rows[k][away < 0.4].mean())
        rock = 0.22 * (1.0 - (off / 0.42) ** 2) + 0.5 * (rows[SHEETS - 1] - rows[SHEETS - 1].mean())
        tower = np.where(away < 0.06, 0.62 - 14.0 * np.maximum(away - 0.036, 0.0), -9.0)
        tower = np.maximum(tower, np.where(away < 0.026, 0.68, -9.0))
        tower = np.maximum(tower, np.where(away < 0.016, 0.76 - 5.0 * away, -9.0))
        rock = np.where(away < 0.42, np.maximum(rock, tower), -9.0)
        rows[k] = np.maximum(rows[k], level + rock)


def _city(random: np.random.Generator, k: int, far: float, lay: Lay) -> Line:
    """Blocks with flat, stepped and pointed roofs; far ones are taller and thinner."""
    row = np.zeros(CELLS)
    at = 0
    while at < CELLS:
        wide = int(random.uniform(46, 120) * (1.25 - 0.5 * far) * lay.tall)
        high = (
            (0.12 + 0.50 * random.random() ** 1.6) * (0.75 + 0.7 * far * lay.peaks) * lay.tall**0.5
        )
        end = min(at + wide, CELLS)
        row[at:end] = np.maximum(row[at:end], high)
        kind = random.random()
        inner = np.arange(at, end)
        if kind < 0.30:  # stepped crown
            third = wide // 4
            row[at + third : max(end - third, at)] = high + 0.05
        elif kind < 0.45:  # spire
            gap = np.abs(inner - (at + wide / 2)) / (wide / 2)
            row[at:end] = np.maximum(row[at:end], high + 0.16 * np.clip(1 - gap * 2.2, 0, 1) ** 2)
        elif kind < 0.58:  # pitched roof
            gap = np.abs(inner - (at + wide / 2)) / (wide / 2)
            row[at:end] = high + 0.07 * (1 - gap)
        at = end + int(random.uniform(0, 10))
    if k == 0:
        row *= 0.35
    return row - 0.22


def _sea(random: np.random.Generator, k: int, far: float, lay: Lay) -> Line:
    """Crests that lean: narrow peaks, broad troughs; each sheet has its own wavelength."""
    if k == SHEETS - 1:
        return _peaked(random, _hills(random, 1.0), 0.4 * lay.peaks) * 0.8 - 0.1
    x = np.arange(CELLS) / CELLS
    count = round((7 + 9 * far) / lay.tall + random.integers(0, 3))
    phase = count * x + random.random() + 0.05 * np.sin(2 * pi * (3 * x + random.random()))
    # Leaning: the phase runs ahead before each crest.
    lean = phase + 0.10 * np.sin(2 * pi * phase)
    crest = np.abs(np.sin(pi * lean)) ** 0.75
    swell = 0.35 * np.sin(2 * pi * (2 * x + random.random()))
    return np.asarray((0.5 - crest + 0.3 * swell) * (0.30 - 0.17 * far) * lay.tall)


def _hills(random: np.random.Generator, far: float) -> Line:
    x = np.arange(CELLS) / CELLS
    waves = np.arange(2, 90)
    size = waves ** -(1.25 + 0.55 * (1 - far)) * random.normal(1.0, 0.35, waves.size)
    phase = random.random(waves.size)
    hill = np.sum(size[:, None] * np.sin(2 * pi * (waves[:, None] * x + phase[:, None])), axis=0)
    return np.asarray(hill * 0.5 / np.ptp(hill))


def _peaked(random: np.random.Generator, row: Line, tall: float) -> Line:
    """`row` with peaks: folds of noise whose creases point upwards."""
    x = np.arange(CELLS) / CELLS
    folds = np.arange(3, 60)
    weight = folds**-1.15 * random.random(folds.size)
    phase = random.random(folds.size)
    crease = 1.0 - np.abs(np.sin(pi * (folds[:, None] * x + phase[:, None])))
    peaks = np.sum(weight[:, None] * crease**1.4, axis=0)
    peaks -= peaks.mean()
    return np.asarray(0.25 * row + tall * peaks / np.ptp(peaks))


def _with_pines(row: Line, random: np.random.Generator, count: int, tall: float) -> Line:
    """`row` with pines of up to `tall` on it, in groups."""
    out = row.copy()
    groups = random.random(max(3, count // 9)) * CELLS
    for _ in range(count):
        at = (float(random.choice(groups)) + random.normal(0.0, 150.0)) % CELLS
        height = tall * (0.35 + 0.65 * float(random.random()) ** 0.7)
        half = height * (0.17 + 0.07 * float(random.random()))
        _pine(out, row, at, height, half)
    return out


def _pine(out: Line, row: Line, at: float, height: float, half: float) -> None:
    """Put a pine that stands on `row` into `out`, in place."""
    cell = SPAN / CELLS
    reach = int(half / cell) + 1
    cells = int(at) + np.arange(-reach, reach + 1)
    r = np.clip(1.0 - np.abs(cells - at) * cell / half, 0.0, 1.0)
    cells %= CELLS
    # Boughs: steps that hang a little.
    steps = 8.0 if height < 0.8 else 13.0
    bough = (np.floor(r * steps) + np.clip((r * steps % 1.0) * 1.6 - 0.25, 0.0, 1.0)) / steps
    foot = row[int(at) % CELLS] - 0.01
    tree = np.where(r > 0, foot + height * np.where(r > 0.97, 1.0, bough), -9.0)
    out[cells] = np.maximum(out[cells], tree)


def _with_grass(row: Line, random: np.random.Generator) -> Line:
    """`row` with blades of grass on it."""
    out = row.copy()
    for _ in range(900):
        at, lean = int(random.integers(CELLS)), random.normal(0.0, 1.2)
        height = 0.03 + 0.12 * float(random.random()) ** 2
        reach = max(3, int(height * 60))
        part = np.arange(-reach, reach + 1)
        r = np.clip(1.0 - np.abs(part - lean) / reach, 0.0, 1.0)
        cells = (at + part) % CELLS
        out[cells] = np.maximum(out[cells], row[at] - 0.02 + height * r)
    return out
