"""Phrases within phrases: `phrase_levels`, groups of 2, 4, 8 and 16 bars inside each section."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.sections import Form
from songreel.analysis.units import Units
from songreel.models.music import PhraseLevel

LENGTHS = (2, 4, 8, 16)
"""Bars of a phrase at each level: phrases of music in metre pair up (Lerdahl and Jackendoff, "A
generative theory of tonal music", 1983, grouping by symmetry)."""
_UNPAIRED, _LEFT_OVER = 0.5, 0.2
"""Cost of a phrase of one or three parts instead of two, and of one part left over at the end, in
evidence from 0 to 1: what is only a little newer than its neighbours shifts no phrase, an entry
that most views of `songreel.analysis.novelty` agree on does."""
_PICKUP = 0.75
"""Share of a bar under which the song's first stretch is a pick-up and no bar of a phrase."""


def phrase_levels(
    units: Units, form: Form, downbeats: NDArray[np.float64]
) -> tuple[PhraseLevel, ...]:
    """Starts of phrases of each of `LENGTHS`, the shortest first; none where there are no bars.

    Every section starts a phrase on every level. Inside it, two phrases of one level make one of
    the next, unless the music says otherwise: a pick-up bar or a tag of two bars stands alone.

    Args:
        units: Bars of the song, or groups of very short ones.
        form: Its sections; `evidence` tells where something begins.
        downbeats: Shape (m,), seconds.
    """
    if not units.bars:
        return ()
    bar = float(np.median(np.diff(downbeats)))
    # Very short bars are heard in twos and threes: those are the smallest phrases there are.
    grouped = float(np.median(np.diff(units.edges))) > 1.5 * bar
    found: list[set[int]] = [set() for _ in LENGTHS]
    for number, (first, last) in enumerate(zip(form.borders[:-1], form.borders[1:], strict=True)):
        if form.silent[number]:
            continue
        begin, stop = int(first), int(last)
        lead_in = units.edges[begin + 1] - units.edges[begin] < _PICKUP * bar
        starts = [i for i in range(begin, stop) if i == begin or units.allowed[i]]
        kept = {begin}
        if lead_in and len(starts) > 1:
            starts = starts[1:]
        for level in range(len(LENGTHS)):
            if level or not grouped:
                starts = _paired(starts, form.evidence)
            found[level] |= kept | set(starts)
    return tuple(
        PhraseLevel(bars=bars, starts=tuple(_seconds(units, form, places)))
        for bars, places in zip(LENGTHS, found, strict=True)
    )


def _paired(starts: list[int], evidence: NDArray[np.float64]) -> list[int]:
    """The starts, among `starts`, of pairs of phrases; the first is kept.

    Of all ways to group one, two or three at a time the one with most evidence at its starts
    less the cost of groups that are no pairs.
    """
    count = len(starts)
    worth = np.array([evidence[i] for i in starts])
    best = np.full(count + 1, -np.inf)
    before = np.zeros(count + 1, dtype=np.intp)
    best[0] = 0.0
    for end in range(1, count + 1):
        for size in (2, 1, 3):
            begin = end - size
            if begin < 0:
                continue
            left_over = size == 1 and end == count
            cost = 0.0 if size == 2 else _LEFT_OVER if left_over else _UNPAIRED
            score = best[begin] + (worth[begin] if begin else 0.0) - cost
            if score > best[end] + 1e-9:
                best[end], before[end] = score, begin
    path = []
    at = count
    while at > 0:
        at = int(before[at])
        path.append(starts[at])
    return path[::-1]


def _seconds(units: Units, form: Form, places: set[int]) -> list[float]:
    """Seconds of edges, increasing; the song's first section starts with the song."""
    first = int(form.borders[0])
    opening = 0.0 if not form.silent[0] else float(units.edges[first])
    return [opening if i == first else round(float(units.edges[i]), 6) for i in sorted(places)]
