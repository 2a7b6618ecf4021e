"""The song's file as sound: `open_sound`, `AudioFile`, and its `monophonic` form.

Decoder delay is left as the container states it and PyAV honours it: what is heard here is what
every other stage reads, through the same `blocks`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.music import Track
from songreel.models.sound import Sound
from songreel.sound.decode import Decoder

ANALYSIS_RATE = 24_000
"""Hz at which the music is analysed: 240 samples are exactly 10 ms, so whole seconds are whole
frames, and 12 kHz of bandwidth holds all that a hi-hat needs."""
CANCELLED = 0.01
"""Share of the channels' power, −20 dB, below which their mean is not the music: independent
channels keep a half, music for two loudspeakers more."""


@dataclass(frozen=True)
class AudioFile:
    """A sound file, hashed and counted. Satisfies `songreel.models.sound.Sound`."""

    path: Path
    track: Track
    bits: int | None
    notices: tuple[str, ...]

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Decode from the start: arrays of shape (channels, n), n >= 1, full scale ±1.

        Raises:
            InvalidInput: The file is gone, or no longer the one that was opened.
        """
        _readable(self.path)
        decoder = Decoder(self.path)
        yield from decoder.blocks()
        if (decoder.samples, decoder.rate) != (self.track.samples, self.track.sample_rate):
            raise InvalidInput(f"{self.path} has changed since it was opened; start again")


def open_sound(
    path: Path, hear: Callable[[NDArray[np.float32], int], None] | None = None
) -> AudioFile:
    """Open a sound file, or the sound of a video; decodes it once to count its samples.

    Args:
        path: WAV, FLAC, MP3, AAC, M4A, Ogg, Opus, AIFF, or any video that FFmpeg reads.
        hear: Given each block, of shape (channels, n), and its samples a second.

    Raises:
        InvalidInput: No such file, a folder, an empty file, no sound in it, or not readable.
    """
    path = Path(path)
    _readable(path)
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
    decoder = Decoder(path)
    for block in decoder.blocks():
        if hear is not None:
            hear(block, decoder.rate)
    track = Track(
        title=decoder.title or path.stem,
        file=path.name,
        sha256=digest,
        codec=decoder.codec,
        sample_rate=decoder.rate,
        channels=decoder.channels,
        samples=decoder.samples,
    )
    return AudioFile(path, track, decoder.integer_bits, tuple(decoder.notices))


def monophonic(sound: Sound, rate: int = ANALYSIS_RATE) -> NDArray[np.float32]:
    """The channels as one at `rate`, shape (n,), resampled as it streams.

    It is their mean, or the first channel where the mean has all but cancelled: a phase-inverted
    channel is a common fault, and nobody hears such a song as silent. Sample 0 is the track's
    start: the resampler's delay is taken out.
    """
    mono, kept = _folded(sound, rate, lambda block: block.mean(axis=0, dtype=np.float32))
    if kept >= CANCELLED:
        return mono
    return _folded(sound, rate, lambda block: block[0])[0]


def _folded(
    sound: Sound, rate: int, fold: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> tuple[NDArray[np.float32], float]:
    """Each block folded to one channel, at `rate`, and the share of its power that is left."""
    source = sound.track.sample_rate
    resampler = soxr.ResampleStream(source, rate, 1, dtype="float32", quality="HQ")
    # One array from the start: gathered parts and their sum would take twice the memory.
    mono = np.empty(-(-sound.track.samples * rate // source) + rate, np.float32)
    count = 0
    power = left = 0.0
    for block in sound.blocks():
        one = fold(block)
        power += float(np.vdot(block, block)) / len(block)
        left += float(np.vdot(one, one))
        ready = one if source == rate else resampler.resample_chunk(one)
        mono[count : count + ready.size] = ready
        count += ready.size
    if source != rate:
        ready = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        mono[count : count + ready.size] = ready
        count += ready.size
    return mono[:count], left / power if power else 1.0


def _readable(path: Path) -> None:
    """Refuse what is no file with sound in it before a decoder stumbles over it."""
    try:
        if not path.exists():
            raise InvalidInput(f"there is no file {path}")
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder; give one sound file in it")
        if path.stat().st_size == 0:
            raise InvalidInput(f"{path} is empty: it has no bytes")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise InvalidInput(f"cannot read {path}: {error}") from error
