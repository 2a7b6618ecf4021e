"""Photos: read upright and opaque, and judged at a glance."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.models.errors import InvalidInput

Grey = NDArray[np.float32]
"""Shape (height, width), 0 to 1."""

_SMALLEST = 32
"""Pixels of the shorter side; below it a file is an icon."""


@dataclass(frozen=True)
class Glance:
    """What is known of a photo without showing it."""

    width: int
    height: int
    light: float
    """Mean luma, 0 to 1."""
    sharpness: float
    """See `sharpness_of`."""
    focus: tuple[float, float]
    """Where the detail is, across and down, 0 to 1."""


def glance_at(path: Path) -> Glance:
    """Measure a photo.

    Raises:
        InvalidInput: It cannot be decoded, or is smaller than 32 pixels.
    """
    picture = read_photo(path)
    height, width = picture.shape[:2]
    if min(height, width) < _SMALLEST:
        raise InvalidInput(f"is {width}×{height} pixels, too small to show")
    grey = small_grey(picture)
    return Glance(width, height, float(grey.mean()), sharpness_of(grey), focus_of(grey))


def read_photo(path: Path, least: int | None = None) -> Picture:
    """The photo in sRGB, upright as its EXIF says, 8 bits, flattened; shape (h, w, 3).

    A picture with transparent parts is laid on grey that differs from it: dark drawings on
    light, light ones on dark.

    Args:
        path: The file.
        least: Pixels of the shorter side that are enough: a large JPEG is then decoded at a half,
            a quarter or an eighth of its size, in a fraction of the time.

    Raises:
        InvalidInput: It cannot be decoded.
    """
    data = np.fromfile(path, dtype=np.uint8)
    size = jpeg_size(data) if least else None
    enough = next((n for n in (8, 4, 2) if size and least and min(size) >= n * least), 1)
    try:
        picture = cv2.imdecode(data, _REDUCED[enough])  # applies EXIF orientation
        whole = (
            cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if path.suffix.lower() not in _OPAQUE else None
        )
    except cv2.error:
        picture = whole = None
    if picture is None:
        hint = "; export it as JPEG" if path.suffix.lower() in (".heic", ".heif", ".avif") else ""
        raise InvalidInput(f"cannot be decoded here{hint}")
    seen = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
        most = 65535 if whole.dtype == np.uint16 else 255
        cover = np.asarray(whole[..., 3], dtype=np.float32) / np.float32(most)
        if cover.shape == seen.shape[:2] and cover.min() < 1:
            weight = max(float(cover.sum()), 1.0)
            luma = float((seen @ _LUMA * cover).sum()) / weight
            back = np.float32(225 if luma < 110 else 24)
            mixed = seen * cover[..., None] + back * (1 - cover[..., None])
            seen = np.rint(mixed).astype(np.uint8)
    return seen


def jpeg_size(data: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Width and height that a JPEG's frame header states, as stored; None if it is no JPEG."""
    at, end = 2, len(data)
    if end < 4 or bytes(data[:2]) != b"\xff\xd8":
        return None
    while at + 9 < end and data[at] == 0xFF:
        marker, length = int(data[at + 1]), int(data[at + 2]) << 8 | int(data[at + 3])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # ITU-T T.81, table B.1
            high, wide = (int(data[at + i]) << 8 | int(data[at + i + 1]) for i in (5, 7))
            return wide, high
        at += 1 if marker == 0xFF else 2 + length
    return None


_REDUCED = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4,
            8: cv2.IMREAD_REDUCED_COLOR_8}  # fmt: skip
_OPAQUE = frozenset({".jpg", ".jpeg", ".bmp"})
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)  # ITU-R BT.709


def small_grey(picture: Picture, longest: int = 320) -> Grey:
    """Luma of `picture`, its longer side at most `longest` pixels."""
    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    return np.asarray(grey / 255, dtype=np.float32)


def sharpness_of(grey: Grey) -> float:
    """How far fine detail goes with the coarse, whatever is shown: see `SHARP` and `BLURRED`.

    The ratio of the picture's Laplacians at two scales (Gaussians of 0.8 and 3.2 pixels, at 320
    pixels across). A single Laplacian, the usual measure of focus, takes a smooth sky for a blur
    and noise for detail. Measured on a step, a disc, noise of 1/f spectrum and drawn scenery: in
    focus 0.39 to 0.77; blurred by 4 of 1280 pixels 0.25 to 0.38, by 8 0.14 to 0.19, by 16 0.09
    to 0.11.
    """
    if float(grey.std()) < 0.004:  # one step of 255: a plain
        return 0.0
    fine = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.CV_32F)
    coarse = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 3.2), cv2.CV_32F)
    # Sixteen times: the Laplacian of one and the same ramp at a scale four times as large.
    return float(fine.std()) / max(float(coarse.std()), 1e-6) / 16


SHARP = 0.33
"""A `sharpness_of` at which nobody sees a blur in 720 lines."""

BLURRED = 0.1
"""What is left of it when all detail is gone."""


def focus_of(grey: Grey) -> tuple[float, float]:
    """Centre of the detail, across and down, 0 to 1, drawn to the middle where there is little."""
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 2.0), cv2.CV_32F))
    height, width = edges.shape
    even = float(edges.mean()) + 1e-4
    detail = edges + even  # as much again spread evenly: a prior for the middle
    total = float(detail.sum())
    across = float((detail.sum(axis=0) * (np.arange(width) + 0.5)).sum()) / total / width
    down = float((detail.sum(axis=1) * (np.arange(height) + 0.5)).sum()) / total / height
    return (round(across, 3), round(down, 3))
