"""Beats made even without leaving what was heard: `evened`."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Times = NDArray[np.float64]

STIFF = 4.0
"""Weight of a change of the interval against the distance to an onset, both squared: about four
neighbours vote on each beat."""


def evened(times: Times, weights: Times, stiff: float = STIFF) -> Times:
    """Times t that minimise Σ w (t − time)² + stiff Σ (second difference of t)²; n ≥ 3."""
    n = times.size
    bands = np.zeros((3, n))
    bands[2] = weights
    row = (1.0, -2.0, 1.0)
    for i in range(3):
        for j in range(i, 3):
            bands[2 - (j - i), j : n - 2 + j] += stiff * row[i] * row[j]
    start = times[0]
    return np.asarray(solveh_banded(bands, weights * (times - start)) + start)
