"""Files that are there whole or not at all, and what the disk says when it refuses."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av.error

from songreel.models.errors import MachineError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a partial name to write to; on success it is flushed to the disk and renamed to `path`.

    Raises:
        MachineError: The folder cannot be written or the disk is full. Nothing is left behind.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        _flush_folder(path.parent)
    except (OSError, av.error.FFmpegError) as error:
        _forget(partial)
        reason = getattr(error, "strerror", None) or str(error)
        raise MachineError(f"cannot write {path}: {reason}") from error
    except BaseException:
        _forget(partial)
        raise


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(partial: Path) -> None:
    with suppress(OSError):
        partial.unlink()


def _flush_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
