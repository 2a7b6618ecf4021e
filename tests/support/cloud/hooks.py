"""Webhooks of both services: signed as each signs them, and delivered."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from support.cloud.jobs import Job
    from support.cloud.server import Cloud

EVENTS = ("start", "output", "logs", "completed")
"""Of Replicate."""


class Signer:
    """The keys of both services."""

    def __init__(self) -> None:
        self._bytes = secrets.token_bytes(24)
        self.secret = "whsec_" + base64.b64encode(self._bytes).decode()
        self._private = Ed25519PrivateKey.generate()

    def jwk(self) -> dict[str, str]:
        """fal's public key, as its key set holds it."""
        raw = self._private.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return {"kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "x": x}

    def replicate(self, id_: str, body: bytes, now: float) -> dict[str, str]:
        """The headers with which Replicate signs."""
        stamp = str(int(now))
        mac = hmac.new(self._bytes, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": id_,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }

    def fal(self, request: str, body: bytes, now: float) -> dict[str, str]:
        """The headers with which fal signs."""
        user, stamp = "tester", str(int(now))
        signed = "\n".join([request, user, stamp, hashlib.sha256(body).hexdigest()]).encode()
        return {
            "X-Fal-Webhook-Request-Id": request,
            "X-Fal-Webhook-User-Id": user,
            "X-Fal-Webhook-Timestamp": stamp,
            "X-Fal-Webhook-Signature": self._private.sign(signed).hex(),
        }


def promise(cloud: "Cloud", job: "Job") -> None:
    """Deliver the job's webhooks when their time has come, if it asked for any."""
    if job.webhook:
        threading.Thread(target=_deliver, args=(cloud, job), daemon=True).start()


def _deliver(cloud: "Cloud", job: "Job") -> None:
    if job.service == "replicate" and "start" in job.events:
        _wait(cloud, lambda: job.starts)
        _send(cloud, job)
    _wait(cloud, job.ended)
    if job.service == "fal" or "completed" in job.events:
        _send(cloud, job)


def _wait(cloud: "Cloud", until: Any) -> None:
    while cloud.clock.now() < until() and not cloud.closing:
        time.sleep(0.005)


def _send(cloud: "Cloud", job: "Job") -> None:
    fault = cloud.faults.meet("webhook", job.input)
    now, said = cloud.clock.now(), cloud.notice(job)
    body = json.dumps(said).encode()
    if job.service == "fal":
        signed, mark = cloud.signer.fal(job.id, body, now), "X-Fal-Webhook-Signature"
    else:
        signed = cloud.signer.replicate(f"msg_{secrets.token_hex(8)}", body, now)
        mark = "webhook-signature"
    if fault.forged:
        signed[mark] = (
            "00" * 64 if job.service == "fal" else "v1," + base64.b64encode(bytes(32)).decode()
        )
    parts = urlsplit(job.webhook)
    for _ in range(fault.repeats):
        connection = HTTPConnection(parts.netloc, timeout=10)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            headers = {"Content-Type": "application/json", **signed}
            connection.request("POST", target or "/", body, headers)
            connection.getresponse().read()
        except (OSError, HTTPException):
            pass  # as the services do, after some tries
        finally:
            connection.close()
