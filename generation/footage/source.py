"""What a folder of footage holds: `Source`, `Library`, `open_library`."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from songreel.generation.footage.decode import Shape, video_shape
from songreel.generation.footage.photo import Glance, glance_at
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of

PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif",
                    ".avif"})  # fmt: skip
VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts",
                    ".mts", ".m2ts", ".wmv", ".3gp"})  # fmt: skip
EITHER = frozenset({".gif"})
"""A picture if it has one frame."""

SHORTEST = 0.2
"""Seconds; below it a video is a flicker and not a shot."""

_WHOLE = 64 * 2**20
_BLOCKS = 64


@dataclass(frozen=True)
class Source:
    """One usable file. Width and height are those of the picture as seen, upright."""

    path: Path
    sha256: str
    """Of the content, see `content_sha256`."""
    width: int
    height: int
    video: Shape | None
    """None for a photo."""
    glance: Glance | None
    """None for a video."""

    @property
    def name(self) -> str:
        """The file's name, for people."""
        return self.path.name


@dataclass(frozen=True)
class Library:
    """The usable files of a folder, in the order of their paths, and what was left out."""

    folder: Path
    sources: tuple[Source, ...]
    left_out: tuple[str, ...]
    """A sentence for each file that is not used."""


def open_library(folder: Path, workers: int = 1) -> Library:
    """Look into every file of `folder` and the folders in it.

    Hidden files and folders are passed over. A file with the content of another counts once.

    Raises:
        InvalidInput: There is no such folder, or nothing in it can be used; the text says what
            was found.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InvalidInput(f"the footage folder {folder} {what}")
    try:
        paths = sorted(
            path
            for path in folder.rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
            and path.is_file()
        )
    except OSError as error:
        reason = error.strerror or error
        raise InvalidInput(f"cannot read the footage folder {folder}: {reason}") from error
    if not paths:
        raise InvalidInput(
            f"the footage folder {folder} is empty; put video clips or photos into it"
        )
    with ThreadPoolExecutor(workers) as pool:
        looks = list(pool.map(_look_into, paths))
    sources: dict[str, Source] = {}
    left_out = []
    for path, look in zip(paths, looks, strict=True):
        name = path.relative_to(folder)
        if isinstance(look, str):
            left_out.append(f"{name} {look}")
        elif look.sha256 in sources:
            left_out.append(f"{name} is the same file as {sources[look.sha256].name}")
        else:
            sources[look.sha256] = look
    if not sources:
        shown = "; ".join(left_out[:3]) + (" …" if len(left_out) > 3 else "")
        raise InvalidInput(
            f"nothing in the footage folder {folder} can be used ({len(paths)} files): {shown}"
        )
    return Library(folder, tuple(sources.values()), tuple(left_out))


def content_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's content.

    Of a file over 64 MiB its length and 64 blocks of 1 MiB spread over it are read, so that a
    folder of hour-long recordings opens in seconds; any re-encoding or edit changes them.
    """
    size = path.stat().st_size
    if size <= _WHOLE:
        return sha256_of(path)
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for block in range(_BLOCKS):
            file.seek(block * (size - 2**20) // (_BLOCKS - 1))
            digest.update(file.read(2**20))
    return digest.hexdigest()


def _look_into(path: Path) -> Source | str:
    """The file as a source, or why it cannot be one."""
    suffix = path.suffix.lower()
    kinds: dict[frozenset[str], Callable[[Path], Source | str]] = {
        PHOTOS: _photo,
        VIDEOS: _video,
        EITHER: _video_or_photo,
    }
    look = next((look for suffixes, look in kinds.items() if suffix in suffixes), None)
    if look is None:
        return "is neither a video nor a photo"
    try:
        if path.stat().st_size == 0:
            return "is empty"
        return look(path)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except InvalidInput as error:
        return str(error)


def _photo(path: Path) -> Source:
    glance = glance_at(path)
    return Source(path, content_sha256(path), glance.width, glance.height, None, glance)


def _video(path: Path) -> Source | str:
    shape = video_shape(path)
    if shape.seconds < SHORTEST:
        return f"lasts {shape.seconds:.2f} s, too short for a shot"
    return Source(path, content_sha256(path), shape.width, shape.height, shape, None)


def _video_or_photo(path: Path) -> Source | str:
    shape = video_shape(path)
    if shape.seconds >= SHORTEST:
        return Source(path, content_sha256(path), shape.width, shape.height, shape, None)
    return _photo(path)
