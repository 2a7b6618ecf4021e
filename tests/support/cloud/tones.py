"""Real small sounds, of which one can hear which request they were made for."""

import hashlib
import io
import re
import tempfile
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import fftconvolve

Samples = NDArray[np.float32]

MUSIC_RATE, EFFECTS_RATE = 32000, 44100
"""Samples a second of MusicGen and of MMAudio's large models."""
PEAK = 10 ** (-1 / 20)


class Tone(NamedTuple):
    """What a model of sound delivers."""

    seconds: Fraction


class Made(NamedTuple):
    """A file that a job has made."""

    content: bytes
    kind: str
    suffix: str


def pitch(seed: int, prompt: str, file: bytes = b"") -> float:
    """Hz of the tone in what is made for these: one of 48 quarter tones from 330 Hz on."""
    words = f"{seed} {prompt} {hashlib.sha256(file).hexdigest()}"
    return float(330 * 2 ** (hashlib.sha256(words.encode()).digest()[0] % 48 / 24))


def heard_pitch(samples: Samples, rate: int) -> float:
    """Hz of the strongest tone above the drum, to about 1 Hz."""
    mono = samples.mean(axis=0)[: 2**17]
    mono = mono * np.hanning(mono.size)
    spectrum = np.abs(np.fft.rfft(mono, n=2**17))
    axis = np.fft.rfftfreq(2**17, 1 / rate)
    spectrum[axis < 250] = 0
    return float(axis[spectrum.argmax()])


def music(
    *, duration: int, seed: int, prompt: str, heard: bytes | None, strategy: str, stereo: bool
) -> Made:
    """What MusicGen gives: what it continues as its codec renders it, then drum and tone.

    The drum is on the beats of the prompt's BPM, and goes on in time with the one that is heard.
    """
    total = duration * MUSIC_RATE
    track = np.zeros((2 if stereo else 1, total), np.float32)
    first, beat_at = 0, 0.0
    bpm = float(found[1]) if (found := re.search(r"(\d+(?:\.\d+)?) ?BPM", prompt)) else 120.0
    period = 60 / bpm
    if heard is not None:
        before = _heard(heard, track.shape[0])
        first = min(before.shape[1], total)
        track[:, :first] = _coded(before[:, :first])
        beat_at = _last_beat(before) + period
        while beat_at < first / MUSIC_RATE - 1e-3:
            beat_at += period
    t = np.arange(total - first, dtype=np.float32) / MUSIC_RATE
    tone = 0.1 * np.sin(2 * np.pi * pitch(seed, prompt, heard or b"") * t)
    fade = np.minimum(1, t / 0.02)  # EnCodec does not click either
    track[:, first:] += (tone * fade).astype(np.float32)
    while beat_at < duration:
        at = round(beat_at * MUSIC_RATE)
        drum = _drum()[: total - at]
        track[:, at : at + drum.size] += drum
        beat_at += period
    return Made(_wav(_normalised(track, strategy), MUSIC_RATE), "audio/wav", ".wav")


def effects(*, duration: float, seed: int, prompt: str, seen: bytes | None, wav: bool) -> Made:
    """What MMAudio gives: the video with a sound track, or a file of sound where there is none."""
    if seen is not None:
        duration = min(duration, _looked_at(seen, duration))
    count = ceil(duration * EFFECTS_RATE)
    t = np.arange(count, dtype=np.float32) / EFFECTS_RATE
    noise = np.random.default_rng(seed).normal(0, 0.01, count)
    tone = 0.2 * np.sin(2 * np.pi * pitch(seed, prompt, seen or b"") * t) + noise
    samples = tone.astype(np.float32)[None]
    if seen is not None:
        return Made(_with_video(seen, samples), "video/mp4", ".mp4")
    if wav:
        return Made(_wav(samples, EFFECTS_RATE), "audio/wav", ".wav")
    return Made(_flac(samples), "audio/flac", ".flac")


def _heard(content: bytes, channels: int) -> Samples:
    rate, data = wavfile.read(io.BytesIO(content))
    samples = data.astype(np.float32) / (32768 if data.dtype == np.int16 else 1)
    samples = samples[None] if samples.ndim == 1 else samples.T
    if rate != MUSIC_RATE:
        count = round(samples.shape[1] * MUSIC_RATE / rate)
        there = np.arange(count) * rate / MUSIC_RATE
        own = np.arange(samples.shape[1])
        samples = np.stack([np.interp(there, own, each) for each in samples])
    return np.ascontiguousarray(np.broadcast_to(samples[:channels], (channels, samples.shape[1])))


def seconds_heard(content: bytes) -> float:
    """How long a WAV lasts."""
    rate, data = wavfile.read(io.BytesIO(content))
    return float(len(data) / rate)


def _coded(samples: Samples) -> Samples:
    """As a codec gives it back: the same to the ear, another in every sample."""
    softer = 0.9 * samples + 0.05 * (np.roll(samples, 1, axis=1) + np.roll(samples, -1, axis=1))
    return np.asarray(softer, np.float32)


def _drum() -> Samples:
    t = np.arange(MUSIC_RATE // 8, dtype=np.float32) / MUSIC_RATE
    return np.asarray(0.6 * np.sin(2 * np.pi * 70 * t) * np.exp(-t * 40), np.float32)


def _last_beat(samples: Samples) -> float:
    """Seconds at which the last drum began."""
    drum = _drum()
    tail = samples.mean(axis=0)[-4 * MUSIC_RATE :]
    alike = fftconvolve(tail, drum[::-1], mode="valid") if tail.size > drum.size else np.zeros(1)
    near = np.flatnonzero(alike > 0.7 * alike.max()) if alike.max() > 0 else np.zeros(1, int)
    last = int(near[-1])
    window = alike[max(0, last - 1000) : last + 1]
    at = max(0, last - 1000) + int(window.argmax()) if window.size else 0
    return float((samples.shape[1] - tail.size + at) / MUSIC_RATE)


def _normalised(samples: Samples, strategy: str) -> Samples:
    """As audiocraft does before it writes."""
    if strategy == "peak":
        return samples * np.float32(PEAK / np.abs(samples).max())
    if strategy == "clip":
        return np.clip(samples, -PEAK, PEAK)
    level = {"rms": 10 ** (-18 / 20), "loudness": 10 ** (-14 / 20)}[strategy]
    power = float(np.sqrt(np.mean(samples.mean(axis=0) ** 2)))
    return np.clip(samples * np.float32(level / power), -1, 1)


def _wav(samples: Samples, rate: int) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, np.rint(samples.T * 32767).astype(np.int16))
    return file.getvalue()


def _flac(samples: Samples) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream: Any = container.add_stream("flac", rate=EFFECTS_RATE)
        _sound(container, stream, samples, "s16")
    return file.getvalue()


def _sound(container: Any, stream: Any, samples: Samples, form: str) -> None:
    size = stream.codec_context.frame_size or 4096
    for start in range(0, samples.shape[1], size):
        part = np.ascontiguousarray(samples[:, start : start + size])
        if form == "s16":
            part = np.rint(part * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(part, format=form, layout="mono")
        frame.sample_rate, frame.pts = EFFECTS_RATE, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _looked_at(content: bytes, seconds: float) -> float:
    """Seconds that MMAudio's pictures last: it reads 8 and 25 of them a second, and cuts to that.

    As `load_video` in mmaudio/eval_utils.py does: a picture is read where its time has come.
    """
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        times = [float(frame.time or 0) for frame in container.decode(stream)]
    last = min(times[-1] - times[0], seconds)
    return min((int(last * rate + 1e-6) + 1) / rate for rate in (8, 25))


def _with_video(content: bytes, samples: Samples) -> bytes:
    """The video's own packets, with sound beside them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mp4"
        with av.open(io.BytesIO(content)) as source, av.open(str(path), "w") as container:
            theirs = source.streams.video[0]
            pictures = container.add_stream_from_template(theirs)
            sound: Any = container.add_stream("aac", rate=EFFECTS_RATE)
            sound.layout = "mono"
            for packet in source.demux(theirs):
                if packet.dts is not None:
                    packet.stream = pictures
                    container.mux(packet)
            _sound(container, sound, samples, "fltp")
        return path.read_bytes()
