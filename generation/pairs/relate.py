"""What two photos have to do with each other: near-duplicates, places, likeness."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.kinship import MOVES_FROM, Kinship, kinship
from songreel.generation.pairs.photos import Candidate
from songreel.generation.pairs.plan import LeftOut

_NEIGHBOURS = 60
"""Photos that each is compared with point by point, the most alike ones; all of a folder of 60."""

_ALIKE = 8
"""Photos of other places that each may be paired with."""

_SAME_BITS = 10
"""Of 64 by which the hashes of near-duplicates differ at most (dHash, Krawetz 2013)."""

_SAME_LAYOUT = 0.02
"""Mean difference in OKLab of near-duplicates too plain to have points."""

_LAYOUT, _COLOURS = 0.10, 0.05
"""Differences in OKLab at which likeness has fallen to 1/e: those between two views of one place
in `benchmarks/pairs.py` (medians 0.09 and 0.05). Different places: 0.23 and 0.16."""

_LEAST_OVERLAP = 0.2


@dataclass(frozen=True)
class Relation:
    """Between the photos at `first` and `second` in a list, the way it is best walked later."""

    first: int
    second: int
    kin: Kinship | None
    likeness: float
    worth: float
    """How good a move between them can look, 0 to 1."""


def likenesses(photos: Sequence[Candidate]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far apart all photos are in layout and in likeness: two arrays of shape (n, n).

    Likeness, 0 to 1, is of layout (the same colours in the same places) and of colours alone
    (their sorted values, which is the earth mover's distance along each axis).
    """
    count = len(photos)
    thumbs = np.stack([photo.thumb for photo in photos]).reshape(count, -1, 3)
    ranked = np.sort(thumbs, axis=1)
    layout, colours = np.zeros((count, count)), np.zeros((count, count))
    for index in range(count):
        layout[index] = np.abs(thumbs - thumbs[index]).mean(axis=1).sum(axis=1)
        colours[index] = np.abs(ranked - ranked[index]).mean(axis=1).sum(axis=1)
    alike = 0.5 * np.exp(-layout / _LAYOUT) + 0.5 * np.exp(-colours / _COLOURS)
    return layout, alike


def related(
    photos: Sequence[Candidate], workers: int, told: Callable[[float], None]
) -> tuple[list[int], list[Relation], list[LeftOut]]:
    """Drop near-duplicates and relate the rest.

    Of a burst the best photo stays. It is left to stand for those that are nearly the same as
    itself, not for the whole of a slow pan.

    Args:
        photos: All usable ones.
        workers: Threads.
        told: Called with the share that is done.

    Returns:
        Indices of the photos that stay, the relations among them that are worth something, and
        the photos dropped.
    """
    layout, alike = likenesses(photos)
    close = np.argsort(-alike, axis=1, kind="stable")[:, : _NEIGHBOURS + 1]
    asked = sorted({(min(i, int(j)), max(i, int(j))) for i, row in enumerate(close) for j in row})
    asked = [(i, j) for i, j in asked if i != j]
    kin: dict[tuple[int, int], Kinship] = {}
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(lambda ij: kinship(photos[ij[0]].features, photos[ij[1]].features), asked)
        for index, (pair, result) in enumerate(zip(asked, found, strict=True)):
            if index % 50 == 0:
                told(index / len(asked))
            if result is not None:
                kin[pair] = result

    def same(i: int, j: int) -> bool:
        between = kin.get((min(i, j), max(i, j)))
        if between is not None:
            return between.way < MOVES_FROM and between.overlap > 0.9
        bits = int((photos[i].hashed != photos[j].hashed).sum())
        return bits <= _SAME_BITS and bool(layout[i, j] < _SAME_LAYOUT)

    best_first = sorted(range(len(photos)), key=lambda i: (-_standing(photos[i]), i))
    kept: list[int] = []
    dropped: list[tuple[int, int]] = []
    for index in best_first:
        twin = next((other for other in kept if same(index, other)), None)
        if twin is None:
            kept.append(index)
        else:
            dropped.append((index, twin))
    kept.sort()
    left_out = [
        LeftOut(
            file=photos[index].name,
            reason=f"is nearly the same picture as {photos[twin].name}, which is kept",
        )
        for index, twin in sorted(dropped)
    ]
    return kept, _relations(kept, kin, alike), left_out


def _standing(photo: Candidate) -> float:
    """By which the best of a burst is chosen: its sharpness, then what the frame keeps of it.

    Within a burst the rest is the same to a hundredth; an upright crop of a wide photo differs.
    """
    return photo.detail + 0.1 * photo.photo.exposure + 0.3 * photo.photo.composition


def _relations(
    kept: Sequence[int], kin: dict[tuple[int, int], Kinship], alike: NDArray[np.float64]
) -> list[Relation]:
    among = alike[np.ix_(kept, kept)].copy()
    np.fill_diagonal(among, -1)
    nearest = np.argsort(-among, axis=1, kind="stable")[:, :_ALIKE]
    close = {
        (min(kept[i], kept[int(j)]), max(kept[i], kept[int(j)]))
        for i, row in enumerate(nearest)
        for j in row
        if int(j) != i
    }
    relations = []
    for first, second in combinations(kept, 2):
        between = kin.get((first, second))
        likeness = float(alike[first, second])
        if between is not None and between.way >= MOVES_FROM:
            worth = _worth(between)
            if between.overlap < _LEAST_OVERLAP:
                worth = max(0.0, worth - 0.2)
        elif (first, second) in close:
            worth, between = 0.5 * likeness, None
        else:
            continue
        relations.append(Relation(first, second, between, likeness, round(worth, 4)))
    return relations


def _worth(kin: Kinship) -> float:
    """Of a move within one place: far enough to be seen, with enough that both show."""
    far = float(np.interp(kin.way, [MOVES_FROM, 0.07, 0.45, 0.8], [0.0, 1.0, 1.0, 0.3]))
    return 0.55 + 0.45 * far * min(1.0, kin.overlap / 0.6)
