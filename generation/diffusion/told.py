"""A local model in a line: `told`. No torch."""

from typing import NamedTuple

from songreel.generation.catalogue.legal import make_legal
from songreel.generation.catalogue.told import LICENCE
from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.posts import Largest, ideal


class Told(NamedTuple):
    """What a person compares local models by."""

    source: str
    lengths: str
    """Seconds of a clip."""
    size: str
    """Width and height in a film of 16:9."""
    images: str
    """Roles: one that it makes nothing without has a `!`."""
    memory: str
    """GB of a GPU for the longest clip: as it runs fastest, and the least it runs with."""
    licence: str


def told(model: Model) -> Told:
    """`model` in a line."""
    entry = model.entry()
    assert entry.grid is not None
    making = make_legal(entry, entry.grid.high / entry.fps, 1280, 720)
    ladder = ideal(model, Largest(making.width, making.height, making.frames))
    least = min(ladder, key=lambda each: each.memory)
    roles = [role + "!" * entry.needs(role) for role in ("start", "end") if entry.takes(role)]
    shortest, longest = (float(each / entry.fps) for each in (entry.grid.low, entry.grid.high))
    return Told(
        source=model.key + (" (default)" if model.default else ""),
        lengths=f"{longest:.3g} s" if shortest == longest else f"{shortest:.2g}-{longest:.3g} s",
        size=f"{making.width}×{making.height}",
        images=" ".join(roles),
        memory=f"{_gb(ladder[0].memory)} ({_gb(least.memory)} with {least.name})",
        licence=model.recipe.licence_name[:LICENCE],
    )


def _gb(size: int) -> str:
    # As cards are sold: 24 GB are 24 · 2³⁰ bytes.
    return f"{size / 2**30:.0f}" if size >= 2**30 else f"{size / 2**30:.1f}"
