"""Which file holds what: by the ending of its name. `KINDS`, `write`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from songreel.assembly.exports import chapters, edl, fcpxml, otio
from songreel.assembly.exports.events import EditList
from songreel.models.files import whole
from songreel.models.storyboard import Storyboard


@dataclass(frozen=True)
class Order:
    """What is wanted of an export beside its kind."""

    relative: bool = False
    """Media by paths relative to the written file instead of absolute file URLs."""
    drop: bool = False
    """Drop-frame timecode in EDLs."""


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    make: Callable[[EditList, Storyboard, Order, Path], str]
    holds: str
    """In a few words."""


KINDS: dict[str, Kind] = {
    ".otio": Kind(
        lambda film, _, order, path: otio.otio(film, path.parent if order.relative else None),
        "the edit, for OpenTimelineIO",
    ),
    ".fcpxml": Kind(
        lambda film, _, order, path: fcpxml.fcpxml(film, path.parent if order.relative else None),
        "the edit, for Final Cut Pro and Resolve",
    ),
    ".markers.edl": Kind(
        lambda film, _, order, __: edl.marker_list(film, drop=order.drop),
        "the markers, for Resolve",
    ),
    ".edl": Kind(
        lambda film, _, order, __: edl.edl(film, drop=order.drop),
        "the edit, for Premiere, Resolve, Avid",
    ),
    ".chapters.txt": Kind(
        lambda _, plan, __, ___: chapters.youtube(plan), "chapters for a YouTube description"
    ),
    ".ffmeta": Kind(
        lambda film, plan, _, __: chapters.ffmetadata(plan, film.rate, film.title),
        "chapters for FFmpeg",
    ),
}
"""By ending. The longest that fits is meant."""


def ending_of(path: Path) -> str | None:
    """The ending of `path` that says what of the edit it holds; None where none does."""
    name = path.name.lower()
    return max((e for e in KINDS if name.endswith(e)), key=len, default=None)


def write(film: EditList, storyboard: Storyboard, path: Path, order: Order) -> None:
    """Write what the ending of `path` asks for, whole or not at all; the same bytes each time.

    Raises:
        InvalidInput: That kind cannot hold this film.
        MachineError: The folder cannot be written, the disk is full or a library is missing.
    """
    ending = ending_of(path)
    assert ending is not None, path
    made = KINDS[ending].make(film, storyboard, order, path)
    with whole(path) as partial:
        partial.write_text(made, encoding="utf-8", newline="\n")
