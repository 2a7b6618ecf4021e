"""How far away the things in a photo are, guessed from the photo alone: `Depth`, `depth_of`."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.cues import (
    Cue,
    Small,
    backdrop,
    flatness,
    focus,
    ground,
    haze,
    perspective,
    subject,
)
from songreel.generation.footage.lines import Lines, straight_lines
from songreel.generation.footage.photo import Grey

LEAST = 0.25
"""Trust below which a photo counts as flat."""

_CELLS = 40
"""Of the mesh, along the longer side. Depth changes over some three of them and no faster."""

_BUILT = 12.0
"""Widths of straight lines from which a picture is taken for built throughout. Measured on 27
photos and paintings: meadows, animals and faces 0 to 3, a street 2.5, rooms, a bridge 10 to 16."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Depth:
    """A guess at a photo's depth."""

    near: Grey
    """Shape (rows, columns) of a mesh over the whole photo: 0 far to 1 near, smooth."""
    trust: float
    """0 it cannot be told, to 1."""
    why: str
    """What spoke for it, in a few words."""
    page: bool = False
    """Whether it is a page, a drawing on a ground, a screenshot: something to be read."""

    @property
    def flat(self) -> bool:
        """Whether it is better not to make anything of it."""
        return self.trust < LEAST

    def told(self) -> tuple[str, ...]:
        """In words, for a report."""
        if self.page:
            return ("shown flat: it is a page or a drawing on a ground",)
        if self.flat:
            return (f"shown flat: its depth cannot be told (trust {self.trust:.1f})",)
        return (f"depth guessed from the picture (trust {self.trust:.1f}, mostly by {self.why})",)


def depth_of(photo: Picture, looked_at: tuple[float, float] = (0.5, 0.5)) -> Depth:
    """Guess the depth of a photo.

    No weights are involved: several habits of pictures (`cues`) are weighed by how much each has
    to go by, drawn to the picture's own edges, and laid on a mesh that keeps straight lines
    straight.

    Args:
        photo: Of any size.
        looked_at: Centre of interest, across and down, 0 to 1.
    """
    small, lines = Small.of(photo), straight_lines(photo)
    behind = backdrop(small)
    deep = perspective(small, lines)
    own = subject(small, looked_at)
    # Where lines run into the depth, what is in the middle is the far end and no subject.
    own = own._replace(sure=own.sure * (1 - deep.sure))
    cues: dict[str, tuple[Cue, float]] = {
        "height in the picture": (ground(small, behind), 1 - 0.6 * own.sure),
        "what is in focus": (focus(small), 1.0),
        "haze": (haze(small), 0.5),
        "a subject": (own, 1.0),
        "perspective": (deep, 1.5),
    }
    weights = {name: cue.sure * weight for name, (cue, weight) in cues.items()}
    total = sum(weights.values())
    near = sum(weights[name] * cue.near for name, (cue, _) in cues.items()) / total
    guided = _guided(np.asarray(near, dtype=np.float32), small.grey, 10, 4e-3)
    before = behind.near > 0.5
    seen = guided[before] if behind.sure > 0.2 and before.any() else guided
    low, high = np.percentile(seen, [4, 97])
    even = np.clip((guided - low) / max(float(high - low), 0.08), 0, 1)
    # What stands before a sky stands before it, however far it is.
    even = (1 - behind.sure * (1 - behind.near)) * (
        0.3 * behind.sure + (1 - 0.3 * behind.sure) * even
    )
    cues["what lies behind"] = (behind, 1.0)
    weights["what lies behind"] = behind.sure
    # Cues that each may be wrong: what is left is the chance that all are.
    doubt = 1.0
    for name, (cue, _) in cues.items():
        if name != "height in the picture":
            doubt *= 1 - 0.6 * cue.sure
    page = flatness(small)
    trust = (1 - doubt) * (1 - page)
    spoke = max(weights, key=lambda name: weights[name])
    return Depth(
        _mesh(np.asarray(even, dtype=np.float32), lines), round(float(trust), 2), spoke, page > 0.5
    )


def _guided(values: Grey, guide: Grey, radius: int, eps: float) -> Grey:
    """`values` drawn to the edges of `guide` (He, Sun and Tang, "Guided image filtering", 2010)."""

    def mean(of: Grey) -> Grey:
        size = (2 * radius + 1, 2 * radius + 1)
        return np.asarray(cv2.blur(of, size), dtype=np.float32)

    m_guide, m_values = mean(guide), mean(values)
    slope = (mean(guide * values) - m_guide * m_values) / (
        mean(guide * guide) - m_guide * m_guide + np.float32(eps)
    )
    offset = m_values - slope * m_guide
    along, rest = (mean(np.asarray(each, dtype=np.float32)) for each in (slope, offset))
    return np.asarray(along * guide + rest, dtype=np.float32)


def _mesh(near: Grey, lines: Lines) -> Grey:
    """`near` on a mesh, by least squares: as it is, smooth, and linear along straight lines.

    A displacement that is linear along a line keeps it straight (the idea of content-preserving
    warps: Liu et al., SIGGRAPH 2009). The more straight lines there are, the stiffer the mesh is:
    towards a plane, which bends nothing at all.
    """
    height, width = near.shape
    cell = max(height, width) / _CELLS
    rows, columns = max(4, round(height / cell) + 1), max(4, round(width / cell) + 1)
    # Near things as wide as they are and a little more: what is stretched is the ground behind.
    reach = max(1, round(0.6 * cell))
    wide = cv2.dilate(near, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    wide = cv2.GaussianBlur(wide, (0, 0), 0.8 * cell)
    wanted = cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64)
    built = min(1.0, lines.length / _BUILT)
    count = rows * columns
    index = np.arange(count).reshape(rows, columns)
    equations: list[tuple[Floats, NDArray[np.intp], float]] = []

    def second(a: NDArray[np.intp], b: NDArray[np.intp], c: NDArray[np.intp], by: float) -> None:
        who = np.stack([a.ravel(), b.ravel(), c.ravel()], axis=1)
        equations.append((np.tile([1.0, -2.0, 1.0], (len(who), 1)), who, by))

    # What is shorter than 2π stiff^¼ cells is smoothed away: 5 of 40 in a meadow, all in a hall.
    stiff = float(0.5 * 10 ** (4 * built))
    second(index[:, :-2], index[:, 1:-1], index[:, 2:], stiff)
    second(index[:-2], index[1:-1], index[2:], stiff)
    matrix = np.eye(count)
    right = wanted.ravel().copy()
    for factors, who, by in equations:
        for f in range(3):
            for g in range(3):
                np.add.at(matrix, (who[:, f], who[:, g]), by * factors[:, f] * factors[:, g])
    for start, end in lines.ends:
        samples = _along(start, end, rows, columns)
        bend = samples[:-2] - 2 * samples[1:-1] + samples[2:]
        matrix += 60.0 * bend.T @ bend
    solved = np.linalg.solve(matrix, right).reshape(rows, columns)
    return np.asarray(np.clip(solved, 0, 1), dtype=np.float32)


def _along(start: tuple[float, float], end: tuple[float, float], rows: int, columns: int) -> Floats:
    """How points along a line are mixed of the mesh's, shape (points, rows × columns)."""
    length = np.hypot((end[0] - start[0]) * columns, (end[1] - start[1]) * rows)
    count = max(4, int(length) + 1)
    share = np.linspace(0, 1, count)
    x = np.clip((start[0] + share * (end[0] - start[0])) * columns - 0.5, 0, columns - 1.001)
    y = np.clip((start[1] + share * (end[1] - start[1])) * rows - 0.5, 0, rows - 1.001)
    i, j = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    p, q = y - i, x - j
    mixed = np.zeros((count, rows * columns))
    who = np.arange(count)
    for di, dj, w in ((0, 0, (1 - p) * (1 - q)), (0, 1, (1 - p) * q), (1, 0, p * (1 - q)),
                      (1, 1, p * q)):  # fmt: skip
        mixed[who, (i + di) * columns + j + dj] += w
    return mixed
