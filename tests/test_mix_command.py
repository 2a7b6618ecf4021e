"""`songreel mix` as it is called: what it tells, and what it refuses in a sentence."""

import json

import pytest
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.models.errors import SongreelError
from songreel.sound.pcm import write_wav
from support.meter import ffmpeg_reads
from support.mixes import RATE, delivered, film, music, tone


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A folder with a film of four seconds, music and steps."""
    folder = tmp_path_factory.mktemp("there")
    film(folder / "film.mp4", 25, 100, tone(4, 0.1, 1000))
    film(folder / "silent.mp4", 25, 25)
    write_wav(folder / "music.wav", music(4), RATE)
    write_wav(folder / "steps.wav", tone(0.5, 0.1), RATE)
    (folder / "words.wav").write_text("no sound")
    return folder


def run(folder, monkeypatch, words):
    monkeypatch.chdir(folder)
    return CliRunner().invoke(app, ["--workspace", str(folder / "work"), "-q", *words.split()])


def test_the_command_mixes_and_tells(there, monkeypatch):
    done = run(
        there, monkeypatch, "mix film.mp4 music.wav steps.wav --mode duck --at 0 --at 1.5 "
        "--gain -3 --fade-out 0.5 --target -16 --out out.mp4 --json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    heard = ffmpeg_reads(delivered(there / "out.mp4").samples, RATE, "stereo")
    assert told["integrated"] == pytest.approx(heard.integrated, abs=0.05)
    assert heard.integrated == pytest.approx(-16, abs=1)
    assert heard.true_peak <= -1.0
    assert (told["frames"], told["samples"], told["same_picture"]) == (100, 4 * RATE, True)


def test_people_are_told_where_it_lies_and_how_loud_it_is(there, monkeypatch):
    done = run(there, monkeypatch, "mix steps.wav --out alone.wav --fade-out 0.1")
    lines = done.stdout.splitlines()
    assert lines[0].endswith("alone.wav")
    assert "0.500 s, 24000 samples at 48000 Hz, wav" in lines[1]
    heard = ffmpeg_reads(delivered(there / "alone.wav").samples, RATE, "stereo")
    assert f"{heard.integrated:.1f} LUFS" in lines[2]
    assert not delivered(there / "alone.wav").samples[:, -1].any()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("none.mp4 music.wav", "there is no file none.mp4"),
        ("film.mp4 none.wav", "none.wav cannot be read as sound"),
        ("film.mp4 words.wav", "words.wav cannot be read as sound"),
        ("words.wav", "words.wav cannot be read as"),
        ("film.mp4 music.wav --mode keep", "mode keep leaves"),
        ("silent.mp4", "has no sound that could be kept"),
        ("steps.wav --mode duck", "has no moving picture: nothing to duck the sound of"),
        ("film.mp4 music.wav steps.wav --at 1 --at 2 --at 3", "--at was given 3 times for 2"),
        ("film.mp4 music.wav --at nan", "--at nan is no number"),
        ("film.mp4 music.wav --at 9", "is to begin at 9 s"),
        ("film.mp4 music.wav --fade-in 3 --fade-out 3", "do not fit a mix of 4.00 s"),
        ("film.mp4 music.wav --target loud", "'loud' is no number"),
        ("film.mp4 music.wav --target 3", "--target 3.0 cannot be"),
        ("film.mp4 music.wav --out there.avi", "ends in .mp4"),
        ("film.mp4 music.wav --out there.mp4 --codec wav", "there.mp4 carries"),
        ("film.mp4 music.wav --out nowhere/there.mp4", "there is no folder"),
        ("film.mp4 music.wav --out film.mp4 --force", "is what is mixed"),
        ("film.mp4 music.wav --out music.wav", "is what is mixed"),
    ],
)
def test_what_cannot_be_mixed_is_one_sentence_and_nothing_is_written(
    there, monkeypatch, words, said
):
    before = {path: path.read_bytes() for path in there.iterdir() if path.is_file()}
    told = run(there, monkeypatch, f"mix {words}")
    assert told.exit_code == 1
    assert isinstance(told.exception, SongreelError), told.output
    assert said in str(told.exception)
    assert "\n" not in str(told.exception)
    assert {path: path.read_bytes() for path in there.iterdir() if path.is_file()} == before


def test_a_file_that_is_there_is_not_replaced_unasked(there, monkeypatch):
    (there / "mine.wav").write_text("mine")
    told = run(there, monkeypatch, "mix steps.wav music.wav --out mine.wav")
    assert "exists" in str(told.exception)
    assert (there / "mine.wav").read_text() == "mine"
    assert run(there, monkeypatch, "mix steps.wav music.wav --out mine.wav --force").exit_code == 0
    assert delivered(there / "mine.wav").counted == 4 * RATE
