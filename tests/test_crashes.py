"""The process ends between any two steps of a purchase: nothing is bought twice or lost."""

from decimal import Decimal

import pytest

from songreel.generation.courier import Courier
from songreel.generation.jobs import Jobs
from songreel.generation.letters import Letters
from songreel.generation.shelf import Shelf
from support.boards import board
from support.shop import (
    ALONE,
    THREE_CENTS,
    Crash,
    Fuse,
    Shop,
    Wallet,
    failing,
    forever,
    lost,
    run,
)

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
