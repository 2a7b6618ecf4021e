"""`songreel export`, `contact-sheet` and `preview` on a project made in code."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from typer.testing import CliRunner

from songreel.analysis.audio import open_sound
from songreel.assembly.edit import edit
from songreel.assembly.exports.formats import KINDS
from songreel.cli.main import app
from songreel.deliveries import Deliveries, ExportChoices, PreviewChoices
from songreel.models.errors import InvalidInput
from songreel.models.music import BeatGrid
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.planning import Direction
from songreel.project import Project
from songreel.services import Services
from songreel.settings import Settings
from support.barcodes import HEIGHT, WIDTH, make_clip
from support.clicks import drum_track
from support.films import CROSSFADE, CUT, storyboard

RATE = Fraction(24)
SPEC = RenderSpec(width=WIDTH, height=HEIGHT, rate=RATE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def deliveries(workspace):
    return Deliveries(Services(Settings.load(workspace)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project of four shots, clips and edit included, whose song is eight bars of drums."""
    folder = tmp_path_factory.mktemp("films")
    song = folder / "Ein Lied & été.wav"
    drums = drum_track(120.0, bars=4).mono
    wavfile.write(song, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))
    sound = open_sound(song)
    project = Project.start(folder / "film", song, sound.track.sha256)
    project.change(spec=SPEC)
    plan = storyboard(sound, (0.0, 2.0, 4.0, 6.0), (CUT, CUT, CROSSFADE, CUT))
    beats = tuple(k * 0.5 for k in range(16))
    grid = BeatGrid(beats=beats, downbeats=tuple(range(0, 16, 4)))
    plan = plan.model_copy(update={"grid": grid})
    plan.save(project.plan)
    clips = {
        shot.shot: make_clip(project.clips, i, shot.clip_frames, RATE, head=shot.head)
        for i, shot in enumerate(schedule(plan, RATE), start=1)
    }
    edit(plan, clips, SPEC).save(project.timeline)
    return project


def test_each_ending_says_what_is_written(made, deliveries, tmp_path):
    names = ["f.otio", "f.fcpxml", "f.edl", "f.markers.edl", "f.ffmeta", "f.beats", "f.mid"]
    written = deliveries.export(
        made.folder, [str(tmp_path / name) for name in names], ExportChoices()
    )
    assert [path.name for path in written.files] == names
    assert all(path.stat().st_size for path in written.files)
    assert "* FROM CLIP NAME:" in (tmp_path / "f.edl").read_text(encoding="utf-8")
    clip = json.loads((tmp_path / "f.otio").read_text(encoding="utf-8"))
    url = clip["tracks"]["children"][0]["children"][0]["media_references"]["DEFAULT_MEDIA"]
    assert url["target_url"].startswith("file:///")


def test_a_folder_gets_one_of_each_and_what_cannot_be_is_told(made, deliveries, tmp_path):
    written = deliveries.export(made.folder, [f"{tmp_path / 'all'}/"], ExportChoices())
    there = {path.name.removeprefix("Ein Lied & été") for path in written.files}
    assert there > set(KINDS) - {".chapters.txt"}
    assert {".jams", ".beats.csv", ".mid"} < there
    assert any(text.startswith("left out") and ".chapters.txt" in text for text in written.notices)


def test_nothing_is_replaced_unasked(made, deliveries, tmp_path):
    target = tmp_path / "f.otio"
    target.write_text("mine")
    with pytest.raises(InvalidInput, match="exists; choose another name, or add --force"):
        deliveries.export(made.folder, [str(target)], ExportChoices())
    assert target.read_text() == "mine"
    deliveries.export(made.folder, [str(target)], ExportChoices(force=True))
    assert target.read_text() != "mine"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("f.avi", r"its name must end in \.otio, \.fcpxml, \.edl"),
        ("f.txt", r"does not say what it is to hold: end its name in \.chapters\.txt"),
        ("nowhere/f.otio", r"there is no folder .*nowhere to write f\.otio in"),
    ],
)
def test_a_name_that_says_nothing_is_refused(made, deliveries, tmp_path, name, said):
    with pytest.raises(InvalidInput, match=said):
        deliveries.export(made.folder, [str(tmp_path / name)], ExportChoices())


def test_a_project_without_a_film_has_no_edit_but_music(made, deliveries, tmp_path):
    kept = made.timeline.read_bytes()
    made.timeline.unlink()
    try:
        with pytest.raises(InvalidInput, match=r"has no film yet; `songreel assemble"):
            deliveries.export(made.folder, [str(tmp_path / "f.edl")], ExportChoices())
        written = deliveries.export(made.folder, [f"{tmp_path}/"], ExportChoices())
        assert "left out the edit" in written.notices[0]
        assert any(path.suffix == ".jams" for path in written.files)
    finally:
        made.timeline.write_bytes(kept)


def test_a_plan_that_has_gone_on_is_told(made, deliveries, tmp_path):
    from songreel.models.storyboard import Anchor, Storyboard

    kept = made.plan.read_bytes()
    plan = Storyboard.load(made.plan)
    later = plan.shots[3].model_copy(update={"at": Anchor(seconds=6.5)})
    plan.model_copy(update={"shots": (*plan.shots[:3], later)}).save(made.plan)
    try:
        written = deliveries.export(made.folder, [str(tmp_path / "f.edl")], ExportChoices())
    finally:
        made.plan.write_bytes(kept)
    assert "the plan has changed since the film was cut" in written.notices[0]


def test_a_sheet_and_a_preview_by_the_commands_a_person_types(made, workspace, tmp_path):
    run = CliRunner()

    def songreel(*words: object):
        return run.invoke(app, ["--workspace", str(workspace), "-q", *map(str, words)])

    sheet = songreel("contact-sheet", made.folder, "-o", tmp_path / "s.html")
    assert sheet.exit_code == 0, sheet.output
    shown = songreel("preview", made.folder, "-o", tmp_path / "p.mp4", "--no-beeps", "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["files"] == [str(tmp_path / "p.mp4")]
    again = songreel("preview", made.folder, "-o", tmp_path / "p.mp4")
    assert isinstance(again.exception, InvalidInput)
    told = songreel("contact-sheet", made.folder, "-o", tmp_path / "s.gif")
    assert "is a .png, .pdf or .html file, not s.gif" in str(told.exception)


def test_options_of_a_plan_do_not_go_with_a_project(made, deliveries, tmp_path):
    choices = PreviewChoices(direction=Direction(style="hyper"))
    with pytest.raises(InvalidInput, match="has its plan and format; leave --look, --style"):
        deliveries.preview(made.folder, Path(tmp_path / "p.mp4"), choices)
