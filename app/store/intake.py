"""Content on its way into the store: opened, copied, seen for what it is."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.store.media_type import media_type as type_of

_BLOCK = 2**20


def seen(file: Path, media_type: str | None, digest: str = "") -> tuple[str, int, str]:
    """A file's media type, size in bytes and SHA-256, each found out unless it is known.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        return media_type or type_of(file), file.stat().st_size, digest or sha256_of(file)
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror or error}") from error


@contextmanager
def opened(source: Path | bytes | BinaryIO, name: str) -> Iterator[BinaryIO]:
    """What is put in, to be read; `name` is for people.

    Raises:
        InvalidInput: It is a file that cannot be read.
    """
    if isinstance(source, Path):
        try:
            file = source.open("rb")
        except OSError as error:
            raise InvalidInput(f"cannot read {name}: {error.strerror or error}") from error
        with file:
            yield file
    else:
        yield io.BytesIO(source) if isinstance(source, bytes) else source


def copied(given: BinaryIO, to: BinaryIO, name: str) -> str:
    """Copy all that is read, block by block; gives its SHA-256.

    Raises:
        InvalidInput: What is given cannot be read.
        OSError: The copy cannot be written.
    """
    digest = hashlib.sha256()
    while True:
        try:
            block = given.read(_BLOCK)
        except OSError as error:
            raise InvalidInput(f"cannot read {name}: {error.strerror or error}") from error
        if not block:
            return digest.hexdigest()
        digest.update(block)
        to.write(block)
