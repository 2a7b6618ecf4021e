"""Any sequence of edits, undo and redo leaves a valid plan; undo goes back to the first byte."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songreel.models.edits import (
    CorrectGrid,
    EditPrompt,
    LockShots,
    MergeShots,
    MoveCut,
    SetSource,
    SetTransition,
    SplitShot,
)
from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition
from support.editings import Bench

SHOT, SHARE = st.integers(0, 30), st.floats(0, 1)
SNAP = st.sampled_from(["phrase", "bar", "beat", "half", "off"])
CHANGES = [
    {"kind": "offset", "seconds": 0.03}, {"kind": "half"}, {"kind": "double"},
    {"kind": "bar one", "seconds": 1.0}, {"kind": "meter", "meter": "3/4"},
]  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("split"), SHOT, SHARE, SNAP),
    st.tuples(st.just("move"), SHOT, SHARE, SNAP),
    st.tuples(st.sampled_from(["merge", "lock", "unlock", "whip", "prompt", "source"]), SHOT),
    st.tuples(st.just("grid"), st.sampled_from(CHANGES)),
    st.tuples(st.sampled_from(["undo", "redo"])),
)


def edit_of(bench, board, step):
    what, *how = step
    if what == "grid":
        return CorrectGrid.model_validate({"change": how[0]})
    index = how[0] % len(board.shots)
    shot = board.shots[index]
    if what in ("split", "move"):
        low = shot.start if what == "split" else board.shots[max(index - 1, 0)].start
        moment = low + how[1] * (shot.end - low)
        at = bench.editing.snap(board, moment, how[2])
        return SplitShot(at=at) if what == "split" else MoveCut(shot=shot.id, at=at)
    return {
        "merge": MergeShots(shots=(shot.id,)),
        "lock": LockShots(shots=(shot.id,)),
        "unlock": LockShots(shots=(shot.id,), locked=False),
        "whip": SetTransition(shot=shot.id, transition=Transition(kind="whip", seconds=0.3)),
        "prompt": EditPrompt(shot=shot.id, prompt=f"picture {how[0]}"),
        "source": SetSource(shot=shot.id, source="still" if how[0] % 2 else None),
    }[what]


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="songreel-") as folder:
        yield Path(folder)


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@given(st.lists(STEP, max_size=8))
@settings(max_examples=4, **QUIET)
def test_any_sequence_of_edits_is_valid_and_goes_back(place, steps):
    holds(place, steps)


@pytest.mark.slow
@given(st.lists(STEP, min_size=6, max_size=16))
@settings(max_examples=8, **QUIET)
def test_long_sequences_of_edits_go_back_too(place, steps):
    holds(place, steps)


def holds(place, steps):
    bench = Bench(Path(tempfile.mkdtemp(dir=place)))
    first = now = bench.documents()
    undone: list[dict[str, bytes]] = []
    done: list[dict[str, bytes]] = []
    for step in steps:
        board = bench.board()
        try:
            if step[0] == "undo":
                board = bench.editing.undo(bench.id, board.revision)
                undone.append(now)
                assert bench.documents() == done.pop()
            elif step[0] == "redo":
                board = bench.editing.redo(bench.id, board.revision)
                done.append(now)
                assert bench.documents() == undone.pop()
            else:
                wanted = edit_of(bench, board, step)
                board = bench.editing.edit(bench.id, [wanted], board.revision)
                if bench.documents() != now or wanted.kind == "grid":
                    done.append(now)
                    undone.clear()
        except InvalidInput:
            assert bench.documents() == now
        now = bench.documents()
        assert bool(board.undo) == bool(done)
        plan = Storyboard.load(bench.project.plan)  # shots tile the song, ids are unique …
        assert plan.to_json().encode() == now["plan.json"]
        assert len(board.shots) == len(plan.shots)
    for state in reversed(done):
        bench.editing.undo(bench.id)
        assert bench.documents() == state
    assert bench.documents() == first
    assert bench.board().undo == ""
