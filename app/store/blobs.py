"""Where the bytes of assets lie: `Blobs`, in a folder or in object storage."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from songreel.models.errors import InvalidInput

DIGEST = re.compile(r"[0-9a-f]{64}")


class Blob(NamedTuple):
    """Bytes that lie there, whether anybody knows of them or not."""

    sha256: str
    """By its key."""
    size: int
    written: datetime


class Blobs(Protocol):
    """Bytes by their SHA-256. Each is there whole or not at all."""

    name: str
    """For people; never with a secret."""
    spool: Path
    """Folder for files under way."""

    def holds(self, sha256: str, size: int) -> bool:
        """Whether those very bytes are there, as far as that can be told at little cost."""

    def size(self, sha256: str) -> int | None:
        """Of what is there; None where nothing is."""

    def place(self, file: Path, sha256: str) -> None:
        """Have the bytes of `file`, which lies in the spool and may be moved away."""

    def open(self, sha256: str) -> BinaryIO:
        """Read them; seekable."""

    def local(self, sha256: str) -> Path:
        """A file of this machine with them, not to be changed."""

    def remove(self, digests: Sequence[str]) -> None:
        """Remove what is there of `digests`."""

    def all(self) -> Iterator[Blob]:
        """What is there."""

    def tidy(self, before: datetime, copies: datetime, *, dry_run: bool) -> int:
        """Remove what broken runs left under way; gives the bytes that frees.

        Args:
            before: Files under way that were last written before this.
            copies: Copies on this machine that were last used before this.
            dry_run: Only count.
        """


def blobs_at(url: str, workspace: str, cache: Path) -> Blobs:
    """The bytes of one workspace's assets at `url`.

    They lie under the workspace's id, so that two workspaces may share a place and never remove
    what is the other's.

    Args:
        url: As fsspec names it: a folder, `file:///folder`, `s3://bucket/prefix`, ...
        workspace: The id in the database.
        cache: Folder on this machine for files under way and copies, where `url` is elsewhere.

    Raises:
        InvalidInput: The URL is none.
        MachineError: What opens such URLs is not installed.
    """
    # A drive's letter (C:\) is no scheme.
    scheme = urlsplit(url).scheme if re.match(r"[A-Za-z][\w+.-]+:", url) else ""
    if scheme in ("", "file", "local"):
        from songreel.store.blobs_folder import FolderBlobs

        place = url if not scheme else _path(url)
        if not place:
            raise InvalidInput("SONGREEL_ASSETS names no folder; write a path or s3://BUCKET/NAME")
        return FolderBlobs(Path(place).expanduser().absolute() / workspace)
    from songreel.store.blobs_remote import RemoteBlobs

    return RemoteBlobs(url, workspace, cache)


def _path(url: str) -> str:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise InvalidInput(
            f"SONGREEL_ASSETS={url}: a file URL has three slashes, file:///{parts.netloc}…"
        )
    return url2pathname(parts.path) if parts.scheme == "file" else unquote(parts.path)
