"""Events of jobs posted to those who asked for them: `Sender`, by the Standard Webhooks scheme.

A message is the JSON `{"type", "timestamp", "data"}`; the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over
`ID.TIMESTAMP.BODY`) prove where it comes from (github.com/standard-webhooks/standard-webhooks,
spec/standard-webhooks.md, read 2026-11-22). An id stays the same when a message is sent again.
"""

import base64
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

import songreel
from songreel.models.errors import MachineError
from songreel.models.queued import JobEvent
from songreel.models.webhook import Webhook
from songreel.queue.addresses import CheckedTransport, Resolve, resolved
from songreel.settings import Settings
from songreel.store.database import Database
from songreel.store.trail import Trail
from songreel.store.webhooks import Webhooks, key_of

LOOK = 1.0
"""Seconds between two looks for something to tell."""
PATIENCE = 15.0
"""Seconds that a receiver has to answer, as the scheme proposes."""
DEADLINE = 30.0
"""Seconds for a delivery in all: patience is for each byte, and some answer byte by byte."""
AT_ONCE = 4
"""Webhooks that are told at the same time."""
GONE = 410
"""Status by which a receiver says that it wants no more."""

_log = logging.getLogger("songreel.queue")


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """What proves that a message was sent by whoever has the secret: `v1,BASE64`."""
    content = f"{message}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), content, sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def payload(event: JobEvent) -> bytes:
    """An event as it is posted."""
    kind = f"job.{event.data.get('state', 'state')}" if event.kind == "state" else None
    told = {
        "type": kind or f"job.{event.kind}",
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.id, "job": event.job, "project": event.project, "kind": event.kind,
            event.kind: dict(event.data),
        },
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


class Sender:
    """Tells webhooks of what happens, in the background of a server.

    Several may run for one workspace: each webhook is told by one of them at a time.

    Args:
        settings: Of the workspace.
        webhooks: Whom; None: those of the workspace.
        inner: What connects, for tests.
        resolve: Finds addresses.
    """

    def __init__(
        self,
        settings: Settings,
        webhooks: Webhooks | None = None,
        inner: httpx.BaseTransport | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self._settings, self._webhooks = settings, webhooks
        self._inner, self._resolve = inner, resolve
        self._name = uuid4().hex
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, after what is being told."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def tell_next(self) -> bool:
        """Tell one webhook of one event; False where there is nothing to be told just now."""
        hooks = self._hooks()
        taken = hooks.take(self._name)
        if taken is None:
            return False
        webhook, event = taken
        refused, gone = self._post(webhook, event, hooks.secret(webhook.id) or "")
        if not refused:
            hooks.delivered(webhook, self._name, event.id)
        elif hooks.failed(webhook, self._name, refused, gone=gone):
            host = urlsplit(webhook.url).hostname or ""
            _log.warning("webhook %s to %s is disabled: %s", webhook.id, host, refused)
            trail = Trail(hooks.database, "queue")
            trail.add("webhook.disabled", subject=webhook.id, detail={"host": host, "why": refused})
        return True

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
            while not self._ending.is_set():
                try:
                    if self._hooks().all() and any(pool.map(self._tell, range(AT_ONCE))):
                        continue
                except MachineError as error:  # the database is away for a while
                    _log.warning("%s", error)
                self._ending.wait(LOOK)

    def _tell(self, _: int) -> bool:
        return self.tell_next()

    def _hooks(self) -> Webhooks:
        if self._webhooks is None:
            database = Database(self._settings.database)
            self._webhooks = Webhooks(database, self._settings.workspace)
        return self._webhooks

    def _post(self, webhook: Webhook, event: JobEvent, secret: str) -> tuple[str, bool]:
        """Post one event; why it was not taken, and whether the receiver is gone."""
        body, moment = payload(event), int(time.time())
        # The same for every attempt, and another for every receiver.
        message = f"msg_{webhook.id[:16]}_{event.id}"
        headers = {
            "content-type": "application/json",
            "user-agent": f"songreel/{songreel.__version__}",
            "webhook-id": message,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(secret, message, moment, body),
        }
        transport = CheckedTransport(
            private=webhook.private, inner=self._inner, resolve=self._resolve
        )
        try:
            with (
                httpx.Client(
                    transport=transport, timeout=PATIENCE, follow_redirects=False, trust_env=False
                ) as client,
                _ended_after(DEADLINE, client),
                client.stream("POST", webhook.url, content=body, headers=headers) as reply,
            ):
                status = reply.status_code  # whatever it says besides is not read
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"it was not reached: {str(error) or type(error).__name__}", False
        if 200 <= status < 300:
            return "", False
        if 300 <= status < 400:
            return f"it answered {status}: webhooks are not led on; give the address itself", False
        return f"it answered {status}", status == GONE


@contextmanager
def _ended_after(seconds: float, client: httpx.Client) -> Iterator[None]:
    """Close a client's connections after so long, whatever is going on."""
    timer = threading.Timer(seconds, client.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
