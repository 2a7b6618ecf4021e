"""Loudness against FFmpeg's meter and the signals of EBU Tech 3341 and 3342."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.models.music import Loudness
from songreel.sound.meter import LoudnessMeter, loudness
from support.meter import ffmpeg_reads

LAYOUTS = {1: "mono", 2: "stereo", 5: "5.0", 6: "5.1", 7: "6.1"}


def read(samples: np.ndarray, rate: int, block: int = 5001) -> Loudness:
    meter = LoudnessMeter(rate, samples.shape[0])
    for first in range(0, samples.shape[1], block):
        meter.push(samples[:, first : first + block])
    return meter.finish()[0]


def tones(*steps: tuple[float, float], rate: int = 48_000, channels: int = 2) -> np.ndarray:
    """A 1 kHz tone through (dBFS, seconds), the same in each channel."""
    gain = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in steps])
    wave = gain * np.sin(2 * np.pi * 1000 / rate * np.arange(gain.size))
    return np.tile(wave.astype(np.float32), (channels, 1))


def music(channels: int, rate: int, seconds: float = 6.0) -> np.ndarray:
    """Chords, bass and strokes whose level moves over 25 dB, different in each channel."""
    rng = np.random.default_rng(channels * 1000 + rate)
    t = np.arange(round(seconds * rate)) / rate
    level = 10 ** (np.interp(t % 4.5, [0, 1.5, 3, 4.5], [-32, -7, -14, -32]) / 20)
    # White up to half the rate no two interpolating filters agree on the last tenth of a dB.
    white = rng.normal(size=(channels, t.size + 2))
    hiss = (white[:, :-2] + 2 * white[:, 1:-1] + white[:, 2:]) / 4
    hiss *= np.exp(-(t % 0.5) / 0.05) * 0.4
    rows = [
        sum(np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in (55, 220, 277, 330, 2400)) / 5
        for _ in range(channels)
    ]
    return ((np.array(rows) + hiss) * level).astype(np.float32)


@pytest.mark.parametrize("channels", LAYOUTS)
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_loudness_is_that_of_ffmpeg(channels: int, rate: int):
    sound = music(channels, rate)
    ours, theirs = read(sound, rate), ffmpeg_reads(sound, rate, LAYOUTS[channels])
    assert ours.integrated == pytest.approx(theirs.integrated, abs=0.1)
    assert ours.range == pytest.approx(theirs.range, abs=0.1)
    assert ours.true_peak == pytest.approx(theirs.true_peak, abs=0.1)
    assert ours.peak == pytest.approx(theirs.peak, abs=0.1)


def test_the_curves_are_those_of_ffmpeg():
    sound = music(2, 48_000)
    ours, theirs = read(sound, 48_000), ffmpeg_reads(sound, 48_000, "stereo")
    # Theirs look back from the end of a step, ours are centred on its start.
    assert_allclose(ours.momentary.array[2:-2], theirs.momentary[3:-1], atol=0.1)
    assert_allclose(ours.short_term.array[15:-15], theirs.short_term[29:-1], atol=0.1)


def test_clipped_noise_peaks_between_its_samples_as_ffmpeg_says():
    rng = np.random.default_rng(5)
    sound = np.clip(rng.normal(size=(2, 96_000)), -0.5, 0.5).astype(np.float32)
    ours, theirs = read(sound, 48_000), ffmpeg_reads(sound, 48_000, "stereo")
    assert theirs.true_peak > theirs.peak + 5
    assert ours.true_peak == pytest.approx(theirs.true_peak, abs=0.1)


# Signals and tolerances of EBU Tech 3341 (2016), table 1


@pytest.mark.parametrize(
    ("steps", "integrated"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_integrated_loudness_meets_tech_3341(steps: list[tuple[float, float]], integrated: float):
    assert read(tones(*steps), 48_000).integrated == pytest.approx(integrated, abs=0.1)


def test_surround_channels_weigh_as_tech_3341_says():
    levels = np.array([-28, -28, -24, -30, -30])
    sound = tones((0, 20), channels=5) * (10 ** (levels / 20))[:, None].astype(np.float32)
    assert read(sound, 48_000).integrated == pytest.approx(-23, abs=0.1)


def test_steady_short_term_and_momentary_loudness_meet_tech_3341():
    slow = read(tones(*[(-20, 1.34), (-30, 1.66)] * 5), 48_000).short_term.array[15:-15]
    assert_allclose(slow, -23, atol=0.1)
    fast = read(tones(*[(-20, 0.18), (-30, 0.22)] * 25), 48_000).momentary.array[2:-2]
    assert_allclose(fast, -23, atol=0.1)


@pytest.mark.parametrize(
    ("part", "degrees", "amplitude", "peak"),
    [(4, 0, 0.5, -6), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3)],
)
def test_true_peak_meets_tech_3341(part: int, degrees: float, amplitude: float, peak: float):
    n = np.arange(48_000)
    wave = amplitude * np.sin(2 * np.pi * n / part + np.deg2rad(degrees))
    wave *= np.minimum(1, np.minimum(n, n[::-1]) / 4800)
    found = read(np.tile(wave.astype(np.float32), (2, 1)), 48_000).true_peak
    assert peak - 0.4 <= found <= peak + 0.2


# Tech 3342 (2016), table 1


@pytest.mark.parametrize(
    ("levels", "spread"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_loudness_range_meets_tech_3342(levels: tuple[float, ...], spread: float):
    found = read(tones(*((level, 20.0) for level in levels)), 48_000).range
    assert found == pytest.approx(spread, abs=1)


# Ends


def test_silence_has_no_loudness_and_no_peak():
    found = read(np.zeros((2, 48_000), np.float32), 48_000)
    assert (found.integrated, found.peak, found.true_peak, found.crest) == (None,) * 4
    assert set(found.momentary.values) == {-70.0}


@pytest.mark.parametrize("samples", [1, 7, 4_000, 16_000])
def test_very_short_sound_has_a_peak_and_no_loudness(samples: int):
    found = read(np.full((1, samples), 0.5, np.float32), 48_000)
    assert found.integrated is None
    assert found.peak == pytest.approx(-6.02, abs=0.01)
    assert found.true_peak >= found.peak


def test_a_whole_sound_reads_as_it_does_streaming_by():
    sound = music(2, 44_100, 4.0)
    assert loudness(sound, 44_100) == read(sound, 44_100)


def test_the_peak_is_heard_across_the_edges_of_blocks():
    sound = music(2, 44_100, 1.0)
    assert read(sound, 44_100, block=17) == read(sound, 44_100, block=44_100)


def test_crest_is_the_peak_over_the_rms_of_what_sounds():
    tone = tones((-6, 3), (-120, 3))
    assert read(tone, 48_000).crest == pytest.approx(3.01, abs=0.05)
    square = np.sign(tone[:, :144_000]) * np.float32(0.5)
    assert read(square, 48_000).crest == pytest.approx(0, abs=0.1)


def test_without_peaks_the_rest_is_the_same():
    sound = music(2, 48_000, 4.0)
    meter = LoudnessMeter(48_000, 2, peaks=False)
    meter.push(sound)
    whole = loudness(sound, 48_000)
    assert meter.finish()[0] == whole.model_copy(update={"true_peak": None})
