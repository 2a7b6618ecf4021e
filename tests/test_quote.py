"""What the clips that a film lacks will cost."""

import pytest

from songreel.generation.provider import Context
from songreel.generation.quote import quotes
from songreel.generation.runner import Patience, generate
from songreel.models.errors import InvalidInput
from songreel.models.money import Quote
from songreel.models.progress import silent
from support.boards import SONG, SPEC, board
from support.makers import Clock, Painter
from support.shop import Crash, Fuse, Shop, Wallet


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "world", spread=2)


@pytest.fixture
def painter(tmp_path):
    maker = Painter(Context(scratch=tmp_path / "scratch", workers=2))
    yield maker
    maker.close()


def asked(tmp_path, maker, film=None, others=None, **more):
    return quotes(
        film or board(), SONG, SPEC, provider=maker, others=others or {},
        folder=tmp_path / "clips", **more,
    )  # fmt: skip


def make(tmp_path, maker, film=None, **more):
    clock = Clock()
    return generate(
        film or board(), SONG, SPEC, provider=maker, others={}, folder=tmp_path / "clips",
        progress=silent, patience=Patience(clock=clock, sleep=clock.sleep), purse=Wallet(), **more,
    )  # fmt: skip


def usd(low: str, high: str) -> Quote:
    return Quote(low=low, likely=low, high=high)


def test_a_film_costs_its_clips_and_not_its_shots(tmp_path, shop, painter):
    same = {"take": "t", "seed": 7, "prompt": "the sea"}
    film = board(s00=same, s02=same, s03={"provider": "painter"})
    found = asked(tmp_path, shop, film, {"painter": painter})
    assert [(clip.shots, clip.source) for clip in found.clips] == [
        (("s00", "s02"), "shop:tape"), (("s01",), "shop:tape"), (("s03",), "painter")
    ]  # fmt: skip
    assert found.total == usd("0.40", "0.80")
    assert found.lines() == (
        "shop:tape: 2 clips for 3 shots, 10.0 s: 0.40 USD (0.40 to 0.80)",
        "painter: 1 clip for 1 shot, 3.0 s: free",
        "in all: 0.40 USD (0.40 to 0.80)",
    )
    assert shop.sold == 0


def test_what_is_there_costs_nothing(tmp_path, shop):
    made = make(tmp_path, shop, only=["s00", "s01"])
    found = asked(tmp_path, shop)
    assert [clip.shots for clip in found.clips] == [("s02",), ("s03",)]
    assert found.planned["s00"] == made["s00"].request
    make(tmp_path, shop)
    assert asked(tmp_path, shop).lines() == ("every clip is there: nothing to pay",)


def test_jobs_under_way_are_set_aside_already(tmp_path, shop):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "poll", Fuse(0).around(Shop.poll))
        with pytest.raises(Crash):
            make(tmp_path, shop)
    found = asked(tmp_path, shop)
    under_way = [clip.shots for clip in found.clips if clip.under_way]
    assert under_way == [("s00",), ("s01",), ("s02",)]
    assert found.total == usd("0.10", "0.20")
    assert "shop:tape: 3 clips under way already" in found.lines()


def test_a_chained_clip_is_counted_once_its_beginning_is_known_or_not(tmp_path, shop):
    film = board(s01={"start_image": "previous"})
    assert len(asked(tmp_path, shop, film).clips) == 4
    make(tmp_path, shop, film)
    assert asked(tmp_path, shop, film).clips == ()


def test_what_would_not_be_bought_is_left_out(tmp_path):
    short = Shop(tmp_path / "world", lengths=(1,))
    assert asked(tmp_path, short).clips == ()


def test_single_shots_can_be_asked_about(tmp_path, shop):
    assert [clip.shots for clip in asked(tmp_path, shop, only=["s02"]).clips] == [("s02",)]
    with pytest.raises(InvalidInput, match="no shot s77"):
        asked(tmp_path, shop, only=["s77"])


def test_it_is_told_as_plain_data(tmp_path, shop):
    row = asked(tmp_path, shop, only=["s00"]).row()
    assert row["total_usd"] == {"low": "0.10", "likely": "0.10", "high": "0.20"}
    assert row["clips"][0]["shots"] == ["s00"]
