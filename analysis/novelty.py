"""Where something new begins: `evidence` for borders, heard in several ways at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from songreel.analysis.units import Units

_REACH, _REACH_BLOCKS = 2, 8
"""Units on each side of a border that are compared: two bars, or eight seconds without bars."""
_LEAST_NOVELTY, _LEAST_STEP = 0.05, 0.1
"""Novelty, and step of the time-lag form a unit, at which something may begin at all: the
strongest border of any song in the evaluation set has at least 0.23, and 0.095."""


def evidence(units: Units) -> NDArray[np.float64]:
    """How much speaks for a border in front of each unit, 0 to 1, shape (n,).

    The mean of eight views, each 1 at its own strongest border: for spectrum, timbre, rhythm and
    dynamics the novelty around the border, and the change of what is repeated there. No
    view carries it: over 32 songs (the twelve of the evaluation set and twenty made like them) the
    boundary F-measure at 0.5 s is 0.755, without any one of them 0.740 to 0.755, and 0.695 with
    the repetition of the spectrum alone.
    """
    reach = _REACH if units.bars else _REACH_BLOCKS
    views: list[NDArray[np.float64]] = []
    for likeness in (units.alike, units.timbre, units.rhythm, units.dynamics):
        views.append(_peaks(novelty(likeness, reach), _LEAST_NOVELTY))
        # The dynamics of whole units say when it changes, hardly what comes back.
        views.append(_peaks(_repetition_steps(likeness), _LEAST_STEP))
    return np.asarray(np.mean(views, axis=0))


def novelty(likeness: NDArray[np.float32], reach: int) -> NDArray[np.float64]:
    """Likeness within `reach` units before and after less that across, 0 to 1, shape (n,).

    Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000: the
    correlation along the diagonal with a checkerboard under a Gaussian.
    """
    count = likeness.shape[0]
    places = np.arange(-reach, reach) + 0.5
    taper = np.exp(-2 * (places / reach) ** 2)
    weight = np.outer(taper * np.sign(places), taper * np.sign(places))
    weight /= np.abs(weight).sum()
    padded = np.pad(likeness, reach, mode="reflect" if count > reach else "edge")
    found = np.zeros(count)
    for i in range(2 * reach):
        for j in range(2 * reach):
            found += weight[i, j] * np.diagonal(padded[i : i + count, j : j + count])
    found[0] = 0.0
    return np.maximum(found, 0.0)


def _repetition_steps(likeness: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much what a unit repeats changes at its start, root mean square over lags, shape (n,).

    Serrà et al., "Unsupervised music structure annotation by time series structure features and
    segment similarity", IEEE Trans. Multimedia 16(5), 2014: the step between neighbouring rows
    of the time-lag form of the likeness.
    """
    count = likeness.shape[0]
    at = np.arange(count)
    lagged = likeness[(at[:, None] + at[None, :]) % count, at[:, None]]
    lagged = gaussian_filter1d(gaussian_filter1d(lagged, 1.0, axis=0), 0.7, axis=1, mode="wrap")
    step = np.zeros(count)
    step[1:] = np.sqrt(np.square(np.diff(lagged, axis=0)).mean(axis=1))
    return step


def _peaks(values: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Local peaks of `values` as a share of the highest, or of `least` if that is more."""
    padded = np.pad(values, 2, constant_values=-1.0)
    around = np.lib.stride_tricks.sliding_window_view(padded, 5).max(axis=1)
    return np.where(values >= around, values / max(float(values.max()), least), 0.0)
