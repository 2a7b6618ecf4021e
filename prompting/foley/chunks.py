"""Where the sound of a film is divided: at cuts, into pieces that a source makes at a time."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf, log2
from typing import NamedTuple

USUAL = 8.0
"""Seconds that MMAudio was trained on; "a large deviation from the training duration may result in
a lower quality" (its README)."""
SHORTEST = 3.0
"""Seconds under which a chunk is avoided: there is hardly anything to hear before it is over."""
_SEAM, _UNLIKE, _SHORT = 0.6, 1.5, 100.0
"""What a seam costs, a change of everything heard inside a chunk, and a chunk under `SHORTEST`;
one of half the usual length costs 0.4, of twice 0.3. So two shots of 4 s that sound alike share a
chunk, two that do not stand alone, and shots of 2 s are joined. Our choice."""


class Atom(NamedTuple):
    """A shot, or a piece of one that is too long: frames [start, end)."""

    shot: int
    start: int
    end: int
    inside: bool
    """Whether it begins inside its shot."""


def atoms(spans: Sequence[tuple[int, int]], longest: int) -> list[Atom]:
    """Shots, those longer than `longest` frames in equal pieces."""
    found = []
    for shot, (start, end) in enumerate(spans):
        pieces = -(-(end - start) // longest)
        edges = [start + round(n * (end - start) / pieces) for n in range(pieces + 1)]
        found += [Atom(shot, a, b, n > 0) for n, (a, b) in enumerate(pairwise(edges))]
    return found


def divide(
    pieces: Sequence[Atom], change: Sequence[float], *, longest: int, rate: float
) -> list[tuple[int, int]]:
    """Join pieces to chunks of good length whose shots sound alike (dynamic programming).

    Args:
        pieces: In order, each at most `longest` frames.
        change: How unlike piece n + 1 sounds to piece n, 0 to 1; shape (pieces − 1,).
        longest: Frames of a chunk.
        rate: Frames a second.

    Returns:
        (first, last + 1) of the pieces of each chunk.
    """
    best = [0.0] + [inf] * len(pieces)
    before = [0] * (len(pieces) + 1)
    for end in range(1, len(pieces) + 1):
        inner = 0.0
        for start in range(end - 1, -1, -1):
            frames = pieces[end - 1].end - pieces[start].start
            if frames > longest:
                break
            cost = best[start] + _cost(frames / rate) + inner
            if cost < best[end]:
                best[end], before[end] = cost, start
            if start:
                inner += _UNLIKE * change[start - 1]
    chunks = []
    end = len(pieces)
    while end:
        chunks.append((before[end], end))
        end = before[end]
    return chunks[::-1]


def _cost(seconds: float) -> float:
    away = log2(seconds / USUAL)
    return _SEAM + (0.4 if away < 0 else 0.3) * away**2 + _SHORT * (seconds < SHORTEST)
