"""Beats from an activation: `decode`, a semi-Markov Viterbi search over beat intervals.

The search knows nothing of where its activation comes from: onset strength or the log-odds of a
neural network serve alike. It is the bar-pointer model of Krebs, Böck and Widmer ("An Efficient
State-Space Model for Joint Tempo and Meter Tracking", ISMIR 2015) with tempo changes at beats
only, collapsed to one state per (beat frame, interval before it).
"""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.compiled import compiled

STIFFNESS = 60.0
"""Cost of a tempo change, in units of the activation's log-odds per relative change of the
interval. Krebs et al. use exp(−100 |ratio − 1|) with network activations; onset strength says
less per beat, so a little more freedom serves (40 to 100 score alike on rendered pop)."""


def decode(
    gain: NDArray[np.float64], shortest: int, longest: int, stiffness: float = STIFFNESS
) -> NDArray[np.int64]:
    """The beat sequence with the greatest sum of gains less the cost of its tempo changes.

    Args:
        gain: Shape (n,), what a beat at frame i is worth: log-odds, negative where it is unlikely.
        shortest: Least interval between beats, frames, >= 1.
        longest: Greatest interval, frames, >= shortest.
        stiffness: Cost per relative change of the interval from beat to beat.

    Returns:
        Frames of the beats, increasing; empty where n is 0.
    """
    if gain.size == 0:
        return np.zeros(0, np.int64)
    intervals = np.arange(shortest, longest + 1, dtype=np.float64)
    # A step of one frame is the grid's own rounding, not a change of tempo: nearly free.
    change = np.abs(intervals[:, None] - intervals[None, :])
    relative = np.maximum(change - 1, 0) / np.minimum(intervals[:, None], intervals[None, :])
    cost = stiffness * relative + np.where(change > 0, 0.02 * stiffness / longest, 0.0)
    reach = max(2, round(0.2 * longest))
    return _decode(gain, shortest, longest, cost, reach)


@compiled
def _decode(
    gain: NDArray[np.float64],
    shortest: int,
    longest: int,
    cost: NDArray[np.float64],
    reach: int,
) -> NDArray[np.int64]:
    n = gain.size
    count = longest - shortest + 1
    # Only one longest interval of scores is ever looked back to: a ring keeps hours small.
    size = longest + 1
    best = np.empty((size, count))
    came = np.full((n, count), -1, np.int16)
    for t in range(n):
        for j in range(count):
            before = t - shortest - j
            if before < 0:
                # The first beat: all intervals are equal.
                best[t % size, j] = gain[t]
                continue
            top, where = -1e30, -1
            for i in range(max(0, j - reach), min(count, j + reach + 1)):
                value = best[before % size, i] - cost[i, j]
                if value > top:
                    top, where = value, i
            best[t % size, j] = top + gain[t]
            came[t, j] = where
    # The last beat lies within one longest interval of the end.
    top, t, j = -1e30, n - 1, 0
    for s in range(max(0, n - longest), n):
        for i in range(count):
            if best[s % size, i] > top:
                top, t, j = best[s % size, i], s, i
    beats = np.empty(n // shortest + 2, np.int64)
    found = 0
    while True:
        beats[found] = t
        found += 1
        i = came[t, j]
        if i < 0:
            break
        t -= shortest + j
        j = i
    return beats[:found][::-1].copy()
