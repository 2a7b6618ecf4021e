"""What hosted models of sound have in common, whichever the service: `HostedSounds`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from songreel.generation.catalogue.billing import Ending
from songreel.generation.catalogue.check import check
from songreel.generation.catalogue.served import another_seed
from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.generation.catalogue.sound_legal import planned, seed_of, sound_inputs
from songreel.generation.catalogue.sound_price import sound_charge, sound_quote
from songreel.generation.catalogue.sounds import Sounds, sounds
from songreel.generation.hosted.base import SOMEWHERE, Asked, Hosted
from songreel.generation.hosted.parcel import parcel
from songreel.generation.hosted.upload import Once
from songreel.generation.provider import Traits
from songreel.generation.sound.source import Task
from songreel.models.errors import InvalidInput
from songreel.models.money import Charge, Quote
from songreel.models.order import Order
from songreel.models.sound_request import NO_FILES, SoundFiles, SoundRequest


class HostedSounds(Hosted[SoundEntry, SoundRequest, SoundFiles]):
    """Sound from a service. The files it continues or looks at go out as they are."""

    kinds: ClassVar[tuple[str, ...]] = ("audio", "video")
    order: ClassVar[type[Order]] = SoundRequest

    def _begin(self) -> None:
        self.tasks: tuple[Task, ...] = self.entry.tasks
        self.longest: float = self.entry.longest
        self.hears, self.sees = self.entry.takes("heard"), self.entry.takes("seen")
        self._uploads = Once(self._upload)

    @classmethod
    def _listing(cls, user: Path | None) -> Sounds:
        return sounds(user)

    def _traits(self) -> Traits:
        return Traits(
            local=False,
            hears_music=False,
            costs_money=True,
            deterministic=False,
            max_concurrent=self.entry.concurrent,
        )

    def plan(self, request: SoundRequest) -> SoundRequest:
        """The request with its settings complete, its length and seed as the model takes them."""
        return planned(self.entry, request)

    def alternatives(self, request: SoundRequest) -> Sequence[SoundRequest]:
        """The same model with another seed."""
        seed = seed_of(self._entry_of(request), another_seed(request))
        return (request.model_copy(update={"seed": seed}),) if seed != request.seed else ()

    def notes(self, request: SoundRequest) -> Sequence[str]:
        """Model, length, seed, what it continues, settings of one's own, and licence."""
        entry = self._entry_of(request)
        kept = [f"{entry.ref} at {self.service}", f"{request.total:.2f} s", f"seed {request.seed}"]
        if request.heard is not None:
            kept.append(f"goes on from {request.heard.seconds:.2f} s")
        if request.seen is not None:
            kept.append("follows the pictures")
        kept += [
            f"{name} {value}"
            for name, value in request.settings.items()
            if value != entry.settings.get(name)
        ]
        return (*kept, f"licence: {entry.licence}")

    def notices(self) -> Sequence[str]:
        """That the entry is the user's own, or its price old."""
        return tuple(self._aged(self.entry, sounds().entries if self._own_catalogue else ()))

    def quote(self, request: SoundRequest) -> Quote:
        """Price of the planned `request`, from the catalogue."""
        return sound_quote(self._entry_of(request), request)

    def _entry_of(self, request: SoundRequest) -> SoundEntry:
        return self._catalogue.asked(request.source)

    def _asked(self, request: SoundRequest, files: SoundFiles | None) -> Asked[SoundEntry]:
        expected = self._expected(request)
        self._legal(check(expected.entry, expected.input))
        heard, seen = files or NO_FILES
        return Asked(
            expected.entry,
            sound_inputs(
                expected.entry,
                request,
                heard=self._link(heard, request.heard.sha256) if request.heard else None,
                seen=self._link(seen, request.seen.sha256) if request.seen else None,
            ),
        )

    def _expected(self, request: SoundRequest) -> Asked[SoundEntry]:
        entry = self._entry_of(request)
        return Asked(
            entry,
            sound_inputs(
                entry,
                request,
                heard=f"{SOMEWHERE}{request.heard.sha256[:16]}" if request.heard else None,
                seen=f"{SOMEWHERE}{request.seen.sha256[:16]}" if request.seen else None,
            ),
        )

    def _link(self, path: Path | None, sha256: str) -> str | None:
        """Where the service finds a file of a request."""
        if path is None:
            return None
        sent = parcel(path)
        if sent.sha256 != sha256:
            raise InvalidInput(f"{path.name} has changed since it was planned with; plan again")
        return self._uploads.link(sent)

    def _metered(
        self, request: SoundRequest, metrics: Mapping[str, object], ended: Ending
    ) -> Charge | None:
        return sound_charge(self._entry_of(request), request, metrics, ended=ended)
