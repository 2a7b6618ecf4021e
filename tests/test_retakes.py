"""Takes: kept whatever the plan says, looked at, and taken again where they are bad."""

from decimal import Decimal

import pytest

from songreel.generation.shelf import Shelf
from songreel.models.clip import Flaw
from support.boards import board
from support.shop import Wallet, forever, run, telling

# Kept takes


def test_a_kept_take_is_shown_whatever_the_plan_says(folder, shop, wallet):
    first = run(folder, shop, wallet, only=["s00"])["s00"]
    mark = first.request.fingerprint
    film = board(s00={"prompt": "other", "keep": mark[:6]})
    clips = run(folder, shop, wallet, film, only=["s00"])
    assert shop.sold == 1
    assert clips["s00"].sha256 == first.sha256
    assert clips["s00"].remarks[-1] == f"kept take {mark[:8]}; the plan has changed since"
    assert Shelf(folder).takes("s00") == (first,)


def test_a_kept_take_that_is_planned_needs_no_word(folder, shop, wallet):
    first = run(folder, shop, wallet, only=["s00"])["s00"]
    film = board(s00={"keep": first.request.fingerprint[:8]})
    assert run(folder, shop, wallet, film, only=["s00"])["s00"].notes == first.notes


@pytest.mark.parametrize(
    ("starts", "spoil", "reason"),
    [
        ((0.0, 2.0), True, "is not there any more"),
        ((0.0, 4.0), False, "has 3.00 s, the shot needs 4.00 s"),
    ],
)
def test_a_kept_take_that_cannot_be_shown_is_told(folder, shop, wallet, starts, spoil, reason):
    first = run(folder, shop, wallet, board((0.0, 2.0)), only=["s00"])["s00"]
    if spoil:
        (folder / first.file).write_bytes(b"spoilt")
    keep = {"keep": first.request.fingerprint[:8], "prompt": "other"}
    clips = run(folder, shop, wallet, board(starts, s00=keep), only=["s00"])
    assert clips["s00"].request.prompt == "other"
    assert reason in " ".join(clips["s00"].remarks)


def test_takes_are_all_kept_newest_last(folder, shop, wallet):
    for prompt in ("one", "two", "three"):
        run(folder, shop, wallet, board(s00={"prompt": prompt}), only=["s00"])
    run(folder, shop, wallet, board(s00={"prompt": "one"}), only=["s00"])
    shelf = Shelf(folder)
    assert [take.request.prompt for take in shelf.takes("s00")] == ["one", "two", "three"]
    assert shelf.takes("s01") == ()
    second = shelf.takes("s00")[1]
    assert shelf.find_take("s00", second.request.fingerprint[:8]) == second
    assert shelf.find_take("s01", second.request.fingerprint[:8]) is None


# Looking at clips


def eye(*bad: int, fatal: bool = True):
    """An inspector that dislikes clips of these seeds."""
    seen = []

    def inspect(path, asked, portion, *, keys=False):  # noqa: ARG001
        seen.append(portion.request.seed)
        return [Flaw(text="it is black", fatal=fatal)] if portion.request.seed in bad else []

    inspect.seen = seen
    return inspect


def test_faults_are_told_with_the_clip_and_looked_for_once(folder, shop, wallet):
    inspect = eye(1)
    clips = run(folder, shop, wallet, inspect=inspect)
    assert clips["s01"].faults == ("it is black",)
    assert clips["s00"].faults == ()
    assert shop.sold == 4
    run(folder, shop, wallet, inspect=inspect)
    assert sorted(inspect.seen) == [0, 1, 1, 2, 3]
    assert run(folder, shop, wallet)["s01"].faults == ("it is black",)


def test_a_fatal_flaw_is_taken_again_with_another_seed(folder, shop, wallet):
    inspect = eye(1)
    clips = run(folder, shop, wallet, inspect=inspect, retakes=1)
    assert clips["s01"].request.seed == 101
    assert clips["s01"].faults == ()
    assert clips["s01"].substitution is None
    assert clips["s01"].remarks[-1] == "taken again with seed 101: it is black"
    assert (shop.sold, wallet.paid) == (5, Decimal("0.50"))
    takes = Shelf(folder).takes("s01")
    assert [take.faults for take in takes] == [("it is black",), ()]
    assert sum(take.cost.usd for take in takes) == Decimal("0.20")
    for retakes in (0, 1, 2):
        assert run(folder, shop, wallet, inspect=inspect, retakes=retakes) == clips
    assert shop.sold == 5


def test_retakes_have_an_end_and_the_best_is_shown(folder, shop, wallet):
    bad = [1 + 100 * n for n in range(9)]
    for _ in range(2):
        clips = run(folder, shop, wallet, only=["s01"], inspect=eye(*bad), retakes=2)
        assert clips["s01"].request.seed == 1
        assert clips["s01"].faults == ("it is black",)
        assert shop.made == [1, 101, 201]


def test_a_retake_that_fails_leaves_the_flawed_clip(folder, shop, wallet):
    shop.faults = {("submit", 101): forever(telling())}
    clips = run(folder, shop, wallet, only=["s01"], inspect=eye(1), retakes=3)
    assert clips["s01"].request.seed == 1
    assert clips["s01"].substitution is None
    assert "could not be taken again: shop: told off" in clips["s01"].remarks
    assert wallet.set_aside == {}


def test_a_purse_that_is_empty_leaves_the_flawed_clip(folder, shop):
    wallet = Wallet("0.15")
    clips = run(folder, shop, wallet, only=["s01"], inspect=eye(1), retakes=1)
    assert clips["s01"].faults == ("it is black",)
    assert "would pass 0.15 USD" in clips["s01"].remarks[-1]


def test_a_flaw_that_can_be_lived_with_is_only_told(folder, shop, wallet):
    clips = run(folder, shop, wallet, inspect=eye(1, fatal=False), retakes=3)
    assert clips["s01"].faults == ("it is black",)
    assert shop.sold == 4


def test_what_is_drawn_here_is_not_drawn_again(folder, painter):
    clips = run(folder, painter, inspect=eye(1), retakes=3)
    assert clips["s01"].faults == ("it is black",)
    assert sorted(painter.made) == [0, 1, 2, 3]
