"""Waiting for clips that are paid for: fetching them, being told to wait, being stopped."""

from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from songreel.generation.runner import Patience
from songreel.models.clip import JobState
from songreel.models.files import sha256_of
from songreel.models.money import Charge
from support.boards import board
from support.makers import Clock
from support.shop import (
    ALONE,
    Crash,
    Fuse,
    Shop,
    failing,
    forever,
    letters,
    run,
    telling,
)

# Fetching


class Files(ThreadingHTTPServer):
    """The service's files; `troubles` come first."""

    def __init__(self, world) -> None:
        self.troubles: list[int] = []
        self.served: list[str] = []
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                files.served.append(self.path)
                status = files.troubles.pop(0) if files.troubles else 200
                body = (world / self.path[1:]).read_bytes() if status == 200 else b"sorry"
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def files(shop, monkeypatch):
    """Results are addresses, and not files."""
    server = Files(shop.world)
    poll = Shop.poll

    def at_an_address(self, job):
        state = poll(self, job)
        if state.status != "done":
            return state
        name = state.result.rpartition("/")[2]
        address = f"http://127.0.0.1:{server.server_port}/{name}"
        return state.model_copy(update={"result": address})

    monkeypatch.setattr(Shop, "poll", at_an_address)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_clip_is_fetched_from_its_address_and_again_where_that_can_help(
    folder, shop, wallet, files
):
    files.troubles = [503, 503]
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].substitution is None
    assert len(files.served) == 3
    assert (shop.sold, wallet.paid) == (1, Decimal("0.10"))
    assert {path.suffix for path in folder.iterdir()} == {".mp4", ".json"}


def test_a_clip_that_is_gone_is_charged_and_replaced(folder, shop, wallet, files):
    files.troubles = [404]
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].request.seed == 100
    assert letters(folder)[0].failures[0].charge.usd == Decimal("0.10")
    assert wallet.paid == shop.bill == Decimal("0.20")


def test_a_clip_that_cannot_be_fetched_now_is_fetched_by_the_next_run(
    folder, shop, wallet, painter, files
):
    files.troubles = [503] * 5
    others = {"builtin": painter}
    clips = run(folder, shop, wallet, only=ALONE, others=others)
    assert clips["s00"].provider == "painter"
    clips = run(folder, shop, wallet, only=ALONE, others=others)
    assert clips["s00"].provider == "shop:tape"
    assert clips["s00"].cost.usd == Decimal("0.10")
    assert (shop.sold, wallet.paid) == (1, Decimal("0.10"))


def test_a_crash_while_fetching_leaves_nothing_half_written(folder, shop, wallet, files):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("songreel.generation.shelving.sha256_of", Fuse(0).around(sha256_of))
        with pytest.raises(Crash):
            run(folder, shop, wallet, only=ALONE)
    assert not list(folder.glob("*.mp4"))
    run(folder, shop, wallet, only=ALONE)
    assert len(files.served) == 2
    assert not list(folder.glob("*.partial"))
    assert (shop.sold, wallet.paid) == (1, Decimal("0.10"))


def test_an_address_of_another_kind_is_a_failure(folder, shop, wallet, painter):
    shop.faults = {("poll", 0): [lambda: JobState(status="done", result="ftp://a.example/b")] * 2}
    clips = run(folder, shop, wallet, only=ALONE, others={"builtin": painter})
    assert "at an address that is not fetched (ftp)" in clips["s00"].substitution


# Waiting


def test_a_service_that_says_when_to_come_back_is_left_alone_until_then(folder, shop, wallet):
    clock, asked = Clock(), []
    submit = shop.submit

    def timed(request, images):
        asked.append(clock.now)
        return submit(request, images)

    shop.submit = timed
    shop.faults = {("submit", 0): [telling(retryable=True, retry_after=40.0)]}
    clips = run(folder, shop, wallet, patience=Patience(clock=clock, sleep=clock.sleep))
    assert {clip.substitution for clip in clips.values()} == {None}
    assert asked[0] == 0.0
    assert min(asked[1:]) >= 40.0
    assert wallet.paid == shop.bill == Decimal("0.40")


def test_being_told_to_wait_is_no_failed_try_but_has_an_end(folder, shop, wallet, painter):
    told = telling(retryable=True, retry_after=1.0)
    shop.faults = {("submit", 0): [told] * 8}
    assert run(folder, shop, wallet, only=ALONE)["s00"].substitution is None
    shop.faults = {("submit", seed): forever(told) for seed in range(1, 200)}
    clips = run(folder, shop, wallet, only=("s01",), others={"builtin": painter})
    assert clips["s01"].provider == "painter"
    assert wallet.set_aside == {}


def test_a_service_that_wants_to_be_asked_tomorrow_is_not_waited_for(folder, shop, wallet, painter):
    shop.faults = {("submit", 0): [telling(retryable=True, retry_after=86_000.0)]}
    clock = Clock()
    clips = run(
        folder, shop, wallet, others={"builtin": painter},
        patience=Patience(clock=clock, sleep=clock.sleep),
    )  # fmt: skip
    assert {clip.provider for clip in clips.values()} == {"painter"}
    assert clock.now < 60
    assert wallet.set_aside == {}


def test_all_models_of_a_service_share_its_limit(tmp_path, folder, wallet):
    world = tmp_path / "world"
    most = 0

    class Counting(Shop):
        def submit(self, request, images):
            nonlocal most
            job = super().submit(request, images)
            open_jobs = [p for p in world.glob("job-*") if p.read_text().split()[1] != "0"]
            most = max(most, len(open_jobs))
            return job

    tape, disc = Counting(world, polls=3), Counting(world, name="shop:disc", polls=3)
    film = board((0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), s01={"provider": "shop:disc"},
                 s03={"provider": "shop:disc"})  # fmt: skip
    run(folder, tape, wallet, film, others={"shop:disc": disc})
    assert most == 3


# Stopping


class Halt(KeyboardInterrupt):
    """Ctrl-C."""


def stopping(clock, at):
    def sleep(seconds):
        clock.sleep(seconds)
        if len(clock.pauses) == at:
            raise Halt

    return Patience(clock=clock, sleep=sleep)


def test_stopped_the_jobs_go_on_and_the_next_run_picks_them_up(folder, shop, wallet):
    shop.polls = 5
    with pytest.raises(Halt) as stop:
        run(folder, shop, wallet, patience=stopping(Clock(), 2))
    assert stop.value.__notes__ == [
        "3 jobs go on at shop; the next run picks up what comes of that"
    ]
    assert shop.cancelled == []
    clips = run(folder, shop, wallet)
    assert {clip.substitution for clip in clips.values()} == {None}
    assert shop.sold == 4
    assert wallet.paid == shop.bill


def test_stopped_the_jobs_are_cancelled_where_the_user_says_so(folder, shop, wallet):
    shop.polls = 5

    def cancel(job):
        usd = Charge(usd=Decimal("0.01"), basis="until cancelled", measured=True)
        shop.faults["poll", job.request.seed] = [failing(charge=usd)]

    shop.cancel = cancel
    with pytest.raises(Halt) as stop:
        run(folder, shop, wallet, patience=stopping(Clock(), 2), on_interrupt="cancel")
    assert stop.value.__notes__ == [
        f"cancelled at shop: the clip of s0{number}" for number in range(3)
    ]
    assert (wallet.set_aside, wallet.paid) == ({}, Decimal("0.03"))
    assert not list(folder.glob("*.job.json"))


def test_a_job_that_does_not_say_whether_it_was_cancelled_is_booked_as_quoted(folder, shop, wallet):
    shop.polls = 10**6
    with pytest.raises(Halt):
        run(folder, shop, wallet, patience=stopping(Clock(), 2), on_interrupt="cancel")
    assert shop.cancelled == ["job-0", "job-1", "job-2"]
    assert (wallet.set_aside, wallet.paid) == ({}, Decimal("0.30"))
    assert all("may have been billed" in charge.basis for charge in wallet.charges.values())


@pytest.mark.parametrize(("call", "cancelled"), [("answer", ["job-0"]), ("submit", [])])
def test_stopped_before_the_answer_came_the_job_is_looked_for(
    folder, shop, wallet, call, cancelled
):
    def stop():
        raise Halt

    shop.polls = 5
    shop.faults = {(call, 0): [stop], ("poll", 0): [failing()]}
    with pytest.raises(Halt):
        run(folder, shop, wallet, only=ALONE, on_interrupt="cancel")
    assert shop.cancelled == cancelled
    assert (wallet.set_aside, wallet.paid) == ({}, 0)
    assert not list(folder.glob("*.job.json"))


def test_jobs_of_a_service_that_is_not_at_hand_stay_remembered(folder, shop, wallet, painter):
    shop.polls = 5
    with pytest.raises(Halt):
        run(folder, shop, wallet, only=ALONE, patience=stopping(Clock(), 2))
    run(folder, painter, wallet, only=ALONE)
    assert len(list(folder.glob("*.job.json"))) == 1
    clips = run(folder, shop, wallet, only=ALONE)
    assert (clips["s00"].provider, shop.sold) == ("shop:tape", 1)
