"""`songreel visuals`: scenes listed, shown, tried and cast; scenes of other packages that fail."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.registry import SCENES, offer
from songreel.generation.visuals.stage import Stage
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.storyboard import Oklch
from songreel.planning import Direction
from songreel.project import Project
from songreel.scene_clip import SECONDS, demo_song, stretches
from songreel.scene_sheet import pictures
from songreel.scene_trial import STRUCK, Trial, study
from songreel.services import Services
from songreel.settings import Settings
from songreel.visuals import Visuals, Wish, preview
from support.analyses import Part, Score, write
from support.boards import board
from support.clicks import drum_track
from support.packages import EXAMPLE, bring, scene
from support.shop import run

RATE = Fraction(24)
SMALL = Wish(size=64, detail=0.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A song of ten seconds and a workspace that knows it."""
    found = tmp_path_factory.mktemp("visuals")
    wavfile.write(found / "drums.wav", 24000, drum_track(120.0, bars=4).mono.astype(np.float32))
    return found


@pytest.fixture(scope="module")
def settings(folder):
    return Settings(folder / "workspace", 2, f"sqlite:///{folder}/db", folder / "config")


@pytest.fixture
def visuals(settings):
    return Visuals(settings)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder on the path for packages that bring scenes."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def _lanterns(installed, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLE))
    bring(installed, "songreel-lanterns", {"lanterns": "lanterns:Lanterns"})


def songreel(folder, *arguments):
    """The command, in this process."""
    done = CliRunner().invoke(app, ["--workspace", str(folder / "workspace"), *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


# List and show


def test_every_built_in_scene_is_listed_with_all_that_is_known_of_it(folder):
    told = json.loads(songreel(folder, "visuals", "list", "--json").stdout)
    assert [one["key"] for one in told["scenes"]][: len(SCENES)] == list(SCENES)
    assert told["broken"] == {}
    assert all(one["about"] and one["origin"] == "songreel" for one in told["scenes"])


@pytest.mark.usefixtures("_lanterns")
def test_a_scene_is_shown_with_its_words_its_music_and_its_settings(folder):
    told = songreel(folder, "visuals", "show", "lanterns").stdout
    assert "lanterns over a lake (lanterns, from songreel-lanterns 1.2)" in told
    for said in ("mood   valence +0.3", "kick    every flame leaps", "dusk", "candle"):
        assert said in told
    raw = json.loads(songreel(folder, "visuals", "show", "Lanterns over a Lake", "--json").stdout)
    assert raw["settings"] == {"sky": {"night": ["night"], "dusk": ["dusk"]}}


@pytest.mark.parametrize(
    ("name", "hint"),
    [("oceen", "did you mean ocean"), ("surf", "did you mean ocean"), ("qqqq", "there are aurora")],
)
def test_an_unknown_scene_is_answered_with_those_near_it(visuals, name, hint):
    with pytest.raises(InvalidInput, match=f"no scene is called '{name}'; .*{hint}"):
        visuals.scene(name)


# Preview


@pytest.mark.usefixtures("_lanterns")
def test_a_preview_is_a_sheet_and_five_seconds_with_the_songs_own_sound(folder, visuals, tmp_path):
    wish = replace(SMALL, song=folder / "drums.wav", at=1.0, settings={"sky": "dusk"})
    made = visuals.preview("lanterns", tmp_path / "out", wish)
    assert made.start == 1.0
    assert made.sheet == tmp_path / "out" / "lanterns.png"
    with Image.open(made.sheet) as sheet:
        assert sheet.width == 1920
        assert sheet.height > 2000
    with av.open(str(made.clip)) as container:
        assert sum(1 for _ in container.decode(video=0)) == SECONDS * RATE
    with av.open(str(made.clip)) as container:
        heard = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
        rate = container.streams.audio[0].rate
    written = drum_track(120.0, bars=4).mono[24000 : 24000 + 5 * 24000]
    assert rate == 24000
    alike = np.corrcoef(heard[: written.size], written[: heard.size])[0, 1]
    assert alike > 0.98  # AAC is not exact

    before = made.clip.read_bytes()
    with pytest.raises(InvalidInput, match=r"lanterns\.png exists; .* --force"):
        visuals.preview("lanterns", tmp_path / "out", wish)
    assert made.clip.read_bytes() == before
    page = made._repr_html_()
    assert "data:video/mp4;base64," in page
    assert "data:image/png;base64," in page


def test_a_notebook_previews_with_one_call(folder, installed, tmp_path, monkeypatch):
    bring(installed, "even", {"even": "even_light:Even"}, even_light=scene("Even"))
    monkeypatch.setenv("SONGREEL_WORKSPACE", str(folder / "workspace"))
    song = folder / "drums.wav"
    made = preview("even", tmp_path, song=song, size=64, detail=0.1, section="bridge")
    assert made.sections == ("bridge",)
    assert made.clip.is_file()


def test_the_command_prints_paths_and_says_what_it_does_elsewhere(
    folder, installed, tmp_path, monkeypatch
):
    monkeypatch.setattr("songreel.scene_sheet._LARGE", 64)
    monkeypatch.setattr("songreel.scene_sheet._SMALL", 48)
    bring(installed, "even", {"even": "even_light:Even"}, even_light=scene("Even"))
    words = ["visuals", "preview", "even", "--song", folder / "drums.wav", "--size", "64",
             "--energy", "0.9", "--look", "deep-ocean", "--out", tmp_path]  # fmt: skip
    done = songreel(folder, *words)
    assert done.stdout.splitlines() == [str(tmp_path / f"even.{end}") for end in ("png", "mp4")]
    assert "drawing Even" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ocean", "--set", "sky"], "write it as NAME=OPTION"),
        (["ocean", "--set", "skie=storm"], r"has no setting 'skie' \(did you mean sky\?\)"),
        (["ocean", "--set", "sky=strom"], r"cannot be 'strom' \(did you mean storm\?\)"),
        (["ocean", "--energy", "1.5"], "1.5 is not between 0 and 1"),
        (["ocean", "--camera", "wobble"], "--camera 'wobble' is not known; .*push in"),
        (["ocean", "--section", "hook"], "--section 'hook' is not known; .*chorus"),
        (["ocean", "--aspect", "2:1"], "--aspect '2:1' is not known"),
        (["ocean", "--size", "63"], "63 pixels"),
        (["ocean", "--look", "nowhere"], "look 'nowhere' is not known"),
        (["ocean", "--all"], "name one scene, or give --all"),
        ([], "name one scene, or give --all"),
    ],
)
def test_what_cannot_be_previewed_is_told_before_anything_is_drawn(folder, tmp_path, words, told):
    with pytest.raises(InvalidInput, match=told):
        songreel(folder, "visuals", "preview", *words, "--out", tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_preview_into_a_file_asks_for_a_folder(folder, tmp_path, inside):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"/file is a file; give a folder with --out"):
        songreel(folder, "visuals", "preview", "ocean", "--out", tmp_path / "file" / inside)


def test_all_scenes_get_a_sheet_and_share_a_picture(folder, installed, monkeypatch, tmp_path):
    odd = scene("Odd", "out[0, 0] = np.nan")
    points = {"even": "even_light:Even", "odd": "odd_light:Odd"}
    bring(installed, "even", points, even_light=scene("Even"), odd_light=odd)
    monkeypatch.setattr("songreel.generation.visuals.registry.SCENES", {})
    monkeypatch.setattr("songreel.scene_sheet._LARGE", 64)
    monkeypatch.setattr("songreel.scene_sheet._SMALL", 48)
    done = songreel(folder, "visuals", "preview", "--all", "--out", tmp_path / "out")
    made = [tmp_path / "out" / name for name in ("even.png", "scenes.png")]
    assert done.stdout.splitlines() == list(map(str, made))
    assert all(Image.open(path).width == 1920 for path in made)
    assert done.exit_code == 1
    assert "songreel: scene 'Odd' of even 1.2 failed on frame 0" in done.stderr
    assert not (tmp_path / "out" / "odd.png").exists()


# Which seconds


def piece(drops=()):
    parts = [Part("verse", "A", 4, 0.4), Part("chorus", "B", 4, 0.9), Part("drop", "C", 4, 0.8)]
    return write(Score(parts, bpm=120, drops=list(drops)))


def test_a_clip_begins_a_bar_before_the_strongest_moment_and_is_cut_there():
    (before, after) = stretches(piece(), RATE)
    assert (before.first, after.first, after.last) == (6 * 24, 8 * 24, 11 * 24)
    assert (before.section, after.section) == (0, 1)
    (before, after) = stretches(piece(drops=[8]), RATE)
    assert (before.first, after.first) == (14 * 24, 16 * 24)


def test_a_clip_is_not_cut_within_a_second_of_its_ends():
    assert [s.section for s in stretches(piece(), RATE, at=7.5)] == [1]
    assert [s.section for s in stretches(piece(), RATE, at=6.0)] == [0, 1]


def test_a_clip_ends_with_the_song_and_does_not_begin_after_it():
    assert stretches(piece(), RATE, at=23.5)[-1].last == 25 * 24
    with pytest.raises(InvalidInput, match="--at 24.5: the song has 0:25.00"):
        stretches(piece(), RATE, at=24.5)


@pytest.mark.slow
def test_the_song_of_a_preview_is_played_once(tmp_path):
    path = demo_song(tmp_path)
    before = path.stat().st_mtime_ns
    assert demo_song(tmp_path).stat().st_mtime_ns == before


# What the sheet shows


@pytest.mark.parametrize("part", ["kick", "snare", "hat", "melody"])
def test_a_study_has_one_hit_and_it_falls_on_its_frame(part):
    grey = tuple(Oklch(lightness=v, chroma=0.0, hue=0.0) for v in (0.2, 0.5, 0.9))
    trial = Trial(palettes={"grey": grey})
    drive = study(trial, 0.6, "chorus", part, frames=22)
    asked = trial.request("even", drive, energy=0.6, frames=22, size=(64, 36), still=True)
    values = [getattr(moment, part) for moment in Moments(Stage(asked))]
    assert values[:STRUCK] == [0.0] * STRUCK
    assert values[STRUCK] == 1.0
    assert all(later < earlier for earlier, later in pairwise(values[STRUCK:]))
    spectrum = np.stack([moment.spectrum for moment in Moments(Stage(asked))])
    assert np.ptp(spectrum[:STRUCK], axis=0).max() < 1e-6
    assert (spectrum[STRUCK] > spectrum[STRUCK - 1]).any()


def test_the_pictures_before_a_hit_are_those_without_it(installed):
    bring(installed, "even", {"even": "even_light:Even"}, even_light=scene("Even"))
    grey = tuple(Oklch(lightness=v, chroma=0.0, hue=0.0) for v in (0.2, 0.5, 0.9))
    trial = Trial(palettes={"grey": grey})
    calm, struck = (
        pictures(
            offer().scenes["even"],
            trial.request("even", study(trial, 0.6, "chorus", part, frames=22), energy=0.6,
                          frames=22, size=(64, 36), still=True),
            range(STRUCK + 1),
        )
        for part in (None, "kick")
    )  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(calm[:-1], struck[:-1], strict=True))
    assert struck[-1].mean() > calm[-1].mean() + 20


# Cast


@pytest.fixture(scope="module")
def planned(folder, settings):
    song, project = folder / "drums.wav", folder / "film"
    plan = Services(settings).plan(song, Direction(look="deep-ocean", style="driving"), None)
    made = Project.start(project, song, sha256_of(song))
    plan.save(made.plan)
    return made


def test_the_cast_is_that_of_the_film_and_says_why(folder, settings, planned):
    from songreel.generation.requests import requests

    shots = Visuals(settings).cast(planned.folder)
    with Services(settings).opened(planned.folder, lambda *_: None) as (project, _, heard, plan):
        source = Builtin(Context(scratch=folder, workers=1))
        film = source.plan(requests(plan, heard, project.state.spec))
        source.close()
    assert [shot.id for shot in shots] == list(film)
    for shot in shots:
        chosen = Cast.of(film[shot.id].request)
        assert (shot.scene, dict(shot.settings)) == (chosen.scene, dict(chosen.settings))
        assert shot.reasons
    told = songreel(folder, "visuals", "cast", planned.folder).stdout
    assert all(f"  {shot.id}  " in told and shot.scene in told for shot in shots)
    raw = json.loads(songreel(folder, "visuals", "cast", planned.folder, "--json").stdout)
    assert [one["scene"] for one in raw] == [shot.scene for shot in shots]
    assert not planned.clips.exists()


def test_the_cast_of_a_film_of_other_clips_says_that_it_only_stands_by(folder, planned):
    planned.change(visuals="replicate:ltx-video")
    try:
        done = songreel(folder, "visuals", "cast", planned.folder)
    finally:
        planned.change(visuals="builtin")
    assert "clips of this film come from replicate:ltx-video" in done.stderr


# Scenes of other packages that fail


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import no_such_module_at_all\n", "ModuleNotFoundError: No module named"),
        ("Broken = 3\n", "it is not a class derived from"),
        (scene("Broken").replace("drives =", "moved ="), "its `drives` does not say"),
        (scene("Broken").replace(', "lit": Option(("lit",))', ""), "offers less than two options"),
    ],
)
def test_a_scene_that_cannot_be_used_is_named_with_its_package_and_the_others_go_on(
    folder, visuals, installed, source, fault
):
    bring(installed, "acme-scenes", {"broken": "acme_broken:Broken"}, acme_broken=source)
    sentence = visuals.broken()["broken"]
    assert sentence.startswith("scene 'broken' of acme-scenes 1.2 (acme_broken:Broken) cannot be")
    assert fault in sentence
    assert sentence.endswith("repair or uninstall that package")
    assert sentence in songreel(folder, "visuals", "list").stderr
    assert "broken" not in [one.key for one in visuals.scenes()]
    with pytest.raises(InvalidInput, match="of acme-scenes 1.2"):
        visuals.scene("broken")


def test_a_scene_that_takes_the_name_of_another_does_not_take_its_place(visuals, installed):
    bring(installed, "acme-scenes", {"ocean": "acme_sea:Sea"}, acme_sea=scene("Sea"))
    assert "there is a scene of this name already" in visuals.broken()["ocean"]
    assert visuals.scene("aurora").origin == "songreel"


FAILING = {
    r"raise RuntimeError('no\n  paint')": "failed on frame 0: RuntimeError: no paint",
    "raise SystemExit(3)": "failed on frame 0: SystemExit: 3",
    "out[0, 0] = np.nan": "is undrawn, infinite or not a number",
    "out[0, 0, 1] = np.inf": "is undrawn, infinite or not a number",
    "out[3, 3] = -0.5": r"it drew negative light \(-0.5\)",
    "out[:5, :2] = np.ones((2, 5, 3))": "failed on frame 0: ValueError: could not broadcast",
}


@pytest.mark.parametrize("body", FAILING)
def test_a_preview_of_a_scene_that_fails_says_what_it_drew(
    folder, visuals, installed, body, tmp_path
):
    bring(installed, "acme-scenes", {"broken": "acme_broken:Odd"}, acme_broken=scene("Odd", body))
    wish = replace(SMALL, song=folder / "drums.wav")
    with pytest.raises(
        InvalidInput, match=f"scene 'Odd' of acme-scenes 1.2 .*{FAILING[body]}"
    ) as told:
        visuals.preview("broken", tmp_path / "out", wish)
    assert str(told.value).endswith("repair or uninstall the package that brings it")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_film_shows_another_scene_in_place_of_one_that_fails_and_says_so(installed, tmp_path):
    broken = scene("Odd", "out[0, 0] = np.nan", word="oddness")
    points = {"odd": "acme_odd:Odd", "gone": "acme_gone:Gone"}
    bring(installed, "acme-scenes", points, acme_odd=broken)
    source = Builtin(Context(scratch=tmp_path / "scratch", workers=1))
    film = board((0.0, 2.0), s00={"motif": "oddness"}, s01={"motif": "ocean waves"})
    try:
        clips = run(tmp_path / "clips", source, film=film, others={"builtin": source})
        notices = source.notices()
    finally:
        source.close()
    assert "scene 'Odd' of acme-scenes 1.2 failed on frame 0" in clips["s00"].substitution
    assert Cast.of(clips["s00"].request).scene in SCENES
    assert clips["s01"].substitution is None
    assert any("scene 'gone' of acme-scenes 1.2" in text for text in notices)
