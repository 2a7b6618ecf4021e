"""The files that pages load: kept in memory, loaded beforehand, and never somebody's own."""

import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from songreel.web.app import create_app
from songreel.web.kept import Kept
from songreel.web.safety.safety import Safety
from songreel.workspace import Workspace
from support.needs import needs
from support.studio import served, settings_of, song

FOR_GOOD = "public, max-age=31536000, immutable"


@pytest.fixture
def asked():
    """Who asks, and the paths that were passed on to the application."""
    passed = []

    def answer(request):
        passed.append(str(request.url.path))
        told = request.query_params.get("cache", FOR_GOOD)
        text = request.path_params["name"] * 10
        headers = {"cache-control": told, "set-cookie": "who=one"}
        return PlainTextResponse(text, headers=headers)

    app = Starlette(routes=[Route("/{name}", answer, methods=["GET", "POST"])])
    return TestClient(Kept(app), cookies={}), passed


def test_what_never_changes_is_asked_for_once(asked):
    client, passed = asked
    first, second = client.get("/one"), client.get("/one")
    assert second.text == first.text == "one" * 10
    assert second.headers["cache-control"] == FOR_GOOD
    assert passed == ["/one"]
    assert client.get("/two").text == "two" * 10


def test_what_is_kept_carries_nobodys_cookie(asked):
    client, _ = asked
    assert "set-cookie" in client.get("/one").headers
    assert "set-cookie" not in client.get("/one").headers


@pytest.mark.parametrize("told", ["private, max-age=31536000, immutable", "no-store", "public"])
def test_what_is_somebodys_or_changes_is_never_kept(asked, told):
    client, passed = asked
    for _ in range(2):
        client.get("/one", params={"cache": told})
    assert passed == ["/one", "/one"]


@pytest.mark.parametrize("header", ["range", "if-none-match", "if-modified-since"])
def test_who_wants_less_than_the_file_is_answered_by_the_application(asked, header):
    client, passed = asked
    client.get("/one")
    client.get("/one", headers={header: "bytes=0-1"})
    client.post("/one")
    assert passed == ["/one"] * 3


def test_memory_is_limited(asked, monkeypatch):
    monkeypatch.setattr("songreel.web.kept.MOST", 40)
    client, passed = asked
    for name in ("one", "two", "one", "two"):
        client.get(f"/{name}")
    assert passed == ["/one", "/two", "/two"]


def test_a_studio_that_has_begun_has_the_files_of_its_pages_and_has_written_nothing(tmp_path):
    needs("nicegui")
    settings = settings_of(tmp_path)
    workspace = Workspace(settings, "studio")
    entry = workspace.editing.create(song(tmp_path / "Paper Boats.wav"), "Paper Boats")
    before = workspace.trail.entries()
    app = create_app(settings, Safety(), runner=False)
    with served(app, warmed=True) as address:
        assert workspace.projects.find(entry.id).opened == entry.opened
        assert workspace.trail.entries() == before
        assert not workspace.queue.all(), "nobody has asked for anything to be heard"

        page = httpx.get(f"{address}/", headers={"accept-encoding": "gzip"}).text
        files = re.findall(r'(?:href|src)="(/(?:_nicegui|studio-files)/[^"]+)"', page)
        assert len(files) > 8

        async def nobody(scope, _receive, _send):
            raise AssertionError(f"{scope['path']} was not kept")

        app.behind._app = nobody
        for url in files:
            kept = httpx.get(address + url, headers={"accept-encoding": "gzip"})
            assert kept.status_code == 200, url
            assert kept.content, url
