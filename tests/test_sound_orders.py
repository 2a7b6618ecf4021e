"""Sound that is ordered: made once, paid once, kept, and lost with a reason."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songreel.generation.patience import Patience
from songreel.generation.sound.orders import Delivery, Wanted, fulfil
from songreel.generation.sound.shelf import SoundShelf
from songreel.models.clip import ClipRequest, Job
from songreel.models.errors import BudgetExceeded
from songreel.models.files import sha256_of
from songreel.models.progress import silent
from songreel.models.sound_request import Heard, SoundFiles, SoundRequest
from songreel.sound.pcm import write_wav
from support.makers import Clock, busy
from support.shop import Crash, Fuse, Wallet, failing, letters, lost, telling, untold
from support.sound_shop import PRICE, RATE, SoundShop, asked


def wanted(shop: SoundShop, *labels: str) -> list[Wanted]:
    return [Wanted(label, shop.plan(asked(seed))) for seed, label in enumerate(labels, 7)]


def deliver(folder: Path, shop: SoundShop, orders: list[Wanted], **more: Any) -> Delivery:
    clock = Clock()
    patience = Patience(clock=clock, sleep=clock.sleep)
    return fulfil(
        orders, source=shop, folder=folder, progress=more.pop("progress", silent),
        patience=patience, **more,
    )  # fmt: skip


def test_what_is_there_is_not_bought_again(tmp_path):
    shop, wallet = SoundShop(tmp_path / "shop"), Wallet()
    orders = wanted(shop, "s01", "s02", "s03")
    first = deliver(tmp_path / "sounds", shop, orders, purse=wallet)
    again = deliver(tmp_path / "sounds", shop, orders, purse=wallet)
    assert list(first.takes) == ["s01", "s02", "s03"]
    assert first == again
    assert (shop.sold, wallet.paid, wallet.spent()) == (3, 3 * PRICE, 3 * PRICE)
    take = first.takes["s02"]
    assert (take.samples, take.rate, take.channels) == (RATE // 2, RATE, 1)
    assert take.notes == ("tone 8",)
    assert take.cost is not None
    assert sha256_of(tmp_path / "sounds" / take.file) == take.sha256
    (tmp_path / "sounds" / take.file).write_bytes(b"spoilt")
    deliver(tmp_path / "sounds", shop, orders, purse=wallet)
    assert shop.sold == 4  # a file's existence proves nothing


def test_who_wants_the_same_shares_it(tmp_path):
    shop = SoundShop(tmp_path / "shop", paid=False)
    request = shop.plan(asked())
    made = deliver(tmp_path / "sounds", shop, [Wanted("a", request), Wanted("b", request)])
    assert shop.sold == 1
    assert made.takes["a"] == made.takes["b"]


def test_what_it_goes_on_from_reaches_the_source(tmp_path):
    shop = SoundShop(tmp_path / "shop", paid=False)
    before = tmp_path / "before.wav"
    write_wav(before, np.full((1, RATE), 0.1, np.float32), RATE)
    heard = Heard(sha256=sha256_of(before), seconds=1.0)
    order = Wanted("s01", shop.plan(asked(heard=heard)), SoundFiles(heard=before))
    made = deliver(tmp_path / "sounds", shop, [order])
    assert shop.files == [SoundFiles(heard=before)]
    assert made.takes["s01"].samples == RATE + RATE // 2
    before.write_bytes(b"changed")
    other = Wanted("s02", shop.plan(asked(8, heard=heard)), SoundFiles(heard=before))
    told = deliver(tmp_path / "sounds", shop, [other])
    assert "is gone or has changed" in str(told.lost["s02"])


@pytest.mark.parametrize(
    ("faults", "sold", "paid", "label"),
    [
        ({("submit", 7): [busy, busy]}, 1, 1, "comes after a while"),
        ({("answer", 7): [lost]}, 1, 1, "is found after a lost answer"),
        ({("poll", 7): [failing()]}, 2, 1, "comes with another seed"),
    ],
)
def test_a_fault_that_passes(tmp_path, faults, sold, paid, label):
    shop, wallet = SoundShop(tmp_path / "shop", faults=faults), Wallet()
    made = deliver(tmp_path / "sounds", shop, wanted(shop, "s01"), purse=wallet)
    assert list(made.takes) == ["s01"], label
    assert (shop.sold, wallet.paid) == (sold, paid * PRICE), label
    before = shop.sold
    deliver(tmp_path / "sounds", shop, wanted(shop, "s01"), purse=wallet)
    assert shop.sold == before  # the take of the other seed is known again


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ({("submit", 7): [telling(refused=True)]}, "told off"),
        ({("submit", 7): [telling(down=True)]}, "told off"),
        ({("poll", 7): [failing()], ("poll", 107): [failing()]}, "it failed"),
        ({("answer", 7): [lost], ("find", 7): [untold]}, "may have been billed"),
    ],
)
def test_a_fault_that_stays_is_told_and_the_others_come(tmp_path, faults, says):
    shop, wallet = SoundShop(tmp_path / "shop", faults=faults), Wallet()
    # A service that is down for one is down for all that come after.
    orders = list(reversed(wanted(shop, "s01", "s02")))
    made = deliver(tmp_path / "sounds", shop, orders, purse=wallet)
    assert says in str(made.lost["s01"])
    assert ("s02" in made.takes) or "told off" in str(made.lost["s02"])
    if says == "may have been billed":
        assert letters(tmp_path / "sounds")[0].failures[0].unsure
        again = deliver(tmp_path / "sounds", shop, orders, purse=wallet)
        assert "may have billed" in str(again.lost["s01"])
        assert shop.sold == 2


def test_a_limit_holds(tmp_path):
    shop, wallet = SoundShop(tmp_path / "shop"), Wallet(PRICE)
    made = deliver(tmp_path / "sounds", shop, wanted(shop, "s01", "s02"), purse=wallet)
    assert list(made.takes) == ["s01"]
    assert isinstance(made.lost["s02"], BudgetExceeded)
    assert wallet.spent() == PRICE


def test_too_short_and_no_sound_are_refused(tmp_path):
    shop = SoundShop(tmp_path / "shop", paid=False)
    shop.slack = 0.2
    made = deliver(tmp_path / "sounds", shop, wanted(shop, "s01"))
    assert "delivered 0.30 s for s01, 0.50 s were asked for" in str(made.lost["s01"])


def test_killed_at_any_moment_it_pays_once(tmp_path, monkeypatch):
    """At each moment before and after every call that leaves something behind."""
    moments = 0
    while True:
        root = tmp_path / str(moments)
        root.mkdir()
        shop, wallet, fuse = SoundShop(root / "shop"), Wallet(), Fuse(moments)
        orders = wanted(shop, "s01", "s02")
        with monkeypatch.context() as patched:
            for owner, name in (
                (SoundShop, "submit"), (SoundShop, "poll"), (Wallet, "reserve"),
                (Wallet, "settle"), (SoundShelf, "take_in"), (SoundShelf, "enter"),
            ):  # fmt: skip
                patched.setattr(owner, name, fuse.around(getattr(owner, name)))
            try:
                deliver(root / "sounds", shop, orders, purse=wallet)
            except Crash:
                pass
            else:
                break
        made = deliver(root / "sounds", shop, orders, purse=wallet)
        assert list(made.takes) == ["s01", "s02"], fuse.where
        assert shop.sold == 2, fuse.where
        assert wallet.spent() == 2 * PRICE, fuse.where
        assert not list((root / "sounds").glob("*.job.json")), fuse.where
        moments += 1
    assert moments > 20


def test_an_interruption_leaves_jobs_for_the_next_run(tmp_path):
    shop, wallet = SoundShop(tmp_path / "shop", polls=3), Wallet()

    def stop(what: str, done: float) -> None:  # noqa: ARG001
        if shop.sold == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as told:
        deliver(tmp_path / "s", shop, wanted(shop, "s01", "s02"), purse=wallet, progress=stop)
    assert "2 jobs go on at shop" in told.value.__notes__[0]
    made = deliver(tmp_path / "s", shop, wanted(shop, "s01", "s02"), purse=wallet)
    assert (len(made.takes), shop.sold, wallet.paid) == (2, 2, Decimal(2) * PRICE)


def test_jobs_know_what_was_ordered():
    clip = Job[SoundRequest](provider="a", id="", request=asked())
    assert Job[SoundRequest].model_validate_json(clip.model_dump_json()) == clip
    with pytest.raises(ValueError, match="camera"):
        Job[ClipRequest].model_validate_json(clip.model_dump_json())
    assert asked().fingerprint != asked(8).fingerprint
