"""An entry in a line: `told`."""

from collections.abc import Mapping
from textwrap import shorten
from typing import NamedTuple

from songreel.generation.catalogue.entry import Entry, Plain, Role
from songreel.generation.catalogue.price import rate_of
from songreel.models.money import dollars

LICENCE = 28
"""Characters of a licence in a table."""


class Told(NamedTuple):
    """What a person compares models by."""

    source: str
    lengths: str
    size: str
    """The largest picture it is asked for where nothing else is said."""
    images: str
    """Roles: one that it makes nothing without has a `!`; those in brackets go to a sister."""
    price: str
    """USD, over what is ever asked of it, and the day on which that was read."""
    licence: str
    """Its name; the entry has the terms."""


def told(entry: Entry) -> Told:
    """`entry` in a line."""
    seconds = [float(length.frames / entry.fps) for length in entry.all_lengths]
    few = len(seconds) <= 4
    lengths = (
        ", ".join(f"{s:.3g}" for s in seconds) if few else f"{seconds[0]:.2g}-{seconds[-1]:.3g}"
    )
    roles: tuple[Role, ...] = ("start", "end", "references", "audio")
    images = [role + "!" * entry.needs(role) for role in roles if entry.takes(role)]
    if sisters := [role for role in roles if entry.accepts(role) and not entry.takes(role)]:
        images.append(f"({' '.join(sisters)})")
    asked: list[Mapping[str, Plain]] = [size.options for size in entry.all_sizes] or [{}]
    usd = {rate_of(entry, each, length.value).usd for each in asked for length in entry.all_lengths}
    price = "-".join(dollars(each) for each in sorted({min(usd), max(usd)}))
    return Told(
        source=entry.key + (" (default)" if entry.default else ""),
        lengths=f"{lengths} s",
        size=f"{entry.short_side}p",
        images=" ".join(images),
        price=f"{price}/{entry.price.unit} ({entry.price.read})",
        licence=entry.licence_name or shorten(entry.licence, LICENCE, placeholder="…"),
    )
