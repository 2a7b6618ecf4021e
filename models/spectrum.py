"""How loud the bands of a song are over time: `Spectrum`."""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen

if TYPE_CHECKING:
    import numpy as np


class Spectrum(Frozen):
    """How loud each band of the spectrum is over time: `levels[i]` holds at `i / rate` seconds."""

    rate: Annotated[float, Field(gt=0)]
    """Values a second."""
    edges: Annotated[tuple[float, ...], Field(min_length=2)]
    """Hz, increasing: band k lies between `edges[k]` and `edges[k + 1]`."""
    levels: Annotated[tuple[tuple[int, ...], ...], Field(min_length=1)]
    """Shape (n, bands), 0 to 100: percent of what the band reaches in this song, so that every
    band speaks whatever the song's balance."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        bands = len(self.edges) - 1
        if any(len(row) != bands for row in self.levels):
            raise ValueError(f"every row of a spectrum has one level for each of its {bands} bands")
        return self

    @property
    def bands(self) -> int:
        """How many."""
        return len(self.edges) - 1

    @cached_property
    def array(self) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        """The levels as an array, shape (n, bands), 0 to 1."""
        import numpy as np

        return np.asarray(self.levels, dtype=np.float64) / 100

    def cut(self, start: float, end: float) -> "Spectrum":
        """The stretch [start, end] seconds as a spectrum of its own, its time from `start`."""
        import numpy as np

        count = max(1, round((end - start) * self.rate) + 1)
        at = np.clip((start + np.arange(count) / self.rate) * self.rate, 0, len(self.levels) - 1)
        below = np.floor(at).astype(int)
        above = np.minimum(below + 1, len(self.levels) - 1)
        share = (at - below)[:, None]
        rows = np.rint(100 * (self.array[below] * (1 - share) + self.array[above] * share))
        return self.model_copy(update={"levels": tuple(tuple(int(v) for v in row) for row in rows)})
