"""A stretch of a song as a sound of its own: `SoundStretch`, for excerpts and loops."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.models.music import Track
from songreel.models.order import fingerprint
from songreel.models.sound import Sound


@dataclass(frozen=True)
class SoundStretch:
    """`count` samples of a song from sample `first` on; what `blocks` gives is the child's."""

    whole: Sound
    first: int
    count: int

    def __post_init__(self) -> None:
        there = self.whole.track.samples
        if self.first < 0 or not 0 < self.count <= there - self.first:
            raise InvalidInput(
                f"samples {self.first} to {self.first + self.count} are not in the song, "
                f"which has {there}"
            )

    def _made(self) -> dict[str, Any]:
        """What else decides the samples, as plain data."""
        raise NotImplementedError

    @property
    def path(self) -> Path:
        """The song's file."""
        return self.whole.path

    @property
    def track(self) -> Track:
        """The song's facts with this length; its hash is of the song and the stretch."""
        track = self.whole.track
        part = {"of": track.sha256, "first": self.first, "count": self.count} | self._made()
        return track.model_copy(update={"samples": self.count, "sha256": fingerprint(part)})

    @property
    def bits(self) -> int | None:
        """As the song."""
        return self.whole.bits

    @property
    def notices(self) -> tuple[str, ...]:
        """As the song."""
        return self.whole.notices

    def _heard(self, first: int) -> Iterator[NDArray[np.float32]]:
        """The song's blocks from sample `first` to the stretch's end, cut to them."""
        at, last = 0, self.first + self.count
        for block in self.whole.blocks():
            begin, end = max(first - at, 0), min(last - at, block.shape[1])
            at += block.shape[1]
            if begin < end:
                yield block[:, begin:end]
            if at >= last:
                return
