"""The one rounding rule, and the frames that follow from it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songreel.models.errors import InvalidInput
from songreel.models.timebase import (
    RATES,
    clock,
    frame_at,
    frame_time,
    frames_for,
    parse_rate,
    rate_name,
)  # fmt: skip

rates = st.sampled_from(list(RATES.values()))


@given(seconds=st.floats(0, 7200), rate=rates)
def test_a_frame_is_up_to_one_frame_early_and_never_late(seconds, rate):
    error = Fraction(frame_at(seconds, rate)) / rate - Fraction(seconds)
    assert -1 / rate < error <= 0


@given(samples=st.integers(1, 10**9), rate=rates)
def test_the_frames_cover_the_sound_and_not_a_frame_more(samples, rate):
    frames = frames_for(samples, 44100, rate)
    assert Fraction(frames - 1) / rate < Fraction(samples, 44100) <= Fraction(frames) / rate


def test_whole_frames_stay_whole_at_1001_rates():
    rate = RATES["29.97"]
    assert frames_for(44100 * 1001, 44100, rate) == 30000
    assert frame_time(30000, rate) == 1001.0


@pytest.mark.parametrize("name", RATES)
def test_a_rate_has_one_name(name):
    assert rate_name(parse_rate(name)) == name
    assert parse_rate(str(RATES[name])) == RATES[name]


@pytest.mark.parametrize("text", ["12", "0", "24/0", "fast", "-24"])
def test_an_unknown_rate_is_refused_with_the_known_ones(text):
    with pytest.raises(InvalidInput, match=rf"'{text}'.*23\.976, 24"):
        parse_rate(text)


def test_a_clock_rounds_once():
    assert clock(59.999) == "1:00.00"
    assert clock(64.25) == "1:04.25"
