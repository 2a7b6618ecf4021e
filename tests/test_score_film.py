"""Films without a song: scenes get music and are cut to it, or are delivered without it."""

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from songreel import score_picture
from songreel.cli.main import app
from songreel.foley_place import place_of
from songreel.foley_shots import shots_for
from songreel.generation.foley.film import look
from songreel.generation.patience import Patience
from songreel.generation.sound import orders, registry
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.progress import silent as quiet
from songreel.models.render import RenderSpec
from songreel.models.score_report import ScoreReport
from songreel.models.storyboard import CameraMove, CutReason, Storyboard
from songreel.models.timeline import Timeline
from songreel.planning import Direction
from songreel.project import Project
from songreel.score_film import SceneFilm
from songreel.score_plans import MusicWish
from songreel.services import Services
from songreel.settings import Settings
from songreel.sound.pcm import read
from support.makers import Clock
from support.meter import ffmpeg_reads
from support.tunes import Tunesmith

SCENES = """
title: A house
music: acoustic folk, guitar
bpm: 120
scenes:
  - {seconds: 2, mood: calm, start: a.png, end: b.png, camera: push in, prompt: the hall}
  - {seconds: 2.5, mood: curious, prompt: the kitchen, sound: a kettle sings}
  - {seconds: 2, mood: hopeful, start: b.png}
"""
SPEC = RenderSpec(width=160, height=90)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch, tmp_path):
    clock = Clock()
    monkeypatch.setattr(orders, "Patience", lambda: Patience(clock=clock, sleep=clock.sleep))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONGREEL_WORKSPACE", str(tmp_path / "work"))


@pytest.fixture
def smith(tmp_path, monkeypatch):
    found = Tunesmith(tmp_path / "smith", paid=False)
    monkeypatch.setattr(registry, "create", lambda name, context: found)  # noqa: ARG005
    return found


@pytest.fixture
def undrawn(monkeypatch):
    """Scores without their picture, which takes longer than their sound."""
    monkeypatch.setattr(score_picture, "draw", lambda path, *_: path.write_bytes(b"a picture"))


@pytest.fixture
def film(tmp_path):
    rng = np.random.default_rng(3)
    for name in "ab":
        picture = cv2.resize(rng.integers(0, 255, (9, 16, 3), dtype=np.uint8), (320, 180))
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    path = tmp_path / "scenes.yaml"
    path.write_text(SCENES)
    return SceneFilm(path)


def made(tmp_path, film, folder="house", **more):
    served = Services(
        Settings(tmp_path / "work", 2, f"sqlite:///{tmp_path / 'l.db'}", tmp_path / "config")
    )
    return served.make_scored(
        film, tmp_path / folder, direction=Direction(), changes={"spec": SPEC}, **more
    )


@pytest.mark.usefixtures("film", "smith", "undrawn")
def test_the_command_films_scenes_to_music_of_their_own(tmp_path):
    done = CliRunner().invoke(
        app, ["-q", "make", "--scenes", "scenes.yaml", "--size", "90", "-p", "house"]
    )
    assert done.exit_code == 0, done.exception
    project = Project.open(tmp_path / "house")
    plan, timeline = Storyboard.load(project.plan), Timeline.load(project.timeline)
    assert timeline.frames == round(6.5 * 24)
    video = tmp_path / done.stdout.splitlines()[0]
    with av.open(str(video)) as container:
        assert container.streams.video[0].frames == timeline.frames
    music = ScoreReport.load(project.folder / "score" / "report.json")
    assert music.samples == 6.5 * 48_000
    assert music.on_beat == 1.0
    reading = ffmpeg_reads(read(video, 48_000, 2).samples, 48_000, "stereo")
    assert abs(reading.integrated + 14) < 1
    by_scene = {n: [s for s in plan.shots if s.section == n] for n in range(3)}
    assert [len(by_scene[0]), len(by_scene[2])] == [1, 1]
    first, last = by_scene[0][0], by_scene[2][0]
    assert (first.camera, first.provider) == (CameraMove.PUSH_IN, "still")
    assert first.start_image != first.end_image
    assert first.prompt.startswith("the hall; camera: push in")
    assert (last.end_image, last.start_image) == (None, first.end_image)
    assert all(shot.prompt.startswith("the kitchen") for shot in by_scene[1])
    starts = dict(zip((s.id for s in plan.shots), plan.starts, strict=True))
    assert starts[by_scene[1][0].id] == pytest.approx(2, abs=0.05)
    assert starts[last.id] == pytest.approx(4.5, abs=0.05)
    assert by_scene[1][0].reason is CutReason.SECTION
    assert plan.beat_locked


@pytest.mark.slow
def test_what_is_there_is_not_made_again_and_a_changed_scene_is_planned_anew(tmp_path, film, smith):
    done = made(tmp_path, film)
    assert done.report.ok
    sold, clips = smith.sold, {p.name for p in done.project.clips.iterdir()}
    again = made(tmp_path, film)
    assert (smith.sold, again.render) == (sold, done.render)
    assert {p.name for p in done.project.clips.iterdir()} == clips
    # A scene that says something else is planned anew, as nobody has edited the plan.
    film.scenes.write_text(SCENES.replace("the kitchen", "the cellar"))
    made(tmp_path, film)
    assert any(s.prompt.startswith("the cellar") for s in Storyboard.load(done.project.plan).shots)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_film_whose_music_cannot_be_had_is_delivered_and_gets_it_later(tmp_path, film, smith):
    real = smith.submit

    def ill(request, files):  # noqa: ARG001
        raise ProviderError("the smith is ill", provider="tunesmith", down=True)

    smith.submit = ill
    silent = made(tmp_path, film)
    plan = Storyboard.load(silent.project.plan)
    assert not plan.beat_locked
    assert any("the film has no music" in n and "ill" in n for n in silent.report.notices)
    pcm = read(silent.video)
    assert np.abs(pcm.samples).max() < 1e-4
    assert pcm.seconds == pytest.approx(6.5, abs=0.03)
    edges = [
        plan.starts[i] for i, s in enumerate(plan.shots) if s.section != plan.shots[i - 1].section
    ]
    assert edges == pytest.approx([0, 2, 4.5], abs=1 / 24)
    # What a person does to the plan meanwhile stays; the music comes under it.
    shots = tuple(s.model_copy(update={"prompt": "mine"}) if s.section == 1 else s
                  for s in plan.shots)  # fmt: skip
    plan.model_copy(update={"shots": shots}).save(silent.project.plan)
    smith.submit = real
    sung = made(tmp_path, film)
    assert np.abs(read(sung.video).samples).max() > 0.1
    assert not any("no music" in n for n in sung.report.notices)
    assert any("edited before this music was there" in n for n in sung.report.notices)
    after = Storyboard.load(sung.project.plan)
    assert [s.prompt for s in after.shots if s.section == 1] == ["mine"] * len(
        [s for s in after.shots if s.section == 1]
    )
    assert sung.set_aside is not None


@pytest.mark.slow
def test_what_scenes_are_said_to_sound_like_reaches_foley(tmp_path, film, smith):
    def ill(request, files):  # noqa: ARG001
        raise ProviderError("the smith is ill", provider="tunesmith", down=True)

    real, smith.submit = smith.submit, ill
    silent = made(tmp_path, film)
    # What a scene is said to sound like is what `foley` makes of its shots; it ages no plan.
    film.scenes.write_text(SCENES.replace("a kettle sings", "rain outside"))
    before = silent.project.plan.read_bytes()
    for said in ("a kettle sings", "rain outside"):
        place = place_of(silent.project.folder, None)
        shots, planned = shots_for(place, look(place.film), 8.0, "", quiet)
        assert planned
        assert {shot.sound for shot in shots} == {"", said}
        made(tmp_path, film)
    assert silent.project.plan.read_bytes() == before
    smith.submit = real
    anew = made(tmp_path, film, replan=True)
    assert Storyboard.load(anew.project.plan).beat_locked


def test_what_cannot_be_meant_is_one_sentence(tmp_path, film, smith):  # noqa: ARG001
    def told(*words):
        result = CliRunner().invoke(app, ["-q", "make", *words])
        assert result.exit_code == 1
        assert isinstance(result.exception, InvalidInput)
        return str(result.exception)

    path = str(film.scenes)
    nothing = CliRunner().invoke(app, ["-q", "make"])
    assert (nothing.exit_code, "say which song" in nothing.output) == (2, True)
    assert "--score is for a film of scenes" in told("--score", "piano")
    assert "exclude each other" in told("song.wav", "--scenes", path)
    assert "--lyrics is for films of songs" in told("--scenes", path, "--lyrics", "x.lrc")
    (tmp_path / "b.png").unlink()
    assert "scene s01: the end image" in told("--scenes", path)
    other = tmp_path / "other"
    Project.start(other, _tone(tmp_path), "0" * 64)
    film.scenes.write_text(SCENES.replace("b.png", "a.png"))
    with pytest.raises(InvalidInput, match="holds the film of a song"):
        made(tmp_path, replace(film), folder="other")


def _tone(tmp_path):
    path = tmp_path / "tone.wav"
    path.write_bytes(b"RIFF")
    return path


@pytest.mark.slow
def test_the_house_is_filmed_with_every_scene_on_a_downbeat(tmp_path, monkeypatch):
    """The example as its README has it, small: seven pairs of photos, the band's own music."""
    monkeypatch.setattr(orders, "Patience", Patience)  # a band plays in time of its own
    scenes = Path(__file__).parent.parent / "examples" / "house" / "scenes.yaml"
    done = made(tmp_path, SceneFilm(scenes, MusicWish("warm piano, hopeful")))
    plan = Storyboard.load(done.project.plan)
    assert [shot.provider for shot in plan.shots] == ["still"] * 7
    assert plan.starts == pytest.approx(np.arange(7) * 4.0, abs=1 / 24)
    assert all(shot.at.beat == 1 for shot in plan.shots[1:])
    heard = ScoreReport.load(done.project.folder / "score" / "report.json")
    assert heard.samples == 28 * 48_000
    assert heard.integrated == pytest.approx(-14, abs=1)
    assert heard.on_beat == 1.0
    assert done.report.ok
