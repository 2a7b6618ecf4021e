"""The catalogue of sound: the entries shipped with songreel, and the user's own over them."""

from pathlib import Path

from songreel.generation.catalogue.listing import Listing
from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.generation.catalogue.tables import enter, gather

SHIPPED = "sounds.toml"


class Sounds(Listing[SoundEntry]):
    """All models of sound that can be asked, by provider, in the order of the files."""


def sounds(user: Path | None = None) -> Sounds:
    """The shipped entries, with those of the user's TOML file added or laid over them.

    As `load.catalogue` reads it, from tables `[sound.provider.name]` of the same file.

    Raises:
        InvalidInput: The file cannot be read, or an entry does not hold; file, entry and field
            are named.
    """
    found = gather(SHIPPED, user, sound=True)
    return Sounds(entries=tuple(enter(SoundEntry, key, found) for key in found.tables))
