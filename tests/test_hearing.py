"""`songreel analyze`: the files it writes, what it refuses before hearing, and the octave."""

import json
import re
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
from scipy.io import wavfile

from songreel.analysis.exports.formats import KINDS
from songreel.analysis.trackers.registry import OWN
from songreel.cli.hearing import TrackerOption, analyze
from songreel.ears import Ears
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.outputs import outputs
from songreel.project import Project
from songreel.services import Services
from songreel.settings import Settings
from support.clicks import drum_track
from support.command import command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("hearing")
    wavfile.write(found / "drums.wav", 24000, drum_track(120.0, bars=6).mono)
    return found


@pytest.fixture(scope="module")
def songreel(folder):
    return command(folder)


def test_one_run_writes_all_that_is_asked_for_and_says_so(songreel, folder):
    done = songreel(
        "analyze", "drums.wav", "--export", "drums.jams", "-e", "drums.beats.csv", "-e", "all/",
        "--clicks", "clicks.flac", "--page", "drums.html", "--plot", "drums.svg",
    )  # fmt: skip
    for name in ("drums.jams", "drums.beats.csv", "clicks.flac", "drums.html", "drums.svg"):
        assert (folder / name).stat().st_size > 100
        assert f"written: {name}" in done.stderr
    assert (folder / "all" / "drums.sections.lab").is_file()
    assert "120.0" in done.stdout.splitlines()[1]
    assert "BPM" in done.stdout


def test_files_that_exist_are_kept_unless_forced(songreel, folder):
    (folder / "mine.jams").write_text("mine")
    done = songreel("analyze", "drums.wav", "-e", "mine.jams", status=1)
    assert "mine.jams exists; choose another name, or add --force" in done.stderr
    assert (folder / "mine.jams").read_text() == "mine"
    songreel("analyze", "drums.wav", "-e", "mine.jams", "--force")
    assert "annotations" in json.loads((folder / "mine.jams").read_text())


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"exports": ["a.lab"]}, "a.lab does not say what it is to hold"),
        ({"exports": ["a.docx"]}, "cannot export to a.docx"),
        ({"exports": ["a.flac"]}, "--export writes no .flac: use --clicks a.flac"),
        ({"clicks": Path("a.mp3")}, "cannot write clicks to a.mp3"),
        ({"page": Path("a.pdf")}, "cannot write the page to a.pdf"),
        ({"plot": Path("a.txt")}, "cannot draw into a.txt"),
        ({"exports": ["nowhere/a.jams"]}, "there is no folder nowhere to write a.jams in"),
        ({"exports": ["a.jams", "./a.jams"]}, "a.jams is asked for twice"),
        ({"clicks": Path("drums.wav"), "force": True}, "drums.wav is the song itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_that_cannot_be_written_are_refused_in_one_sentence(
    folder, monkeypatch, wanted, message
):
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidInput, match=re.escape(message)):
        outputs(Path("drums.wav"), **wanted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-e", "a.lab"), "a.lab does not say what it is to hold"),
        (("--half", "--double"), "--half, --double and --as-heard exclude each other"),
        (("--tracker", "nobody"), "no tracker is called 'nobody'"),
        (("--tagger", "nobody"), "no tagger is called 'nobody'; known: clap"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_said_before_the_song_is_heard(songreel, arguments, message):
    done = songreel("analyze", "drums.wav", *arguments, status=1)
    assert message in done.stderr
    assert "finding beats" not in done.stderr


def test_half_and_double_count_the_beats_anew_and_are_kept_apart(folder):
    services = Services(Settings.load(folder / "workspace"))
    sound = services.sound(folder / "drums.wav")

    def period(octave):
        return float(np.median(np.diff(services.hear(sound, ears=Ears(octave=octave)).beats)))

    heard = period("as heard")
    assert period("half") == pytest.approx(2 * heard, rel=0.02)
    assert period("double") == pytest.approx(heard / 2, rel=0.02)
    assert period("as heard") == heard


@pytest.mark.slow
def test_a_project_remembers_its_octave_and_a_planned_one_is_not_turned_over(songreel, tmp_path):
    small = ("--size", "90", "--style", "calm")
    project = tmp_path / "film"
    songreel("make", "drums.wav", "--project", project, "--half", *small)
    assert Project.open(project).state.octave == "half"
    tempo = Analysis.load(project / "analysis.json").tempo
    assert tempo == pytest.approx(60, rel=0.02)
    songreel("make", "drums.wav", "--project", project)
    assert Analysis.load(project / "analysis.json").tempo == tempo
    refused = songreel("make", "drums.wav", "--project", project, "--as-heard", status=1)
    assert "was planned on beats with octave 'half', not 'as heard'; add --replan" in refused.stderr
    songreel("make", "drums.wav", "--project", project, "--as-heard", "--replan")
    assert Analysis.load(project / "analysis.json").tempo == pytest.approx(120, rel=0.02)


def test_help_names_the_trackers_and_the_endings_there_are():
    tracker = TrackerOption.__metadata__[0].help
    assert all(name in tracker for name in OWN)
    export = get_type_hints(analyze, include_extras=True)["export"].__metadata__[0].help
    assert all("." + part in export for ending in KINDS for part in ending[1:].split("."))
