"""What speaks for a cut at a moment: drums, bass, a new chord, an entry of the voice, a phrase."""

from bisect import bisect_left
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import Analysis, Hits

Floats = NDArray[np.float64]

NEAR = 0.06
"""Seconds by which an onset may miss a beat and still be its accent; about the tolerance of the
beat F-measure, 70 ms."""
DRUMS, BASS, MELODY = 0.4, 0.1, 0.1
"""Taken off the cost of a cut where the strongest kick or snare, a bass note or a note of the
melody begins, at full strength. Drums tell beats apart, which is a small matter beside the bar."""
CHORD = 0.3
"""Taken off where a chord begins that is not the one before it, times its trust."""
ENTRY, BREATH = 0.4, 1.0
"""Taken off where a voice sets in, in full where it was silent for `BREATH` seconds and sings for
as long."""
LEVELS = {2: 0.15, 4: 0.25, 8: 0.5, 16: 0.8}
"""Taken off where a phrase of so many bars begins: the more bars, the stronger the joint."""


def accents(analysis: Analysis, times: Floats) -> Floats:
    """Strength of the strongest kick or snare within `NEAR` of each of n times, shape (n,)."""
    strengths = np.zeros(len(times))
    for hits in (analysis.onsets.kick, analysis.onsets.snare):
        strengths = np.maximum(strengths, _strength_near(hits, times))
    return strengths


def pulls(analysis: Analysis, times: Floats) -> Floats:
    """What the music takes off the cost of a cut at each of n times, shape (n,)."""
    onsets = analysis.onsets
    pull = DRUMS * accents(analysis, times)
    pull += BASS * _strength_near(onsets.bass, times)
    pull += MELODY * _strength_near(onsets.melody, times)
    new = [b for a, b in pairwise(analysis.chords) if str(a) != str(b)]
    harmony = Hits(times=tuple(c.start for c in new), strengths=tuple(c.trust for c in new))
    pull += CHORD * _strength_near(harmony, times)
    pull += ENTRY * _entries(analysis, times)
    pull += np.array([LEVELS.get(bars, 0.0) for bars in phrase_bars(analysis, times)])
    return pull


def phrase_bars(analysis: Analysis, times: Floats) -> list[int]:
    """Bars of the longest phrase that begins within `NEAR` of each time; 0 where none does."""
    found = [0] * len(times)
    for level in analysis.phrase_levels:
        starts = list(level.starts)
        for i, time in enumerate(times):
            place = bisect_left(starts, time - NEAR)
            if place < len(starts) and starts[place] <= time + NEAR:
                found[i] = max(found[i], level.bars)
    return found


def _entries(analysis: Analysis, times: Floats) -> Floats:
    """0 to 1: how clearly a voice sets in at each time."""
    voice = analysis.voice
    if voice is None:
        return np.zeros(len(times))
    sums = np.concatenate([[0.0], np.cumsum(voice.array)])
    width = max(1, round(BREATH * voice.rate))
    at = np.clip(np.round(times * voice.rate).astype(int), 0, len(voice.array))
    last = np.clip(at + width, 0, len(voice.array))
    first = np.clip(at - width, 0, len(voice.array))
    after = (sums[last] - sums[at]) / width
    before = (sums[at] - sums[first]) / width
    entries: Floats = np.clip(after - before, 0.0, 1.0)
    return entries


def _strength_near(hits: Hits, times: Floats) -> Floats:
    found = np.zeros(len(times))
    if not hits.times:
        return found
    onsets, strengths = np.asarray(hits.times), np.asarray(hits.strengths)
    nearest = np.searchsorted(onsets, times)
    for shift in (-1, 0):
        i = np.clip(nearest + shift, 0, len(onsets) - 1)
        near = np.abs(onsets[i] - times) <= NEAR
        found = np.where(near, np.maximum(found, strengths[i]), found)
    return found
