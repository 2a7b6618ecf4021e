"""Models that can be asked, found by name: `Listing`."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Generic

from typing_extensions import TypeVar

from songreel.generation.catalogue.offer import Offer
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

E = TypeVar("E", bound=Offer, default=Offer)


class Listing(Frozen, Generic[E]):
    """All models of a kind that can be asked, by provider, in the order of the files."""

    entries: tuple[E, ...]

    def find(self, provider: str, name: str = "") -> E:
        """The entry of `provider` by its short name or its full ref; its default for "".

        Raises:
            InvalidInput: There is none; the text lists near names.
        """
        offered = self.of(provider)
        if not offered:
            known = ", ".join(sorted({entry.provider for entry in self.entries}))
            raise InvalidInput(f"the catalogue has no provider {provider!r}; it has {known}")
        if not name:
            # Later entries are the user's: theirs is the default where they set one.
            return next((entry for entry in reversed(offered) if entry.default), offered[0])
        for entry in offered:
            if name in (entry.name, entry.ref):
                return entry
        names = [entry.name for entry in offered]
        refs = {entry.ref: entry.name for entry in offered}
        near = get_close_matches(name, [*names, *refs], n=3, cutoff=0.5)
        close = list(dict.fromkeys(refs.get(found, found) for found in near))
        text = f"did you mean {' or '.join(close)}?" if close else f"it has {', '.join(names)}"
        raise InvalidInput(f"{provider} has no model {name!r} in the catalogue; {text}")

    def of(self, provider: str) -> tuple[E, ...]:
        """The entries of one provider."""
        return tuple(entry for entry in self.entries if entry.provider == provider)

    def asked(self, source: Sequence[str]) -> E:
        """The entry for which a request was planned, by its `source`: provider, ref, version.

        Raises:
            InvalidInput: The catalogue has it no more.
        """
        if len(source) < 2:
            raise InvalidInput("it was not planned for a model of the catalogue")
        return self.find(source[0], source[1])
