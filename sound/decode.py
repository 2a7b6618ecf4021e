"""One pass over the sound of a media file: `Decoder`."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.timebase import clock

BLOCK = 1 << 15
"""Samples per channel gathered into one block: 0.7 s at 44.1 kHz, 256 KiB in stereo."""

PICTURES = ("image2", "tty", "ico", "gif", "apng", "_pipe")
"""Demuxers that FFmpeg reads pictures and plain text with: such a file is no film."""


class Decoder:
    """Reads the sound of `path` once, block by block, and gathers facts on the way.

    The facts (`rate`, `channels`, `samples`, `integer_bits`, `notices`) are complete when
    `blocks` has been read to its end.

    Raises:
        InvalidInput: From `blocks`: the file has no sound that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate = 0
        self.channels = 0
        self.layout = ""
        """Name of the speaker layout, as FFmpeg has it: `stereo`, `5.1(side)`."""
        self.start = Fraction(0)
        """Seconds on the file's clock at which the first sample sounds."""
        self.samples = 0
        self.codec = ""
        self.title = ""
        self.notices: list[str] = []
        self._lossless = False
        self._used_bits = 0
        self._width = 0
        self._mended = 0
        self._damaged: list[float] = []
        self._broken_off = False
        self._adapter: AudioResampler | None = None
        self._adapted: tuple[int, int, str] | None = None

    @property
    def integer_bits(self) -> int | None:
        """Bits a sample of a lossless integer source needs, 8 to 24; None for all others."""
        if not self._lossless or self._width == 0 or self._adapter is not None:
            return None
        if self._width <= 16:
            return self._width
        # 20- and 24-bit sound decodes into the upper bits of 32: look at which were ever set.
        return 24 if self._used_bits & 0xFF == 0 else None

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Arrays of shape (channels, n), n >= 1, float32, full scale ±1."""
        try:
            # "file:" keeps a name such as "a:b.mp3" from being read as a protocol, and the
            # list keeps a playlist that poses as a song from reaching for the network.
            container = av.open(
                f"file:{self.path}",
                options={"protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except av.FFmpegError as error:
            raise InvalidInput(f"{self.path} cannot be read as sound: {_reason(error)}") from error
        with container:
            stream = self._choose(container)
            gathered: list[NDArray[np.float32]] = []
            size = 0
            for frame in self._frames(container, stream):
                for piece in self._pieces(frame):
                    gathered.append(piece)
                    size += piece.shape[1]
                if size >= BLOCK:
                    yield self._block(gathered)
                    gathered, size = [], 0
            gathered.extend(self._rest())
            if gathered:
                yield self._block(gathered)
            self._conclude(container, stream)

    def _choose(self, container: InputContainer) -> AudioStream:
        films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not container.streams.audio:
            format_name = container.format.name
            if films and not any(mark in format_name for mark in PICTURES):
                raise InvalidInput(f"{self.path} is a video without sound; give one that has it")
            raise InvalidInput(
                f"{self.path} is not a sound file (it reads as {format_name}); "
                "give a WAV, FLAC, MP3, M4A, Ogg, Opus or AIFF file, or a video with sound"
            )
        best = container.streams.best("audio")
        stream = best if isinstance(best, AudioStream) else container.streams.audio[0]
        count = len(container.streams.audio)
        if count > 1:
            number = container.streams.audio.index(stream) + 1
            self.notices.append(f"the file has {count} sound tracks; track {number} is used")
        self.codec = stream.codec_context.codec.canonical_name
        self._lossless = stream.codec_context.codec.lossless
        self.title = _title(container.metadata) or _title(stream.metadata)
        return stream

    def _frames(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        """Every frame that decodes; damaged packets are skipped and noted."""
        try:
            for packet in container.demux(stream):
                try:
                    frames = stream.decode(packet)
                except av.FFmpegError:
                    self._damaged.append(self.samples / self.rate if self.rate else 0.0)
                    continue
                yield from frames
        except av.FFmpegError:
            self._broken_off = True

    def _pieces(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        if frame.samples == 0:
            return
        channels = frame.layout.nb_channels
        if self.rate == 0:
            self.rate, self.channels, self.layout = frame.sample_rate, channels, frame.layout.name
            if frame.pts is not None and frame.time_base is not None:
                self.start = frame.pts * Fraction(frame.time_base)
        shape = (frame.sample_rate, channels, frame.layout.name)
        usual = (self.rate, self.channels, self.layout)
        if self._adapter is None and shape[:2] == usual[:2] and frame.format.bytes <= 4:
            yield self._counted(self._as_float(frame))
            return
        if shape != self._adapted:
            # The form of the sound changes here: bring all that follows to that of the start.
            yield from self._rest()
            if shape[:2] != usual[:2]:
                self.notices.append(
                    f"from {clock(self.samples / self.rate)} on the sound has {channels} channels "
                    f"at {frame.sample_rate} Hz; it is converted to the {self.channels} at "
                    f"{self.rate} Hz that the file starts with"
                )
            self._adapter = AudioResampler(format="fltp", layout=self.layout, rate=self.rate)
            self._adapted = shape
        assert self._adapter is not None
        for converted in self._adapter.resample(frame):
            yield self._counted(self._as_float(converted))

    def _rest(self) -> Iterator[NDArray[np.float32]]:
        """What the converter still holds."""
        if self._adapter is not None and self._adapted is not None:
            for converted in self._adapter.resample(None):
                if converted.samples:
                    yield self._counted(self._as_float(converted))
            self._adapted = None

    def _counted(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self.samples += samples.shape[1]
        return samples

    def _as_float(self, frame: AudioFrame) -> NDArray[np.float32]:
        """Samples of `frame`, shape (channels, n): integers exactly, as v / 2^(bits − 1)."""
        values: NDArray[Any] = frame.to_ndarray()
        if not frame.format.is_planar:
            values = values.reshape(-1, frame.layout.nb_channels).T
        kind = values.dtype
        if kind.kind == "f":
            return self._finite(values)
        self._width = 8 * kind.itemsize
        if kind == np.uint8:
            return (values.astype(np.float32) - np.float32(128)) / np.float32(128)
        if kind == np.int32:
            self._used_bits |= int(np.bitwise_or.reduce(values, axis=None)) & 0xFFFFFFFF
        return values.astype(np.float32) * np.float32(2.0 ** (1 - self._width))

    def _finite(self, values: NDArray[Any]) -> NDArray[np.float32]:
        with np.errstate(over="ignore"):
            samples = values.astype(np.float32)
        bad = ~np.isfinite(samples)
        if bad.any():
            self._mended += int(bad.sum())
            samples = np.where(bad, np.float32(0), samples)
        return samples

    def _block(self, gathered: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.ascontiguousarray(np.concatenate(gathered, axis=1))

    def _conclude(self, container: InputContainer, stream: AudioStream) -> None:
        """Say what was missing, damaged or mended."""
        if self.samples == 0:
            raise InvalidInput(f"{self.path} holds no sound: not one sample could be decoded")
        end = self.samples / self.rate
        promised = promised_seconds(self.path, container, stream, end)
        # Lossless files state their length exactly; encoders of others round and pad.
        slack = 0.02 if self._lossless else 0.005 * end + 0.1
        short = promised is not None and promised > end + slack
        if short and promised is not None:
            self.notices.append(
                f"the file is cut off or damaged: it should last {clock(promised)} and gives "
                f"{clock(end)}"
            )
        elif self._broken_off:
            self.notices.append(f"the file cannot be read past {clock(end)}; it ends there")
        damaged = [second for second in self._damaged if second < end - 0.1 or not short]
        if damaged:
            count = (
                f"{len(damaged)} damaged pieces were" if len(damaged) > 1 else "a damaged piece was"
            )
            self.notices.append(f"{count} left out, the first at {clock(damaged[0])}")
        if self._mended:
            self.notices.append(
                f"{self._mended} samples were not numbers (NaN or infinite) and are silent now"
            )


def promised_seconds(
    path: Path, container: InputContainer, stream: AudioStream, found: float
) -> float | None:
    """How long the file says its sound is; None where it says nothing that holds.

    Args:
        path: The file.
        container: The same, open.
        stream: Its sound.
        found: Seconds that could be decoded.
    """
    kind = container.format.name
    if kind == "wav":
        # FFmpeg shortens what the header says to what is there: compare the sizes instead.
        return found + 8 * _riff_missing(path) / (stream.bit_rate or 1e9)
    # Raw AAC, and MP3 without the LAME tag (which alone sets a start time), state no length:
    # what FFmpeg gives is a guess from the bit rate, wrong for variable rates.
    if kind == "aac" or (kind == "mp3" and not stream.start_time):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams.video) == 0:
        return container.duration / 1_000_000
    return None


def _riff_missing(path: Path) -> int:
    """Bytes that a WAV's header counts and the file does not have."""
    with path.open("rb") as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little")
    # A recorder that could not go back to its header leaves 0 or all ones there.
    if head[:4] != b"RIFF" or size in (0, 0xFFFFFFFF):
        return 0
    return max(0, size + 8 - path.stat().st_size)


def _title(metadata: dict[str, str]) -> str:
    found = next((v for k, v in metadata.items() if k.lower() == "title"), "")
    return " ".join("".join(c if c.isprintable() else " " for c in found).split())


def _reason(error: av.FFmpegError) -> str:
    if isinstance(error, av.InvalidDataError):
        return "it is damaged or not a sound or video file"
    return error.strerror or str(error)
