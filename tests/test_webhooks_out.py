"""Webhooks out: signed, in order, at least once, and only to where they may go."""

import base64
import hashlib
import hmac
import json
import socket
import stat
import threading
import time
from datetime import timedelta

import httpx
import pytest

from songreel.models.errors import InvalidInput
from songreel.models.work import Report
from songreel.queue.addresses import (
    CheckedTransport,
    addresses_of,
    checked_url,
    is_public,
    resolved,
)
from songreel.queue.webhooks import Sender, signature
from songreel.settings import Settings
from songreel.store.database import Database
from songreel.store.queue import Queue
from songreel.store.trail import Trail
from songreel.store.webhooks import Webhooks
from support.clocks import Clock

PUBLIC = "93.184.216.34"


class Receiver:
    """Whoever is told: keeps what it was posted, and answers as the test wants."""

    def __init__(self) -> None:
        self.posted: list[httpx.Request] = []
        self.answers: list[int | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.posted.append(request)
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, headers={"location": "http://127.0.0.1/"})

    def events(self) -> list[int]:
        return [json.loads(request.content)["data"]["event"] for request in self.posted]


def public(host: str, port: int) -> tuple[str, ...]:  # noqa: ARG001 (as the resolver is called)
    return (PUBLIC,)


@pytest.fixture
def desk(tmp_path, database):
    """A queue, its webhooks and a sender whose network is a receiver."""
    clock, receiver = Clock("2026-11-22T08:00:00+00:00"), Receiver()
    store = Database(database)
    hooks = Webhooks(store, tmp_path / "workspace", clock=clock)
    settings = Settings(tmp_path / "workspace", 1, database, tmp_path)
    sender = Sender(settings, hooks, httpx.MockTransport(receiver), public)
    sender.clock, sender.receiver, sender.hooks, sender.queue = clock, receiver, hooks, Queue(store)
    return sender


def all_told(sender: Sender) -> int:
    told = 0
    while sender.tell_next():
        told += 1
    return told


def test_an_event_is_posted_signed_as_standard_webhooks_says(desk):
    _, secret = desk.hooks.add("https://example.com/hook?a=1")
    job = desk.queue.add(Report(project="a" * 32))
    assert all_told(desk) == 1
    (request,) = desk.receiver.posted
    message, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message}.{moment}.".encode() + request.content, hashlib.sha256)
    expected = "v1," + base64.b64encode(digest.digest()).decode()
    assert request.headers["webhook-signature"] == expected
    body = json.loads(request.content)
    assert (body["type"], body["data"]["job"]) == ("job.waiting", job.id)
    assert body["data"]["state"]["work"]["kind"] == "report"
    assert (str(request.url), request.headers["host"]) == (
        f"https://{PUBLIC}/hook?a=1", "example.com",
    )  # fmt: skip
    assert request.extensions["sni_hostname"] == "example.com"


def test_the_signature_is_that_of_the_scheme_s_own_example():
    # standardwebhooks reference libraries, test vector of sign()
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_events_come_in_order_and_what_failed_is_tried_again_first(desk):
    desk.hooks.add("https://example.com/")
    for project in "abc":
        desk.queue.add(Report(project=project * 32))
    desk.receiver.answers = [204, 500, httpx.ConnectError("no route")]
    assert all_told(desk) == 2
    assert all_told(desk) == 0  # it waits
    desk.clock.time += timedelta(seconds=6)
    assert all_told(desk) == 1
    (hook,) = desk.hooks.all()
    assert (hook.failures, "no route" in hook.error) == (2, True)
    desk.clock.time += timedelta(seconds=31)
    assert all_told(desk) == 2
    ids = desk.receiver.events()
    assert ids == [1, 2, 2, 2, 3]
    names = [request.headers["webhook-id"] for request in desk.receiver.posted]
    assert len(set(names)) == 3  # an event keeps its id when it is sent again
    assert (desk.hooks.all()[0].failures, desk.hooks.all()[0].error) == (0, "")


def test_another_server_goes_on_after_one_that_died_while_telling(desk):
    hook, _ = desk.hooks.add("https://example.com/")
    desk.queue.add(Report(project="a" * 32))
    assert desk.hooks.take("dead") is not None
    assert desk.hooks.take("other") is None
    desk.clock.time += timedelta(seconds=121)
    assert all_told(desk) == 1
    desk.hooks.delivered(hook, "dead", 0)  # too late: changes nothing
    assert desk.hooks.get(hook.id).told == 1


def test_a_webhook_without_a_delivery_for_days_is_disabled_and_the_trail_says_so(desk):
    hook, _ = desk.hooks.add("https://example.com/secret-path")
    desk.queue.add(Report(project="a" * 32))
    desk.receiver.answers = [503] * 100
    for _ in range(100):
        all_told(desk)
        if desk.hooks.get(hook.id).state == "disabled":
            break
        desk.clock.time += timedelta(hours=4)
    assert 15 < len(desk.receiver.posted) < 25
    (line,) = [e for e in Trail(desk.hooks.database).entries() if e.action == "webhook.disabled"]
    assert line.detail["host"] == "example.com"
    assert "secret-path" not in line.model_dump_json()
    desk.receiver.answers = []
    desk.hooks.enable(hook.id)
    assert all_told(desk) == 1  # the event that could not be told is not lost


@pytest.mark.parametrize("days", [-10, 3000])
def test_a_clock_that_is_put_right_neither_delays_nor_disables_a_webhook(desk, days):
    hook, _ = desk.hooks.add("https://example.com/")
    desk.queue.add(Report(project="a" * 32))
    desk.receiver.answers = [503, 503]
    all_told(desk)
    desk.clock.time += timedelta(days=days)
    all_told(desk)  # at once, and it fails again
    assert len(desk.receiver.posted) == 2
    assert desk.hooks.get(hook.id).state == "on"


def test_a_receiver_that_is_gone_is_asked_no_more(desk):
    hook, _ = desk.hooks.add("https://example.com/")
    desk.queue.add(Report(project="a" * 32))
    desk.receiver.answers = [410]
    all_told(desk)
    assert desk.hooks.get(hook.id).state == "disabled"


def test_no_redirection_is_followed(desk):
    desk.hooks.add("https://example.com/")
    desk.queue.add(Report(project="a" * 32))
    desk.receiver.answers = [302]
    all_told(desk)
    assert len(desk.receiver.posted) == 1
    assert "give the address itself" in desk.hooks.all()[0].error


def test_a_receiver_that_answers_byte_by_byte_keeps_nobody_waiting(desk, monkeypatch):
    """Each byte comes in time, and the answer never."""
    monkeypatch.setattr("songreel.queue.webhooks.DEADLINE", 0.3)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_drip, args=(listener, over), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        sender = Sender(desk._settings, desk.hooks, resolve=resolved)
        desk.hooks.add(f"http://127.0.0.1:{port}/", private=True)
        desk.queue.add(Report(project="a" * 32))
        began = time.monotonic()
        assert sender.tell_next()
        took = time.monotonic() - began
        over.set()
        thread.join()
    assert took < 30
    (hook,) = desk.hooks.all()
    assert (hook.failures, hook.state) == (1, "on")
    assert "not reached" in hook.error


def _drip(listener: socket.socket, over: threading.Event) -> None:
    """Answer one request with a header that does not end."""
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        for _ in range(1200):  # a minute
            try:
                connection.sendall(b"y")
            except OSError:
                return
            if over.wait(0.05):
                return


def test_only_what_happens_from_now_on_and_only_what_was_asked_for_is_told(desk):
    desk.queue.add(Report(project="a" * 32))
    desk.hooks.add("https://example.com/", ("notice",))
    job = desk.queue.take("w")
    desk.queue.tell(job, "notice", {"text": "a grid is not trusted"})
    assert all_told(desk) == 1
    assert json.loads(desk.receiver.posted[0].content)["type"] == "job.notice"


def test_secrets_lie_in_a_file_for_their_owner_alone(desk, tmp_path):
    _, secret = desk.hooks.add("https://example.com/")
    file = tmp_path / "workspace" / "webhooks.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret in file.read_text()
    hook = desk.hooks.all()[0]
    assert secret not in hook.model_dump_json()
    desk.hooks.remove(hook.id)
    assert secret not in file.read_text()
    with pytest.raises(InvalidInput, match="whsec_ and 24 to 64 random bytes"):
        desk.hooks.add("https://example.com/", secret="hunter2")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
        "::127.0.0.1", "::7f00:1", "fec0::1", "64:ff9b:1::7f00:1", "5f00::1",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_and_of_private_networks_are_known(address):
    assert not is_public(address)
    with pytest.raises(InvalidInput, match="private network"):
        addresses_of("name", 443, resolve=lambda *_: (PUBLIC, address))
    assert addresses_of("name", 443, private=True, resolve=lambda *_: (address,)) == (address,)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet_are_known(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
def test_however_this_machine_is_written_it_is_refused(host):
    with pytest.raises(InvalidInput, match="private network|no address"):
        checked_url(f"https://{host}/")


def test_a_name_that_changes_its_address_after_it_was_looked_at_gains_nothing():
    asked: list[str] = []
    answers = iter([(PUBLIC,), ("127.0.0.1",)])

    def resolve(host: str, port: int) -> tuple[str, ...]:  # noqa: ARG001
        return next(answers)

    def connect(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200)

    transport = CheckedTransport(resolve=resolve, inner=httpx.MockTransport(connect))
    with httpx.Client(transport=transport) as client:
        client.get("https://rebind.example/")
        with pytest.raises(httpx.ConnectError, match="private network"):
            client.get("https://rebind.example/")
    assert asked == [PUBLIC]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("https://me:pw@example.com/", "user or password"),
        ("https:///path", "names a host"),
        ("https://example.com:99999/", "is no address"),
        ("https://example.com/" + "a" * 3000, "is no address"),
    ],
)
def test_addresses_that_are_none_are_refused_in_a_sentence(url, why):
    with pytest.raises(InvalidInput, match=why):
        checked_url(url, resolve=public)
