"""What both services and all orders have in common, before anything is sent: `Hosted`."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple

import httpx
from typing_extensions import TypeVar

from songreel.generation.catalogue.billing import Ending
from songreel.generation.catalogue.listing import Listing
from songreel.generation.catalogue.offer import Offer
from songreel.generation.hosted.http import TIMEOUT, Hosts, Wire
from songreel.generation.hosted.keys import Service, key
from songreel.generation.hosted.parcel import Parcel
from songreel.generation.hosted.reading import same_input
from songreel.generation.hosted.upload import Uploaded
from songreel.generation.provider import Context, Standing, Traits
from songreel.models.clip import Job
from songreel.models.errors import ProviderError, SongreelError
from songreel.models.money import Charge, Quote
from songreel.models.order import Order

OLD = timedelta(days=90)
"""Age of a price from which the user is told."""

SOMEWHERE = "https://example.invalid/"
"""In place of a file's address where only the rest of the input counts; the start of the file's
hash follows where it is uploaded as it is."""

_MARK = re.compile(r"(?<![0-9a-f])([0-9a-f]{16})\.[a-z0-9]{2,4}(?:$|\?)")
"""Name of a file that was uploaded from here."""

E = TypeVar("E", bound=Offer)
R = TypeVar("R", bound=Order)
F = TypeVar("F")


class Asked(NamedTuple, Generic[E]):
    """What is sent to a service for a request."""

    entry: E
    input: dict[str, object]


class Hosted(ABC, Generic[E, R, F]):
    """A service that makes what is ordered for money. One object serves all of its models.

    How a service is spoken to is in `replicate.OnReplicate` and `fal.OnFal`; what is ordered, in
    `clips.HostedClips` and `sounds.HostedSounds`; a source is one of each.

    A request says by its `source` which model it was planned for; the model of the context is
    the one that `plan` plans for.

    Raises:
        InvalidInput: There is no key, or the catalogue has no such model.
    """

    service: ClassVar[Service]
    scheme: ClassVar[str]
    """Of the Authorization header."""
    kinds: ClassVar[tuple[str, ...]]
    """What comes of a job, by the names that answers have for it: `video`, `audio`."""

    order: ClassVar[type[Order]]
    """What is ordered."""

    def __init__(
        self,
        context: Context,
        hosts: Hosts,
        *,
        transport: httpx.BaseTransport | None,
        timeout: httpx.Timeout | None,
        today: date | None,
    ) -> None:
        self._catalogue = self._listing(context.catalogue)
        self.entry: E = self._catalogue.find(self.service, context.model)
        self._own_catalogue = context.catalogue is not None
        self._today = today or datetime.now(UTC).date()
        self.name = self.entry.key
        self.traits = self._traits()
        self._wire = Wire(
            self.service,
            hosts,
            self.scheme,
            key(self.service),
            transport=transport,
            timeout=timeout or TIMEOUT,
        )
        self._begin()

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready with a key and a model of the catalogue; asks nothing of the network."""
        summary = f"hosted models at {cls.service}; costs money, needs a key and the network"
        try:
            entry = cls._listing(context.catalogue).find(cls.service, context.model)
            summary = f"{entry.ref} at {cls.service}; costs money, needs a key and the network"
            key(cls.service)
        except SongreelError as error:
            return Standing(ready=False, summary=summary, reason=str(error))
        return Standing(ready=True, summary=summary)

    def headers(self, url: str) -> Mapping[str, str]:
        """The key, for the service's own hosts alone."""
        return self._wire.authorization(url)

    def close(self) -> None:
        """Let go of the connections; jobs under way go on at the service."""
        self._wire.close()

    @abstractmethod
    def _begin(self) -> None:
        """What the kind of order needs beside that, once the wire is there."""

    @classmethod
    @abstractmethod
    def _listing(cls, user: Path | None) -> Listing[E]:
        """The models that there are, the user's own among them."""

    @abstractmethod
    def _traits(self) -> Traits:
        """Of the model of the context."""

    @abstractmethod
    def alternatives(self, request: R) -> Sequence[R]:
        """As every maker's."""

    @abstractmethod
    def notes(self, request: R) -> Sequence[str]:
        """As every maker's."""

    @abstractmethod
    def quote(self, request: R) -> Quote:
        """Price of the planned `request`, from the catalogue."""

    @abstractmethod
    def _entry_of(self, request: R) -> E:
        """The model that a request was planned for."""

    @abstractmethod
    def _asked(self, request: R, files: F | None) -> Asked[E]:
        """The model and the input to send, legal; the files are uploaded for it.

        Raises:
            MachineError: A file cannot be read.
            ProviderError: The model would refuse it, or a file was not taken.
        """

    @abstractmethod
    def _expected(self, request: R) -> Asked[E]:
        """The model and the input as it was sent, but for the files' addresses (`SOMEWHERE`)."""

    @abstractmethod
    def _metered(self, request: R, metrics: Mapping[str, object], ended: Ending) -> Charge | None:
        """What a job that has ended cost; None where that cannot be told."""

    @abstractmethod
    def _upload(self, parcel: Parcel) -> Uploaded:
        """Give a file to the service; repeating it does no harm."""

    def _job(
        self, request: R, id_: str, sent: datetime, ticket: Mapping[str, str] | None = None
    ) -> Job[R]:
        """A job that the service has taken."""
        kind: Any = Job[self.order]  # type: ignore[name-defined]
        job: Job[R] = kind(
            provider=self.name, id=id_, request=request, ticket=ticket or {}, sent=sent
        )
        return job

    def _charged(self, request: R, metrics: object, ended: Ending = "succeeded") -> Charge | None:
        return self._metered(request, metrics if isinstance(metrics, Mapping) else {}, ended)

    def _charged_unseen(self, request: R, metrics: object) -> Charge:
        """Of what was made and cannot be had any more."""
        told = self.quote(request)
        return self._charged(request, metrics) or Charge(
            usd=told.likely, basis=told.basis, measured=False
        )

    def _legal(self, faults: Sequence[str]) -> None:
        if faults:
            raise ProviderError("; ".join(faults), provider=self.service)

    def _aged(self, entry: E, shipped: Sequence[E]) -> Sequence[str]:
        """That an entry is the user's own, or its price old.

        Args:
            entry: The entry.
            shipped: Those that it may be one of; empty where the user has no catalogue.
        """
        told = []
        if self._own_catalogue and not any(_same(entry, each) for each in shipped):
            told.append(f"{entry.key} is asked as your own catalogue says")
        age = self._today - entry.price.read
        if age > OLD:
            told.append(
                f"the price of {entry.key} was read on {entry.price.read.isoformat()}, "
                f"{age.days} days ago; look at {entry.price.source}"
            )
        return told

    def _is_ours(self, entry: E, ours: Mapping[str, object], theirs: object) -> bool:
        """Whether a service's record of an input is that of our request."""
        return same_input(entry, ours, theirs, self._same_file)

    def _same_file(self, ours: object, theirs: object) -> bool:
        """Whether an address in the service's record holds the file that ours stands for.

        Uploads are named by their content, so two orders that differ by a file alone (a chain
        that goes on from its own end) are told apart. A name that is not ours proves nothing.
        """
        mark = str(ours).removeprefix(SOMEWHERE) if str(ours).startswith(SOMEWHERE) else ""
        if not mark or not isinstance(theirs, str) or mark in theirs:
            return True
        named = _MARK.search(self._name_of(theirs))
        return named is None or named[1] == mark

    def _name_of(self, url: str) -> str:
        """The name under which a file was uploaded, as far as its address tells it."""
        return url

    def _output(self, output: Any) -> Any:
        """The address in what a model has given, whichever form it has."""
        if isinstance(output, Mapping):
            output = next((output[kind] for kind in self.kinds if output.get(kind)), output)
        if isinstance(output, list):
            output = output[0] if output else None
        if isinstance(output, Mapping):
            output = output.get("url", output)
        return output


def is_address(output: object) -> bool:
    """Whether it is an address that a file can be fetched from."""
    return isinstance(output, str) and output.startswith(("https://", "http://"))


def _same(one: Offer, other: Offer) -> bool:
    """Whether two entries are the same, whatever has become of their sisters."""
    return one.model_dump() == other.model_dump()
