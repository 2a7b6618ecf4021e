"""The user's ComfyUI workflows: what there is, and whether their servers have what they need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from songreel.generation.comfy.check import Finding


@dataclass(frozen=True)
class Row:
    """One workflow."""

    source: str
    """As `--visuals` takes it."""
    url: str
    makes: str
    """Lengths, sizes and images."""
    fault: str
    """Why it cannot be used; empty where it can."""
    derived: tuple[str, ...] = ()
    """What was not said and was read in the workflow, a clause each."""


def workflows() -> tuple[Row, ...]:
    """All workflows of `comfyui.toml`; no server is asked.

    Raises:
        InvalidInput: The file cannot be read.
    """
    from songreel.generation.catalogue.told import told
    from songreel.generation.comfy.config import names, setup

    rows = []
    for name in names():
        try:
            found = setup(name)
        except InvalidInput as error:
            rows.append(Row(f"comfyui:{name}", "", "", str(error)))
            continue
        line, entry = told(found.entry), found.entry
        size = line.size if entry.free else f"{entry.sizes[0].width}×{entry.sizes[0].height}"
        images = f", images: {line.images}" if line.images else ""
        makes = f"{line.lengths} at {float(entry.fps):g} fps, {size}{images}"
        rows.append(Row(f"comfyui:{name}", found.url, makes, "", found.derived))
    return tuple(rows)


def place() -> "Path":
    """The file in which workflows are written."""
    from songreel.generation.comfy.config import FILE, folder

    return folder() / FILE


def how_to() -> str:
    """How to tell songreel of a first workflow."""
    from songreel.generation.comfy.config import how_to as told

    return told(place())


def check(name: str) -> "tuple[Finding, ...]":
    """Ask the server of a workflow whether it has its nodes and its models.

    Raises:
        InvalidInput: There is no such workflow, or it does not hold.
    """
    from songreel.generation.comfy.check import check as checked
    from songreel.generation.comfy.config import setup

    return checked(setup(name))
