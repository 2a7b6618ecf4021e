"""Bar lines on beats that are settled, by what the analysis has heard: `bar_lines`."""

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Analysis, Hits

Times = NDArray[np.float64]

OLD_LINE = 2.0
"""Worth of a beat on which a bar line was heard, times the trust in the meter."""
CHORD, SECTION, PHRASE, KICK, BASS = 1.0, 3.0, 1.0, 0.5, 0.5
"""Worth of a beat on which a chord, a section or a phrase begins, and of a kick and a bass note of
full strength. A change of chord is the surest sign of a bar line that onsets do not give (Goto,
"An audio-based real-time beat tracking system", JNMR 2001)."""
SLIP = 8.0
"""Cost of a bar of another length: some four bars whose evidence all asks for it."""
NEAR = 0.06
"""Seconds between an onset and the beat it falls on."""


def bar_lines(
    analysis: Analysis, beats: Times, length: int, *, slip: float = SLIP
) -> NDArray[np.int64]:
    """Index into `beats`, shape (n,), of the first beat of each bar.

    Args:
        analysis: As heard up to now.
        beats: Seconds, increasing.
        length: Beats a bar.
        slip: Cost of a bar of another length; infinity for none.
    """
    if not beats.size:
        return np.zeros(0, np.int64)
    return _best(_worth(analysis, beats), length, slip)


def by_places(places: dict[int, int], count: int, length: int) -> NDArray[np.int64]:
    """Index of the first beat of each bar where a person has told places in the bar.

    Args:
        places: Place in its bar, from 1, by index of the beat; at least one.
        count: Beats.
        length: Beats a bar, for beats nobody has placed.
    """
    known = sorted(places)
    lines = []
    place = (places[known[0]] - 1 - known[0]) % length
    for i in range(count):
        place = places[i] - 1 if i in places else place
        if place % length == 0 or (i in places and place == 0):
            lines.append(i)
            place = 0
        place += 1
    return np.array(lines, np.int64)


def _worth(analysis: Analysis, beats: Times) -> Times:
    """What speaks for a bar line on each beat, shape (n,)."""
    half = np.median(np.diff(beats)) / 2 if beats.size > 1 else 0.25
    trust = analysis.trust
    worth = np.zeros(beats.size)

    def add(times: NDArray[np.float64], weight: float, reach: float) -> None:
        if not times.size:
            return
        right = np.clip(np.searchsorted(beats, times), 1, max(beats.size - 1, 1))
        left = np.minimum(right, beats.size) - 1
        right = np.minimum(right, beats.size - 1)
        at = np.where(times - beats[left] <= beats[right] - times, left, right)
        hit = np.abs(beats[at] - times) <= reach
        worth[np.unique(at[hit])] += weight

    add(np.asarray(analysis.downbeats), OLD_LINE * trust.meter * trust.grid, 0.6 * half)
    add(np.array([chord.start for chord in analysis.chords[1:]]), CHORD, 0.15)
    add(np.array([s.start for s in analysis.sections[1:]]), SECTION * trust.sections, half)
    add(np.asarray(analysis.phrases), PHRASE * trust.sections, half)
    worth += KICK * _struck(analysis.onsets.kick, beats)
    worth += BASS * _struck(analysis.onsets.bass, beats)
    return worth


def _struck(hits: Hits, beats: Times) -> Times:
    found = np.zeros(beats.size)
    if hits.times:
        times, strengths = np.asarray(hits.times), np.asarray(hits.strengths)
        at = np.searchsorted(times, beats)
        for shift in (-1, 0):
            i = np.clip(at + shift, 0, times.size - 1)
            found = np.where(
                np.abs(times[i] - beats) <= NEAR, np.maximum(found, strengths[i]), found
            )
    return found


def _best(worth: Times, length: int, slip: float) -> NDArray[np.int64]:
    """The path through the places of a bar whose first beats are worth most."""
    n = worth.size
    best = np.full((n, length), 0.0)
    came = np.zeros((n, length), np.int64)
    best[0, 0] = worth[0]
    for i in range(1, n):
        best[i] = np.roll(best[i - 1], 1)
        came[i] = np.roll(np.arange(length), 1)
        if slip < np.inf:
            other = int(best[i - 1].argmax())
            if best[i - 1, other] - slip > best[i, 0]:
                best[i, 0], came[i, 0] = best[i - 1, other] - slip, other
        best[i, 0] += worth[i]
    place = int(np.round(best[-1], 9).argmax())
    lines = []
    for i in range(n - 1, -1, -1):
        if place == 0:
            lines.append(i)
        place = int(came[i, place])
    return np.array(lines[::-1], np.int64)
