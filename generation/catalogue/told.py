"""An entry in a line: `told`."""

from typing import NamedTuple

from songreel.generation.catalogue.entry import Entry, Role
from songreel.models.money import dollars


class Told(NamedTuple):
    """What a person compares models by."""

    source: str
    lengths: str
    size: str
    """The largest picture it is asked for where nothing else is said."""
    images: str
    price: str
    licence: str


def told(entry: Entry) -> Told:
    """`entry` in a line."""
    seconds = [float(length.frames / entry.fps) for length in entry.all_lengths]
    few = len(seconds) <= 4
    lengths = (
        ", ".join(f"{s:.3g}" for s in seconds) if few else f"{seconds[0]:.2g}-{seconds[-1]:.3g}"
    )
    roles: tuple[Role, ...] = ("start", "end", "references", "audio")
    images = [role for role in roles if entry.takes(role)]
    first = entry.price.rates[0]
    highest = max(rate.usd for rate in entry.price.rates)
    price = dollars(first.usd) + (f" to {dollars(highest)}" if highest != first.usd else "")
    return Told(
        source=entry.key + (" (default)" if entry.default else ""),
        lengths=f"{lengths} s",
        size=f"{entry.short_side}p",
        images=" ".join(role + ("!" if entry.needs(role) else "") for role in images),
        price=f"{price} USD/{entry.price.unit} ({entry.price.read})",
        licence=entry.licence,
    )
