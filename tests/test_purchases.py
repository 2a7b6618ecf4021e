"""Clips that are paid for: each once, whatever happens, and the books sum up."""

from decimal import Decimal

import pytest

from songreel.models.errors import ProviderError
from songreel.models.money import Charge
from support.makers import busy
from support.shop import (
    ALONE,
    Crash,
    Fuse,
    Shop,
    Wallet,
    failing,
    forever,
    letters,
    lost,
    run,
    telling,
    untold,
)

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
    assert clips["s00"].substitution.endswith("; it may have been billed")
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
    assert clips["s00"].substitution.endswith("; the next run asks after it")
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


def test_a_clip_nobody_can_make_is_an_error_and_the_books_are_right(folder, shop, wallet):
    shop.faults = {("poll", seed): forever(failing()) for seed in (1, 101)}
    with pytest.raises(ProviderError, match="shot s01: no clip could be had"):
        run(folder, shop, wallet)
    assert wallet.paid == shop.bill == Decimal("0.30")
    assert wallet.set_aside == {}
