"""Prepaid money: entered, eaten by charges, and never passed by a purchase."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from songreel.models.errors import BudgetExceeded, InvalidInput
from songreel.store.ledger import Ledger
from support.books import USD, hammer, meet_at, reserve, settle


@pytest.fixture
def ledger(database):
    return Ledger(database)


def _left(ledger):
    return {account.service: account.left for account in ledger.credits()}


def test_charges_eat_what_was_paid_in(ledger):
    purse = ledger.purse("p", "film")
    settle(purse, "before", "7")  # paid otherwise
    assert ledger.credits() == ()
    account = ledger.credit(USD(20), note="a card")
    assert (account.added, account.used, account.left) == (20, 0, 20)
    reserve(purse, "a", "0.50")
    assert _left(ledger) == {"": USD("19.5")}
    settle(purse, "a", "0.30")
    reserve(purse, "b", "1")
    purse.release("b", "failed")
    assert _left(ledger) == {"": USD("19.7")}
    assert ledger.credit(USD(5)).left == USD("24.7")
    assert [(line.usd, line.note) for line in ledger.credit_lines()] == [(20, "a card"), (5, "")]


def test_what_was_set_aside_before_is_paid_from_the_credit(ledger):
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "0.50")
    reserve(purse, "b", "0.25")
    reserve(purse, "c", "0.10")
    purse.release("c", "refused")
    assert ledger.credit(USD(10)).left == USD("9.25")
    settle(purse, "a", "0.40")
    purse.release("b", "failed")
    assert _left(ledger) == {"": USD("9.6")}


def test_each_service_has_its_own(ledger):
    ledger.credit(USD(2), "fal")
    ledger.credit(USD(3), "replicate")
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "1.50", provider="fal:kling")
    reserve(purse, "b", "1.50", provider="replicate:ltx-video")
    settle(purse, "b", "1.50")
    assert _left(ledger) == {"fal": USD("0.5"), "replicate": USD("1.5")}
    with pytest.raises(BudgetExceeded) as refused:
        reserve(purse, "c", "0.60", provider="fal:kling", shot="s07")
    assert str(refused.value) == (
        "shot s07: 0.60 USD is more than the 0.50 USD of credit left with fal; pay in and enter it "
        "with `songreel costs credit USD --service fal`, or choose a cheaper model with --visuals"
    )
    reserve(purse, "c", "0.50", provider="fal:kling")  # all of it, and no more
    reserve(purse, "d", "9", provider="falcon:model")  # another service, whose name begins alike
    with pytest.raises(BudgetExceeded, match="0.00 USD of credit left with fal"):
        reserve(purse, "e", "0.000001", provider="fal:kling")
    reserve(purse, "free", "0", provider="fal:kling")


def test_a_charge_beyond_the_credit_is_booked_and_stops_the_next_order(ledger):
    ledger.credit(USD(1))
    purse = ledger.purse("p", "film")
    reserve(purse, "a", "0.90")
    settle(purse, "a", "1.30")
    assert _left(ledger) == {"": USD("-0.3")}
    with pytest.raises(BudgetExceeded, match=r"0\.01 USD is more than the 0\.00 USD of credit"):
        reserve(purse, "b", "0.01")
    assert ledger.credit(USD(1)).left == USD("0.7")
    reserve(purse, "b", "0.01")


def test_what_the_service_says_puts_it_right(ledger):
    purse = ledger.purse("p", "film")
    reserve(purse, "open", "0.50")
    ledger.credit(USD(10))
    settle(purse, "a", "2")
    # It has charged 3 in truth, and nothing yet for what is under way.
    account = ledger.credit(USD(7), left=True)
    assert account.left == USD("6.5")
    settle(purse, "open", "0.50")
    assert _left(ledger) == {"": USD("6.5")}
    assert ledger.credit_lines()[-1].usd == USD(-1)
    other = ledger.credit(USD(4), "fal", left=True)
    assert (other.added, other.left) == (4, 4)


def test_an_account_can_end_and_begin_anew(ledger):
    purse = ledger.purse("p", "film")
    ledger.credit(USD(1))
    settle(purse, "a", "1")
    assert ledger.credit(None) is None
    assert ledger.credits() == ()
    reserve(purse, "b", "100")
    with pytest.raises(InvalidInput, match="no credit for all services is entered"):
        ledger.credit(None)
    assert ledger.credit(USD(200)).left == 100
    assert len(ledger.credit_lines()) == 3


@pytest.mark.parametrize("amount", ["-1", "NaN", "100000000"])
def test_a_credit_that_is_no_amount_is_refused(ledger, amount):
    with pytest.raises(InvalidInput, match="no amount in USD"):
        ledger.credit(USD(amount))


@pytest.mark.parametrize("service", ["fal:kling", "a b", "\0", "Fal\n"])
def test_a_service_that_is_none_is_refused(ledger, service):
    with pytest.raises(InvalidInput, match="is no service"):
        ledger.credit(USD(1), service)


@pytest.mark.slow
def test_many_processes_never_pass_a_credit(database):
    Ledger(database).credit(USD("2.00"), "replicate")
    context = get_context("spawn")
    door = context.Barrier(3)
    with ProcessPoolExecutor(3, context, initializer=meet_at, initargs=(door,)) as pool:
        let = [pool.submit(hammer, database, f"p{n}", 30, 7) for n in range(3)]
        assert sum(one.result(60) for one in let) == 28  # 28 × 0.07 = 1.96
    assert _left(Ledger(database)) == {"replicate": USD("0.04")}
