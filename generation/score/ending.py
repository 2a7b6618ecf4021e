"""How a track ends: `ends_by_itself`, `last_samples`."""

from songreel.generation.score.grid import Grid
from songreel.generation.score.levels import level
from songreel.sound.pcm import Samples

_LAST = 0.1
"""Seconds."""
_FALLEN = 20.0
"""LU by which music that has ended lies below what it was."""
_CUT = 0.05
"""Seconds over which the last of an ending goes."""
_LONGEST = 4.0
"""Seconds of a fade-out."""


def ends_by_itself(samples: Samples, rate: int) -> bool:
    """Whether the last part's sound dies away before it stops; `samples` are the part."""
    last = level(samples[:, max(0, samples.shape[1] - round(_LAST * rate)) :], rate)
    return last < level(samples, rate) - _FALLEN


def last_samples(samples: int, rate: int, grid: Grid, *, ended: bool) -> int:
    """Samples at the end of a last part that are faded out.

    Args:
        samples: Of the part.
        rate: Samples a second.
        grid: Its beats.
        ended: Whether it ends by itself: then only its last twentieth of a second, so that it is
            not cut off; else a bar, but no more than half of it, nor 4 s.
    """
    longest = _CUT if ended else min(grid.bar, _LONGEST)
    return int(min(longest * rate, samples / 2))
