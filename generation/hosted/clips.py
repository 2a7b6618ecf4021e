"""What hosted models of pictures have in common, whichever the service: `HostedClips`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from songreel.generation.catalogue.billing import Ending
from songreel.generation.catalogue.entry import STILLS, Entry, Role
from songreel.generation.catalogue.legal import (
    UploadedImages,
    given_by,
    inputs,
    make_legal,
    serving,
    validate,
)
from songreel.generation.catalogue.load import Catalogue, catalogue
from songreel.generation.catalogue.pack import level, made_by, missing, pack, stills_for
from songreel.generation.catalogue.price import charge, quote
from songreel.generation.catalogue.served import another_seed, named, too_short
from songreel.generation.hosted.base import SOMEWHERE, Asked, Hosted
from songreel.generation.hosted.upload import Uploads
from songreel.generation.provider import Traits
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Portion
from songreel.models.money import Charge, Quote
from songreel.models.order import Order


class HostedClips(Hosted[Entry, ClipRequest, Images]):
    """Clips from a service: lengths and sizes that a model makes, images prepared for it."""

    kinds: ClassVar[tuple[str, ...]] = ("video",)
    order: ClassVar[type[Order]] = ClipRequest

    def _begin(self) -> None:
        self._film: Mapping[str, Portion] = {}
        self._lacking: tuple[str, ...] = ()
        self._uploads = Uploads(self._upload)

    @classmethod
    def _listing(cls, user: Path | None) -> Catalogue:
        return catalogue(user)

    def _traits(self) -> Traits:
        return Traits(
            local=False,
            hears_music=False,
            costs_money=True,
            deterministic=False,
            max_concurrent=self.entry.concurrent,
            dialect=self.entry.dialect,
            takes_start=self.entry.accepts("start"),
            takes_end=self.entry.accepts("end"),
        )

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """Clips on the model's own lengths and sizes, shared by the shots of a take.

        Shots with images that the model does not take go to a sister that does.
        """
        self._film = pack(requests, self.entry)
        self._lacking = tuple(
            shot for shot, asked in requests.items() if missing(self.entry, asked)
        )
        return self._film

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """The same model with another seed.

        In its place the film's own model, where a sister was to begin with a picture that is not
        to be had after all.
        """
        asked = self._entry_of(request)
        if not missing(asked, request):
            return (_seeded(request, another_seed(request), asked),)
        entry = serving(self.entry, given_by(request))
        if entry.ref == asked.ref or entry.needs("audio") or missing(entry, request):
            return ()
        seconds, stills = request.frames / request.rate, stills_for(entry, request)
        making = make_legal(entry, seconds, request.width, request.height, given=stills)
        return (level(request, entry, making),) if making.seconds >= seconds else ()

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Model, length, seed, images and licence; which model's place a sister takes, and why."""
        entry, given = self._entry_of(request), given_by(request)
        kept = [f"{entry.ref} at {self.service}", f"{request.seconds:.2f} s"]
        if entry.takes("seed"):
            kept.append(f"seed {request.seed}")
        kept += [f"with the {role} image" for role in ("start", "end") if role in given]
        if "references" in given:
            kept.append("with reference images")
        kept += self._in_place_of(entry, given)
        return (*kept, f"licence: {entry.licence}")

    def _in_place_of(self, entry: Entry, given: Collection[Role]) -> Iterator[str]:
        """That `entry` serves as another's sister, where it was not named itself."""
        if entry.ref != self.entry.ref and entry.name in self.entry.with_images:
            lacking = [role for role in STILLS if role in given and not self.entry.takes(role)]
            why = f", which takes no {' or '.join(lacking)} image" if lacking else ""
            yield f"for {self.entry.key}{why}"

    def notices(self) -> Sequence[str]:
        """Shots the model cannot serve wholly, changed entries, old prices; of its sisters too."""
        told: list[str] = []
        makers = {shot: made_by(self.entry, each.request) for shot, each in self._film.items()}
        used = {entry.key: entry for entry in (self.entry, *makers.values())}
        shipped = catalogue().entries if self._own_catalogue else ()
        for name, entry in used.items():
            shots = [shot for shot, maker in makers.items() if maker.key == name]
            told += too_short(name, {shot: self._film[shot] for shot in shots})
            if entry is self.entry and self._lacking:
                told.append(f"{name} makes nothing without an image: {named(self._lacking)}")
            told += self._aged(entry, shipped)
        return tuple(told)

    def quote(self, request: ClipRequest) -> Quote:
        """Price of the planned `request`, from the catalogue."""
        return quote(self._entry_of(request), request)

    def _entry_of(self, request: ClipRequest) -> Entry:
        return self._catalogue.asked(request.source)

    def _asked(self, request: ClipRequest, files: Images | None) -> Asked[Entry]:
        expected = self._expected(request)
        self._legal(validate(expected.entry, expected.input))
        links = self._uploads.links(request, files or NO_IMAGES)
        return Asked(expected.entry, inputs(expected.entry, request, links))

    def _expected(self, request: ClipRequest) -> Asked[Entry]:
        entry = self._entry_of(request)
        return Asked(entry, inputs(entry, request, _placeholders(request)))

    def _metered(
        self, request: ClipRequest, metrics: Mapping[str, object], ended: Ending
    ) -> Charge | None:
        return charge(self._entry_of(request), request, metrics, ended=ended)


def _placeholders(request: ClipRequest) -> UploadedImages:
    return UploadedImages(
        SOMEWHERE if request.start else None,
        SOMEWHERE if request.end else None,
        (SOMEWHERE,) * len(request.references),
    )


def _seeded(request: ClipRequest, seed: int, entry: Entry) -> ClipRequest:
    name = entry.carrying("seed")
    high = entry.inputs[name].high if name else None
    return request.model_copy(update={"seed": seed if high is None else seed % (int(high) + 1)})
