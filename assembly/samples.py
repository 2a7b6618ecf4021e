"""The song's samples as a film of each format delivers them: rate, depth, layout."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.render import Format
from songreel.models.sound import Sound

AAC_RATES = (
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000,
)  # fmt: skip
"""Sample rates of AAC (ISO/IEC 14496-3, table 1.18; 7350 Hz left out)."""

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""Speaker layout by number of channels, in the order FLAC gives them (RFC 9639, 9.1.3)."""


def delivered_rate(sound: Sound, form: Format) -> int:
    """Samples a second in the film: the song's own, but for AAC the next rate it can carry."""
    rate = sound.track.sample_rate
    if form != "mp4" or rate in AAC_RATES:
        return rate
    return next((able for able in AAC_RATES if able >= rate), AAC_RATES[-1])


def delivered_samples(sound: Sound, form: Format) -> int:
    """Samples of each channel in the film."""
    track = sound.track
    rate = delivered_rate(sound, form)
    return max(1, round(Fraction(track.samples * rate, track.sample_rate)))


def delivered_bits(sound: Sound) -> int:
    """Bits of a lossless film: 16 where they hold the song exactly, else 24."""
    return 16 if sound.bits is not None and sound.bits <= 16 else 24


def layout_of(sound: Sound) -> str:
    """Name of the speaker layout.

    Raises:
        InvalidInput: More channels than a film carries.
    """
    channels = sound.track.channels
    if channels not in LAYOUTS:
        raise InvalidInput(
            f"{sound.path.name} has {channels} channels; a film carries up to {max(LAYOUTS)}: "
            "mix the song down first"
        )
    return LAYOUTS[channels]


def delivered(sound: Sound, form: Format) -> Iterator[NDArray[np.float32]]:
    """Blocks of shape (channels, n) at the delivered rate, exactly `delivered_samples` in all."""
    rate, wanted = delivered_rate(sound, form), delivered_samples(sound, form)
    if rate == sound.track.sample_rate:
        yield from sound.blocks()
        return
    channels = sound.track.channels
    stream = soxr.ResampleStream(sound.track.sample_rate, rate, channels, dtype="float32")
    given = 0
    for block, last in _with_last(sound.blocks()):
        made = stream.resample_chunk(np.ascontiguousarray(block.T), last=last)
        made = made.reshape(-1, channels)[: wanted - given]
        given += len(made)
        if len(made):
            yield np.ascontiguousarray(made.T)
    if given < wanted:
        yield np.zeros((channels, wanted - given), np.float32)


def quantised(block: NDArray[np.float32], bits: int) -> NDArray[np.int32]:
    """Samples as integers of `bits`, to the nearest; exact for sources of as many bits or fewer.

    Args:
        block: Full scale ±1.
        bits: At most 24, which float32 holds exactly.

    Returns:
        Same shape, clipped to the integers' range.
    """
    scale = 2.0 ** (bits - 1)
    scaled = np.rint(block.astype(np.float64) * scale)
    return np.clip(scaled, -scale, scale - 1).astype(np.int32)


def reblocked(blocks: Iterable[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    """The same samples in blocks of `size`; the last may be shorter."""
    kept: list[NDArray[np.float32]] = []
    length = 0
    for block in blocks:
        kept.append(block)
        length += block.shape[1]
        if length >= size:
            whole = np.concatenate(kept, axis=1)
            full = length - length % size
            for i in range(0, full, size):
                yield whole[:, i : i + size]
            kept, length = [whole[:, full:]], length - full
    if length:
        yield np.concatenate(kept, axis=1)


def _with_last(
    blocks: Iterator[NDArray[np.float32]],
) -> Iterator[tuple[NDArray[np.float32], bool]]:
    before: NDArray[np.float32] | None = None
    for block in blocks:
        if before is not None:
            yield before, False
        before = block
    if before is not None:
        yield before, True
