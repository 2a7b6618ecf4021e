"""The tempo told to be half or double: beats, bars and trust follow, and no bar line moves."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.analysis.octave import at_double, at_half, at_octave
from songreel.analysis.rhythm import Rhythm, none
from songreel.models.errors import InvalidInput
from support.clicks import RATE, click, place


def rhythm(length: int, bars: int = 8, pickup: int = 0, meter: str | None = None) -> Rhythm:
    beats = 0.5 + 0.5 * np.arange(pickup + length * bars)
    return Rhythm(
        beats=beats,
        downbeats=np.arange(pickup, beats.size, length),
        tempo=120.0,
        tempo_curve=np.full(30, 120.0),
        meter=meter or f"{length}/4",
        trust_grid=0.9,
        trust_octave=0.3,
        trust_meter=0.8,
        reasons=("the tempo may as well be heard at half, double or triple speed",),
    )


@pytest.mark.parametrize("length", [2, 3, 4, 5, 7])
def test_half_joins_two_bars_into_one_of_as_many_beats(length):
    heard = rhythm(length)
    half = at_half(heard)
    assert_allclose(np.diff(half.beats), 1.0)
    assert half.tempo == 60.0
    assert set(np.diff(half.downbeats)) == {length}
    assert_array_equal(half.beats[half.downbeats], heard.beats[heard.downbeats][::2])
    assert half.meter == heard.meter


def test_half_of_six_keeps_every_bar_line_and_counts_three():
    heard = rhythm(6, meter="6/8")
    half = at_half(heard)
    assert half.meter == "3/4"
    assert_array_equal(half.beats[half.downbeats], heard.beats[heard.downbeats])


def test_half_counts_a_pickup_back_from_the_first_bar_line():
    half = at_half(rhythm(4, pickup=3))
    assert half.downbeats[0] == 1
    assert_allclose(np.diff(half.beats), 1.0)


def test_half_over_a_bar_of_odd_length_starts_anew_at_the_bar_line():
    heard = rhythm(4)
    # The second bar lost a beat: every later bar line comes one beat earlier.
    downbeats = np.concatenate([[0, 4], np.arange(7, heard.beats.size, 4)])
    half = at_half(replace(heard, downbeats=downbeats))
    lines = set(half.beats[half.downbeats])
    assert lines <= set(heard.beats[downbeats])
    assert np.diff(half.beats).min() >= 1.0
    assert np.diff(half.beats).max() <= 1.5


@pytest.mark.parametrize("length", [3, 4, 5, 6, 7])
def test_double_keeps_every_beat_and_bar_line_and_halves_the_bars(length):
    heard = rhythm(length)
    double = at_double(heard)
    assert set(heard.beats) <= set(double.beats)
    assert_allclose(np.diff(double.beats), 0.25)
    assert double.tempo == 240.0
    assert set(np.diff(double.downbeats)) == {length}
    assert set(heard.beats[heard.downbeats]) <= set(double.beats[double.downbeats])


def test_double_of_two_is_four():
    double = at_double(rhythm(2))
    assert double.meter == "4/4"
    assert set(np.diff(double.downbeats)) == {4}


def test_double_after_half_gives_the_same_bar_lines():
    heard = rhythm(4, bars=9)
    again = at_double(at_half(heard))
    assert_allclose(again.beats[again.downbeats], heard.beats[heard.downbeats])


def test_new_beats_of_double_lie_on_the_onsets_between():
    heard = rhythm(4)
    late = (heard.beats[1:] + heard.beats[:-1]) / 2 + 0.03
    sound = np.zeros(round((heard.beats[-1] + 1) * RATE))
    for time in (*heard.beats, *late):
        place(sound, click(), time, 0.5)
    double = at_double(heard, sound.astype(np.float32))
    # The steepest rise of a click lies 3 to 4 ms before its first sample.
    assert_allclose(double.beats[1::2], late, atol=0.006)
    assert_array_equal(double.beats[::2], heard.beats)


@pytest.mark.parametrize("octave", ["half", "double"])
def test_who_is_told_the_octave_is_sure_of_it(octave):
    heard = rhythm(4)
    told = at_octave(heard, octave)
    assert told.trust_octave == 1.0
    assert (told.trust_grid, told.trust_meter) == (heard.trust_grid, heard.trust_meter)
    assert told.reasons == (f"the tempo at {octave} as told by the user",)
    factor = 0.5 if octave == "half" else 2.0
    assert_allclose(told.tempo_curve, factor * heard.tempo_curve)


def test_as_heard_changes_nothing():
    heard = rhythm(4)
    assert at_octave(heard, "as heard") is heard


@pytest.mark.parametrize("octave", ["half", "double"])
def test_what_has_no_beats_says_so(octave):
    told = at_octave(none("the song is silent"), octave)
    assert told.beats.size == 0
    assert told.reasons[0] == "the song is silent"
    assert "too few beats" in told.reasons[1]


def test_an_unknown_octave_is_refused_with_those_that_are_known():
    with pytest.raises(InvalidInput, match="'thrice' is no octave .* as heard, half, double"):
        at_octave(rhythm(4), "thrice")  # type: ignore[arg-type]
