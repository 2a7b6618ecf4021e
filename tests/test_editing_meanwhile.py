"""A plan is edited while its film is made: the film is of the plan as it was, and says so."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from songreel.models.edits import EditPrompt, LockShots, SplitShot
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.planning import Direction
from songreel.settings import Settings
from songreel.sound.pcm import write_wav
from songreel.takes import Change
from songreel.workspace import Workspace

SPEC = RenderSpec(width=128, height=72, rate=Fraction(24))

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path):
    return Workspace(Settings.load(tmp_path / "workspace"), "studio")


@pytest.fixture
def entry(workspace, tmp_path):
    path = tmp_path / "song.wav"
    time = np.arange(5 * 24_000) / 24_000
    beat = np.sin(2 * np.pi * 60 * time) * np.exp(-14 * (time % 0.5))
    write_wav(path, (0.6 * beat)[None].astype(np.float32), 24_000, bits=16)
    return workspace.editing.create(path, "film")


class Meddler:
    """Edits once, when the work has come to a stage."""

    def __init__(self, stage, edit):
        self.stage, self.edit, self.done = stage, edit, False

    def __call__(self, what, share):  # noqa: ARG002
        if self.stage in what and not self.done:
            self.done = True
            self.edit()


def test_a_film_is_of_the_plan_it_began_with(workspace, entry):
    editing, services, folder = workspace.editing, workspace.services, Path(entry.folder)
    song = next((folder / "song").iterdir())

    def edit():
        board = editing.board(entry.id)
        shot = board.shots[-1]
        editing.edit(entry.id, [SplitShot(at=f"{(shot.start + shot.end) / 2:.3f}s")])

    meddler = Meddler("clips: 1", edit)
    film = services.make(
        song, folder, direction=Direction(), changes={"spec": SPEC}, progress=meddler
    )
    assert meddler.done
    assert film.edited_since
    cuts = Timeline.load(folder / "timeline.json").cuts
    plan = Storyboard.load(folder / "plan.json")
    assert len(plan.shots) == len(cuts) + 1
    board = editing.board(entry.id, settle=True)
    assert "earlier plan" in board.notices[0]
    assert "none" in {shot.state for shot in board.shots}
    again = services.assemble(folder, {})
    assert not again.edited_since
    board = editing.board(entry.id, settle=True)
    assert {shot.state for shot in board.shots} == {"made"}
    assert not any("earlier plan" in text for text in board.notices)
    assert all(shot.pictured == "clip" for shot in board.shots)


def test_a_retake_loses_no_edit_that_was_made_before_it_was_agreed_to(
    workspace, entry, monkeypatch
):
    editing, services, folder = workspace.editing, workspace.services, Path(entry.folder)
    song = next((folder / "song").iterdir())
    services.make(song, folder, direction=Direction(), changes={"spec": SPEC})
    first = editing.board(entry.id).shots[0].id

    def edit(*_, **__):  # the workspace is told of the film just before the price is agreed to
        editing.edit(entry.id, [EditPrompt(shot=first, negative="no rain")])
        return ()

    monkeypatch.setattr("songreel.filming.note", edit)
    services.retake(folder, first, Change(prompt="a paper boat"))
    shot = Storyboard.load(folder / "plan.json").shots[0]
    assert (shot.prompt, shot.negative) == ("a paper boat", "no rain")
    assert editing.board(entry.id).undo.startswith("retake")
    assert editing.undo(entry.id).shots[0].negative == "no rain"


def test_a_plan_made_anew_does_not_run_over_an_edit(workspace, entry):
    editing, services, folder = workspace.editing, workspace.services, Path(entry.folder)
    song = next((folder / "song").iterdir())
    services.make(song, folder, direction=Direction(), changes={"spec": SPEC})

    def edit():
        editing.edit(entry.id, [LockShots(shots=("s01",))])

    told = []

    def progress(what, share):  # noqa: ARG001
        told.append(what)
        if told.count("planning the cuts") == 2 and what == "planning the cuts":
            edit()  # the plan that was there has been read by now

    with pytest.raises(InvalidInput, match="was changed meanwhile"):
        services.make(
            song, folder, direction=Direction(seed=7), changes={}, replan=True, progress=progress
        )
    assert editing.board(entry.id).undo == "locked s01"
