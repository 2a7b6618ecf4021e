"""A whole project as one file: the table of contents, `ArchiveIndex`."""

from collections.abc import Mapping
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
    images: Mapping[str, Inside] = {}
    """Images outside the project that its plan names, and what they are called in it."""
    left_out: tuple[str, ...] = ()
    """What is not in it, a sentence each."""
