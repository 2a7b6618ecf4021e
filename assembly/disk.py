"""`whole`, for files that FFmpeg writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av.error

from songreel.models import files
from songreel.models.errors import MachineError


@contextmanager
def whole(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """`files.whole`, in a folder that is made if need be.

    Raises:
        MachineError: The folder cannot be written or the disk is full. Nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error
    with files.whole(path, av.error.FFmpegError, lasting=lasting) as partial:
        yield partial
