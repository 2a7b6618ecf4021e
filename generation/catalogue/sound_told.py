"""A model of sound in a line: `sound_told`."""

from collections.abc import Mapping
from textwrap import shorten
from typing import NamedTuple

from songreel.generation.catalogue.offer import Role
from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.generation.catalogue.told import LICENCE
from songreel.models.money import dollars

_FOLLOWED: Mapping[Role, str] = {"heard": "sound", "seen": "pictures"}


class SoundTold(NamedTuple):
    """What a person compares models of sound by."""

    source: str
    makes: str
    """Music or effects, and what beside words it follows."""
    longest: str
    price: str
    """USD, over what is ever asked of it, and the day on which that was read."""
    licence: str


def sound_told(entry: SoundEntry) -> SoundTold:
    """`entry` in a line."""
    follows = [
        what + "!" * entry.needs(role) for role, what in _FOLLOWED.items() if entry.takes(role)
    ]
    usd = {rate.usd for rate in entry.price.rates}
    price = "-".join(dollars(each) for each in sorted({min(usd), max(usd)}))
    return SoundTold(
        source=entry.key + (" (default)" if entry.default else ""),
        makes=" ".join([*entry.tasks, *(["from", *follows] if follows else [])]),
        longest=f"{entry.longest:g} s",
        price=f"{price}/{entry.price.unit} ({entry.price.read})",
        licence=entry.licence_name or shorten(entry.licence, LICENCE, placeholder="…"),
    )
