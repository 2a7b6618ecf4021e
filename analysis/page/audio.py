"""The song inside the page: short Opus clips that a browser puts together to the sample.

Opus in Ogg states its delay (RFC 7845, 4.2) and is always 48 kHz, so that second 12.345 of a
decoded clip is the same in every browser. Clips are decoded as they are needed: a page of a long
mix starts at once and holds little in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from songreel.analysis.stereo import stereo
from songreel.models.sound import Sound

RATE = 48_000
CLIP = 20.0
"""Seconds of song a clip brings."""
SPARE = 0.1
"""Seconds more at both ends: the decoder settles in 80 ms (RFC 7845, 4.6), and neighbours fade
into each other."""
PEAKS = 150.0
"""Columns of the waveform a second."""
_BITS = 56_000
"""Bits a second for each channel: clear of audible artefacts for most music at 112 kbit/s."""
_LONG, _LONG_BITS = 1800.0, 32_000
"""Beyond half an hour the page would grow past 25 MB."""


@dataclass
class Peaks:
    """Lowest and highest sample of each 1/150 s, all channels, as bytes −127 to 127."""

    rate: int
    """Of the samples pushed."""
    lows: list[NDArray[np.float32]] = field(default_factory=list)
    highs: list[NDArray[np.float32]] = field(default_factory=list)
    _at: int = 0
    _rest: NDArray[np.float32] | None = None

    def push(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (channels, n)."""
        low, high = block.min(axis=0), block.max(axis=0)
        both = np.stack([low, high])
        if self._rest is not None:
            both = np.concatenate([self._rest, both], axis=1)
        start = self._at
        column = ((start + np.arange(both.shape[1])) * PEAKS / self.rate).astype(np.int64)
        edges = np.flatnonzero(np.diff(column, prepend=-1))
        # The last column may go on in the next block.
        done = int(edges[-1])
        if edges.size > 1:
            self.lows.append(np.minimum.reduceat(both[0, :done], edges[:-1]))
            self.highs.append(np.maximum.reduceat(both[1, :done], edges[:-1]))
        self._rest, self._at = both[:, done:], start + done

    def columns(self) -> bytes:
        """Low, high, low, high …: signed bytes, the loudest sample of the song being 127."""
        if self._rest is not None and self._rest.size:
            self.lows.append(self._rest[0].min(keepdims=True))
            self.highs.append(self._rest[1].max(keepdims=True))
            self._rest = None
        pairs = np.stack([np.concatenate(self.lows), np.concatenate(self.highs)], axis=1)
        top = max(float(np.abs(pairs).max()), 1e-4)
        coded: bytes = np.rint(pairs / top * 127).astype(np.int8).tobytes()
        return coded


def clips(sound: Sound, peaks: Peaks) -> Iterator[bytes]:
    """The song as Ogg Opus files; clip k holds the seconds from k · CLIP − SPARE (or 0).

    Args:
        sound: Read once.
        peaks: Pushed every block on the way.
    """
    channels = min(sound.track.channels, 2)
    bits = _LONG_BITS if sound.track.duration > _LONG else _BITS
    length, spare = round(CLIP * RATE), round(SPARE * RATE)
    held = np.zeros((channels, 0), np.float32)
    first, number = 0, 0  # sample at which `held` starts, and the clip to be filled
    for block in _at_48k(sound, channels, peaks):
        held = np.concatenate([held, block], axis=1)
        while first + held.shape[1] >= (number + 1) * length + spare:
            end = (number + 1) * length + spare - first
            yield _opus(held[:, :end], bits)
            number += 1
            keep = number * length - spare - first
            held, first = held[:, keep:], first + keep
    if number == 0 or first + held.shape[1] > number * length:
        yield _opus(held, bits)


def _at_48k(sound: Sound, channels: int, peaks: Peaks) -> Iterator[NDArray[np.float32]]:
    stream = soxr.ResampleStream(sound.track.sample_rate, RATE, channels, dtype="float32")
    blocks = sound.blocks() if channels == 1 else stereo(sound)
    last = np.zeros((0, channels), np.float32)
    for block in chain(blocks, (None,)):
        if block is None:
            made = stream.resample_chunk(last, last=True)
        else:
            peaks.push(block)
            made = stream.resample_chunk(np.ascontiguousarray(block.T))
        yield np.ascontiguousarray(made.reshape(-1, channels).T)


def _opus(samples: NDArray[np.float32], bits: int) -> bytes:
    channels = samples.shape[0]
    layout = "mono" if channels == 1 else "stereo"
    file = BytesIO()
    with av.open(file, "w", "ogg", {"fflags": "+bitexact"}) as container:
        # Complexity 5 of 10 halves the time for a difference that is hard to hear.
        stream = container.add_stream(
            "libopus", RATE, options={"compression_level": "5"}, layout=layout
        )
        stream.bit_rate = bits * channels
        packed = np.ascontiguousarray(np.clip(samples, -1, 1).T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, "flt", layout)
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
