"""A whole project as one file: the table of contents, `ArchiveIndex`, and names in it."""

import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.names import Inside
from songreel.models.workspace import ProjectId

INDEX = "songreel-archive.json"
"""The first file of an archive."""
SUFFIX = ".songreel.zip"
"""Of an archive's name; a project's folder is called `TITLE.songreel`."""


LISTS = frozenset({".m3u", ".m3u8", ".mpd", ".sdp", ".ffconcat", ".concat", ".pls", ".asx"})
"""Endings of files that FFmpeg reads as lists of other files, wherever those lie. No film needs
any, and no archive holds any."""
MOST_FILES = 200_000
MOST_INDEX = 64 * 2**20
"""Bytes of the table of contents: 200,000 files take about 40 MB."""
_FORBIDDEN = frozenset('<>:"|?*\\')
_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
)


def plainly_inside(name: str) -> bool:
    """Whether a relative path lies inside its folder and can be written, if not on every system."""
    path = PurePosixPath(name)
    return not (
        path.is_absolute()
        or path.as_posix() != name
        or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
        or any(
            part in ("", ".", "..") or len(part.encode()) > 255  # as file systems take
            for part in name.split("/")
        )
    )


def fits_everywhere(name: str) -> bool:
    """Whether a relative path is plainly inside its folder on every system."""
    return plainly_inside(name) and not any(
        part != part.rstrip(" .")
        or _FORBIDDEN & set(part)
        or part.partition(".")[0].upper() in _RESERVED
        for part in name.split("/")
    )


class ArchivedFile(Frozen):
    """One file of a project."""

    path: Annotated[str, Field(min_length=1, max_length=1000)]
    """Relative to the project, with forward slashes."""
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class ArchiveIndex(Document):
    """What an archive holds. It is a zip file with this document first."""

    kind: ClassVar[str] = "songreel.archive"
    version: ClassVar[int] = 1

    project: ProjectId
    title: str
    songreel: str
    """Version that packed it."""
    at: AwareDatetime
    files: Annotated[tuple[ArchivedFile, ...], Field(min_length=1)]
    footage: bool = False
    """Whether the user's footage, from a folder of its own, is packed as `footage/`."""
    names: Mapping[str, Inside] = {}
    """What files are called in the project, by their names in the archive, where not every system
    takes that."""
    images: Mapping[str, Inside] = {}
    """Images outside the project that its plan names, and what they are called in it."""
    left_out: tuple[str, ...] = ()
    """What is not in it, a sentence each."""
