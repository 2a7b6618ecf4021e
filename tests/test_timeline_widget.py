"""The timeline without a browser: its traits, its messages, and the module that is sent."""

import re
from typing import Any

import pytest

from songreel.models.board import Board
from songreel.models.edits import MoveCut
from songreel.models.errors import InvalidInput
from songreel.widget.source import mark, module, parts, sheet
from songreel.widget.timeline import Timeline
from songreel.widget.traits import DEFAULTS, Edited, Undone, differing, read_message
from support.long_boards import Song, long_board

BOARD = long_board(Song(seconds=40, shots=8))
MOVE = {"type": "edit", "revision": "r1", "edits": [{"kind": "move", "shot": "s02", "at": "3:1"}]}


class Heard(Timeline):
    """Keeps what would go to the browser; there is none."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        self.sent: list[Any] = []
        super().__init__(*args, **traits)

    def send(self, content, buffers=None):  # noqa: ARG002
        self.sent.append(content)

    def says(self, message):
        self._handle_custom_msg(message, [])


def test_a_board_goes_in_as_it_is_or_as_json():
    assert Timeline(BOARD).board == Timeline(BOARD.model_dump(mode="json")).board
    assert Board.model_validate(Timeline(BOARD).board) == BOARD
    assert Timeline().board == {}
    timeline = Timeline()
    timeline.board = BOARD
    assert timeline.board["shots"][1]["id"] == "s02"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("position", -1.0, "greater than or equal to 0"),
        ("position", float("nan"), "finite"),
        ("snap", "quarter", "'phrase', 'bar', 'beat', 'half' or 'off'"),
        ("theme", "pink", "'auto', 'dark' or 'light'"),
        ("working", {"s01": 1.5}, "less than or equal to 1"),
        ("position", "here", "valid number"),
        ("board", {"title": "x"}, "that is no board: duration"),
        ("volume", 1, "has no 'volume'"),
    ],
)
def test_what_a_trait_cannot_be_is_refused_with_the_reason(name, value, why):
    with pytest.raises(InvalidInput, match=re.escape(why)):
        Timeline(**{name: value})
    if name in DEFAULTS:
        timeline = Timeline(BOARD)
        with pytest.raises(InvalidInput, match=re.escape(why)):
            setattr(timeline, name, value)


def test_the_widget_has_the_traits_that_are_told():
    synced = set(Timeline(BOARD).traits(sync=True))
    assert set(DEFAULTS) <= synced
    assert {name for name in synced if not name.startswith("_")} - set(DEFAULTS) <= {
        "layout", "tabbable", "tooltip",
    }  # fmt: skip


def test_a_board_from_a_browser_is_not_believed():
    timeline = Timeline(BOARD)
    timeline.set_state({"board": {"title": "another"}, "selection": ["s03"], "zoom": 12.0})
    assert timeline.board["title"] == BOARD.title
    assert (timeline.selection, timeline.zoom) == (["s03"], 12.0)


def test_an_edit_is_handed_over_and_its_board_shown():
    timeline, seen = Heard(BOARD), []
    after = BOARD.model_copy(update={"revision": "r2"})

    def edit(edits, revision):
        seen.append((edits, revision))
        return after

    timeline.on_edit(edit)
    timeline.says(MOVE)
    ((edits, revision),) = seen
    assert isinstance(edits[0], MoveCut)
    assert (edits[0].shot, str(edits[0].at), revision) == ("s02", "3:1", "r1")
    assert timeline.board["revision"] == "r2"
    assert timeline.sent == [{"type": "settled"}]


def test_a_refused_edit_leaves_the_board_and_says_why():
    timeline = Heard(BOARD)

    def edit(*_):
        raise InvalidInput("s02 is locked")

    timeline.on_edit(edit)
    timeline.says(MOVE)
    assert timeline.sent == [{"type": "refused", "text": "s02 is locked"}]
    assert timeline.board["revision"] == BOARD.revision


def test_undo_redo_and_commands_reach_their_handlers():
    timeline, called = Heard(BOARD), []
    timeline.on_undo(lambda: called.append("undo"), lambda: called.append("redo"))
    timeline.on_command(lambda name, shots: called.append((name, shots)))
    timeline.says({"type": "undo"})
    timeline.says({"type": "redo"})
    timeline.says({"type": "command", "name": "retake", "shots": ["s03"]})
    assert called == ["undo", "redo", ("retake", ("s03",))]
    timeline.seek(12.5)
    assert timeline.sent[-1] == {"type": "seek", "seconds": 12.5}


@pytest.mark.parametrize(
    "content",
    [
        None, [], {}, {"type": "format-disk"}, {"type": "edit", "edits": []},
        {"type": "edit", "edits": [{"kind": "move", "shot": "../x", "at": "3:1"}]},
        {"type": "command", "name": "Retake!", "shots": []},
        {"type": "undo", "more": 1},
    ],
)  # fmt: skip
def test_a_message_that_the_timeline_does_not_send_is_refused(content):
    with pytest.raises(InvalidInput, match="no message of the timeline"):
        read_message(content)


def test_messages_become_objects():
    assert isinstance(read_message(MOVE), Edited)
    assert read_message({"type": "redo"}) == Undone(type="redo")


def test_only_what_changed_of_a_board_is_sent():
    now = BOARD.model_dump(mode="json")
    moved = BOARD.model_copy(update={"revision": "r2", "shots": BOARD.shots[:-1]})
    assert differing(now, now) == {}
    assert set(differing(now, moved.model_dump(mode="json"))) == {"revision", "shots"}


def test_the_parts_join_into_one_module():
    names = parts()
    assert names[-1] == "timeline.js"
    assert len(set(names)) == len(names) > 10
    text = module()
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert re.findall(r"^export\b.*$", text, re.MULTILINE) == ["export default { render };"]
    declared = re.findall(
        r"^(?:async )?(?:function\*?|class|const|let) ([A-Za-z_$][\w$]*)", text, re.MULTILINE
    )
    assert len(declared) == len(set(declared)), "two parts call something by the same name"
    assert Timeline._esm == text


def test_nothing_is_loaded_from_elsewhere():
    for text in (module(), sheet()):
        assert not re.search(r"https?://|//cdn|@import|url\(", text)


def test_the_address_of_a_part_changes_with_its_content():
    assert mark(module()) != mark(module() + " ")
    assert re.fullmatch(r"[0-9a-f]{12}", mark(module()))
