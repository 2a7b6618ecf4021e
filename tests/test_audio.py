"""The loader: every format, exact integers, and one clear sentence for what cannot be read."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE, AudioFile, monophonic, open_sound
from songreel.models.errors import InvalidInput

RATE = 44_100


def melody(seconds: float = 2.0, channels: int = 2) -> NDArray[np.float64]:
    """Noise bursts, different in each channel: any shift or swap shows. Shape (channels, n)."""
    rng = np.random.default_rng(3)
    n = round(seconds * RATE)
    envelope = 0.3 * np.exp(-((np.arange(n) % 11_025) / 2000.0))
    return rng.uniform(-1, 1, (channels, n)) * envelope


def integers(samples: NDArray[np.float64], bits: int) -> NDArray[np.int64]:
    return np.round(samples * (2 ** (bits - 1) - 1)).astype(np.int64)


def write_wav(path: Path, values: NDArray[np.int64], bits: int) -> Path:
    """`values` of shape (channels, n) as a PCM file of 8, 16 or 24 bits."""
    unsigned = values + 128 if bits == 8 else values
    raw = unsigned.T.astype("<i4").tobytes()
    width = bits // 8
    data = np.frombuffer(raw, np.uint8).reshape(-1, 4)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(values.shape[0])
        file.setsampwidth(width)
        file.setframerate(RATE)
        file.writeframes(data)
    return path


def write_coded(path: Path, codec: str, samples: NDArray[np.float64], rate: int = RATE) -> Path:
    """`samples` through an encoder, in the container that the file's name asks for."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            samples.astype(np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE, 0
        fitted = av.AudioResampler(
            format=stream.format, layout="stereo", rate=rate, frame_size=stream.frame_size
        )
        for piece in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def whole(sound: AudioFile) -> NDArray[np.float32]:
    return np.concatenate(list(sound.blocks()), axis=1)


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_integer_samples_arrive_exactly(tmp_path: Path, bits: int) -> None:
    values = integers(melody(), bits)
    sound = open_sound(write_wav(tmp_path / "song.wav", values, bits))
    assert sound.bits == bits
    assert_array_equal(whole(sound).astype(np.float64) * 2 ** (bits - 1), values)


def test_flac_holds_the_same_samples_as_wav(tmp_path: Path) -> None:
    values = integers(melody(), 16)
    flac = open_sound(write_coded(tmp_path / "song.flac", "flac", values / 32768))
    assert flac.bits == 16
    assert_array_equal(whole(flac) * 32768, values)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("song.mp3", "libmp3lame", RATE),
        ("song.m4a", "aac", RATE),
        ("song.opus", "libopus", 48_000),
        ("song.aiff", "pcm_s16be", RATE),
        ("song.mp4", "aac", RATE),
    ],
)
def test_every_format_is_heard_in_time(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    source = melody()
    sound = open_sound(write_coded(tmp_path / name, codec, source, rate))
    heard = whole(sound)
    assert heard.shape == (2, sound.track.samples)
    assert sound.track.sample_rate == rate
    # Lossy coders keep the envelope: the lag of its best correlation is the delay.
    mono = monophonic(sound)
    truth = monophonic(open_sound(write_wav(tmp_path / "truth.wav", integers(source, 16), 16)))
    size = 1 << 18
    product = np.fft.rfft(np.abs(mono), size) * np.fft.rfft(np.abs(truth), size).conj()
    lag = int(np.argmax(np.fft.irfft(product)))
    assert min(lag, size - lag) <= 2  # samples at 24 kHz: 0.1 ms


def test_sound_of_a_video_is_read_and_its_cover_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=Fraction(25))
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for _ in range(25):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for start in range(0, RATE, 1024):
            tone = np.sin(0.05 * np.arange(start, start + 1024))[None].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    sound = open_sound(path)
    assert sound.track.channels == 1
    assert sound.track.duration == pytest.approx(1.0, abs=0.06)


def test_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=Fraction(25))
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(video.encode(picture))
        container.mux(video.encode(None))
    with pytest.raises(InvalidInput, match=r"mute\.mp4 is a video without sound"):
        open_sound(path)


def test_what_is_no_song_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "notes.txt").write_text("la la la\n" * 50)
    (tmp_path / "broken.mp3").write_bytes(np.random.default_rng(1).bytes(4000))
    write_wav(tmp_path / "nothing.wav", np.zeros((1, 0), np.int64), 16)
    cases = {
        "missing.wav": "there is no file",
        ".": "is a folder",
        "empty.wav": "is empty",
        "notes.txt": "sound",
        "broken.mp3": "sound",
        "nothing.wav": "no sound",
    }
    for name, words in cases.items():
        with pytest.raises(InvalidInput, match=words) as caught:
            open_sound(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_name_with_colon_space_and_umlaut_opens(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "http: süßer Ton.wav", integers(melody(0.2), 16), 16)
    assert open_sound(path).track.title == "http: süßer Ton"


def test_a_truncated_file_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    for name, codec in (
        ("song.wav", "pcm_s16le"),
        ("song.flac", "flac"),
        ("song.mp3", "libmp3lame"),
    ):
        path = write_coded(tmp_path / name, codec, melody(6.0))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        sound = open_sound(path)
        assert 2.0 < sound.track.duration < 3.5
        assert any(
            "cut off or damaged: it should last 0:06" in notice for notice in sound.notices
        ), name
        assert whole(sound).shape[1] == sound.track.samples


def test_damage_inside_a_file_is_noted(tmp_path: Path) -> None:
    for name, codec, words in (
        ("song.mp3", "libmp3lame", "left out, the first at 0:02"),
        ("song.flac", "flac", "should last 0:04.00 and gives 0:03"),
    ):
        path = write_coded(tmp_path / name, codec, melody(4.0))
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
        path.write_bytes(data)
        assert any(words in notice for notice in open_sound(path).notices), name


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    samples = melody(0.5)
    samples[0, 100], samples[1, 200], samples[0, 300] = np.nan, np.inf, 7.0
    sound = open_sound(write_float_wav(tmp_path / "nan.wav", samples))
    heard = whole(sound)
    assert sound.bits is None
    assert heard[0, 100] == heard[1, 200] == 0.0
    assert heard[0, 300] == 7.0
    assert any(notice.startswith("2 samples were not numbers") for notice in sound.notices)


def write_float_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    data = samples.T.astype("<f4").tobytes()
    channels = samples.shape[0]
    form = (
        np.array([3, channels], "<u2").tobytes()
        + np.array([RATE, RATE * 4 * channels], "<u4").tobytes()
        + np.array([4 * channels, 32], "<u2").tobytes()
    )
    body = b"WAVEfmt " + np.uint32(16).tobytes() + form
    body += b"data" + np.uint32(len(data)).tobytes() + data
    path.write_bytes(b"RIFF" + np.uint32(len(body)).tobytes() + body)
    return path


def test_a_file_that_changed_since_it_was_opened_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", integers(melody(1.0), 16), 16)
    sound = open_sound(path)
    write_wav(path, integers(melody(0.5), 16), 16)
    with pytest.raises(InvalidInput, match="has changed"):
        whole(sound)


def test_monophonic_is_the_mean_at_the_analysis_rate(tmp_path: Path) -> None:
    n = RATE
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(n) / RATE)
    sound = open_sound(
        write_wav(tmp_path / "tone.wav", integers(np.stack([tone, 0 * tone]), 16), 16)
    )
    mono = monophonic(sound)
    expected = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(ANALYSIS_RATE) / ANALYSIS_RATE)
    assert mono.shape == (ANALYSIS_RATE,)
    # The ends ring for a few milliseconds where the tone is cut.
    assert_allclose(mono[500:-500], expected[500:-500], atol=2e-4)


def test_blocks_are_small_however_long_the_song(tmp_path: Path) -> None:
    sound = open_sound(write_wav(tmp_path / "song.wav", integers(melody(8.0), 16), 16))
    sizes = [block.shape[1] for block in sound.blocks()]
    assert max(sizes) < 3 * RATE
    assert sum(sizes) == sound.track.samples
