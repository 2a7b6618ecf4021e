"""What hearing tells while it hears, and the outline of a song."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.analysis.analyze import analyze
from songreel.analysis.findings import MOST, tell_all
from songreel.analysis.peaks import RATE, TOLD, Outlined, Peaks, fewer, told
from songreel.listening import Listening
from songreel.outlines import Outlines
from songreel.settings import Settings
from support.sounds import MemorySound

PARTS = ["loudness", "beats", "downbeats", "tempo", "energy", "key", "mood", "sections", "phrases",
         "events"]  # fmt: skip


@pytest.fixture(scope="module")
def loop():
    """Twelve seconds of drums at 120 bpm under a chord."""
    rate, time = 24_000, np.arange(12 * 24_000) / 24_000
    noise = np.random.default_rng(2).standard_normal(time.size)
    kick = np.sin(2 * np.pi * 55 * time) * np.exp(-14 * (time % 1.0))
    snare = noise * np.exp(-20 * ((time + 0.5) % 1.0)) * 0.5
    hat = np.diff(noise, prepend=0.0) * np.exp(-60 * (time % 0.25)) * 0.2
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220.0, 277.2, 329.6)) * 0.05
    mixed = 0.5 * kick + 0.4 * snare + hat + chord
    return MemorySound(mixed[None].astype(np.float32), rate)


def whole(samples, rate):
    """The outline by its definition, span after span."""
    count = (samples.shape[1] - 1) * RATE // rate + 1  # the span of the last sample is the last
    spans = [samples[:, -(-k * rate // RATE) : -(-(k + 1) * rate // RATE)] for k in range(count)]
    return np.rint(127 * np.clip([[s.min() for s in spans], [s.max() for s in spans]], -1, 1))


@given(
    st.integers(1, 3),
    st.sampled_from([8000, 11025, 22050, 44100, 48000]),
    st.lists(st.integers(1, 3000), min_size=1, max_size=12),
    st.integers(0, 2**31),
)
@settings(max_examples=40, deadline=None)
def test_an_outline_does_not_depend_on_how_the_song_is_cut_into_blocks(channels, rate, sizes, seed):
    samples = np.random.default_rng(seed).uniform(-1.1, 1.1, (channels, sum(sizes)))
    samples = samples.astype(np.float32)
    peaks = Peaks()
    for block in np.split(samples, np.cumsum(sizes)[:-1], axis=1):
        peaks.push(block, rate)
        peaks.outline()
    assert np.array_equal(peaks.outline(), whole(samples, rate))


def test_a_thinner_outline_keeps_the_heights():
    outline = np.random.default_rng(1).integers(-127, 128, (2, 1001)).astype(np.int8)
    thin = fewer(outline, 10)
    assert thin.shape == (2, 101)
    assert thin[0].min() == outline[0].min()
    assert thin[1].max() == outline[1].max()


def test_an_hour_is_told_in_two_thousand_values():
    outline = np.zeros((2, 3600 * RATE), np.int8)
    value = told(outline, 3600.0)
    assert len(value["low"]) == len(value["high"]) <= TOLD
    assert len(value["low"]) / value["rate"] == pytest.approx(3600, abs=2)


def test_parts_are_told_as_they_are_found_and_the_analysis_is_the_same(loop):
    heard = []
    outlined = Outlined(loop, lambda part, value: heard.append((part, value)))
    with_found = analyze(outlined, found=lambda part, value: heard.append((part, value)))
    assert with_found.to_json() == analyze(loop).to_json()
    parts = [part for part, _ in heard]
    growing = [value for part, value in heard if part == "waveform"]
    assert parts == ["waveform"] * len(growing) + PARTS
    sizes = [len(value["low"]) for value in growing]
    assert sizes == sorted(sizes)
    assert len(growing) > 1
    assert sizes[-1] / growing[-1]["rate"] == pytest.approx(loop.track.duration, abs=0.02)
    again = []
    tell_all(with_found, lambda part, value: again.append((part, value)))
    assert again == heard[len(growing) :]
    for _, value in heard:
        lists = value.values() if isinstance(value, dict) else [value]
        assert all(len(v) <= MOST for v in lists if isinstance(v, list))


def test_what_was_heard_before_is_told_at_once(loop, tmp_path):
    listening = Listening(Settings.load(tmp_path))
    first, second = [], []
    known = listening.hear(loop, found=lambda part, _: first.append(part))
    told_of = {}
    again = listening.hear(
        loop, found=lambda part, value: (second.append(part), told_of.setdefault(part, value))
    )
    assert again == known
    assert second == ["waveform", *PARTS]
    assert told_of["tempo"]["bpm"] == known.tempo
    assert told_of["waveform"]["low"]


def test_the_outline_is_kept_and_a_spoilt_one_is_gathered_again(tmp_path):
    sound = MemorySound(np.sin(np.arange(48000) / 9)[None].astype(np.float32), 48000)
    listening = Listening(Settings.load(tmp_path))
    first = listening.outline(sound)
    assert first.shape == (2, 100)
    kept = Outlines(tmp_path / "outlines")
    assert np.array_equal(kept.find(sound.track.sha256), first)
    kept.path(sound.track.sha256).write_bytes(b"spoilt")
    assert np.array_equal(listening.outline(sound), first)
