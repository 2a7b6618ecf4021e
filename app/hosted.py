"""The hosted models and the looks that can be chosen from, and the models' live schemas."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.progress import Progress, silent
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.catalogue.entry import Entry
    from songreel.generation.catalogue.offer import Offer
    from songreel.generation.catalogue.sound_entry import SoundEntry
    from songreel.generation.diffusion.book import Model
    from songreel.prompting.looks import Row
    from songreel.prompting.styles import Row as StyleRow

AS_LISTED = "as listed"
NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Checked:
    """One entry of the catalogue beside what its service says now."""

    source: str
    state: str
    """`as listed`, `differs`, `breaks` (requests may be refused) or `not checked`."""
    differences: tuple[str, ...]
    """A sentence each; the reason where it could not be checked."""


class Choices:
    """What can be chosen from: models, looks and cutting styles, shipped and the user's own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def models(self, provider: str | None = None) -> "tuple[Entry, ...]":
        """The catalogue's entries.

        Raises:
            InvalidInput: The user's own catalogue does not hold, or the provider is not known.
        """
        from songreel.generation.catalogue.load import catalogue

        known = catalogue(self._settings.catalogue)
        if provider is not None:
            known.find(provider)
        return known.where(provider=provider)

    def sound_models(self, provider: str | None = None) -> "tuple[SoundEntry, ...]":
        """The catalogue's entries of sound.

        Raises:
            InvalidInput: The user's own catalogue does not hold.
        """
        from songreel.generation.catalogue.sounds import sounds

        known = sounds(self._settings.catalogue)
        return known.of(provider) if provider is not None else known.entries

    def local_models(self) -> "tuple[Model, ...]":
        """The models that can be run on this machine, the shipped ones first.

        Raises:
            InvalidInput: The user's own `local.toml` does not hold.
        """
        from songreel.generation.diffusion.book import book

        return book(self._settings.models).models

    def looks(self) -> "tuple[Row, ...]":
        """The looks with what they are for."""
        from songreel.prompting.looks import described

        return described(self._settings.looks)

    def styles(self) -> "tuple[StyleRow, ...]":
        """The cutting styles with what they are for."""
        from songreel.prompting.styles import described

        return described(self._settings.styles)

    def check(
        self, provider: str | None, name: str | None, progress: Progress = silent
    ) -> tuple[Checked, ...]:
        """Compare entries with the schemas their services publish now, under the user's key.

        A service without its key is told as not checked; so is a model it does not answer for.

        Raises:
            InvalidInput: No entry fits.
        """
        known: tuple[Offer, ...] = (*self.models(provider), *self.sound_models(provider))
        entries = [
            entry for entry in known if name is None or name in (entry.name, entry.ref, entry.key)
        ]
        if not entries:
            raise InvalidInput(f"the catalogue has no model {name!r}; see `songreel models`")
        checked = []
        for number, entry in enumerate(entries):
            progress(f"checking: {entry.key}", number / len(entries))
            checked.append(self._checked(entry))
        return tuple(checked)

    def _checked(self, entry: "Offer") -> Checked:
        from songreel.generation import registry
        from songreel.generation.catalogue.compare import differences
        from songreel.generation.catalogue.sound_entry import SoundEntry
        from songreel.generation.provider import Context
        from songreel.generation.sound import registry as sound_registry

        create = sound_registry.create if isinstance(entry, SoundEntry) else registry.create
        context = Context(scratch=self._settings.workspace, catalogue=self._settings.catalogue)
        try:
            service: Any = create(entry.key, context)
            try:
                live = getattr(service, "live_schema", None)
                if live is None:
                    raise InvalidInput(f"{entry.provider} publishes no schemas")
                found = differences(entry, live(entry))
            finally:
                service.close()
        except SongreelError as error:
            return Checked(entry.key, NOT_CHECKED, (str(error),))
        state = "breaks" if any(d.breaks for d in found) else "differs" if found else AS_LISTED
        return Checked(entry.key, state, tuple(str(difference) for difference in found))
