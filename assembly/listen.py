"""Hears a finished film's sound once, against the song: offset, drift, length, exactness."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from songreel.assembly.samples import delivered, delivered_bits, delivered_samples, quantised
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress
from songreel.models.render import Format
from songreel.models.sound import Sound

WINDOW = 10.0
"""Seconds compared at the start, in the middle and at the end."""

_SILENCE = 1e-5
"""Root mean square, full scale 1 (−100 dBFS), under which a window says nothing."""

_ALIKE = 0.5
"""Normalised correlation under which two windows are not the same sound. AAC at the rates used
here stays above 0.97 for music."""

_CHANNELS = 2
"""Channels kept for correlation; all are compared for exactness."""


@dataclass(frozen=True)
class Heard:
    """What the sound of a film was."""

    rate: int
    samples: int
    expected: int
    lags: tuple[int | None, int | None, int | None]
    """Samples by which the film's sound is late at its start, middle and end; None for silence
    or another sound."""
    exact: bool
    foreign: bool
    """Some window holds another sound than the song."""


MUTE = Heard(rate=0, samples=0, expected=0, lags=(None, None, None), exact=False, foreign=False)
"""Of a film that was to have no sound."""


def listen(video: Path, sound: Sound, form: Format, progress: Progress) -> Heard:
    """Decode the sound of `video` and compare it with the song as a film of `form` delivers it.

    Raises:
        InvalidInput: The file does not decode.
    """
    expected = delivered_samples(sound, form)
    bits = delivered_bits(sound)
    try:
        with av.open(str(video)) as container:
            if not container.streams.audio:
                return Heard(0, 0, expected, (None, None, None), exact=False, foreign=False)
            stream = container.streams.audio[0]
            rate = stream.rate
            told = Windows(expected, rate, min(sound.track.channels, _CHANNELS))
            found = Windows(expected, rate, min(stream.channels, _CHANNELS))
            song = _Feed(delivered(sound, form), told)
            # An MP4 says in its edit list where the song ends within the last AAC frame.
            base = stream.time_base or Fraction(1, rate)
            ends = (
                round(stream.duration * base * rate) if form == "mp4" and stream.duration else None
            )
            exact, position, first = form != "mp4", 0, None
            for frame in container.decode(stream):
                if first is None:
                    first = round((frame.pts or 0) * base * rate)
                block = _block(frame)
                if ends is not None:
                    block = block[:, : max(0, ends - position)]
                found.put(position + first, block)
                ours = song.read(block.shape[1])
                exact = exact and _same(ours, block, bits)
                position += block.shape[1]
                if position % (64 * 1024) < block.shape[1]:
                    progress("listening to the film", min(1.0, position / expected))
            song.drain()
    except (OSError, av.error.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"cannot listen to {video}: {reason}") from error
    progress("listening to the film", 1.0)
    results = [_lag(a, b) for a, b in zip(told.windows, found.windows, strict=True)]
    lags = tuple(lag for lag, _ in results)
    return Heard(
        rate=rate,
        samples=position,
        expected=expected,
        lags=(lags[0], lags[1], lags[2]),
        exact=exact and position == expected and not first,
        foreign=any(foreign for _, foreign in results),
    )


class Windows:
    """The first, middle and last ten seconds of a stream of samples, kept as it goes by."""

    def __init__(self, total: int, rate: int, channels: int) -> None:
        length = min(total, round(WINDOW * rate))
        self._starts = (0, (total - length) // 2, total - length)
        self.windows = [np.zeros((channels, length), np.float32) for _ in self._starts]

    def put(self, position: int, block: NDArray[np.floating[Any]]) -> None:
        """Take what of `block`, which begins at sample `position`, lies in a window."""
        for start, window in zip(self._starts, self.windows, strict=True):
            first = max(position, start)
            last = min(position + block.shape[1], start + window.shape[1])
            if first < last:
                piece = block[: len(window), first - position : last - position]
                window[: len(piece), first - start : last - start] = piece


class _Feed:
    """The song's samples, asked for in any number."""

    def __init__(self, blocks: Iterator[NDArray[np.float32]], windows: Windows) -> None:
        self._blocks, self._windows = blocks, windows
        self._rest: NDArray[np.float32] | None = None
        self._position = 0

    def read(self, count: int) -> NDArray[np.float32] | None:
        """The next `count` samples, fewer at the end, None past it."""
        parts: list[NDArray[np.float32]] = []
        missing = count
        while missing > 0:
            if self._rest is None or not self._rest.shape[1]:
                self._rest = self._next()
                if self._rest is None:
                    break
            parts.append(self._rest[:, :missing])
            self._rest = self._rest[:, missing:]
            missing -= parts[-1].shape[1]
        return np.concatenate(parts, axis=1) if parts else None

    def drain(self) -> None:
        """Hear the song to its end, for the last window."""
        while self._next() is not None:
            pass

    def _next(self) -> NDArray[np.float32] | None:
        block = next(self._blocks, None)
        if block is not None:
            self._windows.put(self._position, block)
            self._position += block.shape[1]
        return block


def _block(frame: AudioFrame) -> NDArray[np.float64]:
    """Samples of a decoded frame, shape (channels, n), full scale ±1, exact for integers."""
    raw: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype.kind == "f":
        return np.asarray(raw, np.float64)
    scale = 2.0 ** (8 * raw.dtype.itemsize - 1)
    return np.asarray(raw / scale, np.float64)


def _same(ours: NDArray[np.float32] | None, block: NDArray[np.float64], bits: int) -> bool:
    if ours is None or ours.shape != block.shape:
        return not block.size
    return bool(np.array_equal(quantised(ours, bits), block * 2.0 ** (bits - 1)))


def _lag(song: NDArray[np.float32], film: NDArray[np.float32]) -> tuple[int | None, bool]:
    """(samples by which `film` is late, whether it is another sound), by cross-correlation."""
    channels = min(len(song), len(film))
    power = [float(np.mean(np.square(song[c], dtype=np.float64))) for c in range(channels)]
    if not power or max(power) < _SILENCE**2:
        return None, False
    loudest = int(np.argmax(power))
    a, b = song[loudest].astype(np.float64), film[loudest].astype(np.float64)
    energy = float(np.sqrt((a @ a) * (b @ b)))
    if energy == 0:
        return None, True
    size = int(next_fast_len(2 * a.size, real=True))
    product = irfft(rfft(b, size) * np.conj(rfft(a, size)), size)
    best = int(np.argmax(product))
    if float(product[best]) / energy < _ALIKE:
        return None, True
    return (best if best < size // 2 else best - size), False
