"""Replicate (replicate.com): hosted models, paid by output or by the machine's second.

The official client (replicate 1.0.7) creates, cancels and uploads; it never repeats a POST. The
rest goes over httpx, because the client

- knows no `aborted`: `predictions.get` and `.list` then raise a validation error, and so does the
  reading of every answer with a status that is new; the id of a paid job would be lost with it,
  so that answers to creations are read by us too;
- hides `data_removed`, by which a result that is gone is told from one that never came;
- cannot ask the list for a span of time, and sleeps where it repeats a GET.

`run` and `wait` are never called: `run` returns None while a prediction is still processing,
`wait` has no end and does not know `aborted`. What the client does over the network it does over
our wire: timeouts that it lifts off creations stand there, errors are told apart there before it
sees them, and it never holds the key.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from songreel.generation.catalogue.billing import Ending
from songreel.generation.catalogue.offer import Offer
from songreel.generation.hosted.base import E, F, Hosted, R, is_address
from songreel.generation.hosted.http import Hosts, base_url
from songreel.generation.hosted.keys import Service
from songreel.generation.hosted.parcel import Parcel
from songreel.generation.hosted.reading import (
    AFTER,
    BEFORE,
    clock_ahead,
    moment,
    progress,
    stamp,
)
from songreel.generation.hosted.trouble import is_refusal, shortened
from songreel.generation.hosted.upload import Uploaded
from songreel.generation.provider import Context
from songreel.models.clip import Job, JobState
from songreel.models.errors import InvalidInput, MachineError, ProviderError

if TYPE_CHECKING:
    from replicate.client import Client

CANCEL_AFTER = "60m"
"""After which Replicate itself ends a prediction that nobody came back for: not charged before it
has started (replicate.com/changelog, 2025-10-16). Twice the half hour that a run may take."""

LAG = 5.0
"""Seconds for which a list that does not show a prediction does not mean there is none."""

LARGEST_FILE = 100 * 2**20
"""Bytes of an upload: "The maximum size for uploaded files is 100MiB" (README of Replicate's
JavaScript client, github.com/replicate/replicate-javascript, read 2026-11-21)."""

_PAGES = 50
"""Of the list, a hundred predictions each."""


class OnReplicate(Hosted[E, R, F]):
    """Models on Replicate, official ones by name and community ones by version.

    Args:
        context: Where it works; `context.model` is a name of the catalogue.
        transport: In the place of the network, for tests.
        timeout: Of each step of an exchange.
        lag: See `LAG`.
        today: For the age of prices.
    """

    service: ClassVar[Service] = "replicate"
    scheme: ClassVar[str] = "Bearer"

    def __init__(
        self,
        context: Context,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | None = None,
        lag: float = LAG,
        today: date | None = None,
    ) -> None:
        base = base_url("REPLICATE_BASE_URL", "https://api.replicate.com")
        self._base = base.removesuffix("/v1")
        hosts = Hosts((self._base,), ("replicate.delivery",))
        super().__init__(context, hosts, transport=transport, timeout=timeout, today=today)
        self._lag = lag
        self._answers = self._wire.through(_creates, {"Cancel-After": CANCEL_AFTER})
        self._client: Client | None = None
        self._making = Lock()

    def submit(self, request: R, files: F | None = None, /) -> Job[R]:
        """Create a prediction."""
        entry, sent = self._asked(request, files)
        client = self._official()
        now = datetime.now(UTC)
        with suppress(ValueError):  # pydantic's: a status or field that the client does not know
            if entry.version:
                client.predictions.create(version=entry.version, input=sent)
            else:
                client.predictions.create(model=entry.ref, input=sent)
        match self._answers.last():
            case {"id": str(id_)} if id_:
                return self._job(request, id_, now)
        raise ProviderError(
            "replicate answered without an id; whether it has taken the request is not known",
            provider=self.service,
            ambiguous=True,
        )

    def find(self, job: Job[R]) -> Job[R] | None:
        """Look through the predictions made around `job.sent` for one of the very same input.

        Replicate keeps inputs for an hour; a prediction of the model from that time whose input
        is gone may be ours, and then it cannot be told.
        """
        if job.sent is None:
            raise self._untold("when it was sent is not known")
        entry, ours = self._expected(job.request)
        found, gone = [], False
        for item, created in self._around(job.sent):
            if not _of_model(entry, item):
                continue
            theirs = item.get("input")
            if not theirs or item.get("data_removed"):
                gone = True
            elif self._is_ours(entry, ours, theirs):
                found.append((abs(created - job.sent), str(item.get("id"))))
        if found:
            return job.model_copy(update={"id": min(found)[1]})
        if gone:
            raise self._untold("the inputs of that time are no longer kept")
        young = self._lag - (datetime.now(UTC) - job.sent).total_seconds()
        if young > 0:
            raise ProviderError(
                "replicate does not list the prediction yet",
                provider=self.service,
                retryable=True,
                retry_after=young,
            )
        return None

    def poll(self, job: Job[R]) -> JobState:
        """Ask after a prediction."""
        request = self._wire.request("GET", f"{self._base}/v1/predictions/{job.id}")
        response = self._wire.reply(request)
        if response.status_code == 404:
            raise ProviderError(
                f"replicate does not know prediction {job.id}", provider=self.service
            )
        if not response.is_success:
            raise self._wire.refusal(response)
        item = self._wire.json(response)
        match item:
            case {"status": "starting"}:
                return JobState(status="waiting", detail="waits for a machine")
            case {"status": "processing"}:
                return JobState(status="waiting", progress=progress(str(item.get("logs") or "")))
            case {"status": "succeeded"}:
                return self._done(job, item)
            case {"status": "failed"}:
                error = shortened(str(item.get("error") or "it failed without a reason"))
                return JobState(
                    status="failed",
                    detail=f"replicate: {error}",
                    refused=is_refusal(error),
                    charge=self._charged(job.request, item.get("metrics"), "failed"),
                )
            case {"status": "canceled"}:
                # While it waited for a machine nothing ran, and nothing is charged.
                ended: Ending = "canceled" if item.get("started_at") else "aborted"
                return JobState(
                    status="failed",
                    detail="it was cancelled at replicate",
                    charge=self._charged(job.request, item.get("metrics"), ended),
                )
            case {"status": "aborted"}:
                return JobState(
                    status="failed",
                    detail=f"replicate did not start it within {CANCEL_AFTER}",
                    charge=self._charged(job.request, item.get("metrics"), "aborted"),
                )
        status = item.get("status") if isinstance(item, Mapping) else None
        # Neither an end nor a wait: asked again a few times, it is left for the next run.
        raise ProviderError(
            f"replicate: prediction {job.id} has the status {status!r}, which is not known here; "
            "update songreel",
            provider=self.service,
            retryable=True,
        )

    def cancel(self, job: Job[R]) -> None:
        """Stop a prediction; one that has ended or is not known is no matter."""
        if not job.id:
            return
        try:
            self._official().predictions.cancel(job.id)
        except ValueError:  # the client knows no `aborted`
            return
        except ProviderError as error:
            if error.retryable or error.down:
                raise

    def live_schema(self, entry: Offer) -> Mapping[str, Any]:
        """The model as Replicate knows it just now: `latest_version` with `id`, `openapi_schema`.

        The id is the newest version's; the schema is that of the version the entry uses.

        Raises:
            ProviderError: The model is not known any more, or the question was not answered.
        """
        address = f"{self._base}/v1/models/{entry.ref}"
        found = self._wire.ask("GET", address)
        newest = found.get("latest_version") if isinstance(found, Mapping) else None
        used = newest
        if entry.version and isinstance(newest, Mapping) and newest.get("id") != entry.version:
            used = self._wire.ask("GET", f"{address}/versions/{entry.version}")
        match newest, used:
            case {"id": str(id_)}, {"openapi_schema": Mapping() as schema} if schema:
                return {"latest_version": {"id": id_, "openapi_schema": schema}}
        raise ProviderError(f"replicate gives no schema of {entry.ref}", provider=self.service)

    def webhook_secret(self) -> str:
        """The secret with which Replicate signs this account's calls, for `verify_replicate`.

        Raises:
            ProviderError: It could not be had.
        """
        match self._wire.ask("GET", f"{self._base}/v1/webhooks/default/secret"):
            case {"key": str(found)} if found:
                return found
        raise ProviderError("replicate names no webhook secret", provider=self.service)

    def _upload(self, parcel: Parcel) -> Uploaded:
        """Through the files API: data URLs are for 256 kB at most, and fill the list of jobs."""
        if parcel.size > LARGEST_FILE:
            raise InvalidInput(
                f"replicate takes files up to {LARGEST_FILE / 2**20:.0f} MiB and this one has "
                f"{parcel.size / 2**20:.0f}; make it smaller or name an address it can be "
                "fetched from"
            )
        with parcel.open() as content, suppress(ValueError):  # fields the client does not know
            self._official().files.create(
                content, filename=parcel.name, content_type=parcel.content_type
            )
        match self._answers.last():
            case {"urls": {"get": str(url)}, **rest} if url:
                return Uploaded(url, moment(rest.get("expires_at")))
        raise ProviderError(
            "replicate took a file and gave no address for it", provider=self.service
        )

    def _name_of(self, url: str) -> str:
        """Its files have addresses without names; it is asked for the name."""
        if not url.startswith(f"{self._base}/v1/files/"):
            return url
        try:
            match self._wire.ask("GET", url):
                case {"name": str(name)}:
                    return name
        except ProviderError as error:
            if error.retryable or error.down:
                raise
        return ""  # it is gone

    def _done(self, job: Job[R], item: Mapping[str, Any]) -> JobState:
        output, metrics = self._output(item.get("output")), item.get("metrics")
        if is_address(output):
            charge = self._charged(job.request, metrics)
            return JobState(status="done", progress=1.0, result=output, charge=charge)
        if output is None:
            gone = "is no longer kept; that is done for an hour"
            why = gone if item.get("data_removed") else "is empty"
            return JobState(
                status="failed",
                detail=f"replicate: the result of prediction {job.id} {why}",
                charge=self._charged_unseen(job.request, metrics),
            )
        raise ProviderError(
            f"replicate: the output of prediction {job.id} is no address of a {self.kinds[0]}",
            provider=self.service,
            charged=True,
        )

    def _around(self, sent: datetime) -> list[tuple[Mapping[str, Any], datetime]]:
        """Predictions created about when a request was sent, newest first.

        The service's clock and ours may differ: its answers say by how much.
        """
        found, ahead = self._listed(sent - BEFORE)
        if ahead < -BEFORE / 2:  # behind: what we look for is older than where we stopped
            found, ahead = self._listed(sent - BEFORE + ahead)
        last = sent + AFTER + max(ahead, timedelta(0))
        return [each for each in found if each[1] <= last]

    def _listed(
        self, first: datetime
    ) -> tuple[list[tuple[Mapping[str, Any], datetime]], timedelta]:
        """Predictions created after `first`, and by how much the service's clock is ahead."""
        found: list[tuple[Mapping[str, Any], datetime]] = []
        address = f"{self._base}/v1/predictions"
        request = self._wire.request("GET", address, params={"created_after": stamp(first)})
        for _ in range(_PAGES):
            response = self._wire.send(request)
            ahead = clock_ahead(response)
            page = self._wire.json(response)
            if not isinstance(page, Mapping) or not isinstance(page.get("results"), list):
                raise self._wire.unknown(response)
            for item in page["results"]:
                created = moment(item.get("created_at")) if isinstance(item, Mapping) else None
                if created is None:
                    raise self._wire.unknown(response)
                if created < first:  # newest first: the rest is older
                    return found, ahead
                found.append((item, created))
            if not page.get("next"):
                return found, ahead
            request = self._wire.request("GET", str(page["next"]))
        raise self._untold("too many predictions were made since")

    def _untold(self, why: str) -> ProviderError:
        return ProviderError(
            f"whether replicate has taken the request cannot be told: {why}; look at "
            "https://replicate.com/predictions",
            provider=self.service,
        )

    def _official(self) -> "Client":
        """The official client, over our wire; imported when first needed."""
        with self._making:
            if self._client is None:
                try:
                    from replicate.client import Client
                except Exception as error:  # its shim of pydantic 1 breaks on newer Pythons
                    raise MachineError(
                        "the package `replicate` cannot be loaded here "
                        f"({type(error).__name__}: {error}); Python 3.11 to 3.13 runs it"
                    ) from error
                self._client = Client(
                    base_url=self._base,
                    transport=self._answers,
                    # In the key's place, or the client would look for one in the environment.
                    headers={"Authorization": "added on the wire"},
                )
            return self._client


def _creates(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/predictions")


def _of_model(entry: Offer, item: Mapping[str, Any]) -> bool:
    """Whether a prediction is of `entry`'s model, and of its version where it has one."""
    if entry.version and item.get("version") not in (entry.version, "hidden", None):
        return False
    return item.get("model") in (entry.ref, None)
