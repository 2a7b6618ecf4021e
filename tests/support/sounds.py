"""`MemorySound`: samples in memory as a `songreel.models.sound.Sound`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Track


@dataclass(frozen=True)
class MemorySound:
    """A song held in memory, given out in blocks of an odd size."""

    samples: NDArray[np.float32]
    """Shape (channels, n)."""
    sample_rate: int = 24_000
    bits: int | None = None
    notices: tuple[str, ...] = ()
    path: Path = Path("song.wav")
    title: str = "Söng"

    @property
    def track(self) -> Track:
        channels, count = self.samples.shape
        return Track(title=self.title, file=self.path.name, sha256="0" * 64, codec="pcm",
                     sample_rate=self.sample_rate, channels=channels, samples=count)  # fmt: skip

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for start in range(0, self.samples.shape[1], 5001):
            yield self.samples[:, start : start + 5001]

    def delayed(self, seconds: float) -> "MemorySound":
        """The same after digital silence."""
        front = np.zeros((self.samples.shape[0], round(seconds * self.sample_rate)), np.float32)
        return replace(self, samples=np.concatenate([front, self.samples], axis=1))

    def louder(self, decibels: float) -> "MemorySound":
        gain = np.float32(10 ** (decibels / 20))
        return replace(self, samples=self.samples * gain)
