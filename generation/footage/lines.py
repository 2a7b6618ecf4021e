"""Straight lines of a photo, which must stay straight: `straight_lines`."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from songreel.generation.encode import Picture

_LOOKED_AT = 480
"""Pixels of the longer side."""

_SHORTEST = 0.09
"""Of the longer side: shorter ones are grass, hair, and bends that nobody sees."""

_MOST = 90
"""The longest count; more of them say the same."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Lines:
    """Straight lines, each from a point to another, across and down, 0 to 1 of the photo."""

    ends: tuple[tuple[Point, Point], ...]

    @property
    def length(self) -> float:
        """Of all together, in widths or heights."""
        return sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in self.ends)


def straight_lines(photo: Picture) -> Lines:
    """The long straight edges of `photo` (LSD: Grompone von Gioi et al., IPOL 2012)."""
    height, width = photo.shape[:2]
    scale = min(1.0, _LOOKED_AT / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    detector: Any = cv2.createLineSegmentDetector()
    found = detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))[0]
    if found is None:
        return Lines(())
    segments = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    order = np.argsort(-length, kind="stable")[:_MOST]
    long = [i for i in order if length[i] >= _SHORTEST * max(size)]
    by = np.array([size[0], size[1], size[0], size[1]], dtype=np.float64)
    shares = (segments[long] + 0.5) / by if long else np.zeros((0, 4))
    return Lines(tuple(((float(a), float(b)), (float(c), float(d))) for a, b, c, d in shares))
