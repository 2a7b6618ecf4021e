"""A map of nearness on a mesh that is smooth and keeps straight lines straight: `laid`."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from songreel.generation.footage.lines import Lines, Point
from songreel.generation.footage.photo import Grey

CELLS = 40
"""Of the mesh, along the longer side. Depth changes over some three of them and no faster."""

_BUILT = 12.0
"""Widths of straight lines from which a picture is taken for built throughout. Measured on 27
photos and paintings: meadows, animals and faces 0 to 3, a street 2.5, rooms, a bridge 10 to 16."""

_STRAIGHT = 120.0
"""Weight of a line's straightness against the guess at a point of the mesh."""

_BESIDE = 0.025
"""Of the longer side: so far beside a line depth is held straight as well, for that is where a
moved picture looks."""

Floats = NDArray[np.float64]


def laid(near: Grey, lines: Lines) -> Grey:
    """`near` on a mesh, by least squares: as it is, smooth, and linear along straight lines.

    A displacement that is linear along a line keeps it straight (the idea of content-preserving
    warps: Liu et al., SIGGRAPH 2009). The more straight lines there are, the stiffer the mesh is:
    towards a plane, which bends nothing at all.

    Returns:
        Shape (rows, columns), 0 to 1; the outermost points lie on the picture's edge.
    """
    height, width = near.shape
    cell = max(height, width) / CELLS
    rows, columns = max(4, round(height / cell) + 1), max(4, round(width / cell) + 1)
    # Near things as wide as they are and a little more: what is stretched is the ground behind.
    reach = max(1, round(0.6 * cell))
    wide = cv2.dilate(near, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    wide = cv2.GaussianBlur(wide, (0, 0), 0.8 * cell)
    x, y = np.meshgrid(
        np.linspace(0, width - 1, columns, dtype=np.float32),
        np.linspace(0, height - 1, rows, dtype=np.float32),
    )
    wanted = np.asarray(cv2.remap(wide, x, y, cv2.INTER_LINEAR), dtype=np.float64)
    # What is shorter than 2π stiff^¼ cells is smoothed away: 5 of 40 in a meadow, all in a hall.
    stiff = 0.5 * 10 ** (4 * min(1.0, lines.length / _BUILT))
    rules = [np.sqrt(stiff) * rule for rule in _smooth(rows, columns)]
    rules += [np.sqrt(_STRAIGHT) * rule for rule in _straight(lines, rows, columns)]
    rule = vstack(rules).tocsr()
    matrix = np.eye(rows * columns) + (rule.T @ rule).toarray()
    solved = np.linalg.solve(matrix, wanted.ravel()).reshape(rows, columns)
    # Beyond its limits it is made less as a whole: cut off, a slope would have a kink.
    low, high = min(float(solved.min()), 0.0), max(float(solved.max()), 1.0)
    return np.asarray((solved - low) / (high - low), dtype=np.float32)


def _smooth(rows: int, columns: int) -> Iterator[csr_array]:
    """That the slope changes little from point to point."""
    index = np.arange(rows * columns).reshape(rows, columns)
    for first, middle, last in (
        (index[:, :-2], index[:, 1:-1], index[:, 2:]),
        (index[:-2], index[1:-1], index[2:]),
    ):
        count = first.size
        who = np.concatenate([first.ravel(), middle.ravel(), last.ravel()])
        weights = np.repeat([1.0, -2.0, 1.0], count)
        yield csr_array((weights, (np.tile(np.arange(count), 3), who)), (count, index.size))


def _straight(lines: Lines, rows: int, columns: int) -> Iterator[csr_array]:
    """That each point of a line is as near as its ends say."""
    long = max(rows, columns)
    for start, end in lines.ends:
        way = np.array([(end[0] - start[0]) * columns, (end[1] - start[1]) * rows])
        length = float(np.hypot(*way))
        aside = np.array([-way[1] / columns, way[0] / rows]) * (_BESIDE * long / length)
        for by in (-1, 0, 1):
            moved = [(p[0] + by * aside[0], p[1] + by * aside[1]) for p in (start, end)]
            points = _along(moved[0], moved[1], max(4, int(length) + 1), rows, columns)
            share = np.linspace(0, 1, points.shape[0])[:, None]
            chord = csr_array(1 - share) @ points[[0]] + csr_array(share) @ points[[-1]]
            yield (points - chord)[1:-1]


def _along(start: Point, end: Point, count: int, rows: int, columns: int) -> csr_array:
    """How points along a line are mixed of the mesh's, shape (count, rows × columns)."""
    share = np.linspace(0, 1, count)
    x = np.clip((start[0] + share * (end[0] - start[0])) * (columns - 1), 0, columns - 1.001)
    y = np.clip((start[1] + share * (end[1] - start[1])) * (rows - 1), 0, rows - 1.001)
    i, j = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    p, q = y - i, x - j
    at = i * columns + j
    who = np.concatenate([at, at + 1, at + columns, at + columns + 1])
    weights = np.concatenate([(1 - p) * (1 - q), (1 - p) * q, p * (1 - q), p * q])
    return csr_array((weights, (np.tile(np.arange(count), 4), who)), (count, rows * columns))
