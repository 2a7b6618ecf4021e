"""Files that are there whole or not at all, and the hash by which they are believed."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from songreel.models.errors import MachineError

if sys.platform != "win32":
    import fcntl

PARTIAL = ".partial"
"""End of the name of a file under way; one that stays is left over from a crash."""


@contextmanager
def whole(path: Path, *refusals: type[Exception], lasting: bool = True) -> Iterator[Path]:
    """Give a partial name to write to; on success it is flushed to the disk and renamed to `path`.

    Where somebody else writes the same file meanwhile, both are whole, and the later one stays.

    Args:
        path: The file, in a folder that exists.
        refusals: Errors besides OSError by which a library says that the disk refuses.
        lasting: Wait until the disk holds it. Not needed for what is believed by its hash only and
            made again where a power cut took it: waiting costs 8 ms a file and folder.

    Yields:
        The name to write to, beside `path`.

    Raises:
        MachineError: The folder cannot be written or the disk is full. Whatever is raised, the
            partial file is removed, and a file that was at `path` before stays.
    """
    partial = path.with_name(path.name + PARTIAL)
    refused: tuple[type[Exception], ...] = (OSError, *refusals)
    with ExitStack() as held:
        try:
            if not held_alone(partial, held):
                partial = path.with_name(f"{path.name}.{uuid4().hex[:8]}{PARTIAL}")
            yield partial
            if lasting:
                with partial.open("rb+") as file:  # Windows flushes only what could be written
                    os.fsync(file.fileno())
            partial.replace(path)
            if lasting:
                flush_folder(path.parent)
        except refused as error:
            _forget(partial)
            reason = getattr(error, "strerror", None) or str(error)
            raise MachineError(f"cannot write {path}: {reason}") from error
        except BaseException:
            _forget(partial)
            raise


def private_folder(folder: Path) -> None:
    """Make a folder, if it is not there, that nobody but its owner looks into.

    One that is there keeps its permissions: whoever shares it has said so.

    Raises:
        OSError: It cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_version(*packages: str) -> str:
    """Start of the SHA-256 of the packages' source and weights: nobody has to remember it."""
    digest = hashlib.sha256()
    for package in packages:
        inside = files(package).iterdir()
        sources = (item for item in inside if item.name.endswith((".py", ".npz")))
        for source in sorted(sources, key=lambda item: item.name):
            digest.update(f"{package}/{source.name}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:12]


def held_alone(partial: Path, until: ExitStack) -> bool:
    """Make `partial` and keep others from it; False where another writer, alive, has it.

    The lock goes with its process: what a crash left is free. Windows does not let two replace one
    file at a time anyway, and systems without locks are taken at their word.
    """
    if sys.platform == "win32":
        return True
    with ExitStack() as opened:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT, 0o666)
        opened.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        # Renamed between the opening and the lock: it is somebody's finished file now.
        if not partial.exists() or not os.path.samestat(os.fstat(handle), partial.stat()):
            return False
        until.push(opened.pop_all())
    return True


def _forget(partial: Path) -> None:
    with suppress(OSError):
        partial.unlink()


def flush_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
