"""The song's samples, as every stage hears them: `Sound`; and `Overheard` by others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Track


class Sound(Protocol):
    """A song that can be read again and again, block by block, without holding it whole.

    The analysis, the mux and the proof of sync all read these samples, so that whatever delay
    a decoder leaves in is the same for all of them.
    """

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def track(self) -> Track:
        """Facts on the file; `track.samples` is exactly what `blocks` yields."""
        ...

    @property
    def bits(self) -> int | None:
        """Bits of an integer source that float32 holds exactly (8 to 24), None for others."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What decoding had to mend or leave out, a sentence each."""
        ...

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Decode from the start: arrays of shape (channels, n), n ≥ 1, full scale ±1."""
        ...


@dataclass
class Overheard:
    """What is common to sounds that somebody else hears while they are read, by one decoding."""

    sound: Sound

    @property
    def path(self) -> Path:
        """The file."""
        return self.sound.path

    @property
    def track(self) -> Track:
        """Facts on the file."""
        return self.sound.track

    @property
    def bits(self) -> int | None:
        """Bits of an integer source."""
        return self.sound.bits

    @property
    def notices(self) -> tuple[str, ...]:
        """What decoding had to mend or leave out."""
        return self.sound.notices
