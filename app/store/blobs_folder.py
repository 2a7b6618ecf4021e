"""The bytes of assets in a folder: `FolderBlobs`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from songreel.models.errors import MachineError
from songreel.models.files import flush_folder, held_alone, sha256_of
from songreel.store.blobs import DIGEST, Blob


class FolderBlobs:
    """A folder: `ab/abcd…`, and `partial/` for files under way.

    Args:
        folder: Of one workspace.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self.name = folder, str(folder)
        self.spool = folder / "partial"

    def holds(self, sha256: str, size: int) -> bool:
        """Whether those very bytes are there: hashed, so that a spoilt file is put anew."""
        path = self._at(sha256)
        try:
            return path.stat().st_size == size and sha256_of(path) == sha256
        except OSError:
            return False

    def size(self, sha256: str) -> int | None:
        """Of what is there; None where nothing is."""
        try:
            return self._at(sha256).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MachineError(f"cannot read {self.name}: {error.strerror or error}") from error

    def place(self, file: Path, sha256: str) -> None:
        """Flush `file` to the disk and give it its name; it keeps the one in the spool too.

        So it can be placed once more where it was collected just after.
        """
        path = self._at(sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with file.open("rb+") as written:
                os.fsync(written.fileno())
            file.chmod(0o444)  # nobody edits it by mistake
            if os.name == "nt":
                with suppress(OSError):
                    path.chmod(0o644)  # Windows replaces nothing that is read-only
            _named_too(file, path)
        except OSError as error:
            raise MachineError(f"cannot write {path}: {error.strerror or error}") from error
        flush_folder(path.parent)
        flush_folder(path.parent.parent)

    def open(self, sha256: str) -> BinaryIO:
        """Read them."""
        try:
            return self._at(sha256).open("rb")
        except OSError as error:
            raise self._missing(sha256, error) from error

    def local(self, sha256: str) -> Path:
        """The file itself."""
        path = self._at(sha256)
        if not path.is_file():
            raise self._missing(sha256, FileNotFoundError(2, "it is not there"))
        return path

    def remove(self, digests: Sequence[str]) -> None:
        """Remove what is there of `digests`."""
        for sha256 in digests:
            path = self._at(sha256)
            try:
                if os.name == "nt" and path.exists():
                    path.chmod(0o644)
                path.unlink(missing_ok=True)
            except OSError as error:
                raise MachineError(f"cannot remove {path}: {error.strerror or error}") from error

    def all(self) -> Iterator[Blob]:
        """What is there."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            if DIGEST.fullmatch(path.name):
                with suppress(FileNotFoundError):
                    known = path.stat()
                    yield Blob(
                        path.name, known.st_size, datetime.fromtimestamp(known.st_mtime, UTC)
                    )

    def tidy(self, before: datetime, copies: datetime, *, dry_run: bool) -> int:  # noqa: ARG002
        """Remove what broken runs left under way; there are no copies."""
        return swept(self.spool, before, dry_run=dry_run)

    def _at(self, sha256: str) -> Path:
        if not DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return self._folder / sha256[:2] / sha256

    def _missing(self, sha256: str, error: OSError) -> MachineError:
        return MachineError(
            f"cannot read the asset {sha256[:12]} in {self.name}: {error.strerror or error}; "
            "`songreel workspace check` tells what else is missing"
        )


def _named_too(file: Path, path: Path) -> None:
    """Have `path` be the file, atomically; where a file has one name only, it takes this one."""
    second = file.with_name(f"{file.name}.named")
    try:
        os.link(file, second)
    except OSError:
        file.replace(path)
    else:
        second.replace(path)


def swept(folder: Path, before: datetime, *, dry_run: bool) -> int:
    """Remove files in `folder` that were last touched before a moment; bytes that frees.

    One that somebody is at work on stays.
    """
    freed = 0
    for path in folder.rglob("*"):
        with suppress(OSError), ExitStack() as held:
            known = path.stat()
            touched = datetime.fromtimestamp(max(known.st_mtime, known.st_atime), UTC)
            if path.is_file() and touched < before and held_alone(path, held):
                freed += known.st_size
                if not dry_run:
                    path.unlink()
    return freed
