"""Names of files: in documents (`Inside`, `Bare`), and made of what anybody wrote (`fit_name`)."""

import re
import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Annotated

from pydantic import AfterValidator

_UNFIT = re.compile(r"[\\/:*?\"<>|\x00-\x1f\x7f]+")
"""What one of the systems does not take in a file's name, or a shell or browser reads otherwise."""
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows."""
UNSEEN = frozenset({"Cf", "Cc", "Co", "Cs"})
"""Unicode's categories of what is not seen and may turn the direction of writing."""
LONGEST = 100
"""Bytes of a name: file systems take 255, with room for what songreel adds."""


def inside(value: str) -> str:
    """`value`, if it is a path within a folder.

    Raises:
        ValueError: It is absolute or leads out.
    """
    ways = (PurePosixPath(value), PureWindowsPath(value))
    # `A: Prelude` is a good name wherever `A:` is no drive.
    leads = PurePath(value).drive or any(way.is_absolute() or ".." in way.parts for way in ways)
    if leads or "\0" in value:
        raise ValueError(f"{value!r} leads out of its folder")
    return value


def _bare(value: str) -> str:
    inside(value)
    if value in ("", ".") or "/" in value or "\n" in value:
        raise ValueError(f"{value!r} cannot be the name of a file")
    return value


Inside = Annotated[str, AfterValidator(inside)]
"""A path relative to the document's folder, and in it."""
Bare = Annotated[str, AfterValidator(_bare)]
"""A name without a folder."""


def fit_name(text: str, otherwise: str = "unnamed") -> str:
    """`text` as every system takes it for the name of a file.

    Args:
        text: Whatever somebody wrote.
        otherwise: The name where nothing of it is left.

    Returns:
        1 to 100 bytes in UTF-8; it keeps a short ending.
    """
    name = unicodedata.normalize("NFC", _UNFIT.sub(" ", text))
    name = " ".join("".join(c for c in name if unicodedata.category(c) not in UNSEEN).split())
    while len(name.encode()) > LONGEST:
        stem, dot, ending = name.rpartition(".")
        keep_ending = dot and len(ending) <= 5 and len(stem) > 1
        name = f"{stem[:-1].rstrip()}.{ending}" if keep_ending else name[:-1]
    name = name.strip(" .")
    stem, dot, ending = name.partition(".")
    return f"{stem} song{dot}{ending}" if DEVICES.fullmatch(name) else name or otherwise
