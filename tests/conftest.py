"""Fixtures of buying: a shop beyond this process, services, a purse, a painter; and databases."""

import pytest

from songreel.generation.provider import Context
from support.cloud.server import Cloud
from support.databases import Places
from support.makers import Painter
from support.needs import HEAVY
from support.postgres import Server, needs_postgresql
from support.shop import Shop, Wallet


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path in HEAVY:
            item.add_marker("heavy")


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


@pytest.fixture
def cloud(monkeypatch):
    """Both services on this machine, for sources that are made in this process."""
    with Cloud() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture(scope="session")
def postgresql():
    """A server of the tests' own."""
    server = Server(needs_postgresql())
    yield server
    server.close()


# PostgreSQL takes its time; the everyday run leaves it out, as it leaves out what is slow.
@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def places(request, tmp_path):
    """Gives a place for a new database whenever it is called, of either kind."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    found = Places(tmp_path, server)
    yield found
    found.close()


@pytest.fixture
def database(places):
    """A place for a new database: a file's path, or the URL of a database on a server."""
    return places()
