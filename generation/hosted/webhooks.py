"""Calls from the services when a clip is ready: whether they are what they claim to be.

A call may come more than once: whoever receives it notes the ids (`webhook-id`,
`X-Fal-Webhook-Request-Id`) and does its work once.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from songreel.models.errors import InvalidInput, MachineError

OLDEST = 300.0
"""Seconds by which a call's time may differ from ours, either way: both services' advice."""


def verify_replicate(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> None:
    """Check a call from Replicate (replicate.com/docs/topics/webhooks/verify-webhook).

    HMAC-SHA256 over `id.timestamp.body` with the decoded part of the secret after `whsec_`; the
    header holds one or more `v1,<base64>`, of which one must agree.

    Args:
        headers: Of the call; capitals do not matter.
        body: As it came, byte for byte.
        secret: `whsec_…`, from `Replicate.webhook_secret`.
        now: Unix time, seconds.

    Raises:
        InvalidInput: The call is not Replicate's, or is too old.
    """
    found = _lower(headers)
    call, sent = _header(found, "webhook-id"), _header(found, "webhook-timestamp")
    signatures = _header(found, "webhook-signature")
    _in_time("Replicate", sent, now)
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise InvalidInput("the webhook secret is not one of Replicate's; it begins with whsec_")
    due = hmac.new(key, f"{call}.{sent}.".encode() + body, hashlib.sha256).digest()
    agree = False
    for part in signatures.split():
        version, _, text = part.partition(",")
        try:
            given = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        # All are compared, so that the time taken tells nothing.
        agree |= hmac.compare_digest(given, due) and version == "v1"
    if not agree:
        raise InvalidInput("a call that claims to be Replicate's does not bear its signature")


def verify_fal(
    headers: Mapping[str, str], body: bytes, keys: Sequence[Mapping[str, Any]], now: float
) -> None:
    """Check a call from fal (fal.ai/docs/model-apis/webhooks).

    Ed25519 over `request id, user id, timestamp, SHA-256 of the body in hex`, a line each.

    Args:
        headers: Of the call; capitals do not matter.
        body: As it came, byte for byte.
        keys: fal's public keys (JWK), from `Fal.webhook_keys`; they may be kept for a day.
        now: Unix time, seconds.

    Raises:
        InvalidInput: The call is not fal's, or is too old.
        MachineError: The package that can check it is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise MachineError(
            "fal's webhooks cannot be checked: install `pip install 'songreel[webhooks]'`"
        ) from error
    found = _lower(headers)
    lines = [
        _header(found, f"x-fal-webhook-{part}") for part in ("request-id", "user-id", "timestamp")
    ]
    _in_time("fal", lines[2], now)
    try:
        signature = bytes.fromhex(_header(found, "x-fal-webhook-signature"))
    except ValueError as error:
        raise InvalidInput("a call that claims to be fal's has no signature in hex") from error
    message = "\n".join([*lines, hashlib.sha256(body).hexdigest()]).encode()
    for key in keys:
        if key.get("kty") != "OKP" or key.get("crv") != "Ed25519":
            continue
        try:
            x = str(key.get("x", ""))
            public = base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, binascii.Error, ValueError):
            continue
        return
    raise InvalidInput("a call that claims to be fal's does not bear its signature")


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise InvalidInput(f"a webhook call lacks the header {name}")
    return value


def _in_time(service: str, sent: str, now: float) -> None:
    if not (sent.isascii() and sent.isdigit()) or len(sent) > 12:
        raise InvalidInput(f"a call that claims to be {service}'s has no time in seconds")
    if abs(now - int(sent)) > OLDEST:
        raise InvalidInput(
            f"a call that claims to be {service}'s is {abs(now - int(sent)):.0f} s away from now; "
            f"{OLDEST:.0f} s are allowed"
        )
