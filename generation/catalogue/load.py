"""The catalogue: the entries shipped with songreel, and the user's own over them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from songreel.generation.catalogue.entry import STILLS, Dialect, Entry, Role
from songreel.generation.catalogue.listing import Listing
from songreel.generation.catalogue.tables import Key, enter, gather
from songreel.models.errors import InvalidInput

SHIPPED = "catalogue.toml"


class Catalogue(Listing[Entry]):
    """All models of pictures that can be asked, by provider, in the order of the files."""

    def where(
        self,
        *,
        provider: str | None = None,
        dialect: Dialect | None = None,
        takes: Sequence[Role] = (),
        needs_nothing: bool = False,
    ) -> tuple[Entry, ...]:
        """The entries that fit.

        Args:
            provider: Of this provider alone.
            dialect: Whose prompts are worded so.
            takes: That have inputs with all of these roles.
            needs_nothing: That make clips from words alone: no start image, no sound.
        """
        return tuple(
            entry
            for entry in self.entries
            if (provider is None or entry.provider == provider)
            and (dialect is None or entry.dialect == dialect)
            and all(entry.takes(role) for role in takes)
            and not (needs_nothing and (entry.needs("start") or entry.needs("audio")))
        )


def catalogue(user: Path | None = None) -> Catalogue:
    """The shipped entries, with those of the user's TOML file added or laid over them.

    In the file each entry is a table `[provider.name]`. A table of a known name changes the
    fields it gives and leaves the others, to any depth; lists are replaced whole. A new one is
    complete, or says `like = "provider:name"` and gives what differs; `without` lists inputs
    that it does not take over. Models of sound are below `[sound]` (`sounds.sounds`).

    Raises:
        InvalidInput: The file cannot be read, or an entry does not hold; file, entry and field
            are named.
    """
    found = gather(SHIPPED, user)
    for (provider, name), table in found.tables.items():
        if "sisters" in table:
            place = found.origin[provider, name]
            raise InvalidInput(
                f"{place}: entry {provider}:{name}, sisters: name them in `with_images`"
            )
    alone = {key: enter(Entry, key, found) for key in found.tables}
    return Catalogue(
        entries=tuple(_with_sisters(each, alone, found.origin[key]) for key, each in alone.items())
    )


def _with_sisters(entry: Entry, known: Mapping[Key, Entry], place: str) -> Entry:
    """`entry` with the entries that its `with_images` names, which must be of use to it."""
    sisters = []
    for name in entry.with_images:
        sister = known.get((entry.provider, name))
        if sister is None or sister is entry:
            wrong = f"is no other model of {entry.provider}"
        elif sister.dialect != entry.dialect:
            wrong = f"wants its prompts in the dialect {sister.dialect}, not {entry.dialect}"
        elif sister.needs("audio"):
            wrong = "needs sound"
        elif all(entry.takes(role) for role in STILLS if sister.takes(role)):
            wrong = f"takes no image that {entry.name} does not take itself"
        else:
            sisters.append(sister)
            continue
        raise InvalidInput(f"{place}: entry {entry.key}, with_images: {name!r} {wrong}")
    return entry.model_copy(update={"sisters": tuple(sisters)}) if sisters else entry
