"""`songreel formats`, `excerpt` and `loop`, as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from songreel.cli.versions import _lengths, _seconds
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.timeline import Timeline
from songreel.project import Project
from songreel.services import Services
from songreel.settings import Settings
from songreel.versions import Versions
from support.clicks import drum_track


@pytest.mark.parametrize(
    ("text", "seconds"), [("1:04", 64), ("0:04.5", 4.5), ("1:00:02", 3602), ("64", 64), ("6s", 6)]
)
def test_a_moment_is_read_as_people_write_it(text, seconds):
    assert _seconds(text) == seconds


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "-4", ""])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(InvalidInput, match="write M:SS"):
        _seconds(text)


@pytest.mark.parametrize(
    ("text", "lengths"), [("3-8", (3, 8)), ("4", (3, 5)), ("3.5–6s", (3.5, 6))]
)
def test_a_length_is_read_as_people_write_it(text, lengths):
    assert _lengths(text) == lengths


@pytest.mark.parametrize("text", ["8-3", "long", "1-2-3", ""])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(InvalidInput, match="write FROM-TO"):
        _lengths(text)


def test_a_folder_without_a_film_is_told_what_makes_one(tmp_path):
    services = Services(Settings.load(tmp_path / "workspace"))
    with pytest.raises(InvalidInput, match="is not a songreel project"):
        Versions(services).formats(tmp_path, ["9:16"])


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A film of 24 s of drums, and the command that made it."""
    base = tmp_path_factory.mktemp("versions")
    drums = drum_track(120.0, bars=12).mono
    song = base / "Trommeln.wav"
    wavfile.write(song, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))

    def run(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(base / "work")]
        done = subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, timeout=540
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    folder = base / "film"
    run("make", song, "--project", folder, "--size", 90, "--style", "driving")
    return folder, run


def cuts_of(path: Path) -> list[tuple[str, int, int]]:
    return [(cut.shot, cut.start, cut.end) for cut in Timeline.load(path).cuts]


def frames_in(video: Path) -> tuple[int, int, int]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, sum(1 for _ in container.decode(stream))


@pytest.mark.slow
def test_all_formats_cut_on_the_same_frames_and_are_in_sync(made):
    folder, run = made
    whole = cuts_of(folder / "timeline.json")
    plan, clips = sha256_of(folder / "plan.json"), sorted((folder / "clips").glob("*.mp4"))
    rows = json.loads(run("formats", folder, "9:16", "1:1", "4:5", "16:9", "--json").stdout)
    sizes = [(90, 160), (90, 90), (90, 112), (160, 90)]
    assert [(row["width"], row["height"]) for row in rows] == sizes
    for row, size in zip(rows, sizes, strict=True):
        assert row["ok"], row["notices"]
        assert row["on_frame"] == 1.0
        assert frames_in(Path(row["video"])) == (*size, whole[-1][2])
        stem = Path(row["video"]).stem
        assert cuts_of(folder / "formats" / "about" / stem / "timeline.json") == whole
        assert Path(row["report"]).is_file()
    # Nothing is planned anew, and the film's own clips are as they were.
    assert sha256_of(folder / "plan.json") == plan
    assert sorted((folder / "clips").glob("*.mp4")) == clips
    again = json.loads(run("formats", folder, "9:16", "--json").stdout)
    assert again[0]["reused"]


@pytest.mark.slow
def test_an_excerpt_is_exact_and_in_sync_in_any_shape(made):
    folder, run = made
    (row,) = json.loads(
        run("excerpt", folder, "--seconds", 10, "--aspect", "9:16", "--json").stdout
    )
    assert row["ok"], row["notices"]
    assert 7.5 <= row["seconds"] <= 10
    assert frames_in(Path(row["video"])) == (90, 160, row["frames"])
    listed = json.loads(run("excerpt", folder, "--seconds", 10, "--list", "--json").stdout)
    assert len(listed) >= 1
    assert listed[0]["reasons"]


@pytest.mark.slow
def test_a_loop_is_made_and_measured(made):
    folder, run = made
    row = json.loads(run("loop", folder, "--silent", "--json").stdout)
    assert row["ok"], row
    assert 3 <= row["seconds"] <= 8
    assert row["seam"]["sound"] is None
    loud = json.loads(run("loop", folder, "--json").stdout)
    assert loud["seam"]["sound"] <= 1.0


@pytest.mark.slow
def test_what_was_replaced_is_kept(made):
    folder, run = made
    video = Path(json.loads(run("formats", folder, "1:1", "--json").stdout)[0]["video"])
    video.write_bytes(b"mine now")
    row = json.loads(run("formats", folder, "1:1", "--json").stdout)[0]
    assert Path(row["replaced"]).read_bytes() == b"mine now"
    assert row["ok"]


@pytest.mark.slow
def test_a_plan_that_has_changed_is_not_passed_over(made):
    folder, run = made
    project = Project.open(folder)
    before = project.plan.read_bytes()
    plan = json.loads(before)
    del plan["shots"][2]
    project.plan.write_text(json.dumps(plan))
    try:
        done = run("formats", folder, "1:1", check=False)
    finally:
        project.plan.write_bytes(before)
    assert done.returncode == 1
    assert "has changed since the film was cut" in done.stderr
    assert "Traceback" not in done.stderr
