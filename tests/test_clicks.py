"""Clicks over the song, found again in the file's samples."""

import av
import numpy as np
import pytest

from songreel.analysis.clicks import write_clicks
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from support import analyses
from support.sounds import MemorySound


def read(path) -> tuple[np.ndarray, int, str]:
    """Samples (channels, n) as floats, rate and sample format."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        codec = stream.codec_context
        packed = np.concatenate(frames, axis=1)
        if not codec.format.is_planar:
            packed = packed.reshape(-1, codec.channels).T
        full = 2.0 ** (8 * packed.dtype.itemsize - 1)
        return packed / full, codec.sample_rate, codec.name


def heard(rate: int) -> Analysis:
    """Eight seconds of beats at odd places, the third of every four a downbeat."""
    beats = np.round(0.1 + np.cumsum(np.random.default_rng(2).uniform(0.3, 0.6, 14)), 6)
    found = analyses.bare(8.0, 0.5)
    track = found.track.model_copy(update={"sample_rate": rate, "samples": 8 * rate})
    return found.model_copy(
        update={"track": track, "beats": tuple(beats), "downbeats": tuple(beats[2::4])}
    )


def hum(rate: int, peak: float, channels: int = 1) -> np.ndarray:
    wave = peak * np.sin(2 * np.pi * 60 * np.arange(8 * rate) / rate)
    return np.repeat(wave[None], channels, axis=0).astype(np.float32)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize(("rate", "bits"), [(44_100, 16), (48_000, 24), (22_050, None)])
def test_clicks_start_on_the_samples_of_the_beats_and_nothing_else_is_changed(
    suffix, rate, bits, tmp_path
):
    found, sound = heard(rate), MemorySound(hum(rate, 0.2), rate, bits)
    write_clicks(found, sound, tmp_path / f"out{suffix}")
    samples, got, codec = read(tmp_path / f"out{suffix}")
    depth = 16 if bits == 16 else 24
    assert (got, samples.shape) == (rate, (2, 8 * rate))
    assert codec == ("flac" if suffix == ".flac" else f"pcm_s{depth}le")
    added = samples[0] - sound.samples[0]
    loud = np.flatnonzero(np.abs(added) > 0.1)
    starts = loud[np.diff(loud, prepend=-rate) > 0.2 * rate]
    # The hum stays under the clicks, so what is left after it is taken out is clicks alone.
    assert np.abs(starts - np.array(found.beats) * rate).max() <= 1
    quiet = np.ones(8 * rate, bool)
    for start in starts:
        quiet[start : start + round(0.04 * rate) + 1] = False
    assert np.abs(added[quiet]).max() <= 2.0 ** (1 - depth)
    assert (samples[0] == samples[1]).all()


def test_downbeats_click_higher_and_louder(tmp_path):
    found = heard(48_000)
    write_clicks(found, MemorySound(hum(48_000, 0.0), 48_000), tmp_path / "out.wav")
    samples, rate, _ = read(tmp_path / "out.wav")
    pitches = {}
    for time in found.beats:
        start = round(time * rate)
        span = samples[0, start : start + 960]
        crossings = np.count_nonzero(np.diff(np.signbit(span)))
        pitches.setdefault(time in found.downbeats, []).append(crossings / 2 / (960 / rate))
    assert np.mean(pitches[True]) == pytest.approx(1500, rel=0.03)
    assert np.mean(pitches[False]) == pytest.approx(1000, rel=0.03)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_song_at_full_scale_is_lowered_so_that_nothing_clips(channels, tmp_path):
    found = heard(24_000)
    rng = np.random.default_rng(0)
    noise = rng.choice([-1.0, 1.0], (channels, 8 * 24_000)).astype(np.float32)
    write_clicks(found, MemorySound(noise), tmp_path / "out.wav")
    samples, _, _ = read(tmp_path / "out.wav")
    assert 0.9 < np.abs(samples).max() < 0.995


def test_beats_past_the_end_or_close_together_do_no_harm(tmp_path):
    found = heard(24_000)
    beats = (*found.beats[:3], found.beats[2] + 0.004, 7.99, 7.9999)
    found = found.model_copy(update={"beats": beats, "downbeats": (7.99,)})
    write_clicks(found, MemorySound(hum(24_000, 1.0)), tmp_path / "out.wav")
    samples, _, _ = read(tmp_path / "out.wav")
    assert samples.shape == (2, 8 * 24_000)
    assert np.abs(samples).max() < 0.995


def test_the_same_song_gives_the_same_bytes(tmp_path):
    for name in ("a.wav", "b.wav", "a.flac", "b.flac"):
        write_clicks(heard(24_000), MemorySound(hum(24_000, 0.5)), tmp_path / name)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"cannot write clicks to .*out\.mp3: .*\.wav or \.flac"):
        write_clicks(heard(24_000), MemorySound(hum(24_000, 0.5)), tmp_path / "out.mp3")
