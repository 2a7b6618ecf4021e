"""Beats, bars and tempo against music whose truth is known because it was made in code."""

import mir_eval
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.signal import lfilter

from songreel.analysis.bar_pointer import decode_bars
from songreel.analysis.features import extract
from songreel.analysis.hits import find_hits
from songreel.analysis.lead import find_lead
from songreel.analysis.rhythm import Rhythm, find_rhythm
from songreel.models.music import Onsets
from support.clicks import ACCENTS, RATE, click, click_track, drum_track, place

BPMS = (60.0, 64.0, 75.0, 90.0, 101.7, 120.0, 133.0, 150.0, 170.0, 185.0, 200.0)


def rhythm_of(mono: NDArray[np.floating]) -> Rhythm:
    samples = np.asarray(mono, np.float32)
    return find_rhythm(samples, extract(samples))


def hits_of(mono: NDArray[np.floating]) -> Onsets:
    samples = np.asarray(mono, np.float32)
    return find_hits(samples, extract(samples), find_lead(samples))


def nearest_error(found: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    return found[np.abs(found[:, None] - truth).argmin(axis=0)] - truth


# Every tempo in two meters and every meter at four tempi day by day, all pairs with what is slow.
PAIRS = [
    pytest.param(bpm, meter, marks=() if (row - column) % 5 in (0, 2) else pytest.mark.slow)
    for row, bpm in enumerate(BPMS)
    for column, meter in enumerate(ACCENTS)
]


@pytest.mark.parametrize(("bpm", "meter"), PAIRS)
def test_a_metronome_is_followed_exactly(bpm: float, meter: str) -> None:
    track = click_track(bpm, meter)
    found = rhythm_of(track.mono)
    assert found.tempo == pytest.approx(bpm, rel=0.005)
    assert mir_eval.beat.f_measure(track.beats, found.beats) >= 0.99
    assert abs(np.median(nearest_error(found.beats, track.beats))) <= 0.010
    assert found.meter == meter
    bars = found.beats[found.downbeats]
    assert mir_eval.beat.f_measure(track.downbeats, bars) >= 0.99
    assert found.trust_grid > 0.8


@pytest.mark.parametrize("bpm", [66.0, 92.0, 124.0, 160.0])
def test_drums_give_the_beat_and_not_their_hi_hat(bpm: float) -> None:
    track = drum_track(bpm)
    found = rhythm_of(track.mono)
    assert mir_eval.beat.f_measure(track.beats, found.beats) >= 0.98
    assert abs(np.median(nearest_error(found.beats, track.beats))) <= 0.005
    assert found.trust_grid > 0.8


def test_swung_drums_keep_their_beat() -> None:
    track = drum_track(110.0, swing=2 / 3)
    assert mir_eval.beat.f_measure(track.beats, rhythm_of(track.mono).beats) >= 0.98


def test_a_slow_change_of_tempo_is_followed() -> None:
    # From 100 to 125 BPM over 40 s, as players do.
    steps = 60 / np.linspace(100, 125, 75)
    beats = 0.4 + np.concatenate([[0], np.cumsum(steps)])
    out = np.zeros(round((beats[-1] + 1) * RATE))
    for i, beat in enumerate(beats):
        place(out, click(), beat, 0.8 if i % 4 == 0 else 0.45)
    found = rhythm_of(out)
    assert mir_eval.beat.f_measure(beats, found.beats) >= 0.98
    assert found.tempo_curve is not None
    assert found.tempo_curve[2] == pytest.approx(101, abs=2)
    assert found.tempo_curve[-4] == pytest.approx(124, abs=2)
    assert found.tempo_curve.size == out.size // RATE + 1


def test_silence_in_front_moves_every_time_by_its_length() -> None:
    track = drum_track(104.0, bars=8)
    later = np.concatenate([np.zeros(RATE, np.float32), track.mono])
    one, two = rhythm_of(track.mono), rhythm_of(later)
    assert_allclose(two.beats, one.beats + 1.0, atol=1e-9)
    assert_array_equal(two.downbeats, one.downbeats)
    early, late = hits_of(track.mono), hits_of(later)
    assert_allclose(late.kick.times, np.array(early.kick.times) + 1.0, atol=1e-9)


def test_level_changes_nothing() -> None:
    track = drum_track(104.0, bars=8)
    quiet = track.mono * np.float32(10 ** (-12 / 20))
    one, two = rhythm_of(track.mono), rhythm_of(quiet)
    assert_array_equal(two.beats, one.beats)
    assert_array_equal(two.downbeats, one.downbeats)
    assert hits_of(quiet).snare.times == hits_of(track.mono).snare.times


def test_the_same_song_gives_the_same_rhythm() -> None:
    mono = drum_track(96.0, bars=6).mono
    one, two = rhythm_of(mono), rhythm_of(mono.copy())
    assert_array_equal(one.beats, two.beats)
    assert one.reasons == two.reasons


def noise(seconds: float, seed: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def rain() -> NDArray[np.float64]:
    """Drops at random moments over a hiss."""
    rng = np.random.default_rng(2)
    drops = np.zeros(20 * RATE)
    times = np.cumsum(rng.exponential(0.15, 130))
    times = times[times < 19.5]
    drops[(times * RATE).astype(int)] = rng.uniform(0.3, 1.0, times.size)
    ringing = lfilter([1.0], [1.0, -0.995], drops)
    return np.asarray(ringing * noise(20, 3) + 0.02 * noise(20, 4))


def pad() -> NDArray[np.float64]:
    """Three steady tones that swell slowly."""
    t = np.arange(20 * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6))
    return np.asarray(tones * (0.6 + 0.3 * np.sin(0.4 * t)))


@pytest.mark.parametrize(
    "sound",
    [np.zeros(10 * RATE), 0.1 * noise(20), rain(), pad(), np.full(5 * RATE, 0.2), noise(0.01)],
    ids=["silence", "hiss", "rain", "pad", "direct current", "ten milliseconds"],
)
def test_what_has_no_pulse_gets_no_trust(sound: NDArray[np.float64]) -> None:
    found = rhythm_of(sound)
    assert found.trust_grid < 0.5
    assert found.reasons
    if found.tempo is None:
        assert found.beats.size == 0
        assert found.downbeats.size == 0


def test_a_single_second_of_music_is_heard_without_a_fault() -> None:
    mono = drum_track(120.0, bars=4).mono[:RATE]
    found = rhythm_of(mono)
    assert found.trust_grid < 0.5


def test_no_beats_are_counted_in_a_long_silence() -> None:
    part = drum_track(120.0, bars=8).mono
    gap = np.zeros(6 * RATE, np.float32)
    found = rhythm_of(np.concatenate([part, gap, part]))
    start, end = part.size / RATE, (part.size + gap.size) / RATE
    assert not np.any((found.beats > start + 0.6) & (found.beats < end - 0.6))
    assert np.any(found.beats > end + 5)


def test_the_search_goes_on_through_a_gap_in_the_evidence() -> None:
    gain = np.full(1000, -0.1)
    gain[5::50] = 3.0
    gain[400:600] = -0.1
    start = np.where(np.arange(1000) % 200 == 5, 1.0, -1.0)
    path = decode_bars(gain, gain + start, 4, 40, 60)
    assert_array_equal(path.frames, np.arange(5, 1000, 50))
    assert_array_equal(path.places, np.arange(20) % 4)


def test_an_hour_is_searched_as_its_minutes_are() -> None:
    """Paths are settled after two minutes; nothing shows where."""
    rng = np.random.default_rng(1)
    beats = np.cumsum(np.round(50 + 4 * np.sin(np.arange(1200) / 40)).astype(int))
    gain = rng.normal(-1.0, 0.5, beats[-1] + 30)
    gain[beats] += 4.0
    start = gain - 1.0
    start[beats[2::4]] += 3.0
    path = decode_bars(gain, start, 4, 30, 90)
    assert np.mean(np.isin(path.frames, beats)) > 0.99
    assert np.mean(np.isin(path.frames[path.places == 0], beats[2::4])) > 0.99
    assert np.diff(path.frames).min() >= 40
