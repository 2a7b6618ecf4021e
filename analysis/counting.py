"""Beats and bars at another octave of their tempo: `halved`, `doubled`. Nothing is heard here.

Every bar line stays one or falls away, and none moves: what was edited to a bar stays at a bar.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Counted(NamedTuple):
    """Beats and bars."""

    beats: NDArray[np.float64]
    """Seconds, shape (n,), increasing."""
    downbeats: NDArray[np.int64]
    """Index into `beats` of the first beat of each bar."""
    meter: str

    @property
    def length(self) -> int:
        """Beats a bar, the commonest; 4 where there are no bars."""
        if self.downbeats.size < 2:
            return 4
        return int(np.bincount(np.diff(self.downbeats)).argmax())


def halved(old: Counted) -> Counted:
    """Every other beat, from the bar lines on; needs at least four.

    Two bars become one of as many beats, but a bar of six becomes one of three. Bar one starts
    where it did.
    """
    count, length = old.beats.size, old.length
    lines = old.downbeats if length == 6 else old.downbeats[::2]
    if not lines.size:
        return Counted(old.beats[::2], lines, old.meter)
    keep = np.zeros(count, bool)
    for line, after in zip(lines, [*lines[1:], count], strict=True):
        span = np.arange(line, after, 2)
        # A bar of odd length leaves a beat right before the next bar line: no beat of half tempo.
        if after < count and span.size > 1 and span[-1] == after - 1:
            span = span[:-1]
        keep[span] = True
    keep[np.arange(lines[0] - 2, -1, -2)] = True
    place = np.cumsum(keep) - 1
    return Counted(old.beats[keep], place[lines], "3/4" if length == 6 else old.meter)


def doubled(old: Counted, between: NDArray[np.float64]) -> Counted:
    """A beat more between every two; needs at least two.

    A bar becomes two of as many beats each, but a bar of two becomes one of four.

    Args:
        old: Shape (n,).
        between: Seconds of the new beats, shape (n − 1,).
    """
    beats = np.empty(2 * old.beats.size - 1)
    beats[::2], beats[1::2] = old.beats, between
    step = 4 if old.length == 2 else old.length
    lines = 2 * old.downbeats
    parts = []
    if lines.size:
        parts.append(np.arange(lines[0] - step, -1, -step)[::-1])
        parts += [
            np.arange(line, after, step)
            for line, after in zip(lines, [*lines[1:], beats.size], strict=True)
        ]
    downbeats = np.concatenate(parts) if parts else lines
    meter = "4/4" if old.length == 2 else old.meter
    return Counted(beats, downbeats.astype(np.int64), meter)
