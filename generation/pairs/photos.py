"""The photos of a folder, measured: `Candidate`, `gather`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.fit import MOST_ENLARGED, interest
from songreel.generation.footage.kinship import Features, features_of
from songreel.generation.footage.photo import (
    BLURRED,
    SHARP,
    Grey,
    focus_of,
    jpeg_size,
    read_photo,
    sharpness_of,
    small_grey,
)
from songreel.generation.footage.source import PHOTOS, VIDEOS
from songreel.generation.pairs.plan import LeftOut, Photo
from songreel.models.colour import oklab
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of

_ENOUGH = 480
"""Pixels of the shorter side that are decoded: what all measures here need."""

_FEATURES_AT = 640
_THUMB = (24, 16)

_UNSHARP = 0.2
"""`sharpness_of` below which a photo counts as blurred: by some 8 of 1280 pixels."""

_LONGEST = 2.7
"""Width over height (or the other way) of the longest photo that a frame can show."""

_SCREENS = ("screenshot", "screen shot", "screen_shot", "bildschirmfoto", "capture d", "captura")

_FLAT = 0.75
"""Share of pixels that equal their neighbours in a screenshot: nearly all of a page of text. Five
photographs, decoded from JPEG: at most 0.09."""


@dataclass(frozen=True)
class Candidate:
    """A photo that can be used."""

    photo: Photo
    thumb: NDArray[np.float32]
    """OKLab, shape (16, 24, 3)."""
    hashed: NDArray[np.bool_]
    """Shape (64,): whether the picture gets lighter to the right, cell by cell."""
    features: Features
    detail: float
    """See `sharpness_of`: it tells two sharp photos of a burst apart."""

    @property
    def name(self) -> str:
        """The file, for people."""
        return self.photo.file

    @property
    def quality(self) -> float:
        """Sharpness and exposure, 0 to 1."""
        return 0.6 * self.photo.sharpness + 0.4 * self.photo.exposure


def gather(
    folder: Path, frame: tuple[int, int], workers: int, told: Callable[[float], None]
) -> tuple[list[Candidate], list[LeftOut]]:
    """Look at every file of `folder` and the folders in it, hidden ones left aside.

    Args:
        folder: Of photos.
        frame: Width and height of the film's frame.
        workers: Threads.
        told: Called with the share of files that is done.

    Returns:
        The usable photos in the order of their names, and every other file with the reason.

    Raises:
        InvalidInput: There is no such folder, or it is empty.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InvalidInput(f"the folder of photos {folder} {what}")
    try:
        paths = sorted(
            path
            for path in folder.rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
            and path.is_file()
        )
    except OSError as error:
        reason = error.strerror or error
        raise InvalidInput(f"cannot read the folder of photos {folder}: {reason}") from error
    if not paths:
        raise InvalidInput(f"the folder of photos {folder} is empty; put photos into it")
    found: list[Candidate] = []
    left_out: list[LeftOut] = []
    seen: dict[str, str] = {}
    with ThreadPoolExecutor(workers) as pool:
        looks = pool.map(lambda path: _look(path, folder, frame), paths)
        for index, (path, look) in enumerate(zip(paths, looks, strict=True)):
            name = path.relative_to(folder).as_posix()
            told((index + 1) / len(paths))
            if isinstance(look, str):
                left_out.append(LeftOut(file=name, reason=look))
            elif (twin := seen.get(look.photo.sha256)) is not None:
                left_out.append(LeftOut(file=name, reason=f"is the same file as {twin}"))
            else:
                seen[look.photo.sha256] = name
                found.append(look)
    return found, left_out


def _look(path: Path, folder: Path, frame: tuple[int, int]) -> Candidate | str:
    """The photo, or why it is left out."""
    try:
        unfit = _unfit(path)
        return unfit or _measured(path, path.relative_to(folder).as_posix(), frame)
    except InvalidInput as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def _unfit(path: Path) -> str:
    """Why a file is no photo, told without decoding it; empty if it may be one."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return "is empty"
    if suffix in (".svg", ".svgz") or (head.lstrip()[:1] == b"<" and b"<svg" in head):
        return "is a drawing (SVG); export it as PNG or JPEG to use it"
    if suffix in VIDEOS:
        return "is a video; give it as footage instead"
    if suffix not in PHOTOS | {".gif"}:
        return "is no photo"
    if _is_animated(path, suffix, head):
        return "is animated; give it as footage instead"
    if any(word in path.name.lower() for word in _SCREENS):
        return "is a screenshot, by its name"
    return ""


def _is_animated(path: Path, suffix: str, head: bytes) -> bool:
    if suffix == ".gif":
        return path.read_bytes().count(b"\x21\xf9\x04") > 1  # graphic control extensions
    if suffix == ".webp":
        return head[12:16] == b"VP8X" and bool(head[20] & 0x02)
    return suffix == ".png" and b"acTL" in head.split(b"IDAT")[0]


def _measured(path: Path, name: str, frame: tuple[int, int]) -> Candidate | str:
    picture = read_photo(path, least=_ENOUGH)
    width, height = _full_size(path, picture)
    unfit = _unshowable(path, picture, (width, height), frame)
    if unfit:
        return unfit
    grey = small_grey(picture)
    light, sharpness = float(grey.mean()), sharpness_of(grey)
    if light < 0.1 and float(np.percentile(grey, 98)) < 0.4:
        return f"is too dark: {100 * light:.0f} % of full light on average"
    if light > 0.93 and float(np.percentile(grey, 5)) > 0.85:
        return "is white all over"
    if sharpness < _UNSHARP:
        return f"is blurred: sharpness {sharpness:.2f}, {SHARP:.2f} is sharp"
    thumb = _oklab_thumb(picture)
    photo = Photo(
        file=name,
        sha256=sha256_of(path),
        width=width,
        height=height,
        sharpness=_unit((sharpness - BLURRED) / (SHARP - BLURRED)),
        exposure=_exposure(grey),
        composition=_composition(grey, frame),
    )
    bits = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    hashed = (np.diff(bits, axis=1) > 0).ravel()
    features = features_of(small_grey(picture, _FEATURES_AT))
    return Candidate(photo, thumb, hashed, features, sharpness)


def _full_size(path: Path, picture: Picture) -> tuple[int, int]:
    """Of the upright photo, of which `picture` may be a reduced copy."""
    height, width = picture.shape[:2]
    stored = jpeg_size(np.fromfile(path, dtype=np.uint8, count=2**20))
    if stored is None:
        return width, height
    upright = (stored[0] < stored[1]) == (width < height)
    return stored if upright else (stored[1], stored[0])


def _unshowable(path: Path, picture: Picture, size: tuple[int, int], frame: tuple[int, int]) -> str:
    width, height = size
    enlarged = max(frame[0] / width, frame[1] / height)
    if enlarged > MOST_ENLARGED:
        return f"is {width}×{height} pixels, too small for {frame[0]}×{frame[1]}"
    long = max(width / height, height / width)
    if long > _LONGEST:
        return f"is a panorama ({long:.1f}:1); cut out the part that should be seen"
    if path.suffix.lower() in (".png", ".webp", ".bmp", ".gif"):
        same = (picture[1:, 1:] == picture[1:, :-1]).all(axis=2) & (
            picture[1:, 1:] == picture[:-1, 1:]
        ).all(axis=2)
        if float(same.mean()) > _FLAT:
            share = 100 * float(same.mean())
            return f"looks like a screenshot or a drawing: {share:.0f} % of it is flat colour"
    return ""


def _oklab_thumb(picture: Picture) -> NDArray[np.float32]:
    small = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    linear = np.where(small <= 0.04045, small / 12.92, ((small + 0.055) / 1.055) ** 2.4)
    return oklab(linear).astype(np.float32)


def _exposure(grey: Grey) -> float:
    """What is lost in black and white, and how far the middle is from the middle."""
    lost = float((grey < 0.02).mean() + (grey > 0.985).mean())
    spread = float(np.percentile(grey, 95) - np.percentile(grey, 5))
    middle = abs(float(np.median(grey)) - 0.45)
    return _unit(1 - 2.5 * max(lost - 0.02, 0) - 1.2 * max(middle - 0.2, 0)) * _unit(
        0.3 + spread / 0.6
    )


def _composition(grey: Grey, frame: tuple[int, int]) -> float:
    """Share of the detail that the crop to the frame keeps, and how it lies in the thirds."""
    height, width = grey.shape
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 2.0), cv2.CV_32F))
    across, down = interest(focus_of(grey))
    wide, high = min(width, height * frame[0] / frame[1]), min(height, width * frame[1] / frame[0])
    left = int(np.clip(across * width - wide / 2, 0, width - wide))
    top = int(np.clip(down * height - high / 2, 0, height - high))
    part = detail[top : top + round(high), left : left + round(wide)]
    kept = float(part.sum()) / max(float(detail.sum()), 1e-6)
    # Weight in one of the four crossings of the thirds, or in the very middle, reads as meant.
    x, y = focus_of(np.ascontiguousarray(grey[top : top + round(high), left : left + round(wide)]))
    off = min(abs(x - at) for at in (1 / 3, 0.5, 2 / 3)) + min(abs(y - at) for at in (0.4, 0.55))
    # 3:2 in 16:9 keeps some 0.85, 4:3 0.75, an upright photo a third.
    return _unit(0.85 * (kept - 0.2) / 0.6 + 0.15 * (1 - off / 0.2))


def _unit(value: float) -> float:
    return round(float(np.clip(value, 0.0, 1.0)), 4)
