"""The first run after installing: `warm_up` compiles what is not compiled yet, and says so.

numba keeps machine code on disk beside the package or in the user's cache folder, so this happens
once for each version on each machine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.compiled import missing
from songreel.models.music import Track
from songreel.models.progress import Progress
from songreel.models.sound import Sound

EACH = 1.2
"""Seconds that a kernel takes to compile, on average, on one core of a 2 GHz server."""
RATE, SECONDS, PERIOD = 24_000, 12, 12_000
"""Hz, length and samples between strokes of the song that is heard for practice."""


def warm_up(hear: Callable[[Sound], object], progress: Progress) -> None:
    """Have `hear` hear a song made in code, if any kernel would have to be compiled.

    Kernels are compiled when first used; done one by one in the middle of a song they would
    look as if that song took long.
    """
    count = len(missing())
    if count:
        seconds = max(5, round(count * EACH / 5) * 5)
        progress(f"compiling for this machine, this once (about {seconds} s)", 0.0)
        hear(_Practice())


@dataclass(frozen=True)
class _Practice:
    """Twelve seconds of strokes and chords."""

    path: Path = Path("practice.wav")
    bits: int | None = None
    notices: tuple[str, ...] = ()

    @property
    def track(self) -> Track:
        return Track(title="practice", file=self.path.name, sha256="0" * 64, codec="pcm",
                     sample_rate=RATE, channels=1, samples=RATE * SECONDS)  # fmt: skip

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        t = np.arange(RATE * SECONDS)
        chord = sum(np.sin(2 * np.pi * f * t / RATE) for f in (110.0, 220.0, 277.2, 329.6))
        stroke = np.sin(0.9 * t) * np.exp(-(t % PERIOD) / 800)
        yield (0.1 * chord * np.exp(-(t % (4 * PERIOD)) / 30_000) + 0.5 * stroke)[None].astype(
            np.float32
        )
