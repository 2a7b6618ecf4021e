"""Sound in memory, and its files: `Pcm`, `read`, `write_wav`, `measure`."""

from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
import numpy as np
import soxr
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray
from scipy.io import wavfile

from songreel.models.errors import InvalidInput
from songreel.models.files import whole

Samples = NDArray[np.float32]
"""Shape (channels, n), full scale ±1."""


class Pcm(NamedTuple):
    """Sound in memory."""

    samples: Samples
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return float(self.samples.shape[1] / self.rate)


class Facts(NamedTuple):
    """What a file's sound is."""

    samples: int
    rate: int
    channels: int


def read(path: Path, rate: int | None = None, channels: int | None = None) -> Pcm:
    """Decode the sound of an audio or video file whole; a float or integer WAV comes exactly.

    For short pieces: a song is read by `songreel.analysis.audio`, block by block.

    Args:
        path: The file.
        rate: Samples a second to resample to (soxr, very high quality); None: as it is.
        channels: 1 or 2: what it is mixed down or doubled to; None: as it is.

    Raises:
        InvalidInput: It holds no sound that can be decoded.
    """
    blocks: list[NDArray[Any]] = []
    found = 0
    try:
        # See `songreel.sound.decode`: a name is no protocol, and a playlist stays on this machine.
        with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as container:
            if not container.streams.audio:
                raise InvalidInput(f"{path} holds no sound")
            stream = container.streams.audio[0]
            found = stream.rate
            adapter = AudioResampler(format="fltp", layout=stream.layout, rate=found)
            for frame in container.decode(stream):
                blocks += [part.to_ndarray() for part in adapter.resample(frame)]
            blocks += [part.to_ndarray() for part in adapter.resample(None)]
    except (OSError, av.error.FFmpegError) as error:
        raise InvalidInput(f"{path} cannot be read as sound: {error}") from error
    if not blocks:
        raise InvalidInput(f"{path} holds no sound")
    samples = np.concatenate(blocks, axis=1).astype(np.float32, copy=False)
    if channels is not None:
        samples = to_channels(samples, channels)
    if rate is not None and rate != found:
        samples, found = resample(samples, found, rate), rate
    return Pcm(samples, found)


def write_wav(path: Path, samples: Samples, rate: int, *, bits: int = 32) -> None:
    """Write a WAV, whole or not at all.

    Args:
        path: Of the file; one that is there is replaced.
        samples: Shape (channels, n).
        rate: Samples a second.
        bits: 32 for float, which holds `samples` exactly, or 16 for integers, rounded and clipped.

    Raises:
        MachineError: The disk is full or the folder cannot be written.
    """
    data = samples.T
    if bits == 16:
        data = np.clip(np.rint(data * 32768), -32768, 32767).astype(np.int16)
    elif bits != 32:
        raise ValueError(f"WAV of {bits} bits is not written here")
    with whole(path) as partial, partial.open("wb") as file:
        wavfile.write(file, rate, data)


def measure(path: Path) -> Facts:
    """Count the samples of a file's sound by decoding it.

    Raises:
        InvalidInput: It holds no sound that can be decoded.
    """
    pcm = read(path)
    return Facts(pcm.samples.shape[1], pcm.rate, pcm.samples.shape[0])


def to_channels(samples: Samples, channels: int) -> Samples:
    """Mixed down to one channel, or one doubled; more than two are not folded."""
    have = samples.shape[0]
    if channels == have:
        return samples
    if channels == 1:
        return np.asarray(samples.mean(axis=0, keepdims=True), np.float32)
    if have == 1:
        return np.repeat(samples, channels, axis=0)
    return samples[:channels] if have > channels else to_channels(samples[:1], channels)


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """The same sound at another rate; its length is round(n × to / rate)."""
    if rate == to:
        return samples
    found = soxr.resample(samples.T, rate, to, quality="VHQ").T
    want = round(samples.shape[1] * to / rate)
    if found.shape[1] < want:
        found = np.pad(found, ((0, 0), (0, want - found.shape[1])))
    return np.ascontiguousarray(found[:, :want], dtype=np.float32)
