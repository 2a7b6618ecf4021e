"""Bars on beats that are known already: `bars_on`, for trackers that hear none."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.bar_pointer import SLIP
from songreel.analysis.grid import COMMONNESS, Evidence, explained
from songreel.sound.compiled import compiled


def bars_on(evidence: Evidence, frames: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Beats a bar, and the place of each beat in its bar, 0 first; needs at least two beats.

    Args:
        evidence: What is heard.
        frames: Of the beats.
    """
    worth = evidence.start[frames] - evidence.beat[frames]
    scores, found = {}, {}
    for length, common in COMMONNESS.items():
        # Two explains what four does; without the strokes that tell them apart it is left out.
        if length == 2:
            continue
        found[length] = _places(worth, length, SLIP)
        scores[length] = explained(worth[:, None], found[length], length) + common
    best = max(scores, key=lambda length: scores[length])
    return best, found[best]


@compiled
def _places(worth: NDArray[np.float64], length: int, slip: float) -> NDArray[np.int64]:
    """The path through places in the bar whose bar starts are worth most."""
    n = worth.size
    best = np.zeros((n, length))
    came = np.zeros((n, length), np.int64)
    best[0, 0] = worth[0]
    for i in range(1, n):
        for place in range(length):
            before = (place - 1) % length
            top = best[i - 1, before]
            if place == 0:
                for other in range(length):
                    value = best[i - 1, other] - slip
                    if value > top:
                        top, before = value, other
                top += worth[i]
            best[i, place] = top
            came[i, place] = before
    places = np.zeros(n, np.int64)
    places[n - 1] = np.argmax(best[n - 1])
    for i in range(n - 1, 0, -1):
        places[i - 1] = came[i, places[i]]
    return places
