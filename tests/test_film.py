"""From a song's file to a finished film, by the command a person types."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from songreel.models.render import SyncReport
from songreel.models.storyboard import Storyboard
from support.clicks import drum_track
from support.jobs import tiny_song
from support.pictures import scenery, write_photo, write_video

BPM = 120.0
BARS = 8


@pytest.fixture(scope="session")
def song(tmp_path_factory):
    """Eight bars of drums at 120 BPM: 16 s and a tail, beats exactly known."""
    path = tmp_path_factory.mktemp("song") / "Ein Lied, für Jörg.wav"
    drums = drum_track(BPM, bars=BARS).mono
    wavfile.write(path, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))
    return path


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture
def songreel(workspace):
    """The command, as a process of its own."""

    def run(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace)]
        done = subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, timeout=540
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    return run


def small(folder: Path) -> list[object]:
    """Options for a film that is quick to make."""
    return ["--project", folder, "--size", 90, "--style", "driving"]


@pytest.fixture(scope="session")
def finished(song, workspace, tmp_path_factory):
    """One film, made once, for the tests that only look."""
    folder = tmp_path_factory.mktemp("finished") / "film"
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace), "make"]
    done = subprocess.run(
        [*command, str(song), *map(str, small(folder)), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return folder, json.loads(done.stdout)


def test_a_film_is_as_long_as_its_song_and_in_sync(finished, song):
    folder, made = finished
    assert made["ok"]
    assert made["on_frame"] == 1.0
    assert made["cuts"] >= 4
    report = SyncReport.load(folder / "report.json")
    assert report.beat_locked
    assert report.frames_found == report.frames_expected
    assert abs(report.audio_offset) <= 48
    with av.open(made["video"]) as video:
        assert video.streams.video[0].frames == report.frames_expected
        assert (video.streams.video[0].width, video.streams.video[0].height) == (160, 90)
    assert Path(made["video"]).name == f"{song.stem}.mp4"


def test_cuts_fall_on_the_true_beats_and_never_late(finished):
    folder, _ = finished
    plan = Storyboard.load(folder / "plan.json")
    half_beats = np.array(plan.starts[1:]) / (60 / BPM / 2)
    assert np.abs(half_beats - np.round(half_beats)).max() * 0.25 < 0.02  # 20 ms
    errors = [c.error for c in SyncReport.load(folder / "report.json").cuts if c.error is not None]
    assert errors
    assert all(-1 / 24 < error <= 1e-9 for error in errors)


def test_the_report_page_stands_alone(finished):
    folder, _ = finished
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script src" not in page


def test_making_it_again_makes_nothing_again(finished, songreel, song):
    folder, made = finished
    before = Path(made["video"]).stat()
    again = json.loads(songreel("make", song, *small(folder), "--json").stdout)
    after = Path(again["video"]).stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert again["replaced"] is None


def test_one_changed_shot_costs_one_clip_and_its_own_segments(finished, songreel, song, tmp_path):
    folder = tmp_path / "film"
    shutil.copytree(finished[0], folder)
    plan = json.loads((folder / "plan.json").read_text())
    hard = [i for i in range(1, len(plan["shots"]) - 1)
            if plan["shots"][i]["transition"]["kind"] == plan["shots"][i + 1]["transition"]["kind"]
            == "cut"]  # fmt: skip
    plan["shots"][hard[0]]["seed"] += 1
    (folder / "plan.json").write_text(json.dumps(plan))
    clips, segments = set((folder / "clips").iterdir()), set((folder / "segments").iterdir())
    made = json.loads(songreel("make", song, *small(folder), "--json").stdout)
    render = json.loads((folder / "render.json").read_text())
    # Of a built-in clip only what effects and transitions change is made anew.
    assert render["made_segments"] <= 2
    assert render["copied_frames"] > render["frames"] / 2
    films = [p for p in set((folder / "clips").iterdir()) - clips if p.suffix != ".json"]
    assert len(films) == 1
    assert segments
    assert Path(made["replaced"]).exists()


@pytest.mark.slow
def test_killed_anywhere_the_next_run_finishes_the_same_film(finished, song, workspace, tmp_path):
    _, made = finished
    expected = Path(made["video"]).read_bytes()
    folder = tmp_path / "film"
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace), "make",
               str(song), *map(str, small(folder)), "--json"]  # fmt: skip
    chance = random.Random(5)
    kills = 0
    for attempt in range(12):  # early at first, so that some kills land on any machine
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0.2, 0.5 + 0.15 * attempt))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills >= 2
    subprocess.run(command, check=True, capture_output=True)
    assert (folder / Path(made["video"]).name).read_bytes() == expected
    partial = [p for p in folder.rglob("*") if "partial" in p.name]
    assert partial == []


@pytest.mark.slow
def test_interrupted_it_says_how_to_go_on(workspace, tmp_path):
    # Long enough that it is at work still when a busy machine comes back to this test.
    long = tiny_song(tmp_path / "Lang.wav", bars=32)
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace), "make",
               str(long), *map(str, small(tmp_path / "film"))]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "film" / "plan.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "run the same command again to go on" in talk
    assert "Traceback" not in talk


@pytest.mark.slow
def test_a_film_that_is_gone_is_not_reported_but_made_again(finished, songreel, tmp_path):
    folder = tmp_path / "film"
    shutil.copytree(finished[0], folder)
    video = folder / Path(finished[1]["video"]).name
    before = video.read_bytes()
    video.unlink()
    refused = songreel("report", folder, check=False)
    assert refused.returncode == 1
    assert f"{video.name}: No such file" in refused.stderr
    assert "Traceback" not in refused.stderr
    songreel("assemble", folder)
    assert video.read_bytes() == before
    songreel("report", folder)


def test_an_edited_plan_is_filmed_and_a_broken_one_refused(finished, songreel, song, tmp_path):
    plan = tmp_path / "plan.json"
    songreel("plan", song, "-o", plan, "--look", "paper-cut")
    text = plan.read_text()
    assert songreel("plan", song, "-o", plan, check=False).returncode == 1
    plan.write_text(text.replace('"camera": "', '"camera": "very ', 1))
    line = 1 + text[: text.index('"camera"')].count("\n")
    refused = songreel("make", song, *small(tmp_path / "film"), "--plan", plan, check=False)
    assert refused.returncode == 1
    assert f"plan.json, line {line}: shots[0].camera" in refused.stderr
    assert "Traceback" not in refused.stderr
    other = songreel("make", song, *small(finished[0]), "--look", "paper-cut", check=False)
    assert other.returncode == 1
    assert "--replan" in other.stderr


def test_a_folder_of_pictures_becomes_a_film(songreel, song, tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    for i in range(4):
        write_photo(folder / f"photo {i}.jpg", scenery(320, 240, hue=i / 4))
    write_video(folder / "clip.mp4", [scenery(192, 108, hue=0.3, shift=i / 60) for i in range(72)])
    (folder / "broken.mp4").write_bytes(b"no film")
    made = songreel("make", song, *small(tmp_path / "film"), "--footage", folder, "--json")
    film = json.loads(made.stdout)
    assert film["on_frame"] == 1.0
    render = json.loads((tmp_path / "film" / "render.json").read_text())
    assert render["frames"] == SyncReport.load(tmp_path / "film" / "report.json").frames_found


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("gone.mp3", None, "there is no file"), ("lyrics.mp3", b"la la la", "cannot be read as sound"),
     ("nothing.wav", b"", "is empty")],
)  # fmt: skip
def test_what_is_no_song_is_refused_by_its_name_before_anything_is_made(
    songreel, tmp_path, name, content, message
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = songreel("make", tmp_path / name, *small(tmp_path / "film"), check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("songreel: ")
    assert message in done.stderr
    assert str(tmp_path / name) in done.stderr
    assert not (tmp_path / "film").exists()


def test_an_empty_footage_folder_is_refused(songreel, song, tmp_path):
    (tmp_path / "empty").mkdir()
    done = songreel(
        "make", song, *small(tmp_path / "film"), "--footage", tmp_path / "empty", check=False
    )
    assert done.returncode == 1
    assert "empty" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(songreel, song):
    done = songreel("make", song, "--project", "/proc/film", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") <= 3
    assert "cannot write the project folder /proc/film" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX")
def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(song, workspace, tmp_path):
    """No file may pass 100 kB: what a full disk does to a film, without filling one."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "from songreel.cli.main import run; run()"
    )
    command = ["--workspace", str(workspace), "make", str(song), *map(str, small(tmp_path / "f"))]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cannot write" in done.stderr


def test_the_analysis_document_has_its_answers_at_the_top(songreel, song):
    found = json.loads(songreel("analyze", song, "--json").stdout)
    assert found["kind"] == "songreel.analysis"
    assert found["tempo"] == pytest.approx(BPM, rel=0.005)
    assert np.allclose(np.diff(found["beats"]), 60 / BPM, atol=0.02)
    assert set(found["downbeats"]) <= set(found["beats"])
    assert {"start", "end", "label", "letter"} <= set(found["sections"][0])
    assert "key" in found


def test_options_that_are_wrong_are_usage_errors(songreel, song):
    assert songreel("make", song, "--aspect", "3:2", check=False).returncode == 2
    assert songreel("make", check=False).returncode == 2
    rate = songreel("make", song, "--fps", "12", check=False)
    assert rate.returncode == 1
    assert "23.976, 24" in rate.stderr
