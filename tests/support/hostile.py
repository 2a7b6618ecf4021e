"""Input that a user may well give and no musician would: each file with what is expected of it.

Every `Hostile` writes its file into a folder. Either a video that fits it comes out (`refused`
is None), with a notice where something had to be mended, or it is refused in one sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import butter, lfilter, sosfilt

from support.clicks import drum_track

Mono = NDArray[np.float64]


@dataclass(frozen=True)
class Hostile:
    """A file and what is expected of it."""

    name: str
    """Of the case, a few words."""
    write: Callable[[Path], Path]
    """Makes the file in a folder that exists, and gives its path."""
    refused: str | None = None
    """Pattern of the one sentence that refuses it; None: it gets a video."""
    notice: str | None = None
    """Pattern found among the notices."""
    seconds: float | None = None
    """How long the sound is, so how long the video has to be, within `within`."""
    within: float = 1e-6
    locked: bool | None = None
    """Whether the grid may be trusted (True, False), or either will do (None)."""
    slow: bool = False


# --- sounds


def music(seconds: float, rate: int = 44100) -> Mono:
    """Rock at 124 BPM, peaks below full scale: something with a grid to it. Shape (n,)."""
    mono = drum_track(124, bars=int(np.ceil(seconds / (240 / 124)))).mono
    at = np.arange(round(seconds * rate)) * (24_000 / rate)
    return 0.6 * np.interp(at, np.arange(mono.size), mono)


def babble(seconds: float, rate: int = 24_000, seed: int = 5) -> Mono:
    """Speech-like: glottal pulses through formants, in syllables of uneven length and breaks."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate))
    formants = ((700, 1200, 2600), (300, 2200, 3000), (450, 900, 2400), (550, 1750, 2500))
    at = 0.2
    while at < seconds - 0.5:
        length = rng.uniform(0.07, 0.34)
        t = np.arange(round(length * rate)) / rate
        pitch = rng.uniform(95, 150) * (1 + rng.uniform(-0.25, 0.15) * t / length)
        source = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0.0)
        voiced = np.zeros_like(source)
        for hz in formants[rng.integers(len(formants))]:
            radius = np.exp(-np.pi * 90 / rate)
            turn = 2 * np.pi * hz / rate
            voiced += lfilter([1 - radius], [1, -2 * radius * np.cos(turn), radius**2], source)
        hiss = sosfilt(butter(2, 3500, "highpass", fs=rate, output="sos"),
                       rng.standard_normal(t.size))  # fmt: skip
        hiss *= np.exp(-t / 0.04) * rng.uniform(0, 0.15)
        swell = np.sin(np.pi * np.clip(t / length, 0, 1)) ** 0.6
        first = round(at * rate)
        out[first : first + t.size] += rng.uniform(0.4, 1.0) * (voiced * swell + hiss)
        at += length + (rng.uniform(0.25, 0.9) if rng.random() < 0.18 else rng.uniform(0, 0.06))
    return 0.4 * out / np.abs(out).max()


def rain(seconds: float, rate: int = 24_000, seed: int = 6) -> Mono:
    """Steady noise and drops that fall when they like."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    out = 0.05 * lfilter([1.0], [1.0, -0.6], rng.standard_normal(count))
    for first in rng.integers(0, count - rate // 10, round(40 * seconds)):
        t = np.arange(rng.integers(rate // 200, rate // 30)) / rate
        ring = np.sin(2 * np.pi * rng.uniform(900, 5000) * t) * np.exp(-t / rng.uniform(1e-3, 6e-3))
        out[first : first + t.size] += rng.uniform(0.02, 0.25) * ring
    return 0.8 * out / max(1.0, np.abs(out).max())


# --- writers


def _wav(path: Path, x: NDArray[np.floating], rate: int) -> Path:
    """16-bit WAV; `x` of shape (n,) or (n, channels)."""
    wavfile.write(path, rate, np.round(x * 32767).clip(-32768, 32767).astype(np.int16))
    return path


def encode(path: Path, x: Mono, rate: int, codec: str, form: str, bits: int = 16) -> Path:
    """`x` in stereo through PyAV: `form` is the sample format of the encoder."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        stream.format = form
        pcm = np.round(x * (2 ** (bits - 1) - 1)).astype(np.int64) << (32 - bits)
        interleaved = np.repeat(pcm.astype(np.int32), 2)[None, :]
        frame = av.AudioFrame.from_ndarray(interleaved, format="s32", layout="stereo")
        frame.sample_rate = rate
        adapter = av.AudioResampler(format=form, layout="stereo", rate=rate)
        for piece in (*adapter.resample(frame), *adapter.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    """Keep the first `share` of the bytes, as a broken download does."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def _bytes(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# --- files


def _float_wav(folder: Path, name: str, x: Mono) -> Path:
    path = folder / name
    wavfile.write(path, 44100, np.stack((x, x), axis=1).astype(np.float32))
    return path


def _with_nan(folder: Path) -> Path:
    x = music(12)
    x[44100:44200] = np.nan
    x[88200] = np.inf
    x[88201] = -np.inf
    return _float_wav(folder, "nan.wav", x)


def _sixty_minutes(folder: Path) -> Path:
    """An hour of a soft loop, encoded chunk by chunk."""
    path = folder / "hour.flac"
    loop = np.round(0.1 * 32767 * music(240 / 124 * 8, 8000)).astype(np.int16)[None, :]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("flac", rate=8000)
        stream.layout = "mono"
        left = 3600 * 8000
        while left > 0:
            frame = av.AudioFrame.from_ndarray(loop[:, : min(left, loop.shape[1])], "s16", "mono")
            frame.sample_rate = 8000
            file.mux(stream.encode(frame))
            left -= frame.samples
        file.mux(stream.encode(None))
    return path


def _png(folder: Path) -> Path:
    import cv2

    path = folder / "cover.png"
    path.write_bytes(cv2.imencode(".png", np.full((32, 32, 3), 90, np.uint8))[1].tobytes())
    return path


def _mute_video(folder: Path) -> Path:
    path = folder / "mute.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(24):
            picture = np.full((48, 64, 3), 10 * i, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode(None))
    return path


def _surround(folder: Path) -> Path:
    x = music(12)
    return _wav(folder / "surround.wav", np.stack([x * g for g in (1, 1, 0.5, 0.3, 0.4, 0.4)], 1),
                44100)  # fmt: skip


def _opposed(folder: Path) -> Path:
    """Left is right turned over: added up, nothing is left."""
    x = music(20)
    return _wav(folder / "opposed.wav", np.stack((x, -x), 1), 44100)


def _folder(folder: Path) -> Path:
    path = folder / "album"
    path.mkdir()
    return path


def _in(name: str, x: Callable[[], Mono], rate: int) -> Callable[[Path], Path]:
    return lambda folder: _wav(folder / name, x(), rate)


def _as_written(kind: Literal["mp3", "flac"], share: float) -> Callable[[Path], Path]:
    codec, form = {"mp3": ("libmp3lame", "s16p"), "flac": ("flac", "s16")}[kind]
    return lambda folder: cut(encode(folder / f"cut.{kind}", music(20), 44100, codec, form), share)


NOT_SOUND = r"not a sound|cannot be read as sound"

HOSTILE: tuple[Hostile, ...] = (
    Hostile("silence", _in("silence.wav", lambda: np.zeros(20 * 44100), 44100),
            seconds=20, locked=False),
    Hostile("one constant value", _in("constant.wav", lambda: np.full(10 * 44100, 0.5), 44100),
            seconds=10, locked=False),
    Hostile("speech", _in("speech.wav", lambda: babble(20), 24000), seconds=20, locked=False),
    Hostile("rain", _in("rain.wav", lambda: rain(20), 24000), seconds=20, locked=False),
    Hostile("one second", _in("second.wav", lambda: music(1.0), 44100), seconds=1.0),
    Hostile("a hundredth of a second", _in("tick.wav", lambda: music(0.6)[-441:], 44100),
            seconds=0.01, locked=False),
    Hostile("a single sample", _in("sample.wav", lambda: np.array([0.5]), 44100),
            seconds=1 / 44100, locked=False),
    Hostile("sixty minutes", _sixty_minutes, seconds=3600, slow=True),
    Hostile("8 kHz mono", _in("telephone.wav", lambda: music(20, 8000), 8000), seconds=20,
            locked=True),
    Hostile("96 kHz 24-bit",
            lambda folder: encode(folder / "studio.flac", music(12, 96000), 96000, "flac", "s32",
                                  24),
            seconds=12, locked=True),
    Hostile("six channels", _surround, seconds=12, locked=True),
    Hostile("channels against each other", _opposed, seconds=20, locked=True),
    Hostile("NaN and infinity", _with_nan, notice=r"not numbers", seconds=12, locked=True),
    Hostile("nothing but NaN",
            lambda folder: _float_wav(folder, "void.wav", np.full(44100, np.nan)),
            notice=r"not numbers", seconds=1.0, locked=False),
    Hostile("clipped far over full scale",
            lambda folder: _float_wav(folder, "hot.wav", 8.0 * music(12)), seconds=12, locked=True),
    Hostile("truncated MP3", _as_written("mp3", 0.6), notice=r"cut off", seconds=12, within=0.4,
            locked=True),
    Hostile("truncated FLAC", _as_written("flac", 0.6), notice=r"cut off", seconds=12, within=2.5,
            locked=True),
    Hostile("FLAC with nothing after its header", _as_written("flac", 0.0001),
            refused=NOT_SOUND + r"|no sound"),
    Hostile("truncated WAV", lambda folder: cut(_wav(folder / "cut.wav", music(20), 44100), 0.5),
            notice=r"cut off", seconds=10, within=0.01),
    Hostile("text called .mp3",
            lambda folder: _bytes(folder, "lyrics.mp3", b"la la la, this is no sound\n" * 40),
            refused=NOT_SOUND),
    Hostile("a picture", _png, refused=NOT_SOUND),
    Hostile("random bytes called .wav",
            lambda folder: _bytes(folder, "noise.wav", np.random.default_rng(3).bytes(20_000)),
            refused=NOT_SOUND),
    Hostile("a playlist that asks the network",
            lambda folder: _bytes(folder, "list.mp3",
                                  b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n"
                                  b"http://192.0.2.1/song.ts\n#EXT-X-ENDLIST\n"),
            refused=NOT_SOUND + r"|no sound"),
    Hostile("zero bytes", lambda folder: _bytes(folder, "nothing.wav", b""), refused=r"is empty"),
    Hostile("a film without sound", _mute_video, refused=r"without sound"),
    Hostile("a folder", _folder, refused=r"is a folder"),
    Hostile("no file", lambda folder: folder / "gone.mp3", refused=r"no file"),
    Hostile("spaces and umlauts", _in("Über den Fluß – Straße ü.wav", lambda: music(12), 44100),
            seconds=12, locked=True),
    Hostile("signs that mean something to shells and FFmpeg",
            _in("-it's #1: 100%d [a&b] {x} $HOME.wav", lambda: music(12), 44100), seconds=12,
            locked=True),
)  # fmt: skip
