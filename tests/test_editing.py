"""Plans edited by project: the same as by command, undone and redone, whoever works besides."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from songreel.editing import Stale
from songreel.grids import Grids
from songreel.hand import Cuts, Edit
from songreel.history import History
from songreel.models.edits import (
    CorrectGrid,
    EditPrompt,
    LockShots,
    MergeShots,
    MoveCut,
    SetSource,
    SetTransition,
    SplitShot,
    UseTake,
)
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition
from songreel.project import Project
from support.disks import files_up_to
from support.editings import Bench

OFFSET = CorrectGrid.model_validate({"change": {"kind": "offset", "seconds": 0.02}})


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def middle(board, index=4):
    """A moment inside a shot, and the shot."""
    shot = board.shots[index]
    return (shot.start + shot.end) / 2, shot


def edits(bench):
    """One of every kind that needs no clip."""
    board = bench.board()
    at, shot = middle(board)
    later = board.shots[6]
    return [
        SplitShot(at=bench.editing.snap(board, at, "half")),
        MoveCut(shot=later.id, at=bench.editing.snap(board, later.start + 0.3, "half")),
        SetTransition(shot=later.id, transition=Transition(kind="whip", seconds=0.3)),
        EditPrompt(shot="s01", prompt="a paper boat", negative="rain"),
        SetSource(shot="s01", source="still"),
        LockShots(shots=("s01", "s02")),
        OFFSET,
        MergeShots(shots=(shot.id,)),
    ]


def test_a_board_shows_song_grid_and_plan(bench):
    board = bench.board()
    plan = Storyboard.load(bench.project.plan)
    assert (board.title, board.duration, board.tempo) == ("song", plan.track.duration, 120.0)
    assert (board.beats, board.downbeats) == (plan.grid.beats, plan.grid.downbeats)
    assert [(s.start, s.end) for s in board.shots] == list(plan.spans)
    assert [s.at for s in board.shots] == [str(s.at) for s in plan.shots]
    assert [section.label for section in board.sections] == ["verse", "chorus", "verse"]
    assert len(board.energy) / board.energy_rate == pytest.approx(board.duration, abs=0.1)
    assert {s.state for s in board.shots} == {"none"}
    assert board.settled
    assert (board.undo, board.redo) == ("", "")
    assert all(s.color.startswith("#") and s.pictured == "plan" for s in board.shots)


def test_an_edit_stores_what_the_command_stores(bench, tmp_path):
    other = Bench(tmp_path / "other")
    board = bench.board()
    at, shot = middle(board)
    moment = str(bench.editing.snap(board, at, "beat"))
    grids = Grids(other.workspace.services)
    Cuts(grids, other.settings).edit(
        other.project.folder,
        Edit(merge=["s02"], split=[moment], transition=[f"{shot.id}=whip:0.5"], lock=["s01"]),
    )
    bench.editing.edit(
        bench.id,
        [
            MergeShots(shots=("s02",)),
            SplitShot(at=moment),
            SetTransition(shot=shot.id, transition=Transition(kind="whip", seconds=0.5)),
            LockShots(shots=("s01",)),
        ],
        board.revision,
    )
    assert bench.documents() == other.documents()
    for name in ("before.json", "after.json", "change.json"):
        left, right = (b.project.plans / "001" / name for b in (bench, other))
        assert left.read_bytes() == right.read_bytes()


def test_every_kind_of_edit_is_undone_and_redone_to_the_byte(bench):
    states = [bench.documents()]
    told = [""]
    for edit in edits(bench):
        board = bench.editing.edit(bench.id, [edit], bench.board().revision)
        states.append(bench.documents())
        told.append(board.undo)
    assert len({str(state) for state in states}) == len(states)
    bench.again()
    for state in reversed(states[:-1]):
        board = bench.editing.undo(bench.id)
        assert bench.documents() == state
    assert board.undo == ""
    bench.again()
    for state, words in zip(states[1:], told[1:], strict=True):
        assert bench.board().redo == words
        board = bench.editing.redo(bench.id)
        assert bench.documents() == state
        assert board.undo == words
    assert board.redo == ""
    with pytest.raises(InvalidInput, match="nothing to redo"):
        bench.editing.redo(bench.id)


def test_a_new_edit_drops_what_was_undone_and_deletes_nothing(bench):
    bench.editing.edit(bench.id, [LockShots(shots=("s01",))])
    bench.editing.edit(bench.id, [LockShots(shots=("s02",))])
    bench.editing.undo(bench.id)
    board = bench.editing.edit(bench.id, [LockShots(shots=("s03",))])
    assert board.redo == ""
    with pytest.raises(InvalidInput, match="nothing to redo"):
        bench.editing.redo(bench.id)
    board = bench.editing.undo(bench.id)
    assert (board.undo, board.redo) == ("locked s01", "locked s03")
    board = bench.editing.redo(bench.id)
    assert [s.id for s in board.shots if s.locked] == ["s01", "s03"]
    dropped = Storyboard.load(bench.project.plans / "002" / "after.json")
    assert [s.id for s in dropped.shots if s.locked] == ["s01", "s02"]


def test_redo_does_not_run_over_a_plan_that_was_edited_since(bench):
    bench.editing.edit(bench.id, [LockShots(shots=("s01",))])
    bench.editing.undo(bench.id)
    text = bench.project.plan.read_text().replace('"locked": false', '"locked": true')
    bench.project.plan.write_text(text)
    assert bench.board().redo == ""
    with pytest.raises(InvalidInput, match="changed since"):
        bench.editing.redo(bench.id)
    assert bench.project.plan.read_text() == text


def test_a_plan_edited_by_hand_comes_back_with_redo(bench):
    bench.editing.edit(bench.id, [LockShots(shots=("s01",))])
    text = bench.project.plan.read_text().replace('"locked": false', '"locked": true')
    bench.project.plan.write_text(text)
    bench.editing.undo(bench.id)
    bench.editing.redo(bench.id)
    assert bench.project.plan.read_text() == text


def test_an_edit_of_a_plan_that_is_gone_is_refused_and_changes_nothing(bench):
    seen = bench.board().revision
    bench.editing.edit(bench.id, [LockShots(shots=("s01",))], seen)
    before = bench.documents()
    for ask in (
        lambda: bench.editing.edit(bench.id, [LockShots(shots=("s02",))], seen),
        lambda: bench.editing.undo(bench.id, seen),
        lambda: bench.editing.redo(bench.id, seen),
    ):
        with pytest.raises(Stale, match="changed elsewhere"):
            ask()
    assert bench.documents() == before


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([], "no edit"),
        ([LockShots(shots=("s01",)), MergeShots(shots=("s99",))], "no shot 's99'"),
        ([LockShots(shots=("s01",)), OFFSET], "do not go with other edits"),
        ([SetSource(shot="s01", source="nowhere")], "no source of clips is called 'nowhere'"),
        ([UseTake(shot="s01", take="abcd1234")], "no take 'abcd1234'; it has none yet"),
        ([MoveCut(shot="s02", at="400:1")], "not in the song"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_done(bench, wanted, said):
    before = bench.documents()
    with pytest.raises(InvalidInput, match=said):
        bench.editing.edit(bench.id, wanted)
    assert bench.documents() == before
    assert not bench.project.plans.exists()


def test_an_edit_that_changes_nothing_is_no_step(bench):
    board = bench.editing.edit(bench.id, [LockShots(shots=("s01",), locked=False)])
    assert board.undo == ""
    assert not bench.project.plans.exists()


def test_a_film_under_way_does_not_stop_an_edit(bench):
    with bench.project.held():
        board = bench.editing.edit(bench.id, [LockShots(shots=("s01",))])
        assert board.shots[0].locked
        assert not bench.editing.undo(bench.id).shots[0].locked
        assert bench.editing.quote(bench.id).clips
        with pytest.raises(InvalidInput, match="another songreel is at work"):
            bench.workspace.services.quote(bench.project.folder)


def test_many_at_once_lose_nothing(bench):
    ids = [shot.id for shot in bench.board().shots]

    def lock(shot):
        return bench.editing.edit(bench.id, [LockShots(shots=(shot,))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lock, ids))
    assert all(shot.locked for shot in bench.board().shots)
    assert len(History(bench.project).steps()) == len(ids)
    for _ in ids:
        board = bench.editing.undo(bench.id)
    assert not any(shot.locked for shot in board.shots)


def test_the_workspace_knows_every_plan(bench):
    bench.editing.edit(bench.id, [LockShots(shots=("s01",))])
    bench.editing.undo(bench.id)
    versions = bench.workspace.plans.versions(bench.id)
    assert [v.what for v in versions] == ["cuts --lock s01", "undo: locked s01"]
    assert bench.workspace.plans.load(bench.id, 1).shots[0].locked


def test_corrections_taken_back_are_a_version_of_the_plan_too(bench):
    before = bench.board()
    bench.editing.edit(bench.id, [OFFSET])
    after = bench.editing.reset_grid(bench.id)
    assert after.beats == before.beats
    whats = [version.what for version in bench.workspace.plans.versions(bench.id)]
    assert whats[-1] == "grid --reset"
    assert len(whats) == 2


def test_states_say_how_clips_stand_to_the_plan(bench):
    asked = bench.wanted()
    (first, request), (second, other) = list(asked.items())[:2]
    bench.shoot(first, request, 1)
    bench.shoot(second, other.model_copy(update={"seed": 99}), 2)
    (bench.project.clips / "s03-0123abcd.job.json").write_text("{}")
    (bench.project.clips / "s04-0123abcd.failed.json").write_text("{}")
    unsure = bench.board()
    assert not unsure.settled
    board = bench.board(settle=True)
    assert board.settled
    assert [s.state for s in board.shots[:5]] == ["made", "stale", "working", "failed", "none"]
    assert [s.takes for s in board.shots[:3]] == [1, 1, 0]
    assert board.shots[0].take == request.fingerprint[:8]
    assert [s.pictured for s in board.shots[:3]] == ["clip", "clip", "plan"]
    assert bench.board().settled
    edited = bench.editing.edit(bench.id, [EditPrompt(shot=first, prompt="a boat")])
    assert not edited.settled
    assert [s.state for s in edited.shots[:3]] == ["stale", "stale", "working"]
    back = bench.editing.undo(bench.id)
    assert back.settled
    assert back.shots[0].state == "made"


def test_a_film_that_is_newer_than_its_plan_shows_its_clips_as_made_at_once(bench):
    (first, request), (second, other) = list(bench.wanted().items())[:2]
    clips = [bench.shoot(first, request, 1), bench.shoot(second, other, 2)]
    assert [shot.state for shot in bench.board().shots[:2]] == ["stale", "stale"]
    bench.cut(clips)
    board = bench.board()
    assert not board.settled
    assert [shot.state for shot in board.shots[:3]] == ["made", "made", "none"]
    edited = bench.editing.edit(bench.id, [EditPrompt(shot=first, prompt="a boat")])
    assert [shot.state for shot in edited.shots[:2]] == ["stale", "made"]


def test_a_take_is_chosen_and_let_go_of(bench):
    request = bench.wanted()["s02"]
    clip = bench.shoot("s02", request.model_copy(update={"seed": 5}), 1)
    name = clip.request.fingerprint[:8]
    board = bench.editing.edit(bench.id, [UseTake(shot="s02", take=name)])
    assert (board.shots[1].kept, board.shots[1].take, board.shots[1].state) == (True, name, "made")
    assert board.undo == f"s02 shows take {name}"
    board = bench.editing.edit(bench.id, [UseTake(shot="s02", take=None)])
    assert not board.shots[1].kept
    (take,) = bench.editing.takes(bench.id)
    assert (take.shot, take.state) == ("s02", "stale")


def test_a_grid_is_corrected_where_there_is_no_plan_yet(bench):
    bench.project.plan.unlink()
    board = bench.board()
    assert board.shots == ()
    after = bench.editing.edit(bench.id, [OFFSET], board.revision)
    assert after.beats[0] == pytest.approx(board.beats[0] + 0.02)
    assert bench.editing.undo(bench.id).beats == board.beats
    with pytest.raises(InvalidInput, match="no plan yet"):
        bench.editing.edit(bench.id, [LockShots(shots=("s01",))])


def test_a_document_that_cannot_be_read_is_one_sentence(bench):
    raw = json.loads(bench.project.plan.read_text())
    raw["shots"][1]["at"] = "0s"
    bench.project.plan.write_text(json.dumps(raw))
    with pytest.raises(InvalidInput, match=r"plan\.json, line .*shots\[1\]\.at"):
        bench.board()


def test_other_processes_changes_are_seen(bench):
    assert not bench.board().shots[0].locked
    other = Project.open(bench.project.folder)
    plan = Storyboard.load(other.plan)
    locked = plan.shots[0].model_copy(update={"locked": True})
    plan.model_copy(update={"shots": (locked, *plan.shots[1:])}).save(other.plan)
    assert bench.board().shots[0].locked


def test_a_plan_is_edited_while_the_workspaces_disk_is_full_and_that_is_said(bench):
    bench.editing.edit(bench.id, [EditPrompt(shot="s01", prompt="a red door")])
    assert bench.project.plan.stat().st_size < 30_000
    with files_up_to(32_000):  # the plan can be written, the database not
        board = bench.editing.edit(bench.id, [EditPrompt(shot="s01", prompt="a blue door")])
        assert "not noted in the workspace's history" in board.notices[0]
    assert len(bench.workspace.plans.versions(bench.id)) == 1
    board = bench.editing.edit(bench.id, [EditPrompt(shot="s01", prompt="a green door")])
    assert not any("not noted" in notice for notice in board.notices)
    assert len(bench.workspace.plans.versions(bench.id)) == 2
