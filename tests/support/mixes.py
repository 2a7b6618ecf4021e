"""Small films with sound for the mix, and what comes out of it, read without our own code."""

from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

RATE = 48_000
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def noise(seconds: float, level: float, seed: int = 1, channels: int = 2, rate: int = RATE) -> Any:
    """White noise as float32, shape (channels, n)."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(channels, round(seconds * rate))) * level).astype(np.float32)


def tone(seconds: float, level: float, hertz: float = 440.0, rate: int = RATE) -> Any:
    """A steady tone in both channels."""
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.tile(wave.astype(np.float32), (2, 1))


def music(seconds: float, seed: int = 3) -> Any:
    """Beats that peak 17 dB over the whole: what has to be limited at −14 LUFS."""
    t = np.arange(round(seconds * RATE)) / RATE
    strokes = np.exp(-(t % 0.5) / 0.03) * np.sin(2 * np.pi * 90 * t)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330)) / 30
    return (strokes * 0.7 + chord + noise(seconds, 0.004, seed, 1)).repeat(2, 0).astype(np.float32)


def film(
    path: Path,
    rate: Fraction | int,
    frames: int,
    sound: Any = None,
    *,
    sound_rate: int = RATE,
    codec: str = "aac",
    size: int = 64,
) -> Path:
    """H.264 whose pictures wait for later ones, each frame of another grey; with `sound`."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "40", "bf": "2"}
        shown: Any = container.add_stream("libx264", rate=rate, options=options)
        shown.width = shown.height = size
        shown.pix_fmt = "yuv420p"
        shown.codec_context.max_b_frames = 2
        played: Any = None
        if sound is not None:
            name: Any = codec
            layout = LAYOUTS[sound.shape[0]]
            played = container.add_stream(name, rate=sound_rate, layout=layout)
        for i in range(frames):
            grey = np.full((size, size, 3), i * 7 % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, "rgb24")
            frame.pts, frame.time_base = i, 1 / Fraction(rate)
            container.mux(shown.encode(frame))
        container.mux(shown.encode(None))
        if played is not None:
            for first in range(0, sound.shape[1], 1024):
                block = np.ascontiguousarray(sound[:, first : first + 1024])
                told = av.AudioFrame.from_ndarray(block, "fltp", LAYOUTS[sound.shape[0]])
                told.sample_rate, told.pts, told.time_base = (
                    sound_rate,
                    first,
                    Fraction(1, sound_rate),
                )
                container.mux(played.encode(told))
            container.mux(played.encode(None))
    return path


class Delivered(NamedTuple):
    """A mixed file."""

    samples: Any
    """As they decode, shape (channels, n)."""
    counted: int
    """Samples that the file says it holds: of AAC in an MP4 by the edit list."""
    frames: int
    """That decode."""
    stamps: tuple[float, ...]
    """When each is shown."""
    packets: str
    """Hash of the picture's packets."""


def delivered(path: Path) -> Delivered:
    """Decode it, by FFmpeg alone."""
    blocks: list[Any] = []
    stamps: list[float] = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        adapter = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
        for frame in container.decode(stream):
            blocks += [part.to_ndarray() for part in adapter.resample(frame)]
        samples = np.concatenate(blocks, axis=1)
        counted = samples.shape[1]
        if stream.duration is not None and stream.time_base is not None:
            counted = round(stream.duration * stream.time_base * stream.rate)
    with av.open(str(path)) as container:
        if container.streams.video:
            pictures = container.decode(container.streams.video[0])
            stamps = [float(shown.pts * shown.time_base) for shown in pictures]
    return Delivered(samples[:, :counted], counted, len(stamps), tuple(stamps), packets_of(path))


def packets_of(path: Path) -> str:
    """Hash of the picture's packets; empty without a picture."""
    digest = sha256()
    with av.open(str(path)) as container:
        if not container.streams.video:
            return ""
        for packet in container.demux(container.streams.video[0]):
            digest.update(bytes(packet))
    return digest.hexdigest()
