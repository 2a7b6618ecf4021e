"""What studios, rooms and codecs do to sound. Every effect keeps each onset at its sample."""

import io

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, oaconvolve, sosfilt

from training.fluid import RATE

Sound = NDArray[np.float32]
CODECS = {"mp3": (48, 64, 96, 128), "aac": (48, 64, 96), "ogg": (0.7, 0.9, 1.0)}
"""Formats and their kbit/s; for Vorbis libsndfile's compression level, 0.7 to 1.0 being about 64 to
45 kbit/s. All three state the encoder's delay where PyAV reads and honours it."""


def level(sound: Sound, decibels: float) -> Sound:
    """Brought to this RMS level relative to full scale; silence stays silent."""
    power = float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))
    return sound * np.float32(10 ** (decibels / 20) / power) if power > 1e-6 else sound


def distort(rng: np.random.Generator, sound: Sound) -> Sound:
    """A guitar amplifier: high pass, gain into a soft or hard clip, the loudspeaker's low pass."""
    drive = 10 ** (rng.uniform(12, 42) / 20)
    tight = sosfilt(butter(1, rng.uniform(60, 250), "highpass", fs=RATE, output="sos"), sound)
    tight = tight / (np.abs(tight).max() + 1e-9) * drive
    clipped = np.tanh(tight) if rng.random() < 0.6 else np.clip(tight, -1, rng.uniform(0.6, 1))
    cabinet = butter(3, rng.uniform(3000, 6500), fs=RATE, output="sos")
    return np.asarray(sosfilt(cabinet, clipped), np.float32)


def equalise(rng: np.random.Generator, sound: Sound) -> Sound:
    """Up to three bells of ±9 dB, and now and then a narrow band as of a small loudspeaker."""
    out = np.asarray(sound, np.float64)
    for _ in range(int(rng.integers(0, 4))):
        hertz = float(np.exp(rng.uniform(*np.log((60, 12_000)))))
        out = sosfilt(bell(hertz, rng.uniform(-9, 9), rng.uniform(0.5, 2)), out)
    if rng.random() < 0.1:
        edges = (rng.uniform(60, 250), rng.uniform(3500, 9000))
        out = sosfilt(butter(2, edges, "bandpass", fs=RATE, output="sos"), out)
    return np.asarray(out, np.float32)


def bell(hertz: float, decibels: float, quality: float) -> NDArray[np.float64]:
    """The peaking equaliser of Bristow-Johnson's Audio EQ Cookbook, stable at any frequency."""
    root = 10 ** (decibels / 40)
    turn = 2 * np.pi * hertz / RATE
    width = np.sin(turn) / (2 * quality)
    across = -2 * np.cos(turn)
    above = np.array([1 + width * root, across, 1 - width * root])
    below = np.array([1 + width / root, across, 1 - width / root])
    return np.concatenate([above, below])[None] / below[0]


def reverberate(rng: np.random.Generator, sound: Sound) -> Sound:
    """A room of noise that dies away, behind the dry sound."""
    seconds = float(np.exp(rng.uniform(*np.log((0.2, 2.5)))))
    t = np.arange(round(seconds * RATE)) / RATE
    room = rng.standard_normal(t.size) * 10 ** (-3 * t / seconds)
    room[: round(rng.uniform(0.002, 0.03) * RATE)] = 0
    room /= np.sqrt(np.sum(np.square(room))) + 1e-9
    wet = oaconvolve(sound, room.astype(np.float32))[: sound.size]
    return np.asarray(sound + np.float32(rng.uniform(0.05, 0.5)) * wet, np.float32)


def compress(rng: np.random.Generator, sound: Sound) -> Sound:
    """A compressor that sees the peaks of 1 ms, with attack and release."""
    step = RATE // 1000
    peaks = np.abs(sound[: sound.size // step * step]).reshape(-1, step).max(axis=1)
    over = np.maximum(20 * np.log10(peaks + 1e-6) - rng.uniform(-30, -12), 0)
    wanted = over * (1 - 1 / rng.uniform(2, 10))
    attack = float(np.exp(-1 / rng.uniform(1, 20)))
    release = float(np.exp(-1 / rng.uniform(40, 300)))
    fast = lfilter([1 - attack], [1, -attack], wanted)
    slow = lfilter([1 - release], [1, -release], wanted)
    gain = 10 ** (-np.maximum(fast, slow) / 20)
    smooth = np.interp(np.arange(sound.size), (np.arange(gain.size) + 0.5) * step, gain)
    return np.asarray(sound * smooth, np.float32)


def crush(rng: np.random.Generator, sound: Sound) -> Sound:
    """A drum bus: saturated, and a squashed copy of the room mixed under it."""
    peak = np.abs(sound).max() + np.float32(1e-9)
    dry = np.tanh(sound / peak * np.float32(rng.uniform(1, 4)))
    seconds = float(rng.uniform(0.15, 0.9))
    t = np.arange(round(seconds * RATE)) / RATE
    room = rng.standard_normal(t.size) * 10 ** (-3 * t / seconds)
    wet = oaconvolve(dry, (room / np.sqrt(np.sum(np.square(room)))).astype(np.float32))
    wet = compress(rng, np.asarray(np.tanh(3 * wet[: sound.size]), np.float32))
    return np.asarray(dry + np.float32(rng.uniform(0, 0.35)) * wet, np.float32)


def clip(rng: np.random.Generator, sound: Sound) -> Sound:
    """Loud mastering: up to 12 dB into a limiter without memory."""
    peak = np.abs(sound).max() + np.float32(1e-9)
    loud = sound / peak * np.float32(10 ** (rng.uniform(0, 12) / 20))
    return np.asarray(np.tanh(loud) if rng.random() < 0.5 else np.clip(loud, -1, 1), np.float32)


def noise(rng: np.random.Generator, sound: Sound) -> Sound:
    """Hiss, rumble or both, 20 to 50 dB under the music, and sometimes hum."""
    hiss = rng.standard_normal(sound.size)
    if rng.random() < 0.5:
        hiss = np.asarray(lfilter([1.0], [1.0, -rng.uniform(0.8, 0.99)], hiss))
    power = float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))
    out = level(np.asarray(hiss, np.float32), 20 * np.log10(power + 1e-9) - rng.uniform(20, 50))
    if rng.random() < 0.2:
        mains = float(rng.choice([50.0, 60.0]))
        hum = np.sin(2 * np.pi * mains * np.arange(sound.size) / RATE)
        out = out + (power * 10 ** (-rng.uniform(25, 45) / 20) * hum).astype(np.float32)
    return np.asarray(sound + out, np.float32)


def duck(rng: np.random.Generator, sound: Sound, kicks: NDArray[np.float64]) -> Sound:
    """Lowered at each time of `kicks` and let up again within a beat: the pump of house."""
    depth, seconds = rng.uniform(0.4, 0.95), rng.uniform(0.12, 0.35)
    t = np.arange(round(seconds * RATE)) / (seconds * RATE)
    shape = (1 - depth * (1 - t) ** 2).astype(np.float32)
    gain = np.ones(sound.size, np.float32)
    for kick in kicks:
        at = round(float(kick) * RATE)
        span = gain[at : at + shape.size]
        np.minimum(span, shape[: span.size], out=span)
    return sound * gain


def stutter(rng: np.random.Generator, sound: Sound, beats: NDArray[np.float64]) -> Sound:
    """A few beats replaced by repeats of their first half, quarter, eighth or sixteenth part."""
    out = sound.copy()
    for i in rng.integers(0, beats.size - 1, int(rng.integers(1, 9))):
        start, stop = (round(float(beats[k]) * RATE) for k in (i, i + 1))
        size = (stop - start) // int(rng.choice([2, 4, 8, 16]))
        piece = sound[start : start + size] * np.minimum(1, np.arange(size)[::-1] / 200)
        filled = np.tile(piece, (stop - start) // size + 1)[: stop - start]
        out[start:stop] = filled[: out[start:stop].size]
    return out


def recode(sound: Sound, codec: str, quality: float) -> Sound:
    """Encoded and decoded with a codec of `CODECS`; same length and place."""
    store = io.BytesIO()
    if codec == "ogg":
        _write_vorbis(store, sound, quality)
    else:
        _write(store, sound, codec, int(quality))
    store.seek(0)
    out = np.zeros(sound.size, np.float32)
    with av.open(store, "r") as source:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        place = 0
        for decoded in source.decode(audio=0):
            for piece in resampler.resample(decoded):
                samples = piece.to_ndarray()[0]
                stop = min(place + samples.size, out.size)
                out[place:stop] = samples[: max(stop - place, 0)]
                place = stop
    return out


def _write(store: io.BytesIO, sound: Sound, codec: str, kilobits: int) -> None:
    encoder, container = {"mp3": ("libmp3lame", "mp3"), "aac": ("aac", "mp4")}[codec]
    with av.open(store, "w", format=container) as sink:
        stream = sink.add_stream(encoder, rate=RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = kilobits * 1000
        whole = np.ascontiguousarray(np.clip(sound, -1, 1)[None], np.float32)
        frame = av.AudioFrame.from_ndarray(whole, format="fltp", layout="mono")
        frame.sample_rate = RATE
        frame.pts = 0
        for packet in stream.encode(frame) + stream.encode(None):
            sink.mux(packet)


def _write_vorbis(store: io.BytesIO, sound: Sound, compression: float) -> None:
    with soundfile.SoundFile(
        store, "w", RATE, 1, "VORBIS", format="OGG", compression_level=compression
    ) as sink:
        # libsndfile overflows its stack on very long writes of Vorbis.
        for start in range(0, sound.size, RATE):
            sink.write(np.clip(sound[start : start + RATE], -1, 1))
