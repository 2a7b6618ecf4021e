"""How two pictures of one place lie to each other: `Features`, `Kinship`, `kinship`."""

from dataclasses import dataclass
from math import atan2, degrees, hypot, log, sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.photo import Grey
from songreel.models.storyboard import CameraMove

Matrix = NDArray[np.float64]
"""Shape (3, 3): a homography between points counted in widths of their picture, from its centre."""

_MOST = 500
"""Points looked for in a picture. In the photos of `benchmarks/pairs.py` 250, 500 and 1000 told all
kindred pairs from all others; comparing two takes 0.8, 2.4 and 6 ms."""

_RATIO = 0.8
"""A match must be that much nearer than the next best (Lowe 2004)."""

_INLIERS = 14
"""Matches that must agree on one homography. Photos of different places in `benchmarks/pairs.py`:
at most 9; of one place: from 76."""

_NEAR, _FAR = 0.006, 0.04
"""Widths. A match within the one fits the homography; between the two it is the same place seen
with another depth."""

MOVES_FROM = 0.02
"""Mean way of the corners, in widths, below which two pictures give no motion to see."""


@dataclass(frozen=True)
class Features:
    """Points of a picture that are found again in another one of the same place."""

    points: NDArray[np.float32]
    """Shape (n, 2), in widths, from the centre."""
    words: NDArray[np.float32]
    """Shape (n, 128), of length 1."""
    aspect: float
    """Height over width of the picture."""

    @property
    def corners(self) -> NDArray[np.float64]:
        """Of the picture, shape (4, 2)."""
        high = self.aspect / 2
        return np.array([[-0.5, -high], [0.5, -high], [0.5, high], [-0.5, high]])


@dataclass(frozen=True)
class Kinship:
    """Both pictures show one place. The camera goes from the first to the second."""

    matrix: Matrix
    """Takes a point of the first picture to the second."""
    inliers: int
    overlap: float
    """Share of one picture that the other one shows too, of the two the larger, 0 to 1."""
    zoom: float
    """Above 1 the camera comes closer."""
    across: float
    """Widths by which the camera goes to the right."""
    down: float
    """Heights by which it goes down."""
    turn: float
    """Degrees clockwise by which the picture turns."""
    way: float
    """Mean way of the corners, in widths."""
    parallax: float
    """Share of the matches that another depth has moved, 0 to 1."""

    def reversed(self) -> "Kinship":
        """The way back."""
        back = np.linalg.inv(self.matrix)
        return Kinship(
            matrix=back / back[2, 2],
            inliers=self.inliers,
            overlap=self.overlap,
            zoom=1 / self.zoom,
            across=-self.across,
            down=-self.down,
            turn=-self.turn,
            way=self.way,
            parallax=self.parallax,
        )

    @property
    def move(self) -> CameraMove:
        """The camera move that leads from the first picture to the second."""
        # Each in the part of the frame by which it moves a picture's edge.
        closer, turned = abs(log(self.zoom)) / 2, abs(self.turn) / 57.3 / 2
        across, down = abs(self.across), abs(self.down)
        most = max(closer, turned, across, down)
        if self.way < MOVES_FROM or most < 0.01:
            return CameraMove.STATIC
        walks = self.parallax > 0.3
        if most == across:
            pans = (CameraMove.PAN_LEFT, CameraMove.PAN_RIGHT)
            return ((CameraMove.TRACK_LEFT, CameraMove.TRACK_RIGHT) if walks else pans)[
                self.across > 0
            ]
        if most == down:
            tilts = (CameraMove.TILT_UP, CameraMove.TILT_DOWN)
            return ((CameraMove.CRANE_UP, CameraMove.CRANE_DOWN) if walks else tilts)[self.down > 0]
        if most == closer:
            return CameraMove.PUSH_IN if self.zoom > 1 else CameraMove.PULL_OUT
        return CameraMove.ROLL


def features_of(grey: Grey) -> Features:
    """SIFT points of a picture (Lowe 2004), RootSIFT words (Arandjelović and Zisserman 2012).

    Args:
        grey: Best some 640 pixels across.
    """
    height, width = grey.shape
    sift: Any = cv2.SIFT.create(nfeatures=_MOST, contrastThreshold=0.02)
    eight = np.clip(np.rint(grey * 255), 0, 255).astype(np.uint8)
    found, words = sift.detectAndCompute(eight, None)
    if words is None or not len(found):
        empty = np.zeros((0, 2), np.float32)
        return Features(empty, np.zeros((0, 128), np.float32), height / width)
    points = np.array([point.pt for point in found], dtype=np.float32)
    middle = np.array([(width - 1) / 2, (height - 1) / 2], dtype=np.float32)
    share = words / np.maximum(words.sum(axis=1, keepdims=True), 1e-6)
    root = np.asarray(np.sqrt(share), dtype=np.float32)
    return Features((points - middle) / np.float32(width), root, height / width)


def kinship(first: Features, second: Features) -> Kinship | None:
    """How `second` lies to `first`; None if they do not show the same place."""
    pairs = _matches(first.words, second.words)
    if len(pairs) < _INLIERS:
        return None
    start, end = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    # In thousandths of a width: the estimator's own tolerances are made for pixels.
    estimate: Any = cv2.findHomography(
        start * 1000, end * 1000, cv2.USAC_MAGSAC, 1000 * _NEAR, maxIters=1500, confidence=0.999
    )
    if estimate[0] is None:
        return None
    scale = np.diag([1000.0, 1000.0, 1.0])
    matrix: Matrix = np.linalg.inv(scale) @ estimate[0] @ scale
    off = np.hypot(*(moved(matrix, start) - end).T)
    fits, inliers = off < _NEAR, int((off < _NEAR).sum())
    if inliers < _INLIERS or not _possible(matrix, first, start[fits]):
        return None
    matrix /= matrix[2, 2]
    return _described(matrix, first, second, inliers, 1 - inliers / int((off < _FAR).sum()))


def moved(matrix: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """`points`, shape (n, 2), under a homography."""
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:])


def _matches(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.intp]:
    """Indices (n, 2) of words that choose each other and nothing else."""
    if len(first) < 2 or len(second) < 2:
        return np.zeros((0, 2), dtype=np.intp)
    near = first @ second.T
    best = near.argmax(axis=1)
    mutual = near.argmax(axis=0)[best] == np.arange(len(first))
    top = np.partition(near, -2, axis=1)[:, -2:]
    apart = np.sqrt(np.maximum(2 - 2 * top[:, ::-1], 0))  # nearest, next
    good = mutual & (apart[:, 0] < _RATIO * apart[:, 1])
    return np.stack([np.flatnonzero(good), best[good]], axis=1)


def _possible(matrix: Matrix, first: Features, fits: NDArray[np.float32]) -> bool:
    """Whether a camera could have done that, with matches spread over some of the picture."""
    corners = np.concatenate([first.corners, [[0.0, 0.0]]])
    depth = np.concatenate([corners, np.ones((5, 1))], axis=1) @ matrix[2]
    if depth.min() * depth.max() <= 0 or np.abs(depth).max() > 3 * np.abs(depth).min():
        return False
    if np.linalg.det(matrix / depth[4]) <= 0:
        return False
    hull = cv2.contourArea(cv2.convexHull(fits))
    return bool(hull > 0.015 * first.aspect and 0.2 < _scale(matrix) < 5)


def _scale(matrix: Matrix) -> float:
    """By how much things in the middle grow."""
    return sqrt(max(float(np.linalg.det(_slope(matrix))), 1e-9))


def _slope(matrix: Matrix) -> Matrix:
    """The homography as a linear map around the centre, shape (2, 2)."""
    at = matrix[:2, 2] / matrix[2, 2]
    return np.asarray((matrix[:2, :2] - np.outer(at, matrix[2, :2])) / matrix[2, 2])


def _described(
    matrix: Matrix, first: Features, second: Features, inliers: int, parallax: float
) -> Kinship:
    back: Matrix = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    # In thousandths again: OpenCV takes corners that are close in its units for one.
    seen = (1000 * moved(back, second.corners)).astype(np.float32)
    shared, _ = cv2.intersectConvexConvex((1000 * first.corners).astype(np.float32), seen)
    smaller = min(1e6 * first.aspect, float(cv2.contourArea(seen)))
    slope = _slope(matrix)
    centre = moved(back, np.zeros((1, 2)))[0]
    way = moved(matrix, first.corners) - first.corners
    return Kinship(
        matrix=matrix,
        inliers=inliers,
        overlap=float(np.clip(shared / max(smaller, 1e-9), 0, 1)),
        zoom=_scale(matrix),
        across=float(centre[0]),
        down=float(centre[1] / first.aspect),
        turn=degrees(atan2(slope[1, 0] - slope[0, 1], slope[0, 0] + slope[1, 1])),
        way=float(np.mean([hypot(*step) for step in way])),
        parallax=float(np.clip(parallax, 0, 1)),
    )
