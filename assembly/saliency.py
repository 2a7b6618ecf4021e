"""Where a picture draws the eye, without any trained weights: `Eye`.

Three measures of a single picture, in OKLab: rarity of colour over the whole picture (Achanta et
al., CVPR 2009), contrast of a place with its surround (Itti, Koch and Niebur, PAMI 1998), and the
spectral residual of lightness (Hou and Zhang, CVPR 2007). Beside them what moves against the
camera: optical flow less the affine motion that most of the picture shares. Words on a picture and
a bright window on a horizon come out by contrast; faces are not looked for, since nothing that
finds them without trained weights does so surely.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.models.colour import oklab

Map = NDArray[np.float32]
Rgb = NDArray[np.uint8]

SHORT_SIDE = 90
"""Pixels to which pictures are brought first; finer detail draws nobody's eye."""

_LIGHT = np.where((c := np.arange(256) / 255) <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
"""Linear light of an sRGB code value (IEC 61966-2-1)."""

_LEAST_MOTION = 0.25
"""Pixels between two pictures under which the flow of a textured still picture wavers."""

_MOST_TRUST_IN_MOTION = 0.9

_LONGER = 4
"""Looks: somebody who strolls moves by less than a pixel from one look to the next."""

_SURE = 0.6
"""Motion believed so far need not be looked for over another time."""


@dataclass(frozen=True)
class Sight:
    """What draws the eye in one picture. `weight` has the picture's small shape and sums to 1."""

    weight: Map
    trust: float
    """0: everywhere alike, 1: one place."""
    moving: float
    """Share of `weight` that stems from motion."""


class Eye:
    """Looks at the pictures of one clip in order."""

    def __init__(self) -> None:
        self._before: deque[Rgb] = deque(maxlen=_LONGER)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def look(self, rgb: Rgb, before: Rgb | None = None) -> Sight:
        """What draws the eye in `rgb`, shape (height, width, 3), small already.

        Motion is looked for since the frame just `before`, which shows what runs, since the last
        look, and over a few looks, which shows what strolls.
        """
        still = _sharpened(static(rgb))
        grey = _grey(rgb)
        just = None if before is None else _grey(before)
        moves, share = np.zeros_like(still), 0.0
        for earlier in (just, *([self._before[-1], self._before[0]] if self._before else [])):
            if earlier is None or earlier.shape != grey.shape or share >= _SURE:
                continue
            flow = self._flow.calc(earlier, grey, None)  # type: ignore[call-overload]
            seen, sure = motion(np.asarray(flow, np.float32))
            if sure > share:
                moves, share = seen, sure
        self._before.append(grey)
        weight = (1 - share) * still + share * moves
        weight = np.asarray(weight / max(float(weight.sum()), 1e-9), np.float32)
        return Sight(weight, concentration(weight), share)


def static(rgb: Rgb) -> Map:
    """What stands out in one picture: shape (height, width), mean 1."""
    height = rgb.shape[0]
    lab = np.asarray(oklab(_LIGHT[rgb]), np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), max(0.8, height / 60))
    mean = lab.reshape(-1, 3).mean(axis=0)
    rare = np.linalg.norm(soft - mean, axis=2)
    contrast = np.zeros(rgb.shape[:2], np.float32)
    for size in (height / 24, height / 10):
        centre = cv2.GaussianBlur(lab, (0, 0), size)
        around = cv2.GaussianBlur(lab, (0, 0), 3 * size)
        contrast += np.linalg.norm(centre - around, axis=2)
    total = _even(rare) + _even(contrast) + _even(_spectral_residual(lab[..., 0]))
    return np.asarray(cv2.GaussianBlur(total, (0, 0), height / 30) / 3, np.float32)


def _spectral_residual(lightness: Map) -> Map:
    size = (64, 64)
    small = cv2.resize(lightness, size, interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small)
    log = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    residual = log - cv2.blur(log, (3, 3))
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    found = cv2.GaussianBlur(np.square(np.abs(back)).astype(np.float32), (0, 0), 2.5)
    # The transform wraps round: the picture's edges are none of its own.
    found[:3], found[-3:], found[:, :3], found[:, -3:] = (float(np.median(found)),) * 4
    height, width = lightness.shape
    return np.asarray(cv2.resize(found, (width, height)), np.float32)


def motion(flow: NDArray[np.float32]) -> tuple[Map, float]:
    """What moves against the camera, summing to 1, and how far it can be believed.

    Args:
        flow: Pixels across and down between two pictures, shape (height, width, 2).
    """
    height, width = flow.shape[:2]
    away = np.linalg.norm(flow - camera(flow), axis=2)
    floor = float(np.median(away))
    beyond = np.maximum(away - 2.5 * floor - _LEAST_MOTION, 0).astype(np.float32)
    beyond = np.minimum(beyond, np.float32(4.0))  # a wild vector is no stronger subject
    moves = np.asarray(cv2.GaussianBlur(beyond, (0, 0), height / 36), np.float32)
    total = float(moves.sum())
    if total <= 1e-6:
        return np.zeros((height, width), np.float32), 0.0
    moves /= total
    strength = min(1.0, float(np.percentile(beyond, 99.5)) / 0.75)
    return moves, _MOST_TRUST_IN_MOTION * strength * concentration(moves)


def camera(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """The affine motion that most of the picture shares; the shape of `flow`.

    Fitted again and again to the half of the points that it explains best (least trimmed squares,
    Rousseeuw 1984), so that a subject of up to half the picture does not bend it.
    """
    height, width = flow.shape[:2]
    step = 4
    down, across = np.mgrid[0:height:step, 0:width:step]
    ones = np.ones(down.size)
    design = np.stack([ones, across.ravel() / width, down.ravel() / height], axis=1)
    seen = flow[::step, ::step].reshape(-1, 2).astype(np.float64)
    kept = np.ones(len(seen), bool)
    fitted = np.zeros((3, 2))
    fitted[0] = np.median(seen, axis=0)
    for _ in range(6):
        error = np.linalg.norm(seen - design @ fitted, axis=1)
        kept = error <= np.median(error)
        fitted = np.linalg.lstsq(design[kept], seen[kept], rcond=None)[0]
    x, y = np.arange(width) / width, (np.arange(height) / height)[:, None]
    shared = fitted[0] + x[None, :, None] * fitted[1] + y[..., None] * fitted[2]
    return np.asarray(shared, np.float32)


def concentration(weight: Map) -> float:
    """0 for weight spread evenly, 1 for weight in one place.

    The share of the weight that lies in the weightiest tenth of the picture, less a tenth.
    """
    flat = np.sort(weight, axis=None)[::-1]
    total = float(flat.sum())
    if total <= 0:
        return 0.0
    top = float(flat[: max(1, flat.size // 10)].sum()) / total
    return min(max((top - 0.1) / 0.9, 0.0), 1.0)


def _grey(rgb: Rgb) -> Rgb:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _even(values: Map) -> Map:
    """`values` with a mean of 1: none of the measures outweighs the others by its unit."""
    return np.asarray(values / max(float(values.mean()), 1e-6), np.float32)


def _sharpened(values: Map) -> Map:
    """Only what stands out of its picture counts; sums to 1."""
    beyond = np.maximum(values - float(np.median(values)), 0) ** 2
    return np.asarray(beyond / max(float(beyond.sum()), 1e-9), np.float32)
