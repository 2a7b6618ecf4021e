"""Projects made of uploads, the files a browser may fetch, and small pictures."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from songreel.assembly.pictures import rgb_of
from songreel.models.errors import InvalidInput
from songreel.models.names import LONGEST, fit_name
from songreel.settings import Settings
from songreel.sound.pcm import write_wav
from songreel.workspace import Workspace
from support.barcodes import picture as barcode
from support.editings import Bench


@pytest.fixture
def workspace(tmp_path):
    return Workspace(Settings.load(tmp_path / "workspace"), "studio")


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "a song.wav"
    time = np.arange(3 * 8000) / 8000
    write_wav(path, np.sin(2 * np.pi * 220 * time)[None].astype(np.float32), 8000, bits=16)
    return path


def test_an_upload_becomes_a_project_of_its_own(workspace, song):
    asset = workspace.assets.put(song, "My Song.wav")
    first = workspace.editing.create(asset.sha256, "Sea: by night")
    second = workspace.editing.create(asset.sha256, "Sea: by night")
    third = workspace.editing.create(song)
    folders = [Path(entry.folder) for entry in (first, second, third)]
    assert [folder.parent for folder in folders] == [workspace.films] * 3
    assert [f.name for f in folders] == [
        "Sea by night.songreel", "Sea by night 2.songreel", "a song.songreel",
    ]  # fmt: skip
    assert (first.title, first.song) == ("Sea by night", "My Song.wav")
    assert (folders[0] / "song" / "My Song.wav").read_bytes() == song.read_bytes()
    assert len({entry.id for entry in workspace.projects.all()}) == 3


def test_a_project_that_was_not_heard_yet_has_a_board(workspace, song):
    entry = workspace.editing.create(song, "new")
    board = workspace.editing.board(entry.id)
    assert (board.title, board.shots, board.beats, board.tempo) == ("new", (), (), None)
    assert board.duration == pytest.approx(3.0, abs=0.02)
    assert len(board.waveform.low) == 300
    assert max(board.waveform.high) == 127
    assert workspace.editing.heard(entry.id) is None
    with pytest.raises(InvalidInput, match="was not heard yet|no plan yet"):
        workspace.editing.quote(entry.id)
    heard = workspace.services.listen(Path(entry.folder))
    assert workspace.editing.heard(entry.id) == heard
    assert workspace.editing.board(entry.id).duration == 3.0


def test_what_is_no_song_is_refused_without_a_path_and_leaves_nothing(workspace, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("la la la")
    asset = workspace.assets.put(text, "notes.txt")
    with pytest.raises(InvalidInput) as refused:
        workspace.editing.create(asset.sha256, "x")
    assert "notes.txt" in str(refused.value)
    assert str(tmp_path) not in str(refused.value)
    assert not workspace.films.exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", ".. etc passwd"), ("a\x00b\nc", "a b c"), ("", "song"),
        ("...", "song"), ("C:\\song.mp3", "C song.mp3"), ("CON", "CON song"),
        ("nul.mp3", "nul song.mp3"), ("é雨", "é雨"), ("  x  ", "x"), ("\ud800.mp3", "mp3"),
        ("x\u202egnp.exe", "xgnp.exe"),
    ],
)  # fmt: skip
def test_a_name_is_made_fit_for_every_system(text, name):
    assert fit_name(text, "song").strip(".") == name.strip(". ")
    assert "/" not in fit_name(text, "song")


def test_a_long_name_keeps_its_ending():
    name = fit_name("雨" * 300 + ".flac", "song")
    assert name.endswith(".flac")
    assert len(name.encode()) <= LONGEST


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_files_are_had_by_key_and_never_by_path(bench):
    folder = bench.project.folder
    (folder / "exports").mkdir()
    (folder / "exports" / "song contact sheet.png").write_bytes(b"png")
    (folder / "exports" / ".hidden").write_bytes(b"no")
    (folder / "preview.mp4").write_bytes(b"mp4")
    media = bench.editing.media(bench.id)
    assert media["song"].path.read_bytes() == b"not heard here"
    assert (media["song"].media_type, media["song"].name) == ("audio/wav", "song.wav")
    assert media["animatic"].media_type == "video/mp4"
    assert media["sheet"] == media["export-song contact sheet.png"]
    assert {"plan", "analysis", "thumb-s01"} <= set(media)
    assert "film" not in media
    for key in (
        "", "nothing", "export-.hidden", "export-../plan.json", "export-..", "export-/etc/passwd",
        "take-s01-../..", "thumb-../../x", "song/song.wav", "project.json", "thumb-s99", "take-",
        "export-\0", "thumb-",
    ):  # fmt: skip
        assert key not in media
        assert media.get(key) is None


def test_a_link_that_leads_out_is_not_there(bench, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("key")
    folder = bench.project.folder
    (folder / "exports").mkdir()
    (folder / "exports" / "out.png").symlink_to(secret)
    (folder / "preview.mp4").symlink_to(secret)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "film.mp4").write_bytes(b"x")
    (folder / "earlier").symlink_to(tmp_path / "elsewhere")
    (folder / "song" / "song.wav").unlink()
    (folder / "song" / "song.wav").symlink_to(secret)
    media = bench.editing.media(bench.id)
    kept = {"plan", "analysis", *(f"thumb-{s.id}" for s in bench.board().shots)}
    assert set(media) == kept


def test_a_small_picture_is_of_the_clip_or_drawn_from_the_plan(bench):
    request = bench.wanted()["s01"]
    drawn = bench.editing.media(bench.id)["thumb-s01"]
    before = bench.board().shots[0]
    assert drawn.media_type == "image/jpeg"
    with Image.open(drawn.path) as picture:
        assert picture.size[0] / picture.size[1] == pytest.approx(128 / 72, abs=0.03)
        colours = np.asarray(picture).reshape(-1, 3).std(axis=0).max()
    assert colours > 5
    made = bench.shoot("s01", request, 3)
    shot = bench.board().shots[0]
    assert (before.pictured, shot.pictured) == ("plan", "clip")
    assert before.thumb != shot.thumb
    assert made.sha256[:12] in shot.thumb
    of_clip = bench.editing.media(bench.id)["thumb-s01"]
    assert of_clip.path != drawn.path
    with Image.open(of_clip.path) as picture:
        pixels = np.asarray(picture).reshape(-1, 3).mean(axis=0)
    truth = rgb_of(barcode(3, 7, 64, 64)[:, :]).reshape(-1, 3).mean(axis=0)
    # The clip's own colour; the square is cropped to the film's shape, and coded twice.
    assert np.abs((pixels - pixels.mean()) - (truth - truth.mean())).max() < 8
    when = of_clip.path.stat().st_mtime_ns
    assert bench.editing.media(bench.id)["thumb-s01"].path.stat().st_mtime_ns == when


def test_a_spoilt_clip_is_pictured_from_the_plan(bench):
    request = bench.wanted()["s01"]
    clip = bench.shoot("s01", request, 3)
    (bench.project.clips / clip.file).write_bytes(b"spoilt")
    assert "plan-s01" in bench.editing.media(bench.id)["thumb-s01"].path.name


def test_small_pictures_of_plans_that_are_past_do_not_pile_up(bench, monkeypatch):
    monkeypatch.setattr("songreel.editing_thumbs.MOST", 4)
    shown = bench.project.shown
    shown.mkdir(exist_ok=True)
    for age in range(6):
        (shown / f"plan-{age}.jpg").write_bytes(b"old")
        os.utime(shown / f"plan-{age}.jpg", (age, age))
    now = bench.editing.media(bench.id)["thumb-s01"].path
    kept = {path.name for path in shown.glob("*.jpg")}
    assert kept == {now.name, "plan-3.jpg", "plan-4.jpg", "plan-5.jpg"}


def test_a_take_is_had_by_its_name(bench):
    clip = bench.shoot("s02", bench.wanted()["s02"], 4)
    key = f"take-s02-{clip.request.fingerprint[:8]}"
    media = bench.editing.media(bench.id)
    assert key in set(media)
    assert media[key].path.name == clip.file
