"""`songreel foley` as it is called: what it tells, and what it refuses in a sentence."""

import json
from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.generation.patience import Patience
from songreel.generation.sound import orders, registry
from songreel.models.errors import SongreelError
from songreel.sound.pcm import write_wav
from support.foley_shop import FoleyShop, make_film
from support.makers import Clock
from support.shop import telling

FPS = Fraction(25)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The source that every name stands for, and a clock that only sleepers move."""
    clock, found = Clock(), FoleyShop(tmp_path / "shop")
    found.longest = 2.0
    monkeypatch.setattr(orders, "Patience", lambda: Patience(clock=clock, sleep=clock.sleep))
    monkeypatch.setattr(registry, "create", lambda name, context: found)  # noqa: ARG005
    return found


@pytest.fixture
def songreel(tmp_path, monkeypatch):
    """The command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        return CliRunner().invoke(
            app, ["--workspace", str(tmp_path / "work"), "-q", *map(str, words)]
        )

    return run


def test_presets_are_listed(songreel):
    told = songreel("foley", "--list-presets")
    assert told.exit_code == 0
    assert all(name in told.stdout for name in ("cinematic", "nature", "lo-fi", "horror"))
    listed = json.loads(songreel("foley", "--list-presets", "--json").stdout)
    assert "hiss" in listed["cinematic"]["negative"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("none.mp4", "there is no film and no project at none.mp4"),
        (".", "is not a songreel project"),
        ("noise.bin", "cannot be read as a video"),
        ("sound.wav", "holds no picture"),
        ("ftp://example.org/film.mp4", "http and https addresses only"),
        ("http:///film.mp4", "names no host"),
        ("film.mp4 --out film.mp4", "is the film itself"),
        ("film.mp4 --out nowhere/film.mp4", "there is no folder nowhere"),
        ("film.mp4 --out film.txt", "says no kind of film or sound"),
        ("film.mp4 --out film.wav --codec aac", "carries wav and not aac"),
        ("film.mp4 --target loud", "'loud' is no number"),
        ("film.mp4 --target 3", "--target 3"),
        ("film.mp4 --gain 99", "--gain 99"),
        ("film.mp4 --preset gothic", "preset 'gothic' is not known"),
        ("film.mp4 --seconds 3", "leave --seconds out"),
        ("film.mp4 --budget lots", "is not an amount of USD"),
        ("--prompt waves --out waves.wav", "say --seconds"),
        ("--prompt waves --out waves.wav --seconds nan", "is no length"),
        ("--prompt waves --seconds 3", "--out waves.wav"),
        ("--prompt waves --seconds 3 --out waves.mp4", "says no kind of sound"),
        ("--seconds 3 --out waves.wav", "needs words"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path, songreel, shop, words, says):
    if "film.mp4" in words:
        make_film(tmp_path / "film.mp4", 30, FPS)
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 40)
    write_wav(tmp_path / "sound.wav", np.zeros((1, 9600), np.float32), 48_000)
    told = songreel("foley", *words.split(), "--yes")
    assert isinstance(told.exception, SongreelError), told.output
    assert says in str(told.exception)
    assert "\n" not in str(told.exception)
    assert shop.sold == 0


def test_the_command_says_what_is_missing(tmp_path, songreel, shop, monkeypatch):
    film = make_film(tmp_path / "film.mp4", 30, FPS)
    monkeypatch.setattr(shop, "submit", lambda *_: telling(down=True)())
    told = songreel("foley", film, "--yes", "--json")
    assert told.exit_code == 0
    row = json.loads(told.stdout)
    assert (row["outcome"], row["frames"]) == ("none", 30)
    assert "told off" in row["failure"]
    told = songreel("foley", film, "--yes", "--strict")
    assert told.exit_code == 1
    assert "SOUND IS MISSING" in told.stderr
    assert told.stdout.strip().endswith("film.foley.mp4")
