"""Webhooks are believed by their signature alone."""

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from songreel.generation.hosted.webhooks import verify_fal, verify_replicate
from songreel.generation.provider import Context
from songreel.generation.providers.fal import Fal
from songreel.generation.providers.replicate import Replicate
from songreel.models.errors import InvalidInput
from support.cloud.server import Cloud

NOW = 1_795_000_000.0
BODY = json.dumps({"id": "abc", "status": "succeeded", "prompt": "a coast, ä"}).encode()
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def by_replicate(body=BODY, at=NOW, secret=SECRET, call="msg_1"):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{call}.{int(at)}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": call,
        "Webhook-Timestamp": str(int(at)),
        "Webhook-Signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def by_fal(body=BODY, at=NOW, private=PRIVATE):
    lines = ["req-1", "user-1", str(int(at)), hashlib.sha256(body).hexdigest()]
    return {
        "X-Fal-Webhook-Request-Id": lines[0],
        "X-Fal-Webhook-User-Id": lines[1],
        "X-Fal-Webhook-Timestamp": lines[2],
        "X-Fal-Webhook-Signature": private.sign("\n".join(lines).encode()).hex(),
    }


def jwk(private=PRIVATE, **more):
    x = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x} | more


OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def test_replicates_call_is_believed():
    verify_replicate(by_replicate(), BODY, SECRET, NOW)


def test_the_example_of_the_scheme_is_believed():
    # Svix, whose scheme it is, prints this secret, message and signature in its documentation.
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    verify_replicate(headers, b'{"test": 2432232314}', secret, 1614265330)


def test_one_good_signature_among_others_is_enough():
    headers = by_replicate()
    good = headers["Webhook-Signature"]
    headers["Webhook-Signature"] = f"v1,AAAA v2,{good[3:]} nonsense {good} v1,????"
    verify_replicate(headers, BODY, SECRET, NOW)


def test_fals_call_is_believed_by_any_of_its_keys():
    verify_fal(by_fal(), BODY, [jwk(OTHER), {"kty": "RSA"}, jwk()], NOW)


REPLICATE_LIES = {
    "another body": (by_replicate(), BODY + b" ", SECRET),
    "no body": (by_replicate(), b"", SECRET),
    "another id": (by_replicate() | {"Webhook-Id": "msg_2"}, BODY, SECRET),
    "another time": (by_replicate() | {"Webhook-Timestamp": str(int(NOW) + 1)}, BODY, SECRET),
    "another secret": (by_replicate(secret="whsec_" + "B" * 32), BODY, SECRET),
    "another version": (
        by_replicate()
        | {"Webhook-Signature": by_replicate()["Webhook-Signature"].replace("v1", "v0")},
        BODY,
        SECRET,
    ),
    "cut short": (
        by_replicate() | {"Webhook-Signature": by_replicate()["Webhook-Signature"][:24]},
        BODY,
        SECRET,
    ),
    "no signature": (by_replicate() | {"Webhook-Signature": "v1,"}, BODY, SECRET),
    "empty": (by_replicate() | {"Webhook-Signature": ""}, BODY, SECRET),
    "no headers": ({}, BODY, SECRET),
    "a time that is none": (by_replicate() | {"Webhook-Timestamp": "-5e9"}, BODY, SECRET),
    "a secret that is none": (by_replicate(), BODY, "whsec_"),
}


@pytest.mark.parametrize("lie", REPLICATE_LIES)
def test_what_is_not_replicates_is_refused(lie):
    headers, body, secret = REPLICATE_LIES[lie]
    with pytest.raises(InvalidInput):
        verify_replicate(headers, body, secret, NOW)


FAL_LIES = {
    "another body": (by_fal(), BODY + b" ", [jwk()]),
    "another request": (by_fal() | {"X-Fal-Webhook-Request-Id": "req-2"}, BODY, [jwk()]),
    "another user": (by_fal() | {"X-Fal-Webhook-User-Id": "user-2"}, BODY, [jwk()]),
    "another time": (
        by_fal() | {"X-Fal-Webhook-Timestamp": str(int(NOW) + 1)}, BODY, [jwk()],
    ),
    "another key": (by_fal(private=OTHER), BODY, [jwk()]),
    "no key": (by_fal(), BODY, []),
    "a key of another curve": (by_fal(), BODY, [jwk(crv="Ed448")]),
    "a key that is none": (by_fal(), BODY, [jwk(x="AAAA"), jwk(x="?"), {}]),
    "a signature that is none": (by_fal() | {"X-Fal-Webhook-Signature": "zz"}, BODY, [jwk()]),
    "a short signature": (by_fal() | {"X-Fal-Webhook-Signature": "00"}, BODY, [jwk()]),
    "no headers": ({}, BODY, [jwk()]),
}  # fmt: skip


@pytest.mark.parametrize("lie", FAL_LIES)
def test_what_is_not_fals_is_refused(lie):
    headers, body, keys = FAL_LIES[lie]
    with pytest.raises(InvalidInput):
        verify_fal(headers, body, keys, NOW)


@pytest.mark.parametrize("off", [-301, 301, 86_400])
def test_a_true_signature_of_another_time_is_refused(off):
    with pytest.raises(InvalidInput, match="300 s are allowed"):
        verify_replicate(by_replicate(), BODY, SECRET, NOW + off)
    with pytest.raises(InvalidInput, match="300 s are allowed"):
        verify_fal(by_fal(), BODY, [jwk()], NOW + off)


@pytest.mark.parametrize("off", [-300, 0, 299])
def test_clocks_may_differ_by_five_minutes(off):
    verify_replicate(by_replicate(), BODY, SECRET, NOW + off)
    verify_fal(by_fal(), BODY, [jwk()], NOW + off)


def test_secret_and_keys_are_asked_of_the_services(monkeypatch, tmp_path):
    with Cloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        replicate, fal = Replicate(Context(scratch=tmp_path)), Fal(Context(scratch=tmp_path))
        signer = cloud.signer
        headers = signer.replicate("msg_1", BODY, NOW)
        verify_replicate(headers, BODY, replicate.webhook_secret(), NOW)
        verify_fal(signer.fal("req-1", BODY, NOW), BODY, fal.webhook_keys(), NOW)
        asked = {line.path: line.headers for line in cloud.requests()}
        assert "authorization" not in asked["/rest/.well-known/jwks.json"]
        replicate.close()
        fal.close()
