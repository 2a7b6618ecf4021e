"""Fixtures of the tests of buying: a shop beyond this process, a purse, a painter, a folder."""

import pytest

from songreel.generation.provider import Context
from support.makers import Painter
from support.shop import Shop, Wallet


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
