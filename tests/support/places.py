"""Places that never were, photographed from where one likes: the truth about pairs is known."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_SIDE = 1600
"""Pixels of a layer's width; a view of zoom 1 shows 1/1.6 of it."""


@dataclass(frozen=True)
class View:
    """Where the camera is. Units are widths of the picture at zoom 1."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    turn: float = 0.0
    """Degrees clockwise by which the picture turns."""
    light: float = 1.0
    """Factor on all tones."""


class Place:
    """A landscape in two depths; `seed` decides what stands there, `hue` (degrees) its colours."""

    def __init__(self, seed: int, hue: float, lightness: float = 1.0) -> None:
        rng = np.random.default_rng([seed, 77])
        high = _SIDE * 3 // 4
        self._far = _ground(rng, hue, high, lightness)
        _leaves(self._far, rng, hue, lightness, 900, (4, 120), below=0.35)
        near = np.zeros((high, _SIDE, 4), np.float32)
        _leaves(near, rng, hue + 25, lightness, 14, (40, 130), below=0.55)
        self._near = near

    def photo(self, view: View, width: int = 640, height: int = 480) -> Picture:
        """The place seen from `view`, shape (height, width, 3), sRGB."""
        far = self._seen(self._far, view, width, height, 1.0)
        near = self._seen(self._near, view, width, height, 1.25)
        cover = near[..., 3:]
        picture = far[..., :3] * (1 - cover) + near[..., :3]
        return np.clip(np.rint(picture * view.light * 255), 0, 255).astype(np.uint8)

    def _seen(self, layer, view: View, width: int, height: int, depth: float):
        # A view of zoom 1 is 1/1.6 of the layer wide; what is near passes faster.
        step = _SIDE / 1.6 / width / view.zoom
        angle = np.radians(-view.turn)
        across, down = step * np.cos(angle), step * np.sin(angle)
        x = _SIDE / 2 + depth * view.x * _SIDE / 1.6
        y = layer.shape[0] / 2 + depth * view.y * _SIDE / 1.6
        matrix = np.array(
            [[across, -down, x - across * width / 2 + down * height / 2],
             [down, across, y - down * width / 2 - across * height / 2]]
        )  # fmt: skip
        flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_AREA if step > 2 else cv2.INTER_LINEAR)
        return cv2.warpAffine(layer, matrix, (width, height), flags=flags,
                              borderMode=cv2.BORDER_REFLECT)  # fmt: skip


def _ground(rng, hue: float, high: int, lightness: float):
    """A sky over land, with the grain of 1/f noise."""
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    sky = _colour(hue + 180, 0.35, 0.85 * lightness)
    land = _colour(hue, 0.5, 0.45 * lightness)
    mix = 1 / (1 + np.exp(-(y - 0.42) * 40))
    ground = sky[None, None] * (1 - mix[..., None]) + land[None, None] * mix[..., None]
    grain = np.zeros((high, _SIDE), np.float32)
    for octave in range(7):
        cells = (3 * 2**octave, 4 * 2**octave)
        noise = rng.normal(0, 1, cells).astype(np.float32)
        grain += cv2.resize(noise, (_SIDE, high), interpolation=cv2.INTER_CUBIC) / 1.6**octave
    out = np.ones((high, _SIDE, 4), np.float32)
    out[..., :3] = np.clip(ground * (1 + 0.12 * grain[..., None]), 0, 1)
    return out


def _leaves(layer, rng, hue, lightness, count, radii, below) -> None:
    """Shapes that hide each other, many small and few large, as in real scenes (dead leaves)."""
    high, wide = layer.shape[:2]
    small, large = radii
    for _ in range(count):
        u = rng.uniform()
        radius = (small**-2 + u * (large**-2 - small**-2)) ** -0.5
        at = np.array([rng.uniform(0, wide), rng.uniform(below, 1.02) * high])
        colour = _colour(hue + rng.normal(0, 30), rng.uniform(0.2, 0.8),
                         lightness * rng.uniform(0.15, 0.95))  # fmt: skip
        corners = rng.integers(3, 8)
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = radius * rng.uniform(0.6, 1.3, corners)
        shape = at + np.stack([np.cos(angles), np.sin(angles)], 1) * reach[:, None]
        cv2.fillPoly(layer, [np.rint(shape * 16).astype(np.int32)],
                     (*map(float, colour), 1.0), cv2.LINE_AA, 4)  # fmt: skip


def _colour(hue: float, saturation: float, value: float):
    pixel = np.array([[[hue % 360, saturation, min(value, 1.0)]]], np.float32)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]


def save(path: Path, picture: Picture, quality: int = 92) -> Path:
    """Write an RGB picture as its name says."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else []
    assert cv2.imwrite(str(path), bgr, options)
    return path
