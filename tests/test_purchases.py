"""Clips that are paid for: each once, whatever happens, and the books sum up."""

from decimal import Decimal

import pytest

from songreel.generation.courier import Courier
from songreel.generation.jobs import Jobs
from songreel.generation.letters import DeadLetter, Letters
from songreel.generation.provider import Context
from songreel.generation.runner import Patience, generate
from songreel.generation.shelf import Shelf
from songreel.models.clip import Clip
from songreel.models.errors import ProviderError
from songreel.models.money import Charge
from songreel.models.progress import silent
from support.boards import SONG, SPEC, board
from support.makers import Clock, Painter, busy
from support.shop import (
    Crash,
    Fuse,
    Shop,
    Wallet,
    failing,
    forever,
    lost,
    telling,
    untold,
)

ALONE = ("s00",)
THREE_CENTS = Charge(usd=Decimal("0.03"), basis="metered", measured=True)


def run(folder, maker, wallet=None, film=None, **more) -> dict[str, Clip]:
    clock = Clock()
    figures = more.pop("figures", {})
    return generate(
        film or board(), SONG, SPEC, provider=maker, others=more.pop("others", {}), folder=folder,
        progress=more.pop("progress", silent), purse=wallet,
        patience=more.pop("patience", Patience(clock=clock, sleep=clock.sleep, **figures)), **more,
    )  # fmt: skip


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "world")


@pytest.fixture
def wallet():
    return Wallet()


@pytest.fixture
def painter(tmp_path):
    maker = Painter(Context(scratch=tmp_path / "scratch", workers=2))
    yield maker
    maker.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "clips"


def letters(folder) -> list[DeadLetter]:
    return [DeadLetter.load(path) for path in sorted(folder.glob("*.failed.json"))]


# Paying


def test_every_clip_is_paid_once_and_says_what_it_cost(folder, shop, wallet):
    shop.charged = Decimal("0.11")
    clips = run(folder, shop, wallet)
    assert shop.sold == 4
    assert wallet.paid == shop.bill == Decimal("0.44")
    assert wallet.set_aside == {}
    assert {clip.cost for clip in clips.values()} == {
        Charge(usd=Decimal("0.11"), basis="metered", measured=True)
    }
    assert run(folder, shop, wallet) == clips
    assert shop.sold == 4


def test_without_a_metered_price_the_quote_stands(folder, shop, wallet):
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].cost == Charge(
        usd=Decimal("0.10"), basis="as quoted: by three seconds", measured=False
    )


def test_a_purse_that_is_too_small_buys_what_it_can_and_the_film_is_whole(folder, shop, painter):
    wallet = Wallet("0.25")
    clips = run(folder, shop, wallet, others={"builtin": painter})
    assert [clip.provider for clip in clips.values()] == ["shop:tape"] * 2 + ["painter"] * 2
    assert "would pass 0.25 USD" in clips["s03"].substitution
    assert shop.sold == 2
    assert wallet.paid == Decimal("0.20")
    assert not list(folder.glob("*.job.json"))
    assert letters(folder) == []


def test_without_a_purse_nothing_is_bought(folder, shop, painter):
    clips = run(folder, shop, None, others={"builtin": painter})
    assert shop.sold == 0
    assert "nothing may be spent" in clips["s00"].substitution


def test_progress_tells_what_was_spent(folder, shop, wallet):
    said = []
    run(folder, shop, wallet, progress=lambda what, _: said.append(what))
    assert said[0] == "planning the clips"
    assert "clips: 0 of 4, making s00, 0.30 USD so far" in said
    assert said[-1] == "clips: 4 of 4, 0.40 USD so far"


def test_free_films_say_nothing_of_money(folder, painter):
    said = []
    run(folder, painter, progress=lambda what, _: said.append(what))
    assert not any("USD" in what for what in said)


# Crashes


STEPS = {
    Jobs: ("remember", "forget"),
    Shelf: ("take_in", "enter"),
    Courier: ("step",),
    Shop: ("submit", "poll", "find"),
    Wallet: ("reserve", "settle", "release"),
}


def crashing(monkeypatch, fuse):
    for owner, names in STEPS.items():
        for name in names:
            monkeypatch.setattr(owner, name, fuse.around(getattr(owner, name)))


@pytest.mark.parametrize("answer", [None, lost])
def test_a_crash_between_any_two_steps_never_buys_twice(tmp_path, answer):
    """Run until the n-th moment, crash, run again; for every n until a run gets through."""
    places = []
    for at in range(200):
        world, folder, wallet = tmp_path / f"world {at}", tmp_path / f"clips {at}", Wallet()
        fuse = Fuse(at)
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, fuse)
            faults = {("answer", 0): [answer]}
            try:
                run(folder, Shop(world, faults=faults), wallet, only=ALONE)
            except Crash:
                places.append(fuse.where)
            else:
                break
        again = Shop(world)
        clips = run(folder, again, wallet, only=ALONE)
        assert clips["s00"].substitution is None, fuse.where
        assert again.sold == 1, fuse.where
        assert wallet.paid == again.bill == Decimal("0.10"), fuse.where
        assert wallet.set_aside == {}, fuse.where
        assert not list(folder.glob("*.job.json")), fuse.where
        assert clips["s00"].cost.usd == Decimal("0.10"), fuse.where
    seen = {place.partition(" ")[2] for place in places}
    assert len(places) >= 28
    assert {"Jobs.remember", "Wallet.reserve", "Shop.submit", "Wallet.settle"} <= seen
    assert {"Shelf.take_in", "Shelf.enter", "Jobs.forget"} <= seen
    assert ("Shop.find" in seen) is (answer is not None)


def test_crashes_one_after_the_other_never_buy_twice(tmp_path):
    world, folder, wallet = tmp_path / "world", tmp_path / "clips", Wallet()
    crashes = 0
    for at in (3, 7, 11, 15, 21, 27, 35, 5, 9, None):
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, Fuse(at))
            try:
                clips = run(folder, Shop(world), wallet)
            except Crash:
                crashes += 1
    assert crashes >= 5
    assert list(clips) == ["s00", "s01", "s02", "s03"]
    assert Shop(world).sold == 4
    assert wallet.paid == Shop(world).bill == Decimal("0.40")
    assert wallet.set_aside == {}


@pytest.mark.parametrize("at", range(0, 28, 2))
def test_an_edited_prompt_after_a_crash_loses_nothing_that_was_paid(tmp_path, at):
    """The job of the old prompt comes in as a take; what was not sent is given back."""
    world, folder, wallet = tmp_path / "world", tmp_path / "clips", Wallet()
    with pytest.MonkeyPatch.context() as patch:
        crashing(patch, Fuse(at))
        try:
            run(folder, Shop(world), wallet, only=ALONE)
        except Crash:
            pass
        else:
            raise AssertionError("the run got through")
    sold = Shop(world).sold
    again = Shop(world)
    clips = run(folder, again, wallet, board(s00={"prompt": "edited"}), only=ALONE)
    assert clips["s00"].request.prompt == "edited"
    assert again.sold == sold + 1
    assert wallet.paid == again.bill
    assert wallet.set_aside == {}
    assert not list(folder.glob("*.job.json"))
    takes = Shelf(folder).takes("s00")
    assert len(takes) == again.sold
    assert takes[-1].request.prompt == "edited"
    assert sum(take.cost.usd for take in takes) == wallet.paid


def test_a_job_of_another_model_of_the_service_is_asked_after_too(tmp_path, folder, wallet):
    world = tmp_path / "world"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "poll", Fuse(0).around(Shop.poll))
        with pytest.raises(Crash):
            run(folder, Shop(world), wallet, only=ALONE)
    film = board(s00={"provider": None})
    clips = run(folder, Shop(world, name="shop:disc"), wallet, film, only=ALONE)
    assert clips["s00"].provider == "shop:disc"
    assert {take.provider for take in Shelf(folder).takes("s00")} == {"shop:tape", "shop:disc"}
    assert wallet.set_aside == {}
    assert wallet.paid == Decimal("0.20")


# Answers that get lost


def test_a_lost_answer_is_looked_for_before_anything_is_sent_again(folder, shop, wallet):
    shop.faults = {("answer", 0): [lost]}
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].substitution is None
    assert shop.made == [0]
    assert wallet.paid == shop.bill


def test_what_was_surely_not_taken_is_sent_again(folder, shop, wallet):
    shop.faults = {("submit", 0): [lost]}
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].substitution is None
    assert (shop.sold, wallet.paid) == (1, Decimal("0.10"))


def test_a_bug_in_a_source_counts_as_a_lost_answer(folder, shop, wallet):
    def bug():
        raise KeyError("urls")

    shop.faults = {("answer", 0): [bug]}
    assert run(folder, shop, wallet, only=ALONE)["s00"].substitution is None
    assert shop.sold == 1


def test_where_it_cannot_be_told_nothing_paid_is_tried_again(folder, shop, wallet, painter):
    shop.faults = {("answer", 0): [lost], ("find", 0): [untold]}
    others = {"builtin": painter}
    clips = run(folder, shop, wallet, only=ALONE, others=others)
    assert clips["s00"].provider == "painter"
    assert shop.sold == 1
    assert wallet.set_aside == {}
    (charge,) = wallet.charges.values()
    assert (charge.usd, charge.measured) == (Decimal("0.10"), False)
    assert "may have been billed" in charge.basis
    (letter,) = letters(folder)
    assert letter.failures[0].unsure
    assert letter.failures[0].charge == charge
    again = run(folder, shop, wallet, only=ALONE, others=others)
    assert shop.sold == 1
    assert "remove s00-" in again["s00"].substitution
    next(folder.glob("*.failed.json")).unlink()
    assert run(folder, shop, wallet, only=ALONE, others=others)["s00"].provider == "shop:tape"
    assert shop.sold == 2


def test_a_search_that_cannot_be_made_now_is_left_to_the_next_run(folder, shop, wallet, painter):
    shop.faults = {("answer", 0): [lost], ("find", 0): [busy] * 4}
    clips = run(folder, shop, wallet, only=ALONE, others={"builtin": painter}, figures={"tries": 3})
    assert clips["s00"].provider == "painter"
    assert wallet.spent() == Decimal("0.10")
    assert len(list(folder.glob("*.job.json"))) == 1
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].provider == "shop:tape"
    assert (shop.sold, wallet.set_aside, wallet.paid) == (1, {}, Decimal("0.10"))


def test_a_job_nobody_knows_any_more_may_have_been_billed(folder, shop, wallet, painter):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "poll", Fuse(0).around(Shop.poll))
        with pytest.raises(Crash):
            run(folder, shop, wallet, only=ALONE)
    next(shop.world.glob("job-*")).unlink()
    clips = run(folder, shop, wallet, only=ALONE, others={"builtin": painter})
    assert "no job job-0" in clips["s00"].substitution
    assert shop.sold == 0
    assert (wallet.set_aside, wallet.paid) == ({}, Decimal("0.10"))
    assert letters(folder)[0].failures[0].unsure


# Failures


def test_a_failed_job_is_given_back_and_the_next_one_is_tried(folder, shop, wallet):
    shop.faults = {("poll", 0): [failing()]}
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].request.seed == 100
    assert wallet.released == ["shop: it failed"]
    assert wallet.paid == shop.bill == Decimal("0.10")
    (letter,) = letters(folder)
    assert (letter.provider, letter.request.seed) == ("shop:tape", 0)
    failure = letter.failures[0]
    assert (failure.job, failure.reason, failure.charge) == ("job-0", "shop: it failed", None)


def test_a_failed_job_that_is_charged_is_settled(folder, shop, wallet):
    charge = Charge(usd=Decimal("0.03"), basis="metered", measured=True)
    shop.faults = {("poll", 0): [failing(charge=charge)]}
    run(folder, shop, wallet, only=ALONE)
    assert wallet.paid == Decimal("0.13")
    assert letters(folder)[0].failures[0].charge == charge


def test_letters_stay_and_grow(folder, shop, wallet):
    fault = failing()
    shop.faults = {("poll", 0): [fault, None, None, fault], ("poll", 100): [fault] * 2}
    for _ in range(2):
        clips = run(folder, shop, wallet, only=ALONE)
        assert clips["s00"].request.source == ("shop:tape", "other model")
    assert [len(letter.failures) for letter in letters(folder)] == [2, 2]
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].substitution is None
    assert [len(letter.failures) for letter in letters(folder)] == [2, 2]


@pytest.mark.parametrize("call", ["poll", "submit"])
def test_refused_content_is_not_asked_for_with_another_seed(folder, shop, wallet, call):
    fault = failing(refused=True) if call == "poll" else telling(refused=True)
    shop.faults = {(call, 0): [fault]}
    clips = run(folder, shop, wallet, only=ALONE)
    assert clips["s00"].request.source == ("shop:tape", "other model")
    assert 100 not in shop.made


def test_a_service_that_is_down_is_not_asked_for_the_other_shots(folder, shop, wallet, painter):
    shop.faults = {("submit", 0): [telling(down=True)]}
    clips = run(folder, shop, wallet, others={"builtin": painter})
    assert {clip.provider for clip in clips.values()} == {"painter"}
    assert shop.made == []
    assert (wallet.set_aside, wallet.paid) == ({}, 0)
    assert letters(folder) == []


def test_a_service_that_goes_down_keeps_the_jobs_it_has(folder, shop, wallet, painter):
    shop.faults = {("poll", 1): [telling(down=True)]}
    clips = run(folder, shop, wallet, others={"builtin": painter})
    assert [clip.provider for clip in clips.values()].count("painter") >= 2
    left = len(list(folder.glob("*.job.json")))
    assert left == len(wallet.set_aside) > 0
    again = run(folder, shop, wallet, others={"builtin": painter})
    assert {clip.provider for clip in again.values()} == {"shop:tape"}
    assert shop.sold == 4
    assert wallet.paid == shop.bill


def test_a_clip_that_is_too_short_is_charged_and_replaced(folder, shop, wallet, painter):
    shop.slack = 12
    clips = run(folder, shop, wallet, only=ALONE, others={"builtin": painter})
    assert "were asked for" in clips["s00"].substitution
    assert wallet.paid == shop.bill
    assert {letter.failures[0].charge.usd for letter in letters(folder)} == {Decimal("0.10")}


def test_an_overdue_job_is_cancelled_and_booked_as_it_ends(folder, shop, wallet, painter):
    shop.polls = 10**9
    clips = run(
        folder, shop, wallet, only=ALONE, others={"builtin": painter}, figures={"deadline": 60.0}
    )
    assert shop.cancelled == ["job-0"]
    assert "no clip after 60 s" in clips["s00"].substitution
    assert (shop.sold, wallet.set_aside, wallet.paid) == (1, {}, Decimal("0.10"))
    assert letters(folder)[0].failures[0].unsure


def test_an_overdue_job_that_cannot_be_cancelled_is_not_waited_for(folder, shop, wallet, painter):
    shop.polls = 10**9
    tried = []

    def cancel(job):
        tried.append(job.id)
        busy()

    shop.cancel = cancel
    clips = run(
        folder, shop, wallet, only=ALONE, others={"builtin": painter}, figures={"deadline": 60.0}
    )
    assert len(tried) > 1
    assert "no clip after 60 s" in clips["s00"].substitution
    assert wallet.paid == Decimal("0.10")


def test_a_crash_at_the_end_of_a_failed_job_books_it_once(tmp_path):
    """It is settled, written down and forgotten, and what replaces it is bought once."""
    crashes = 0
    for at in range(200):
        world, folder, wallet = tmp_path / f"world {at}", tmp_path / f"clips {at}", Wallet()
        faults = {("poll", 0): forever(failing(charge=THREE_CENTS, refused=True))}

        def offered(shop, request):  # noqa: ARG001
            return (request.model_copy(update={"seed": 1, "prompt": "milder"}),)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shop, "alternatives", offered)
            with pytest.MonkeyPatch.context() as inner:
                fuse = Fuse(at)
                crashing(inner, fuse)
                inner.setattr(Letters, "write", fuse.around(Letters.write))
                try:
                    run(folder, Shop(world, faults=faults), wallet, only=ALONE)
                except Crash:
                    crashes += 1
                else:
                    break
            again = Shop(world, faults=faults)
            clips = run(folder, again, wallet, only=ALONE)
        asked_again = again.sold - 2  # the failed one was forgotten when the process ended
        assert asked_again in (0, 1), fuse.where
        assert clips["s00"].request.prompt == "milder", fuse.where
        assert wallet.paid == Decimal("0.13") + asked_again * Decimal("0.03"), fuse.where
        assert wallet.set_aside == {}, fuse.where
        assert not list(folder.glob("*.job.json")), fuse.where
    assert crashes >= 45


def test_a_cancelled_job_that_says_so_costs_what_the_service_says(folder, shop, wallet):
    shop.polls = 10**9

    def cancel(job):
        shop.cancelled.append(job.id)
        usd = Charge(usd=Decimal("0.02"), basis="until cancelled", measured=True)
        shop.faults["poll", job.request.seed] = [failing(charge=usd)]
        shop.polls = 1

    shop.cancel = cancel
    clips = run(folder, shop, wallet, only=ALONE, figures={"deadline": 60.0})
    assert clips["s00"].request.seed == 100
    assert wallet.paid == Decimal("0.12")


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


def test_a_clip_nobody_can_make_is_an_error_and_the_books_are_right(folder, shop, wallet):
    shop.faults = {("poll", seed): forever(failing()) for seed in (1, 101)}
    with pytest.raises(ProviderError, match="shot s01: no clip could be had"):
        run(folder, shop, wallet)
    assert wallet.paid == shop.bill == Decimal("0.30")
    assert wallet.set_aside == {}
