"""The picture of an analysis, read back from its pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from songreel.analysis.analyze import analyze
from songreel.analysis.plots import _LETTERS, _envelope, plot
from songreel.models.errors import InvalidInput, MachineError
from support.songs import RATE, Song, compose, silence
from support.sounds import MemorySound


@pytest.fixture(scope="module")
def song() -> Song:
    return compose()


@pytest.fixture(scope="module")
def picture(song, tmp_path_factory) -> np.ndarray:
    path = tmp_path_factory.mktemp("plots") / "song.png"
    plot(analyze(song.sound), song.sound, path)
    return read(path)


def read(path: Path) -> np.ndarray:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)


def pixels_of(picture: np.ndarray, color: str) -> np.ndarray:
    """Columns in which `color` stands."""
    wanted = [int(color[i : i + 2], 16) for i in (5, 3, 1)]
    return np.flatnonzero((np.abs(picture.astype(int) - wanted) <= 2).all(axis=2).any(axis=0))


def test_sections_of_one_letter_have_one_colour_where_they_are(song, picture):
    # Form: A 8 s, B 16 s, C 16 s, B, C, A; the axes span 0.065 to 0.985 of the width.
    width = picture.shape[1]

    def column(second: float) -> float:
        return width * (0.065 + 0.92 * second / song.sound.track.duration)

    verse = pixels_of(picture, _LETTERS[1])
    gaps = np.flatnonzero(np.diff(verse) > 50)
    assert verse[0] == pytest.approx(column(8), abs=8)
    assert verse[gaps[0]] == pytest.approx(column(24), abs=8)
    assert verse[gaps[0] + 1] == pytest.approx(column(40), abs=8)
    assert verse[-1] == pytest.approx(column(56), abs=8)


def test_the_envelope_holds_every_peak():
    samples = np.zeros((1, 2 * RATE), np.float32)
    samples[0, [100, 30_001, 47_999]] = 0.5, -0.7, 0.9
    low, high = _envelope(MemorySound(samples))
    assert (low.min(), high.max()) == (np.float32(-0.7), np.float32(0.9))
    assert high[100 * 1500 // (2 * RATE)] == 0.5
    assert high[-1] == np.float32(0.9)
    assert np.count_nonzero(low) == 1


@pytest.mark.parametrize("title", ["Übergröße – „ärger“ ñ", "$x_1$ costs $5 {", "七つの海"])
def test_any_title_can_be_drawn(title, song, tmp_path):
    short = MemorySound(song.sound.samples[:, 30 * RATE : 31 * RATE], title=title)
    path = tmp_path / "größe.png"
    plot(analyze(short), short, path)
    assert read(path).shape == (990, 1760, 3)


def test_silence_can_be_drawn_and_the_picture_is_the_same_twice(tmp_path):
    sound = silence(1.0)
    analysis = analyze(sound)
    for name in ("one.png", "two.png"):
        plot(analysis, sound, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("name", ["plot.txt", "plot"])
def test_a_name_that_says_no_format_is_refused_and_nothing_is_written(name, tmp_path):
    sound = silence(1.0)
    with pytest.raises(InvalidInput, match=r"must end in \.png, \.svg, \.pdf"):
        plot(analyze(sound), sound, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path):
    sound = silence(1.0)
    with pytest.raises(MachineError, match=r"cannot write .*missing"):
        plot(analyze(sound), sound, tmp_path / "missing" / "plot.png")
