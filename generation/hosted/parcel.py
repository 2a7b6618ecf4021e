"""A file of the user's on its way to a service: `Parcel`, `parcel`."""

import mimetypes
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from songreel.models.errors import MachineError
from songreel.models.files import sha256_of

_KINDS = {
    ".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".m4a": "audio/mp4",
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}  # fmt: skip
"""What Python's own table calls otherwise on one system or the other (`audio/x-wav`)."""


class Parcel(Protocol):
    """Something that can be uploaded."""

    @property
    def name(self) -> str:
        """Of the file: made of its content, so that nothing of the user's names goes out."""
        ...

    @property
    def content_type(self) -> str:
        """As MIME has it."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def sha256(self) -> str:
        """Of the content, by which it is uploaded once."""
        ...

    def open(self) -> BinaryIO:
        """The content, from its start."""
        ...


class FileParcel(NamedTuple):
    """A file that goes out as it lies on the disk."""

    path: Path
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The start of its hash, and the ending of its own name."""
        return f"{self.sha256[:16]}{self.path.suffix.lower()}"

    @property
    def content_type(self) -> str:
        """By the ending of its name."""
        ending = self.path.suffix.lower()
        guessed = mimetypes.guess_type(f"file{ending}")[0]
        return _KINDS.get(ending) or guessed or "application/octet-stream"

    def open(self) -> BinaryIO:
        """The file.

        Raises:
            MachineError: It cannot be read.
        """
        try:
            return self.path.open("rb")
        except OSError as error:
            raise MachineError(f"cannot read {self.path}: {error.strerror}") from error


def parcel(path: Path) -> FileParcel:
    """A file ready to be uploaded; it is read through once, for its hash.

    Raises:
        MachineError: It cannot be read.
    """
    try:
        return FileParcel(path, path.stat().st_size, sha256_of(path))
    except OSError as error:
        raise MachineError(f"cannot read {path}: {error.strerror}") from error
