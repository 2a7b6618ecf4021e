"""What one photo alone tells of depth: each cue a map of how near things are, and how sure it is.

None of them is more than a habit of pictures, so each says how much it has to go by and `depth`
weighs them. Maps are of the shape of `Small.grey`, 0 far to 1 near.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.lines import Lines
from songreel.generation.footage.photo import Grey

LONGEST = 192
"""Pixels of the longer side at which cues are looked for: leaves and grain go, people stay."""

_TURNED = np.array([-1, 1, 1], dtype=np.float32)
_UPSIDE = np.array([100, 0, 0], dtype=np.float32)
"""With it: light for dark."""

_FINE = 640
"""Pixels of the longer side at which focus is measured."""


class Cue(NamedTuple):
    """One guess."""

    near: Grey
    sure: float
    """0 nothing to go by, to 1."""


@dataclass(frozen=True)
class Small:
    """A photo at the size in which it is looked at."""

    grey: Grey
    """Luma, shape (height, width), 0 to 1."""
    lab: NDArray[np.float32]
    """CIE L*a*b*, shape (height, width, 3): 0 to 100, the rest about ±100."""
    fine: Grey
    """Luma at up to 640 pixels."""

    @classmethod
    def of(cls, photo: Picture) -> "Small":
        """Make it."""
        small = _sized(photo, LONGEST).astype(np.float32) / np.float32(255)
        fine = cv2.cvtColor(_sized(photo, _FINE), cv2.COLOR_RGB2GRAY)
        return cls(
            np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32),
            np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), dtype=np.float32),
            np.asarray(fine, dtype=np.float32) / np.float32(255),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the maps."""
        return self.grey.shape[0], self.grey.shape[1]


def backdrop(small: Small) -> Cue:
    """What is smooth and reaches the upper edge lies behind everything: a sky, a wall, a haze.

    It is grown from the upper edge over pixels that differ little from their neighbours. Sure
    where it covers some of the picture, ends somewhere, and has less detail than the rest.
    """
    height = small.shape[0]
    soft = np.asarray(cv2.GaussianBlur(small.lab, (0, 0), 1.2), dtype=np.float32)
    rough = _soft(_gradient(soft), 1.0)
    plain = (rough < 3.2).astype(np.uint8)
    _, marks = cv2.connectedComponents(plain, connectivity=4)
    top = np.unique(marks[: max(2, height // 40)])
    reached = np.isin(marks, top[top > 0]).astype(np.uint8)
    behind = np.asarray(cv2.morphologyEx(reached, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    share = float(behind.mean())
    across = float(behind[: max(2, height // 20)].mean())
    edge = [float(side.mean()) for side in (behind[-2:], behind[:, :2], behind[:, -2:])]
    far = _soft(behind.astype(np.float32), 1.5)
    if share < 0.04 or share > 0.9 or not (~behind.astype(bool)).any():
        return Cue(1 - far, 0.0)
    inside = behind.astype(bool)
    detail = float(rough[~inside].mean()) / max(float(rough[inside].mean()), 0.3)
    sure = _step(0.04, 0.18, share) * _step(0.25, 0.7, across) * _step(1.5, 4.0, detail)
    # Paper, a white ground: it runs all round what is on it, and lies in no depth.
    sure *= 1 - _step(0.35, 0.8, edge[0])
    return Cue(np.asarray(1 - far, dtype=np.float32), sure)


def ground(small: Small, behind: Cue) -> Cue:
    """What stands lower in the picture is nearer, from the foot of the backdrop on.

    The oldest cue of all (Saxena, Sun and Ng, "Make3D", 2009, found height in the picture the
    strongest of theirs); without a horizon it is a mere habit.
    """
    height, width = small.shape
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    open_rows = (behind.near < 0.5).mean(axis=1)
    found = np.flatnonzero(open_rows > 0.5)
    horizon = float((found.max() + 1) / height) if found.size and behind.sure > 0.2 else 0.3
    horizon = min(max(horizon, 0.15), 0.75)
    down = np.clip((rows - horizon) / (1 - horizon), 0, 1)
    near = np.repeat(0.18 + 0.82 * down**0.8, width, axis=1) * np.float32(1)
    return Cue(np.asarray(near, dtype=np.float32), 0.25 + 0.35 * behind.sure)


def focus(small: Small) -> Cue:
    """What is sharp is near where much else is blurred: a portrait, a flower.

    The blur of each edge from the ratio of its gradients at two scales (Zhuo and Sim, "Defocus
    map estimation from a single image", 2011), spread to where there are no edges. Sure where
    sharp and blurred edges are both common and the sharp ones lie together.
    """
    one, two = (_gradient(_soft(small.fine, sigma)) for sigma in (0.9, 2.4))
    size = (small.shape[1], small.shape[0])
    # Measured on a step: 2.4 / 0.9 where it is sharp, towards 1 the more it is blurred.
    ratio = np.clip(one / (two + 1e-4), 0.9, 2.8)
    weight = (two > max(0.012, float(np.percentile(two, 55)))).astype(np.float32) * np.sqrt(two)
    heavy, value = (
        np.asarray(cv2.resize(of, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
        for of in (weight, weight * ratio)
    )
    sharp = _spread(value, heavy, small.shape)
    mass = np.asarray(heavy / max(float(heavy.sum()), 1e-6), dtype=np.float32)
    low, high = (_quantile(sharp, mass, q) for q in (0.15, 0.85))
    near = np.clip((sharp - low) / max(high - low, 0.1), 0, 1)
    # Blurred ground at the very bottom lies before what is in focus, not behind it.
    return Cue(np.asarray(near, dtype=np.float32), _step(0.35, 0.8, high - low) * _lumped(near))


def haze(small: Small) -> Cue:
    """Air lightens the dark and takes the colour of what is far (He, Sun and Tang, 2009).

    Sure where that goes with height in the picture: a pale wall is no distance.
    """
    light, chroma = small.lab[..., 0] / 100, np.hypot(small.lab[..., 1], small.lab[..., 2]) / 60
    dark = cv2.erode(light - 0.5 * np.clip(chroma, 0, 1), np.ones((9, 9), np.uint8))
    soft = _soft(np.asarray(dark, dtype=np.float32), 3.0)
    low, high = np.percentile(soft, [8, 92])
    near = 1 - np.clip((soft - low) / max(float(high - low), 0.08), 0, 1)
    rows = np.repeat(np.linspace(-1, 1, small.shape[0])[:, None], small.shape[1], axis=1)
    along = _alike(near, rows)
    sure = _step(0.25, 0.7, along) * _step(0.1, 0.35, float(high - low))
    return Cue(np.asarray(near, dtype=np.float32), 0.6 * sure)


def subject(small: Small, looked_at: tuple[float, float]) -> Cue:
    """What has colours of its own, which the picture's upper and outer edges have not.

    The ratio of two histograms in L*a*b*: of the middle, and of the edges (Wei et al., "Geodesic
    saliency using background priors", 2012, for what edges tell). Sure where it lies together.
    """
    height, width = small.shape
    edges, middle = np.zeros((2, height, width), np.float32)
    band = max(2, round(0.1 * width))
    edges[: max(2, round(0.1 * height))] = 1
    edges[: round(0.7 * height), :band] = 1
    edges[: round(0.7 * height), -band:] = 1
    across, down = looked_at
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    off = ((x / width - across) / 0.24) ** 2 + ((y / height - max(down, 0.5)) / 0.34) ** 2
    middle = np.exp(-off / 2).astype(np.float32)
    bins = np.stack(
        [
            np.clip(small.lab[..., 0] / 100 * 9.99, 0, 9),
            np.clip((small.lab[..., 1] + 64) / 128 * 11.99, 0, 11),
            np.clip((small.lab[..., 2] + 64) / 128 * 11.99, 0, 11),
        ],
        axis=-1,
    ).astype(np.intp)
    index = (bins[..., 0] * 12 + bins[..., 1]) * 12 + bins[..., 2]
    of_edges, of_middle = (_histogram(index, each) for each in (edges, middle))
    apart = 1 - float(np.sqrt(of_middle * of_edges).sum())
    own = (of_middle / (of_middle + of_edges + 1e-5))[index].astype(np.float32)
    # A light in the middle of a picture is a lamp or the sun, not the nearest thing.
    glare = np.clip((small.lab[..., 0] - 88) / 8, 0, 1)
    own = _soft(np.asarray(own * (0.35 + 0.65 * middle) * (1 - glare), dtype=np.float32), 2.0)
    low, high = np.percentile(own, [20, 95])
    near = np.clip((own - low) / max(float(high - low), 0.05), 0, 1).astype(np.float32)
    share = float((near > 0.5).mean())
    lies = _lumped(near) * _step(0.03, 0.08, share) * (1 - _step(0.5, 0.7, share))
    return Cue(near, 0.9 * lies * _step(0.05, 0.2, apart))


def perspective(small: Small, lines: Lines) -> Cue:
    """Lines that run to a point in the picture go into its depth: a street, a corridor, a bridge.

    The point through which most of the length of lines goes, of all the crossings of two; near is
    what lies far from it. Sure where it takes much of what is not upright or level.
    """
    height, width = small.shape
    ends = np.array(lines.ends, dtype=np.float64).reshape(-1, 2, 2) * (width, height)
    nothing = Cue(np.full(small.shape, 0.5, np.float32), 0.0)
    way = ends[:, 1] - ends[:, 0]
    length = np.hypot(way[:, 0], way[:, 1])
    slant = np.degrees(np.arctan2(np.abs(way[:, 1]), np.abs(way[:, 0])))
    leaning = (slant > 6) & (slant < 84)
    ends, way, length = ends[leaning][:40], way[leaning][:40], length[leaning][:40]
    if len(ends) < 4:
        return nothing
    normal = np.stack([-way[:, 1], way[:, 0]], axis=1) / length[:, None]
    offset = (normal * ends.mean(axis=1)).sum(axis=1)
    best, where = 0.0, np.zeros(2)
    for i in range(len(ends)):
        for j in range(i):
            turn = normal[i, 0] * normal[j, 1] - normal[i, 1] * normal[j, 0]
            if abs(turn) < 0.3:  # 17 degrees
                continue
            point = np.linalg.solve(normal[[i, j]], offset[[i, j]])
            inside = np.abs(point / (width, height) - 0.5).max() < 0.45
            if not inside:
                continue
            off = np.abs(normal @ point - offset)
            far = np.hypot(*(ends.mean(axis=1) - point).T)
            through = (off < 0.045 * (far + 0.1 * width)) & (far > 0.6 * length)
            votes = float(length[through].sum())
            if votes > best:
                best, where = votes, point
    if best == 0:
        return nothing
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.maximum(where, np.array([width, height]) - where)
    out = np.maximum(np.abs(x - where[0]) / reach[0], np.abs(y - where[1]) / reach[1])
    sure = _step(0.4, 0.75, best / float(length.sum())) * _step(0.8, 2.0, best / width)
    return Cue(np.asarray(out, dtype=np.float32), sure)


def flatness(small: Small) -> float:
    """How surely the picture is a page, a drawing on a ground, a screenshot: 0 to 1.

    One ground runs round it and fills much of it, and what is on it are strokes. A photo's plain
    sky ends somewhere.
    """
    return max(_page(small.lab), _page(small.lab * _TURNED + _UPSIDE))


def _page(lab: NDArray[np.float32]) -> float:
    """Of dark strokes on a light ground, which may be lit unevenly."""
    light = np.asarray(lab[..., 0], dtype=np.float32)
    side = max(5, round(0.08 * max(light.shape)) | 1)
    lit = cv2.dilate(light, np.ones((side, side), np.uint8))
    lit = _soft(np.asarray(lit, dtype=np.float32), side / 2)
    rim = np.concatenate(
        [lab[:2].reshape(-1, 3), lab[-2:].reshape(-1, 3), lab[:, :2].reshape(-1, 3),
         lab[:, -2:].reshape(-1, 3)]
    )  # fmt: skip
    colour = np.median(rim[:, 1:], axis=0)
    alike = (lit - light < 12) & (np.linalg.norm(lab[..., 1:] - colour, axis=-1) < 9)
    even = _step(30, 18, float(np.ptp(np.percentile(lit, [5, 95]))))
    sides = [alike[:2], alike[-2:], alike[:, :2], alike[:, -2:]]
    round_it = min(float(each.mean()) for each in sides)
    return even * _step(0.4, 0.7, round_it) * _step(0.3, 0.5, float(alike.mean()))


def _sized(photo: Picture, longest: int) -> Picture:
    height, width = photo.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _gradient(values: NDArray[np.float32]) -> Grey:
    """Largest change from pixel to pixel, over all channels."""
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1, ksize=3) / 8
    size = np.sqrt(across * across + down * down)
    return np.asarray(size if size.ndim == 2 else size.max(axis=-1), dtype=np.float32)


def _spread(value: Grey, weight: Grey, shape: tuple[int, int]) -> Grey:
    """`value` per `weight`, filled in from further and further around where there is little."""
    total, sigma = np.zeros(shape, np.float32), 2.0
    mass = np.full(shape, 1e-6, np.float32)
    for share in (1.0, 0.1, 0.01, 0.001):
        total += share * _soft(value, sigma)
        mass += share * _soft(weight, sigma)
        sigma *= 2.2
    return np.asarray(total / mass, dtype=np.float32)


def _soft(values: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), dtype=np.float32)


def _quantile(values: Grey, weight: Grey, q: float) -> float:
    order = np.argsort(values, axis=None)
    total = np.cumsum(weight.ravel()[order])
    return float(values.ravel()[order[int(np.searchsorted(total, q * total[-1]))]])


def _lumped(near: Grey) -> float:
    """How much of what is near lies together, 0 to 1: shreds all over the picture are no thing."""
    inside = near > 0.5
    if not inside.any() or inside.all():
        return 0.0
    coarse = _soft(inside.astype(np.float32), 0.04 * max(near.shape))
    return _step(0.45, 0.75, float(coarse[inside].mean()))


def _histogram(index: NDArray[np.intp], weight: Grey) -> NDArray[np.float64]:
    counts = np.bincount(index.ravel(), weight.ravel(), minlength=10 * 12 * 12)
    cube = counts.reshape(10, 12, 12)
    # Neighbouring bins speak for each other.
    for axis in range(3):
        padded = np.pad(cube, [(1, 1) if i == axis else (0, 0) for i in range(3)])
        parts = [np.take(padded, range(k, k + cube.shape[axis]), axis=axis) for k in range(3)]
        cube = 0.25 * parts[0] + 0.5 * parts[1] + 0.25 * parts[2]
    found: NDArray[np.float64] = (cube / max(cube.sum(), 1e-9)).ravel()
    return found


def _alike(one: NDArray[np.float64] | Grey, other: NDArray[np.float64]) -> float:
    """Correlation."""
    if float(one.std()) < 1e-6 or float(other.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _step(low: float, high: float, value: float) -> float:
    u = min(max((value - low) / (high - low), 0.0), 1.0)
    return u * u * (3 - 2 * u)
