"""The limiter: under its ceiling, without clicks, and out of the way where nothing peaks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.sound.limit import AHEAD, Limiter, limit
from songreel.sound.meter import loudness
from support.meter import ffmpeg_reads

RATE = 48_000


def noise(seconds: float, level: float, seed: int = 1, rate: int = RATE) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(2, round(seconds * rate))) * level).astype("f")


def impulse(at: int, count: int = 24_000, height: float = 1.5) -> np.ndarray:
    found = np.full((2, count), 0.1, np.float32)
    found[0, at] = height
    return found


def streamed(sound: np.ndarray, block: int, ceiling: float = -1.0) -> np.ndarray:
    limiter = Limiter(RATE, sound.shape[0], ceiling)
    parts = [limiter.push(sound[:, i : i + block]) for i in range(0, sound.shape[1], block)]
    return np.concatenate([*parts, limiter.finish()], axis=1)


@pytest.mark.parametrize("ceiling", [-1.0, -6.0])
@pytest.mark.parametrize("kind", ["noise", "clipped", "between"])
def test_an_independent_meter_finds_it_under_the_ceiling(kind: str, ceiling: float):
    sound = noise(1.0, 0.6)
    if kind == "clipped":
        sound = np.clip(sound, -0.3, 0.3) * 3
    if kind == "between":  # no sample is over −1.4 dB, the wave between them reaches +1.6
        wave = 1.2 * np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)
        sound = np.tile(wave * np.minimum(1, np.arange(RATE) / 4800), (2, 1)).astype(np.float32)
    assert ffmpeg_reads(sound, RATE, "stereo").true_peak > 0
    found = ffmpeg_reads(limit(sound, RATE, ceiling), RATE, "stereo").true_peak
    assert ceiling - 0.2 < found <= ceiling


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000, 192_000])
def test_any_rate_is_limited(rate: int):
    found = loudness(limit(noise(0.5, 0.5, rate=rate), rate), rate)
    assert -1.2 < found.true_peak <= -1.0


def test_what_does_not_peak_comes_back_bit_for_bit():
    sound = noise(0.5, 0.1)
    assert_array_equal(limit(sound, RATE), sound)


@pytest.mark.parametrize("block", [1, 37, 4096])
def test_blocks_do_not_matter(block: int):
    sound = noise(0.1, 0.5)
    assert_array_equal(streamed(sound, block), streamed(sound, sound.shape[1]))


@pytest.mark.parametrize("at", [0, 1, 12_000, 23_999])
def test_a_peak_is_held_wherever_it_stands_and_far_from_it_nothing_changes(at: int):
    sound = impulse(at)
    found = limit(sound, RATE)
    assert found.shape == sound.shape
    assert loudness(found, RATE).true_peak <= -1.0
    before = at - round(AHEAD * RATE) - 12
    if before > 0:
        assert_array_equal(found[:, :before], sound[:, :before])
    assert_allclose(found[:, at], sound[:, at] * found[0, at] / 1.5, rtol=1e-6)


def test_the_gain_moves_smoothly_and_comes_back():
    sound = impulse(12_000)
    gain = (limit(sound, RATE) / sound)[1].astype(np.float64)
    assert gain[12_000] == pytest.approx(10 ** (-1 / 20) / 1.5, rel=0.01)
    # Down it goes in 240 samples. A straight line would take 1/240 of the way with each; the
    # steepest step of three running means is 9/4 of that, and steps differ by 9/240² at most.
    steps = np.diff(gain) / (1 - gain[12_000])
    assert np.abs(steps).max() < 2.3 / (AHEAD * RATE)
    assert np.abs(np.diff(steps)).max() < 12 / (AHEAD * RATE) ** 2
    assert gain[-1] > 0.9
    assert (np.diff(gain[12_700:]) >= -1e-6).all()


def test_a_steady_bass_note_is_turned_down_and_not_bent():
    wave = 1.5 * np.sin(2 * np.pi * 50 * np.arange(2 * RATE) / RATE)
    found = limit(np.tile(wave.astype(np.float32), (2, 1)), RATE)[0, RATE // 2 : RATE // 2 + RATE]
    power = np.abs(np.fft.rfft(found * np.hanning(RATE)))
    assert 20 * np.log10(power[[100, 150, 250]].max() / power[50]) < -90


def test_silence_stays_silence():
    assert not limit(np.zeros((2, 5000), np.float32), RATE).any()
