"""What both services have in common: all that the catalogue decides, before anything is sent."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import httpx

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
from songreel.generation.catalogue.price import Ending, charge, quote
from songreel.generation.catalogue.served import another_seed, named, too_short
from songreel.generation.hosted.http import TIMEOUT, Hosts, Wire
from songreel.generation.hosted.image import Prepared
from songreel.generation.hosted.keys import Service, key
from songreel.generation.hosted.upload import Uploaded, Uploads
from songreel.generation.provider import Context, Standing, Traits
from songreel.models.clip import ClipRequest, Images, Portion
from songreel.models.errors import ProviderError, SongreelError
from songreel.models.money import Charge, Quote

OLD = timedelta(days=90)
"""Age of a price from which the user is told."""

_ANY = "https://example.invalid/"
"""In place of an image's address where only the rest of the input counts."""


class Hosted:
    """A service that makes clips for money. One object serves all of its models.

    A request says by its `source` which model it was planned for; the model of the context is
    the one that `plan` plans for.

    Raises:
        InvalidInput: There is no key, or the catalogue has no such model.
    """

    service: ClassVar[Service]
    scheme: ClassVar[str]
    """Of the Authorization header."""

    def __init__(
        self,
        context: Context,
        hosts: Hosts,
        *,
        transport: httpx.BaseTransport | None,
        timeout: httpx.Timeout | None,
        today: date | None,
    ) -> None:
        self._catalogue: Catalogue = catalogue(context.catalogue)
        self.entry = self._catalogue.find(self.service, context.model)
        self._own_catalogue = context.catalogue is not None
        self._today = today or datetime.now(UTC).date()
        self.name = self.entry.key
        self.traits = Traits(
            local=False,
            hears_music=False,
            costs_money=True,
            deterministic=False,
            max_concurrent=self.entry.concurrent,
            dialect=self.entry.dialect,
            takes_start=self.entry.accepts("start"),
            takes_end=self.entry.accepts("end"),
        )
        self._film: Mapping[str, Portion] = {}
        self._lacking: tuple[str, ...] = ()
        self._wire = Wire(
            self.service,
            hosts,
            self.scheme,
            key(self.service),
            transport=transport,
            timeout=timeout or TIMEOUT,
        )
        self._uploads = Uploads(self._upload)

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready with a key and a model of the catalogue; asks nothing of the network."""
        summary = f"hosted models at {cls.service}; costs money, needs a key and the network"
        try:
            entry = catalogue(context.catalogue).find(cls.service, context.model)
            summary = f"{entry.ref} at {cls.service}; costs money, needs a key and the network"
            key(cls.service)
        except SongreelError as error:
            return Standing(ready=False, summary=summary, reason=str(error))
        return Standing(ready=True, summary=summary)

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
        asked = self._catalogue.asked(request.source)
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
        entry, given = self._catalogue.asked(request.source), given_by(request)
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
            if self._own_catalogue and not any(_same(entry, each) for each in shipped):
                told.append(f"{name} is asked as your own catalogue says")
            age = self._today - entry.price.read
            if age > OLD:
                told.append(
                    f"the price of {name} was read on {entry.price.read.isoformat()}, "
                    f"{age.days} days ago; look at {entry.price.source}"
                )
        return tuple(told)

    def quote(self, request: ClipRequest) -> Quote:
        """Price of the planned `request`, from the catalogue."""
        return quote(self._catalogue.asked(request.source), request)

    def headers(self, url: str) -> Mapping[str, str]:
        """The key, for the service's own hosts alone."""
        return self._wire.authorization(url)

    def close(self) -> None:
        """Let go of the connections; jobs under way go on at the service."""
        self._wire.close()

    @abstractmethod
    def _upload(self, image: Prepared) -> Uploaded:
        """Give an image to the service; repeating it does no harm."""

    def _asked(self, request: ClipRequest, images: Images) -> tuple[Entry, dict[str, object]]:
        """The model and the input to send, legal; the images are uploaded for it.

        Raises:
            ProviderError: The model would refuse it.
        """
        entry = self._catalogue.asked(request.source)
        self._legal(entry, inputs(entry, request, _placeholders(request)))
        return entry, inputs(entry, request, self._uploads.links(request, images))

    def _legal(self, entry: Entry, sent: Mapping[str, object]) -> None:
        if faults := validate(entry, sent):
            raise ProviderError("; ".join(faults), provider=self.service)

    def _expected(self, request: ClipRequest) -> tuple[Entry, dict[str, object]]:
        """The model and the input as it was sent, but for the images' addresses."""
        entry = self._catalogue.asked(request.source)
        return entry, inputs(entry, request, _placeholders(request))

    def _charged(
        self, request: ClipRequest, metrics: object, ended: Ending = "succeeded"
    ) -> Charge | None:
        known = metrics if isinstance(metrics, Mapping) else {}
        return charge(self._catalogue.asked(request.source), request, known, ended=ended)

    def _charged_unseen(self, request: ClipRequest, metrics: object) -> Charge:
        """Of a clip that was made and cannot be had any more."""
        told = self.quote(request)
        return self._charged(request, metrics) or Charge(
            usd=told.likely, basis=told.basis, measured=False
        )


def _placeholders(request: ClipRequest) -> UploadedImages:
    return UploadedImages(
        _ANY if request.start else None,
        _ANY if request.end else None,
        (_ANY,) * len(request.references),
    )


def _same(one: Entry, other: Entry) -> bool:
    """Whether two entries are the same, whatever has become of their sisters."""
    return one.model_dump() == other.model_dump()


def _seeded(request: ClipRequest, seed: int, entry: Entry) -> ClipRequest:
    name = entry.carrying("seed")
    high = entry.inputs[name].high if name else None
    return request.model_copy(update={"seed": seed if high is None else seed % (int(high) + 1)})
