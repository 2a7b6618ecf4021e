"""How a track ends: `ends_by_itself`, `fade_length`."""

from songreel.generation.score.grid import Grid
from songreel.generation.score.levels import level
from songreel.sound.pcm import Samples

_LAST = 0.3
"""Seconds."""
_FALLEN = 20.0
"""LU by which music that has ended lies below what it was."""
_LONGEST = 4.0
"""Seconds of a fade-out."""


def ends_by_itself(samples: Samples, rate: int) -> bool:
    """Whether the last part's sound dies away before it stops; `samples` are the part."""
    last = level(samples[:, max(0, samples.shape[1] - round(_LAST * rate)) :], rate)
    return last < level(samples, rate) - _FALLEN


def fade_length(samples: int, rate: int, grid: Grid) -> int:
    """Samples of the fade-out of a last part: a bar, but no more than half of it, nor 4 s.

    Args:
        samples: Of the part.
        rate: Samples a second.
        grid: Its beats.
    """
    return int(min(grid.bar * rate, samples / 2, _LONGEST * rate))
