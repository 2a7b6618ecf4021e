import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from songreel.analysis.bars import bars_on
from songreel.analysis.features import BANDS, extract
from songreel.analysis.grid import Grid, find_grid, gather
from songreel.analysis.network import Activation, Network
from songreel.analysis.pulse import Pulse
from songreel.analysis.rhythm import find_rhythm
from support.clicks import RATE, drum_track

Frames = NDArray[np.int64]


def pulse_of(beats: Frames, frames: int, accent: int = 0) -> Pulse:
    """Equal strokes on the beats, or louder ones on every `accent`th."""
    strokes = np.full(frames, 0.1)
    strokes[beats] = 4.0
    if accent:
        strokes[beats[::accent]] = 8.0
    bands = dict.fromkeys(("low", "mid", "high", "onset"), strokes)
    gain = np.log1p(strokes)
    return Pulse(0, bands, bands, gain - gain.mean(), np.ones(frames, bool))


def activation(
    beats: Frames, length: int, frames: int, sure: float = 4.0, shy: float = 0.0
) -> Activation:
    """Log-odds as a network gives them: high in 30 ms about a beat, low elsewhere."""
    beat, downbeat = np.full(frames, -6.0), np.full(frames, -6.0)
    for i, at in enumerate(beats):
        beat[at - 1 : at + 2] = sure
        downbeat[at - 1 : at + 2] = (sure if i % length == 0 else -sure) - shy
    return Activation(beat.astype(np.float32), downbeat.astype(np.float32))


def grid_of(beats: Frames, length: int, accent: int = 0, **how: float) -> Grid:
    frames = int(beats[-1]) + 20
    heard = activation(beats, length, frames, **how)
    found = find_grid(pulse_of(beats, frames, accent), heard, np.zeros(frames))
    assert found is not None
    return found


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("period", [30, 50, 86])
def test_bars_of_every_length_are_read(length: int, period: int) -> None:
    beats = np.arange(40, 40 + 8 * length * period, period)
    grid = grid_of(beats, length, accent=length)
    assert np.abs(grid.frames - beats).max() <= 1
    assert grid.length == length
    assert_array_equal(grid.places, np.arange(beats.size) % length)
    assert grid.likely > 0.9
    assert grid.marked > 3
    assert grid.ahead > 0.5


def test_halves_of_bars_are_not_bars_where_strokes_tell_nothing() -> None:
    assert grid_of(np.arange(40, 4000, 50), 2).length == 4


def test_a_network_that_is_shy_of_bars_still_gives_them() -> None:
    grid = grid_of(np.arange(40, 4000, 50), 4, sure=2.0, shy=5.0)
    assert grid.length == 4
    assert_array_equal(grid.places, np.arange(grid.places.size) % 4)


def test_a_short_bar_in_between_is_allowed() -> None:
    beats = np.arange(40, 4000, 50)
    heard = activation(beats, 4, 4020)
    # After forty beats the bars begin two beats later than they would have.
    later = activation(beats[2:], 4, 4020)
    heard.downbeat[2020:] = later.downbeat[2020:]
    grid = find_grid(pulse_of(beats, 4020), heard, np.zeros(4020))
    assert grid is not None
    assert grid.length == 4
    assert np.sum(np.diff(np.flatnonzero(grid.places == 0)) != 4) == 1


def test_a_step_of_tempo_is_followed() -> None:
    beats = np.concatenate([np.arange(40, 2000, 50), np.arange(2000, 4000, 38)])
    grid = grid_of(beats, 4)
    assert np.mean(np.abs(grid.frames[:, None] - beats).min(axis=1) <= 2) > 0.95
    assert abs(grid.frames.size - beats.size) <= 1


def test_beats_missing_from_the_evidence_are_filled_in() -> None:
    beats = np.arange(40, 4000, 50)
    heard = activation(beats, 4, 4020)
    heard.beat[1500:1700] = -4.0
    grid = find_grid(pulse_of(beats, 4020), heard, np.zeros(4020))
    assert grid is not None
    assert np.abs(grid.frames - beats).max() <= 1


@pytest.mark.parametrize("bpm", [62, 70, 80, 92])
def test_halves_of_slow_beats_that_are_heard_too_are_not_the_beat(bpm: int) -> None:
    period = round(6000 / bpm)
    beats = np.arange(100, 100 + 64 * period, period)
    frames = int(beats[-1]) + 100
    heard = activation(beats, 4, frames, sure=2.0)
    for at in beats + period // 2:
        heard.beat[at - 1 : at + 2] = -1.0
    grid = find_grid(pulse_of(beats, frames), heard, np.zeros(frames))
    assert grid is not None
    assert np.median(np.diff(grid.frames)) == period


def test_new_chords_begin_bars_where_nothing_else_does() -> None:
    beats = np.arange(40, 4000, 50)
    heard = activation(beats, 1, 4020, sure=2.0)
    change = np.zeros(4020)
    change[beats[3::4]] = 2.0
    grid = find_grid(pulse_of(beats, 4020), heard, change)
    assert grid is not None
    assert_array_equal(grid.frames[grid.places == 0], beats[3::4])


@pytest.mark.parametrize("length", [3, 4, 5, 7])
def test_bars_are_told_on_beats_of_others(length: int) -> None:
    beats = np.arange(40, 4000, 50)
    evidence = gather(pulse_of(beats, 4020), activation(beats[1:], length, 4020), np.zeros(4020))
    found, places = bars_on(evidence, beats)
    assert found == length
    assert_array_equal(np.flatnonzero(places == 0)[:3], 1 + length * np.arange(3))


def loudness_network() -> Network:
    """A network whose beat log-odds rise where all bands do: 8 times the mean of elu(mel) less 3.

    Its front passes the middle tap of each convolution on, its trunk adds nothing.
    """
    one, two = np.zeros((9, 1), np.float32), np.zeros((9, 1), np.float32)
    one[4] = two[4] = 1.0
    mean = np.full((8, 1), 1 / 8, np.float32)
    zero = np.zeros(1, np.float32)
    nothing = (np.zeros((5, 1), np.float32), zero, np.zeros((1, 1), np.float32), zero)
    head = (np.array([[8.0, 8.0]], np.float32), np.array([-20.0, -20.0], np.float32))
    return Network(((one, zero), (two, zero), (mean, zero)), (nothing,), head)


def test_another_network_may_be_asked() -> None:
    mono = drum_track(104.0, bars=8).mono
    ours, other = (find_rhythm(mono, extract(mono), net) for net in (None, loudness_network()))
    assert ours.trust_grid != other.trust_grid


def test_silence_and_moments_have_no_rhythm() -> None:
    for mono in (np.zeros(RATE, np.float32), drum_track(120.0, bars=4).mono[: RATE // 2]):
        found = find_rhythm(mono, extract(mono))
        assert found.tempo is None
        assert found.beats.size == 0
        assert found.reasons
    assert extract(np.zeros(RATE, np.float32)).mel.shape[1] == BANDS
