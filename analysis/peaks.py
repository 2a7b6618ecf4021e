"""The outline of a song as a picture shows it: `Peaks`, the least and greatest of its samples."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from songreel.models.found import Found, untold
from songreel.models.sound import Overheard

RATE = 100
"""Values a second."""
TOLD = 2000
"""Values of a song's outline that are told while it is heard."""
_TELLINGS = 16
"""Times that the outline is told while it grows."""
Outline = NDArray[np.int8]
"""Shape (2, n): least and greatest sample of all channels, −127 to 127, `RATE` a second."""


@dataclass
class Peaks:
    """Gathers the outline from blocks of samples as they come."""

    sample_rate: int = 0
    """Hz; known when the first block comes."""
    _samples: int = 0
    _parts: list[NDArray[np.float32]] = field(default_factory=list)
    _edge: int = 0
    """The span that the last part belongs to, and may share with the next block."""

    def push(self, block: NDArray[np.float32], sample_rate: int) -> None:
        """Hear the next samples, shape (channels, n)."""
        self.sample_rate = sample_rate
        low, high = block.min(axis=0), block.max(axis=0)
        first, count = self._samples, block.shape[1]
        # Span k holds the samples from k * rate / RATE on; integers, so that none drifts.
        begin, end = first * RATE // sample_rate, (first + count - 1) * RATE // sample_rate
        spans = np.arange(begin, end + 1)
        starts = np.maximum(-(-spans * sample_rate // RATE) - first, 0)
        part = np.stack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])
        if self._parts and begin == self._edge:
            last = self._parts[-1]
            last[0, -1] = min(last[0, -1], part[0, 0])
            last[1, -1] = max(last[1, -1], part[1, 0])
            part = part[:, 1:]
        if part.shape[1]:
            self._parts.append(part)
        self._samples, self._edge = first + count, end

    def outline(self) -> Outline:
        """What was gathered up to now."""
        if not self._parts:
            return np.zeros((2, 0), np.int8)
        whole = np.concatenate(self._parts, axis=1)
        self._parts = [whole]
        return np.rint(np.clip(whole, -1, 1) * 127).astype(np.int8)


def fewer(outline: Outline, step: int) -> Outline:
    """The outline with one value for each `step` of them."""
    if step == 1 or not outline.shape[1]:
        return outline
    starts = np.arange(0, outline.shape[1], step)
    return np.stack(
        [np.minimum.reduceat(outline[0], starts), np.maximum.reduceat(outline[1], starts)]
    )


def told(outline: Outline, duration: float) -> dict[str, JsonValue]:
    """The outline as `Found` tells it; `duration` is the whole song's, seconds."""
    step = max(1, -(-round(duration * RATE) // TOLD))
    low, high = fewer(outline, step)
    return {"duration": duration, "rate": RATE / step, "low": low.tolist(), "high": high.tolist()}


@dataclass
class Outlined(Overheard):
    """A sound whose outline is gathered while somebody else reads it, and told as it grows."""

    found: Found = untold
    peaks: Peaks | None = None
    """Of the first whole reading; None before there was one."""

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The sound's blocks."""
        if self.peaks is not None:
            yield from self.sound.blocks()
            return
        peaks, track = Peaks(), self.sound.track
        heard, tellings = 0, 0
        for block in self.sound.blocks():
            peaks.push(block, track.sample_rate)
            heard += block.shape[1]
            if heard * _TELLINGS >= (tellings + 1) * track.samples:
                tellings = heard * _TELLINGS // track.samples
                self.found("waveform", told(peaks.outline(), track.duration))
            yield block
        self.peaks = peaks
