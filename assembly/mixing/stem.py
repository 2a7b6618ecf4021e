"""A sound that goes into a mix: `Stem`, and how its samples come: `Feed`."""

from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.sound.decode import Decoder
from songreel.sound.downmix import to_stereo
from songreel.sound.fades import Ends
from songreel.sound.pcm import Pcm

Block = NDArray[np.float32]
"""Shape (2, n), full scale ±1."""

RATE = 48_000
"""Samples a second of every mix: what films and their players use."""
BLOCK = 1 << 16
"""Samples mixed at a time: 1.4 s, 512 KiB."""

_STAMPED = Fraction(1, 1000)
"""Seconds by which picture and sound that begin together may seem apart: Matroska counts so."""


class Stem(NamedTuple):
    """A sound and its place."""

    sound: Path | Pcm
    start: float = 0.0
    """Seconds from the start of the film. A negative one leaves out the beginning of the sound."""
    gain: float | None = None
    """dB; None for the mix's own (`MixSpec.gain`)."""
    fade_in: float = 0.0
    """Seconds, from where it is first heard."""
    fade_out: float = 0.0
    """Seconds, to where it is last heard: its own end or that of the film."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.sound.name if isinstance(self.sound, Path) else "a sound"


class Feed:
    """A stem's samples, from the start of the film to its end, in stereo at `RATE`.

    Args:
        stem: The sound. Nothing is read yet.
        gain: In dB, of a stem that has none of its own.
        clock: Seconds on the file's clock at which the film starts, for a film's own sound; None:
            the sound's first sample is at `stem.start`.
    """

    def __init__(self, stem: Stem, gain: float = 0.0, clock: Fraction | None = None) -> None:
        self.stem, self._clock = stem, clock
        self._gain = np.float32(10 ** ((gain if stem.gain is None else stem.gain) / 20))
        self._length: int | None = None
        self.notices: list[str] = []
        """What had to be mended or changed, a sentence each; complete once it has been read."""
        self.cut = False
        """Whether it goes on where the film ends; known once it has been read."""

    @property
    def end(self) -> int:
        """Sample of the film after its last one; it is decoded once to be counted."""
        if self._length is None:
            self._length = sum(block.shape[1] for block in self._placed())
        return self._length

    def blocks(self, total: int) -> Iterator[Block]:
        """Blocks of `BLOCK` samples, the last one shorter, `total` in all; silence where it is not.

        Raises:
            InvalidInput: It cannot be decoded, or its fades do not fit.
        """
        first = max(0, round(self.stem.start * RATE))
        rising, falling = (round(s * RATE) for s in (self.stem.fade_in, self.stem.fade_out))
        last = min(total, self.end) if rising or falling else total
        try:
            ends = Ends(max(0, last - first), rising, falling)
        except InvalidInput as error:
            heard = max(0, last - first) / RATE
            raise InvalidInput(
                f"fades of {self.stem.fade_in:g} s and {self.stem.fade_out:g} s do not fit "
                f"{self.stem.name}, which is heard for {heard:.2f} s"
            ) from error
        at = 0
        placed = self._placed()
        for block in _exactly(placed, total):
            made = block * self._gain if self._gain != 1 else block
            if ends.some and at + block.shape[1] > first:
                skip = max(0, first - at)
                inside = ends.faded(made[:, skip : max(skip, last - at)], at + skip - first)
                made = np.concatenate(
                    [made[:, :skip], inside, made[:, skip + inside.shape[1] :]], 1
                )
            yield made
            at += block.shape[1]
        self.cut = next(placed, None) is not None
        placed.close()

    def _placed(self) -> Generator[Block, None, None]:
        """The sound with silence before it, or without its beginning."""
        start: int | None = None
        for block in self._sounding():
            if start is None:
                start = round(Fraction(self.stem.start) * RATE)
                if self._clock is not None and abs(self._began - self._clock) > _STAMPED:
                    start += round((self._began - self._clock) * RATE)
                for i in range(0, start, BLOCK):
                    yield np.zeros((2, min(BLOCK, start - i)), np.float32)
                start = min(start, 0)
            skipped = min(block.shape[1], -start)
            start += skipped
            if block.shape[1] > skipped:
                yield block[:, skipped:]

    def _sounding(self) -> Iterator[Block]:
        """The sound itself."""
        self._began = Fraction(0)
        if isinstance(self.stem.sound, Path):
            decoder = Decoder(self.stem.sound)
            try:
                yield from _resampled(self._decoded(decoder))
            finally:
                self.notices = [f"{self.stem.name}: {text}" for text in decoder.notices]
                if decoder.channels > 2:
                    self.notices.append(
                        f"{self.stem.name}: its {decoder.layout} sound was mixed down to stereo "
                        "(ITU-R BS.775: centre and surround 3 dB down, no LFE)"
                    )
            return
        pcm = self.stem.sound
        usual = {1: "mono", 2: "stereo"}.get(pcm.samples.shape[0], "")
        whole = to_stereo(pcm.samples, usual)
        parts = (whole[:, i : i + BLOCK] for i in range(0, whole.shape[1], BLOCK))
        yield from _resampled((part, pcm.rate) for part in parts)

    def _decoded(self, decoder: Decoder) -> Iterator[tuple[Block, int]]:
        for block in decoder.blocks():
            self._began = decoder.start
            yield to_stereo(block, decoder.layout), decoder.rate


def _resampled(blocks: Iterator[tuple[Block, int]]) -> Iterator[Block]:
    """The same at `RATE`: as many samples as last as long, rounded."""
    stream: soxr.ResampleStream | None = None
    taken = given = rate = 0
    for block, rate in blocks:
        if rate == RATE:
            yield block
            continue
        stream = stream or soxr.ResampleStream(rate, RATE, 2, dtype="float32")
        taken += block.shape[1]
        made = stream.resample_chunk(np.ascontiguousarray(block.T))
        given += len(made)
        if len(made):
            yield np.ascontiguousarray(made.T)
    if stream is not None:
        wanted = round(Fraction(taken * RATE, rate)) - given
        rest = stream.resample_chunk(np.zeros((0, 2), np.float32), last=True)[: max(0, wanted)]
        if len(rest):
            yield np.ascontiguousarray(rest.T)


def _exactly(blocks: Iterator[Block], total: int) -> Iterator[Block]:
    """`total` samples in blocks of `BLOCK`: cut off, or silence at the end."""
    kept: list[Block] = []
    length = given = 0
    while given < total:
        size = min(BLOCK, total - given)
        while length < size:
            block = next(blocks, None)
            if block is None:
                block = np.zeros((2, size - length), np.float32)
            kept.append(block)
            length += block.shape[1]
        whole = np.concatenate(kept, axis=1) if len(kept) > 1 else kept[0]
        yield whole[:, :size]
        kept, length, given = [whole[:, size:]], length - size, given + size
