"""How finished files get onto a shelf, whichever kind: `put`, `tidy`."""

import shutil
from pathlib import Path

from songreel.models.errors import MachineError
from songreel.models.files import PARTIAL, sha256_of, whole


def put(result: Path, path: Path) -> str:
    """Move a finished file to `path`, whole or not at all.

    Returns:
        Its sha256.

    Raises:
        MachineError: The disk is full or the folder cannot be written.
    """
    with whole(path) as partial:
        try:
            result.replace(partial)
        except OSError:  # another disk
            shutil.copyfile(result, partial)
            result.unlink()
        return sha256_of(partial)


def tidy(folder: Path) -> None:
    """Remove what a crash left half-written; only for the run that works in the folder.

    Raises:
        MachineError: It cannot be removed.
    """
    try:
        for leftover in folder.glob(f"*{PARTIAL}"):
            leftover.unlink()
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
