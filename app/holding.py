"""One process at a time in a folder: `hold`, `Busy`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from songreel.models.errors import InvalidInput, MachineError


class Busy(InvalidInput):
    """Another process works there; the same can be asked again when it has ended."""


@contextmanager
def hold(folder: Path, name: str = ".lock") -> Iterator[None]:
    """Hold a folder, made if need be, for this process.

    Args:
        folder: Which.
        name: Of the lock's file in it.

    Raises:
        Busy: Another process works in it.
        MachineError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / name)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(f"another songreel is at work on {folder}; wait for it or stop it") from error
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
