"""How far beat trackers agree: `f_measure`, `agreement`, `mutual`.

What several trackers hear alike is likelier right: the mean mutual agreement of a committee picks
the best of its members' beats, and its height tells how far to believe them (Holzapfel, Davies,
Zapata, Oliveira and Gouyon, "Selective Sampling for Beat Tracking Evaluation", TASLP 2012).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.07
"""Seconds: that of the beat F-measure (Davies, Degara and Plumbley, C4DM-TR-09-06, 2009)."""

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How far two trackers agree."""

    strict: float
    """F-measure of their beats."""
    aware: float
    """The same where one may count at half, double or a third of the other's rate."""
    ratio: float
    """Rate of the other to that of the one at which they agree best."""
    off: float
    """F-measure of the other's beats with the points half way between the one's."""


def f_measure(one: Times, other: Times, tolerance: float = TOLERANCE) -> float:
    """Harmonic mean of the shares of each that the other has, 0 to 1; increasing times."""
    if not one.size or not other.size:
        return 0.0
    return 2 * _matched(one.tolist(), other.tolist(), tolerance) / (one.size + other.size)


def agreement(one: Times, other: Times) -> Agreement:
    """Agreement of two trackers' beats, in seconds, increasing."""
    strict = f_measure(one, other)
    best = (strict, 1.0)
    for ratio in (2, 3):
        for fast, slow, factor in ((other, one, float(ratio)), (one, other, 1 / ratio)):
            for first in range(ratio):
                found = f_measure(fast[first::ratio], slow)
                best = max(best, (found, factor))
    return Agreement(strict, *best, off=f_measure((one[1:] + one[:-1]) / 2, other))


def mutual(
    members: dict[str, Times],
) -> tuple[dict[str, float], dict[tuple[str, str], Agreement]]:
    """Mean agreement of each member with the others, and the agreement of each pair.

    Args:
        members: Beats by name; at least two.

    Returns:
        For each the mean of strict and octave-aware agreement with all others; pairs in both
        orders.
    """
    pairs: dict[tuple[str, str], Agreement] = {}
    for one, beats in members.items():
        for other, others in members.items():
            if one != other:
                pairs[one, other] = agreement(beats, others)
    means = {
        name: float(
            np.mean([(p.strict + p.aware) / 2 for (one, _), p in pairs.items() if one == name])
        )
        for name in members
    }
    return means, pairs


def nearest(times: Times, targets: Times) -> NDArray[np.int64]:
    """Index of the nearest target of each time; −1 where none lies within the tolerance."""
    if not targets.size:
        return np.full(times.size, -1, np.int64)
    right = np.searchsorted(targets, times).clip(0, targets.size - 1)
    left = (right - 1).clip(0)
    near = np.where(np.abs(targets[left] - times) <= np.abs(targets[right] - times), left, right)
    return np.where(np.abs(targets[near] - times) <= TOLERANCE, near, -1)


def _matched(one: list[float], other: list[float], tolerance: float) -> int:
    """Largest number of pairs within the tolerance, each time in one pair at most."""
    i = j = count = 0
    while i < len(one) and j < len(other):
        apart = one[i] - other[j]
        if abs(apart) <= tolerance:
            count, i, j = count + 1, i + 1, j + 1
        elif apart < 0:
            i += 1
        else:
            j += 1
    return count
