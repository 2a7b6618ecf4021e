import mir_eval
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from songreel.analysis import rhythm
from songreel.analysis.accents import Harmony, find_accents
from songreel.analysis.features import BANDS, HOP, extract
from songreel.analysis.meter import find_bars
from songreel.analysis.network import Activation, Network
from songreel.analysis.neural import find_grid, find_rhythm
from songreel.analysis.pulse import find_pulse
from support.clicks import RATE, click, drum_track, place


def activation(
    beats: np.ndarray, length: int, frames: int, sure: float = 4.0, shy: float = 0.0
) -> Activation:
    """Log-odds as a network gives them: high in 30 ms about a beat, low elsewhere."""
    beat, downbeat = np.full(frames, -6.0), np.full(frames, -6.0)
    for i, at in enumerate(beats):
        beat[at - 1 : at + 2] = sure
        downbeat[at - 1 : at + 2] = (sure if i % length == 0 else -sure) - shy
    return Activation(beat.astype(np.float32), downbeat.astype(np.float32))


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("period", [30, 50, 86])
def test_bars_of_every_length_are_read(length: int, period: int) -> None:
    beats = np.arange(40, 40 + 8 * length * period, period)
    grid = find_grid(activation(beats, length, int(beats[-1]) + 20))
    assert np.abs(grid.frames - beats).max() <= 1
    assert grid.length == length
    assert_array_equal(grid.downbeats, np.arange(0, beats.size, length))
    assert grid.beat_trust > 0.9
    assert grid.bar_trust > 0.8


def test_a_network_that_is_shy_of_bars_still_gives_them() -> None:
    beats = np.arange(40, 4000, 50)
    grid = find_grid(activation(beats, 4, 4020, sure=2.0, shy=5.0))
    assert grid.length == 4
    assert_array_equal(grid.downbeats, np.arange(0, beats.size, 4))


def test_a_short_bar_in_between_is_allowed() -> None:
    beats = np.arange(40, 4000, 50)
    heard = activation(beats, 4, 4020)
    # After forty beats the bars begin two beats later than they would have.
    later = activation(beats[2:], 4, 4020)
    heard.downbeat[2020:] = later.downbeat[2020:]
    grid = find_grid(heard)
    steps = np.diff(grid.downbeats)
    assert grid.length == 4
    assert np.sum(steps != 4) == 1


def test_a_step_of_tempo_is_followed() -> None:
    beats = np.concatenate([np.arange(40, 2000, 50), np.arange(2000, 4000, 38)])
    grid = find_grid(activation(beats, 4, 4020))
    assert np.mean(np.abs(grid.frames[:, None] - beats).min(axis=1) <= 2) > 0.95


def test_beats_missing_from_the_evidence_are_filled_in() -> None:
    beats = np.arange(40, 4000, 50)
    heard = activation(beats, 4, 4020)
    heard.beat[1500:1700] = -4.0
    assert np.abs(find_grid(heard).frames - beats).max() <= 1


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


def test_silence_in_front_moves_every_beat_by_its_length() -> None:
    mono = drum_track(104.0, bars=8).mono
    later = np.concatenate([np.zeros(RATE, np.float32), mono])
    network = loudness_network()
    one = find_rhythm(mono, extract(mono), network)
    two = find_rhythm(later, extract(later), network)
    assert one.beats.size > 12
    np.testing.assert_allclose(two.beats, one.beats + 1.0, atol=1e-9)
    assert_array_equal(two.downbeats, one.downbeats)


def test_level_changes_nothing() -> None:
    mono = drum_track(104.0, bars=8).mono
    quiet = mono * np.float32(0.25)
    network = loudness_network()
    one, two = (find_rhythm(m, extract(m), network) for m in (mono, quiet))
    assert_array_equal(one.beats, two.beats)


def test_silence_and_moments_have_no_rhythm() -> None:
    network = loudness_network()
    for mono in (np.zeros(RATE, np.float32), drum_track(120.0, bars=4).mono[: RATE // 2]):
        found = find_rhythm(mono, extract(mono), network)
        assert found.tempo is None
        assert found.beats.size == 0
        assert found.reasons
    assert extract(np.zeros(RATE, np.float32)).mel.shape[1] == BANDS


@pytest.mark.parametrize("bpm", [62, 70, 80, 92])
def test_halves_of_slow_beats_are_heard_and_given_up(bpm: int) -> None:
    period = round(6000 / bpm)
    beats = np.arange(100, 100 + 64 * period, period)
    heard = activation(beats, 4, int(beats[-1]) + 100, sure=2.0)
    for at in beats + period // 2:
        heard.beat[at - 1 : at + 2] = 0.5
    grid = find_grid(heard)
    assert np.median(np.diff(grid.frames)) == period
    assert np.abs(grid.frames[:, None] - beats).min(axis=1).max() <= 1


def test_beats_that_are_all_alike_are_all_kept() -> None:
    beats = np.arange(100, 6000, 35)
    grid = find_grid(activation(beats, 4, 6100, sure=1.0))
    assert np.median(np.diff(grid.frames)) == 35


def test_a_network_may_be_weighed_in_with_the_onsets() -> None:
    track = drum_track(104.0)
    features = extract(track.mono)
    found = rhythm.find_rhythm(track.mono, features, loudness_network())
    assert mir_eval.beat.f_measure(track.beats, found.beats) >= 0.98
    assert found.method == rhythm.WITH_NETWORK
    assert rhythm.find_rhythm(track.mono, features).method == rhythm.METHOD


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_bars_begin_where_the_network_hears_them_if_nothing_else_tells(first: int) -> None:
    beats = np.arange(0.5, 30, 0.5)
    out = np.zeros(31 * RATE)
    for beat in beats:
        place(out, click(), float(beat))
    pulse = find_pulse(extract(out.astype(np.float32)))
    assert pulse is not None
    times = beats - pulse.first / 100
    accents = find_accents(Harmony(out[pulse.first * HOP :].astype(np.float32)), pulse, times)
    says = np.where(np.arange(beats.size) % 4 == first, 2.0, -2.0)
    bars = find_bars(accents, says)
    assert bars.length == 4
    assert_array_equal(bars.downbeats[bars.downbeats >= first], np.arange(first, beats.size, 4))


def test_what_a_network_hears_adds_to_the_gain() -> None:
    pulse = find_pulse(extract(drum_track(104.0).mono))
    assert pulse is not None
    odds = np.full(pulse.gain.size, -9.0, np.float32)
    odds[1000] = 9.0
    heard = Activation(odds, odds)
    more = rhythm.weighed(pulse, heard, 0.3)
    rise = more.gain - pulse.gain
    assert rise[1000] - rise[999] == pytest.approx(0.3 * 2 * rhythm.LARGEST)
    assert abs(more.gain.mean()) < 1e-9
    assert rhythm.weighed(pulse, None, 0.3) is pulse
