"""fal.ai: hosted models behind a queue, paid by output.

All over httpx: `fal_client` sends a creation again after a timeout, a reset or a 408, 409 or 429
(ten times, version 1.0.3), and each that arrives is a clip to be paid.
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

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
from songreel.generation.hosted.trouble import REFUSING, shortened, told
from songreel.generation.hosted.upload import Uploaded, to_fal
from songreel.generation.provider import Context
from songreel.models.clip import Job, JobState
from songreel.models.errors import ProviderError

QUEUE, REST, PLATFORM = "https://queue.fal.run", "https://rest.fal.ai", "https://api.fal.ai/v1"

SCHEMAS = "https://fal.ai/api/openapi/queue/openapi.json"
"""A model's OpenAPI document, public; asked there where fal itself is asked."""

LAG = 900.0
"""Seconds for which a list that does not show a request does not mean there is none: fal sorts it
by when requests ended, and no page says whether those that have not are in it. Longer than any
model of the catalogue takes."""

KEPT = timedelta(minutes=55)
"""For which fal keeps what a request made: an hour from its end, and six minutes where the answer
is larger than those of video models (fal.ai/docs/inference-api/queue/result)."""

_PAGES = 50


class OnFal(Hosted[E, R, F]):
    """Models on fal.ai, each an endpoint of its own.

    Args:
        context: Where it works; `context.model` is a name of the catalogue.
        transport: In the place of the network, for tests.
        timeout: Of each step of an exchange.
        lag: See `LAG`.
        today: For the age of prices.
    """

    service: ClassVar[Service] = "fal"
    scheme: ClassVar[str] = "Key"

    def __init__(
        self,
        context: Context,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | None = None,
        lag: float = LAG,
        today: date | None = None,
    ) -> None:
        self._queue = base_url("FAL_QUEUE_BASE_URL", QUEUE)
        self._rest = base_url("FAL_REST_BASE_URL", REST)
        self._platform = base_url("FAL_API_BASE_URL", PLATFORM)
        # A stand-in for the queue knows other requests than fal's own platform does.
        self._at_home = self._queue == QUEUE
        self._lists = self._at_home or "FAL_API_BASE_URL" in os.environ
        hosts = Hosts((self._queue, self._rest, self._platform), ("fal.media", "fal.run"))
        super().__init__(context, hosts, transport=transport, timeout=timeout, today=today)
        self._lag = lag

    def submit(self, request: R, files: F | None = None, /) -> Job[R]:
        """Put a request into the queue of the model's endpoint."""
        entry, sent = self._asked(request, files)
        now = datetime.now(UTC)
        answer = self._wire.ask("POST", f"{self._queue}/{entry.ref}", json=sent, buys=True)
        match answer:
            case {"request_id": str(id_)} if id_:
                return self._job(request, id_, now, self._ticket(entry, id_, answer))
        raise ProviderError(
            "fal answered without a request_id; whether it has taken the request is not known",
            provider=self.service,
            ambiguous=True,
        )

    def find(self, job: Job[R]) -> Job[R] | None:
        """Look through the endpoint's requests around `job.sent` for one of the very same input."""
        if job.sent is None:
            raise self._untold("when it was sent is not known")
        if not self._lists:
            raise self._untold("FAL_API_BASE_URL does not say where its requests are listed")
        entry, ours = self._expected(job.request)
        found, gone = [], False
        for item in self._around(entry, job.sent):
            theirs = item.get("json_input")
            when = moment(item.get("sent_at")) or job.sent
            if not theirs:
                gone = True
            elif self._is_ours(entry, ours, theirs):
                found.append((abs(when - job.sent), str(item.get("request_id"))))
        if found:
            id_ = min(found)[1]
            return job.model_copy(update={"id": id_, "ticket": self._ticket(entry, id_, {})})
        if gone:
            raise self._untold("the inputs of that time are not kept")
        if (datetime.now(UTC) - job.sent).total_seconds() < self._lag:
            surely = (job.sent + timedelta(seconds=self._lag)).astimezone(UTC)
            later = f"it may be under way still; run again after {surely:%H:%M} UTC"
            raise self._untold(later, retryable=True)
        return None

    def poll(self, job: Job[R]) -> JobState:
        """Ask after a request, and for its result where it has one."""
        request = self._wire.request("GET", self._place(job, "status_url"), params={"logs": "1"})
        response = self._wire.reply(request)
        if response.status_code == 404:
            return self._gone(job)
        if not response.is_success:
            raise self._wire.refusal(response)
        item = self._wire.json(response)
        match item:
            case {"status": "IN_QUEUE"}:
                place = item.get("queue_position")
                detail = f"at place {place} in the queue" if place else "waits for a machine"
                return JobState(status="waiting", detail=detail)
            case {"status": "IN_PROGRESS"}:
                return JobState(status="waiting", progress=progress(_log(item.get("logs"))))
            case {"status": "COMPLETED"}:
                return self._ended(job, item)
        status = item.get("status") if isinstance(item, Mapping) else None
        # Neither an end nor a wait: asked again a few times, it is left for the next run.
        raise ProviderError(
            f"fal: request {job.id} has the status {status!r}, which is not known here; "
            "update songreel",
            provider=self.service,
            retryable=True,
        )

    def cancel(self, job: Job[R]) -> None:
        """Stop a request; one that runs may go on, one that has ended is no matter."""
        if not job.id:
            return
        try:
            self._wire.ask("PUT", self._place(job, "cancel_url"))
        except ProviderError as error:
            if error.retryable or error.down:
                raise

    def live_schema(self, entry: Offer) -> Mapping[str, Any]:
        """The endpoint's own OpenAPI document just now.

        At fal itself from its public address; with `FAL_API_BASE_URL` set, from the platform
        API's list of models.

        Raises:
            ProviderError: The endpoint is not known any more, or the question was not answered.
        """
        if self._at_home and "FAL_API_BASE_URL" not in os.environ:
            request = self._wire.request("GET", SCHEMAS, params={"endpoint_id": entry.ref})
            document = self._wire.json(self._wire.send(request, open_to=True))
        else:
            asked = {"endpoint_id": entry.ref, "expand": "openapi-3.0"}
            answer = self._wire.ask("GET", f"{self._platform}/models", params=asked)
            models = answer.get("models") if isinstance(answer, Mapping) else None
            document = models[0].get("openapi") if isinstance(models, list) and models else None
        if isinstance(document, Mapping) and document.get("components"):
            return document
        raise ProviderError(f"fal gives no schema of {entry.ref}", provider=self.service)

    def webhook_keys(self) -> tuple[Mapping[str, Any], ...]:
        """The public keys with which fal signs its calls, for `verify_fal`; asked without ours.

        Raises:
            ProviderError: They could not be had.
        """
        request = self._wire.request("GET", f"{self._rest}/.well-known/jwks.json")
        match self._wire.json(self._wire.send(request, open_to=True)):
            case {"keys": [_, *_] as keys}:
                return tuple(each for each in keys if isinstance(each, Mapping))
        raise ProviderError("fal names no keys for its webhooks", provider=self.service)

    def _upload(self, parcel: Parcel) -> Uploaded:
        return to_fal(self._wire, self._rest, parcel)

    def _place(self, job: Job[R], name: str) -> str:
        """One of the addresses of `job`; laid out if its ticket was lost."""
        entry = self._entry_of(job.request)
        return job.ticket.get(name) or self._ticket(entry, job.id, {})[name]

    def _ticket(self, entry: Offer, id_: str, answer: Mapping[str, Any]) -> dict[str, str]:
        """Where to ask after a request: as the answer says, else as the reference lays it out.

        These addresses hold the endpoint's owner and app without the path below it.
        """
        base = f"{self._queue}/{'/'.join(entry.ref.split('/')[:2])}/requests/{id_}"
        laid_out = {
            "status_url": f"{base}/status",
            "response_url": base,
            "cancel_url": f"{base}/cancel",
        }
        return {name: str(answer.get(name) or url) for name, url in laid_out.items()}

    def _gone(self, job: Job[R]) -> JobState:
        """A request that fal does not know: it forgets what has ended after an hour."""
        if job.sent is not None and datetime.now(UTC) - job.sent > KEPT:
            return JobState(
                status="failed",
                detail=f"fal: the result of request {job.id} is no longer kept",
                charge=self._charged_unseen(job.request, None),
            )
        raise ProviderError(f"fal does not know request {job.id}", provider=self.service)

    def _ended(self, job: Job[R], item: Mapping[str, Any]) -> JobState:
        """What came of a request that is COMPLETED: that alone says nothing of success."""
        request = self._wire.request("GET", self._place(job, "response_url"))
        response = self._wire.reply(request)
        if response.is_success:
            return self._done(job, item, self._wire.json(response))
        why = told(response)
        kinds = set(why.types)
        kinds |= {str(item["error_type"])} if item.get("error_type") else set()
        kinds |= {response.headers.get("X-Fal-Error-Type", "")} - {""}
        if not kinds and not item.get("error"):
            if response.status_code == 404:
                return JobState(
                    status="failed",
                    detail=f"fal: the result of request {job.id} is no longer kept",
                    charge=self._charged_unseen(job.request, item.get("metrics")),
                )
            raise self._wire.refusal(response)  # no word of the model: the way there failed
        text = why.text or shortened(str(item.get("error") or ", ".join(sorted(kinds))))
        ended: Ending = "canceled" if "client_cancelled" in kinds else "failed"
        return JobState(
            status="failed",
            detail=f"fal: {text} ({response.status_code})",
            refused=bool(kinds & REFUSING),
            charge=self._charged(job.request, item.get("metrics"), ended),
        )

    def _done(self, job: Job[R], item: Mapping[str, Any], output: Any) -> JobState:
        found = self._output(output)
        if is_address(found):
            charge = self._charged(job.request, item.get("metrics"))
            return JobState(status="done", progress=1.0, result=found, charge=charge)
        raise ProviderError(
            f"fal: the result of request {job.id} holds no address of a {self.kinds[0]}",
            provider=self.service,
            charged=True,
        )

    def _around(self, entry: Offer, sent: datetime) -> list[Mapping[str, Any]]:
        """The endpoint's requests from about when one was sent.

        The service's clock and ours may differ: its answers say by how much.
        """
        found, ahead = self._listed(entry, sent - BEFORE)
        first = sent - BEFORE + min(ahead, timedelta(0))
        if ahead < -BEFORE / 2:  # behind: what we look for is older than where the list began
            found, _ = self._listed(entry, first)
        last = sent + AFTER + max(ahead, timedelta(0))
        return [
            item
            for item in found
            if item.get("endpoint_id") in (entry.ref, None)
            and first <= (moment(item.get("sent_at")) or sent) <= last
        ]

    def _listed(self, entry: Offer, first: datetime) -> tuple[list[Mapping[str, Any]], timedelta]:
        """The endpoint's requests since `first`, and by how much fal's clock is ahead of ours.

        The list's span of time is not said to be that of sending, so it ends now.
        """
        asked = {
            "endpoint_id": entry.ref,
            "start": stamp(first),
            "expand": "payloads",
            "limit": "100",
        }
        address = f"{self._platform}/models/requests/by-endpoint"
        found: list[Mapping[str, Any]] = []
        for _ in range(_PAGES):
            response = self._wire.send(self._wire.request("GET", address, params=asked))
            page = self._wire.json(response)
            items = page.get("items") if isinstance(page, Mapping) else None
            if not isinstance(items, list) or not all(isinstance(i, Mapping) for i in items):
                raise self._untold("its list of requests cannot be read")
            found += items
            if not page.get("next_cursor"):
                return found, clock_ahead(response)
            asked["cursor"] = str(page["next_cursor"])
        raise self._untold("too many requests were made since")

    def _untold(self, why: str, *, retryable: bool = False) -> ProviderError:
        return ProviderError(
            f"whether fal has taken the request cannot be told: {why}; look at "
            "https://fal.ai/dashboard/requests",
            provider=self.service,
            retryable=retryable,
        )


def _log(lines: object) -> str:
    """Fal's log, a line each."""
    known = lines if isinstance(lines, list) else []
    return "\n".join(str(line.get("message", "")) for line in known if isinstance(line, Mapping))
