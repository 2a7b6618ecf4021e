"""The timeline as an element of the studio: what goes to the browser, and what may come from it."""

from types import SimpleNamespace

import pytest
from nicegui import app, ui
from nicegui.client import Client
from starlette.testclient import TestClient

from songreel.models.errors import InvalidInput
from songreel.web.studio.timeline_element import TimelineElement
from songreel.widget.source import module, sheet
from support.long_boards import Song, long_board

BOARD = long_board(Song(seconds=40, shots=8))


@pytest.fixture(autouse=True)
def page():
    with Client(ui.page("/timeline-element-test")) as client:
        yield client
        client.delete()


@pytest.fixture
def element(page, monkeypatch):  # noqa: ARG001
    made = TimelineElement("/song", BOARD, theme="dark")
    made.calls = []
    monkeypatch.setattr(made, "run_method", lambda *call: made.calls.append(call))
    return made


def ready(element):
    element._begin()
    element.calls.clear()


def test_the_board_goes_out_once_when_the_browser_is_ready(element):
    assert element._props["traits"]["board"] == {}
    element.assign(selection=["s02"])
    assert element.calls == []
    element._begin()
    ((name, sent),) = element.calls
    assert (name, sent["board"]["title"], sent["selection"]) == ("assign", BOARD.title, ["s02"])


def test_after_an_edit_only_what_changed_goes_out(element):
    ready(element)
    element.board = BOARD.model_copy(update={"revision": "r2", "shots": BOARD.shots[:-1]})
    ((name, fields),) = element.calls
    assert name == "patch"
    assert set(fields) == {"revision", "shots"}
    element.calls.clear()
    element.board = element.board
    assert element.calls == []
    element.assign(board=None, working={"s01": 0.5})
    assert element.calls == [("assign", {"board": {}, "working": {"s01": 0.5}})]


def test_a_browser_sets_what_is_its_own_and_nothing_else(element):
    seen = []
    element.on_trait("selection", seen.append)
    element._changed(SimpleNamespace(args={"selection": ["s03"], "position": 2.5}))
    assert seen == [["s03"]]
    assert (element["selection"], element["position"]) == (["s03"], 2.5)
    for name in ("board", "audio", "editable", "working", "nonsense"):
        with pytest.raises(InvalidInput, match=f"cannot set the timeline's {name}"):
            element._changed(SimpleNamespace(args={name: {}}))
    with pytest.raises(InvalidInput, match="position cannot be -3"):
        element._changed(SimpleNamespace(args={"position": -3}))


def test_messages_go_both_ways(element):
    seen = []
    element.on_message(seen.append)
    element._heard(SimpleNamespace(args={"type": "undo"}))
    assert seen == [{"type": "undo"}]
    element.send({"type": "seek", "seconds": 3})
    assert element.calls == [("receive", {"type": "seek", "seconds": 3})]


def test_a_trait_that_cannot_be_is_refused_where_it_is_set():
    with pytest.raises(InvalidInput, match="snap cannot be 'quarter'"):
        TimelineElement(snap="quarter")


def test_module_and_sheet_have_addresses_that_may_be_kept_for_ever(element):
    client = TestClient(app)
    for name, text, kind in (
        ("module_url", module(), "text/javascript"),
        ("style_url", sheet(), "text/css"),
    ):
        answer = client.get(element._props[name])
        assert answer.status_code == 200
        assert answer.text == text
        assert answer.headers["content-type"].startswith(kind)
        assert "immutable" in answer.headers["cache-control"]
