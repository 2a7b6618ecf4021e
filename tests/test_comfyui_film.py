"""`songreel make … --visuals comfyui:NAME` as a user runs it, against the stand-in."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from scipy.io import wavfile

from songreel.models.clip import Clip
from support.clicks import drum_track
from support.comfy import Comfy
from support.comfy_bench import Bench
from support.command import command

SMALL = ["--project", "film", "--size", 90, "--style", "driving", "--longest", 2]


@pytest.fixture
def comfy():
    with Comfy(step=0.005) as server:
        yield server


@pytest.fixture
def songreel(tmp_path, comfy):
    """The command, in a folder with a song of two bars and a workflow called test."""
    drums = drum_track(120.0, bars=2).mono
    samples = np.round(drums / np.abs(drums).max() * 30000).astype(np.int16)
    wavfile.write(tmp_path / "song.wav", 24000, samples)
    Bench(comfy, tmp_path).write()
    return command(tmp_path, SONGREEL_COMFYUI_AUTH="", SONGREEL_COMFYUI_URL="")


def asked_for(comfy):
    with comfy.lock:
        jobs = [entry["prompt"] for entry in comfy.history.values()]
        jobs += [job.listed() for job in comfy.taken()]
    return Counter(job[3]["songreel"] for job in jobs)


def test_a_song_becomes_a_film_of_clips_from_ones_own_server(songreel, comfy, tmp_path):
    made = songreel("make", "song.wav", *SMALL, "--visuals", "comfyui:test", "--json")
    assert (tmp_path / json.loads(made.stdout)["video"]).is_file()
    plan = json.loads((tmp_path / "film" / "plan.json").read_text())
    clips = [Clip.load(path) for path in (tmp_path / "film" / "clips").glob("s*-????????.json")]
    assert {clip.provider for clip in clips} == {"comfyui:test"}
    assert len(clips) >= len(plan["shots"]) > 1
    assert all(clip.effort.device.startswith("ComfyUI 0.3.64") for clip in clips)
    assert all(clip.substitution is None for clip in clips)
    assert set(asked_for(comfy).values()) == {1}


@pytest.mark.slow
def test_what_is_wrong_is_one_sentence_and_exit_1(songreel, comfy, tmp_path):
    config = tmp_path / "config" / "comfyui.toml"
    right = config.read_text()
    config.write_text(right.replace("http://", ""))
    said = songreel("make", "song.wav", *SMALL, "--visuals", "comfyui:test", status=1).stderr
    assert "has no http:// or https:// before it" in said.splitlines()[-1]
    config.write_text(right)
    comfy.fault = lambda *_: (200, "text/html", b"<html>")
    said = songreel("comfyui", "check", "test", status=1).stdout
    assert "does not answer as ComfyUI does" in said


@pytest.mark.slow
@pytest.mark.parametrize("clips", [0, 1])
def test_a_command_that_is_killed_goes_on_where_it_was(songreel, comfy, tmp_path, clips):
    arguments = ["make", "song.wav", *SMALL, "--visuals", "comfyui:test"]
    comfy.step = 0.1
    environment = os.environ | {"SONGREEL_CONFIG": str(tmp_path / "config")}
    process = subprocess.Popen(
        [sys.executable, "-m", "songreel.cli.main", "--workspace", str(tmp_path / "workspace"),
         *map(str, arguments)],
        cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 240
    while len(comfy.history) < clips or not comfy.taken():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    comfy.step = 0.001
    songreel(*arguments)
    assert set(asked_for(comfy).values()) == {1}
