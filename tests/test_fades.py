"""Fades touch their own span alone; cross-fades keep the power."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.models.errors import InvalidInput
from songreel.sound.fades import blended, correlation, crossfade, fade_in, fade_out

RATE = 48_000


def noise(seed: int, count: int = RATE, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(channels, count)).astype(np.float32)


@pytest.mark.parametrize("curve", ["cosine", "power", "linear"])
@pytest.mark.parametrize("length", [1, 2, 4800, RATE])
def test_a_fade_changes_its_span_alone_and_ends_silent(curve, length):
    sound = noise(1)
    ended, begun = fade_out(sound, length, curve), fade_in(sound, length, curve)
    assert_array_equal(ended[:, : RATE - length], sound[:, : RATE - length])
    assert_array_equal(begun[:, length:], sound[:, length:])
    assert not ended[:, -1].any()
    assert not begun[:, 0].any()
    assert_allclose(begun, fade_out(sound[:, ::-1], length, curve)[:, ::-1])
    gains = fade_in(np.ones((1, RATE), np.float32), length, curve)[0]
    assert (np.diff(gains) >= 0).all()


def test_no_fade_is_the_sound_itself():
    sound = noise(1, 10)
    assert_array_equal(fade_out(fade_in(sound, 0), 0), sound)


def test_a_fade_longer_than_the_sound_is_refused():
    with pytest.raises(InvalidInput, match="a fade of 11 samples does not fit a sound of 10"):
        fade_out(noise(1, 10), 11)


@pytest.mark.parametrize("alike", [1.0, 0.9, 0.5, 0.0, -0.4])
def test_the_power_stays_through_a_cross_fade_whatever_the_sounds(alike):
    old, other = noise(1), noise(2)
    new = np.float32(alike) * old + np.float32((1 - alike**2) ** 0.5) * other
    assert correlation(old, new) == pytest.approx(alike, abs=0.02)
    found = crossfade(old, new)
    # 0.1 s of two channels: the power of noise is then known to 0.1 dB (one sigma 0.06).
    powers = np.square(found).reshape(2, 10, -1).mean(axis=(0, 2))
    assert_allclose(10 * np.log10(powers), 0, atol=0.25)


def test_named_blends_are_what_they_say():
    old, new = np.ones((1, 999), np.float32), np.full((1, 999), 3, np.float32)
    middle = crossfade(old, new, "gain")[0, 499], crossfade(old, new, "power")[0, 499]
    assert_allclose(middle, [2.0, 4 * 0.5**0.5], rtol=1e-5)
    going, coming = blended(999, 1.0)
    assert_allclose(going + coming, 1)
    going, coming = blended(999, 0.0)
    assert_allclose(going**2 + coming**2, 1)


def test_the_same_sound_comes_through_as_it_was():
    sound = noise(3)
    assert_allclose(crossfade(sound, sound), sound, atol=1e-6)


def test_a_join_has_no_step():
    t = np.arange(4800) / RATE
    old, new = (np.sin(2 * np.pi * f * t)[None].astype(np.float32) for f in (200, 310))
    whole = np.concatenate([old[:, :2000], crossfade(old, new)[:, 2000:2800], new[:, 2800:]], 1)
    joined = np.concatenate(
        [old[:, :2000], crossfade(old[:, 2000:2800], new[:, 2000:2800]), new[:, 2800:]], 1
    )
    assert np.abs(np.diff(joined)).max() < 2 * np.pi * 310 / RATE * 1.3
    assert np.abs(np.diff(whole)).max() > 2 * np.abs(np.diff(joined)).max()


def test_silence_on_one_side_fades_as_unlike_sound():
    sound, nothing = noise(4), np.zeros((2, RATE), np.float32)
    assert_allclose(crossfade(sound, nothing), crossfade(sound, nothing, "power"))


def test_sounds_of_two_lengths_are_refused():
    with pytest.raises(InvalidInput, match=r"\(2, 5\) and \(2, 6\) cannot be cross-faded"):
        crossfade(noise(1, 5), noise(1, 6))
