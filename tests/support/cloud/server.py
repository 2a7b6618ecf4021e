"""`Cloud`: both services on one local port, with their bill, their log and their faults."""

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from http.server import ThreadingHTTPServer
from typing import Any, Self

from support.cloud import fal, hooks, replicate
from support.cloud.clock import Clock
from support.cloud.faults import Condition, Fault, Faults
from support.cloud.jobs import Item, Job
from support.cloud.menu import Model
from support.cloud.offers import FAL, REPLICATE
from support.cloud.sound_offers import FAL_SOUNDS, REPLICATE_SOUNDS
from support.cloud.wire import Call, Handler, Logged, Reply, Route

HOUR = 3600.0
"""Both services are taken to keep what a job made for an hour."""


class Cloud:
    """Replicate and fal.ai, as documented, on 127.0.0.1.

    Outputs are delivered from `localhost`, another host than that of the API. Jobs take
    milliseconds of the server's own clock, which can be put forward.

    Args:
        port: 0 for any that is free.
        queued: Seconds before a job begins.
        running: Seconds that it runs.
        at_once: Jobs that fal runs at a time; new accounts have two.
        page: Longest list that is given at once.
    """

    def __init__(
        self, port: int = 0, *, queued: float = 0.01, running: float = 0.03, at_once: int = 8,
        page: int = 100,
    ) -> None:  # fmt: skip
        self.clock, self.faults = Clock(), Faults()
        self.queued, self.running, self.at_once, self.page = queued, running, at_once, page
        self.offers: dict[str, dict[str, Model]] = {
            "replicate": REPLICATE | REPLICATE_SOUNDS, "fal": FAL | FAL_SOUNDS
        }  # fmt: skip
        self.lists_unfinished = True
        """Whether fal's list of requests shows those that have not ended; no page says."""
        self.token = f"r8_{secrets.token_hex(18)}"
        self.key = f"{secrets.token_hex(8)}:{secrets.token_hex(16)}"
        self.signer = hooks.Signer()
        self.jobs: dict[str, Job] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        """What was uploaded: (content type, bytes) by the address it was given."""
        self.names: dict[str, str] = {}
        """How they were called, by the same address."""
        self.parts: dict[str, dict[int, bytes]] = {}
        """Of uploads in parts, by their id."""
        self.upload_tokens: set[str] = set()
        self.lock = threading.RLock()
        self._log: list[Logged] = []
        self._closing = threading.Event()
        handler = type("Bound", (Handler,), {"cloud": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.daemon = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    # What a test says to it

    @property
    def url(self) -> str:
        """Where the APIs are."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def elsewhere(self) -> str:
        """Where files are delivered from."""
        return f"http://localhost:{self._server.server_address[1]}"

    def environment(self) -> dict[str, str]:
        """The variables that point songreel here."""
        return {
            "REPLICATE_BASE_URL": f"{self.url}/replicate",
            "REPLICATE_API_TOKEN": self.token,
            "FAL_QUEUE_BASE_URL": f"{self.url}/queue",
            "FAL_REST_BASE_URL": f"{self.url}/rest",
            "FAL_API_BASE_URL": f"{self.url}/platform/v1",
            "FAL_KEY": self.key,
        }

    def fail(
        self, kind: str, fault: Fault, *, times: float = 1, skip: int = 0,
        when: Condition | None = None,
    ) -> None:  # fmt: skip
        """The next `times` calls of `kind` whose job's input is as `when` says meet `fault`."""
        self.faults.add(kind, fault, times=times, skip=skip, when=when)

    def bill(self) -> list[Item]:
        """Every job that costs something, in the order in which they were taken."""
        with self.lock:
            now = self.clock.now()
            lines = [
                Item(job.id, job.service, job.model.ref, job.usd(now), job.input)
                for job in self.jobs.values()
            ]
        return [line for line in lines if line.usd > 0]

    def usd(self) -> Decimal:
        """The bill's sum."""
        return sum((line.usd for line in self.bill()), Decimal(0))

    def requests(self, kind: str | None = None) -> list[Logged]:
        """What was asked, in order; of one kind of call only, if given."""
        with self.lock:
            return [line for line in self._log if kind in (None, line.kind)]

    def heal(self) -> None:
        """No more faults."""
        self.faults.heal()

    # What the handler asks of it

    def route(self, call: Call) -> Route:
        """What a request is about."""
        head, _, rest = call.path.lstrip("/").partition("/")
        parts = tuple(rest.rstrip("/").split("/"))
        if head == "delivery":
            return Route("delivery", "download", parts)
        if head == "replicate":
            return replicate.route(call.method, parts)
        if head in ("queue", "platform", "rest", "cdn"):
            return fal.route(head, call.method, parts)
        return Route("none", "other", parts)

    def refusal(self, route: Route, call: Call) -> Reply | None:
        """A 401 for whoever has no key."""
        given = call.headers.get("Authorization") or ""
        if route.service == "replicate" and not secrets.compare_digest(
            given, f"Bearer {self.token}"
        ):
            return replicate.problem(401, "Unauthenticated", replicate.NO_TOKEN)
        if route.service in ("fal", "platform", "storage") and not secrets.compare_digest(
            given, f"Key {self.key}"
        ):
            return Reply.of(
                401, {"detail": "Cannot access application. Authentication is required"}
            )
        if route.service == "cdn" and given.removeprefix("Bearer ") not in self.upload_tokens:
            return Reply.of(401, {"detail": "Unauthorized"})
        return None

    def about(self, route: Route, call: Call) -> Mapping[str, Any]:
        """The input of the job that a request is about."""
        if route.kind == "create":
            with contextlib.suppress(ValueError):
                sent = call.json()
                inner = sent.get("input")
                return inner if route.service == "replicate" and isinstance(inner, dict) else sent
        job = self.jobs.get(route.values[0]) if route.values else None
        return job.input if job else {}

    def worded(self, route: Route, fault: Fault) -> Reply:
        """The answer of a fault that is a status, in the words of the service."""
        words = replicate.worded if route.service == "replicate" else fal.worded
        reply = words(fault)
        reply.headers.update(fault.headers)
        return reply

    def answer(self, route: Route, call: Call, fault: Fault) -> Reply:
        """Do what is asked."""
        if route.service == "delivery":
            return self._deliver(route, call)
        service = replicate if route.service == "replicate" else fal
        return service.answer(self, route, call, fault)

    def logged(self, line: Logged) -> None:
        with self.lock:
            self._log.append(line)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the server."""
        self._closing.wait(seconds)

    # What the services ask of it

    def take(self, make: Callable[[int, float, float, float], Job]) -> Job:
        """Enter a job that `make` makes of its number and when it is made, begins and ends."""
        with self.lock:
            now = self.clock.now()
            busy = sorted(
                job.ended() for job in self.jobs.values()
                if job.service == "fal" and now < job.ended() < float("inf")
            )  # fmt: skip
            free = now if len(busy) < self.at_once else busy[-self.at_once]
            starts = max(now, free) + self.queued
            job = make(len(self.jobs), now, starts, starts + self.running)
            self.jobs[job.id] = job
        hooks.promise(self, job)
        return job

    def kept(self, job: Job) -> bool:
        """Whether what the job made is still there."""
        return self.clock.now() < job.ended() + HOUR

    @property
    def closing(self) -> bool:
        """Whether the server is about to end."""
        return self._closing.is_set()

    def missing(self, address: str) -> bool:
        """Whether an input names a file on this server that was never uploaded."""
        here = address.startswith((self.url, self.elsewhere))
        return address not in self.files if here else not address.startswith(("http", "data:"))

    def uploaded(self, model: Model, given: Mapping[str, Any]) -> dict[str, bytes]:
        """The files that an input names, as far as they lie here; pictures read none."""
        if model.sound is None:
            return {}
        return {
            name: self.files[str(given[name])][1]
            for name, taken in model.inputs.items()
            if taken.kind == "uri" and given.get(name) in self.files
        }

    def notice(self, job: Job) -> dict[str, Any]:
        """What a webhook says of a job."""
        if job.service == "replicate":
            return replicate.prediction(self, job)
        return fal.notice(self, job)

    def output(self, job: Job) -> str:
        """Where what a finished job has made is fetched."""
        name = hashlib.md5(job.id.encode()).hexdigest()
        return f"{self.elsewhere}/delivery/{job.id}/{name}{job.suffix}"

    def _deliver(self, route: Route, call: Call) -> Reply:
        job = self.jobs.get(route.values[0]) if route.values else None
        if job is None or call.method != "GET" or job.stage(self.clock.now()) != "succeeded":
            return Reply(404, b"not found", "text/plain")
        if not self.kept(job):
            return Reply(404, b"the file has expired", "text/plain")
        made = job.content()
        return Reply(200, made.content, made.kind)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, as one that is killed does, is no matter; the rest is told."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)
