"""Which onset is what: `find_strokes` tells kick, snare, hat, bass note and melody note apart.

Each onset is described by how much every part of the spectrum rises, how fast it falls again and
what stays (a kick is gone after 80 ms, a bass note is not), and by what the leading pitch does; a
small network with one hidden layer, trained on songs made in code, says what was struck. Several
things may be struck at once.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from songreel.analysis.features import Features, band_centres
from songreel.analysis.lead import Lead

KINDS = ("kick", "snare", "hat", "bass", "melody")
WEIGHTS = "strokes.npz"
"""Beside this file; made by `training.strokes`."""
EDGES = (0, 75, 120, 180, 300, 500, 850, 1400, 2300, 3600, 5200, 7200, 9000, 12_000)
"""Hz: the parts of the spectrum."""
CURVES = ("low", "mid", "high", "onset")
APART = 3
"""Frames to each side within which an onset curve has one peak."""
SHARE, LEAST = 0.06, 0.02
"""Of a curve's strong rises (their 97th percentile), and in units of `Features`, what counts as a
peak at all: few, for what is no onset is told by the network."""
PADDING = 20
"""Frames of silence thought before and after, so that ends are described like the middle."""
LIMIT = 4.0
"""Standard deviations beyond which a description counts no further."""


@dataclass(frozen=True)
class Strokes:
    """Onsets and what they are."""

    frames: NDArray[np.int64]
    """Shape (n,), of the features given, increasing."""
    likely: NDArray[np.float64]
    """Shape (n, 5): probability of each of `KINDS`."""
    struck: NDArray[np.bool_]
    """Shape (n, 5): whether it is likely enough."""


def find_strokes(features: Features, lead: Lead, first: int, last: int) -> Strokes:
    """Onsets in frames [first, last), told apart; frames count from `first`."""
    weights = _weights()
    frames, described = describe(features, lead, first, last)
    scaled = np.clip((described - weights["mean"]) / weights["spread"], -LIMIT, LIMIT)
    hidden = np.maximum(scaled @ weights["hidden"] + weights["hidden_bias"], 0)
    odds = hidden @ weights["out"] + weights["out_bias"]
    likely = 1 / (1 + np.exp(-odds.astype(np.float64)))
    return Strokes(frames, likely, likely > weights["thresholds"])


def describe(
    features: Features, lead: Lead, first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Frames of all onsets within [first, last), from `first`, and 73 numbers on each."""
    frames = _candidates(features, first, last)
    at = frames + PADDING
    level = _padded(features.mel[first:last] @ _parts())
    before = _around(level, at, -5, -3).mean(axis=1)
    top = _around(level, at, -1, 2).max(axis=1)
    soon = _around(level, at, 6, 9).mean(axis=1)
    late = _around(level, at, 13, 18).mean(axis=1)
    rise = np.maximum(top - before, 0)
    usual = np.percentile(rise, 95, axis=0) + 0.15 if at.size else 1.0
    spectral = (rise, rise / usual, np.maximum(top - soon, 0), soon - before, late - before)
    return frames, np.concatenate(
        [*spectral, _leading(lead, at, first, last)], axis=1, dtype=np.float32
    )


def _leading(lead: Lead, at: NDArray[np.int64], first: int, last: int) -> NDArray[np.float32]:
    """What the leading pitch does around each onset, shape (n, 8)."""
    strength = lead.strength[first:last]
    top = float(strength.max(initial=0.0)) or 1.0
    loud = _padded(np.log(strength / np.float32(top) + np.float32(1e-3)), np.log(1e-3))
    pitch = _padded(lead.pitch[first:last])
    share = _padded(lead.share[first:last])
    loud_before = _around(loud, at, -8, -4).mean(axis=1)
    loud_after = _around(loud, at, 4, 9).mean(axis=1)
    held = _around(pitch, at, 4, 10)
    steady = held.std(axis=1)
    leap = np.abs(np.median(held, axis=1) - np.median(_around(pitch, at, -9, -4), axis=1))
    leap = np.minimum(leap, 400)
    after = _around(share, at, 4, 9).mean(axis=1)
    return np.stack(
        [
            loud_after - loud_before,
            leap > 60,
            leap / 400,
            np.minimum(steady, 100) / 100,
            after,
            after - _around(share, at, -8, -4).mean(axis=1),
            (leap > 60) & (steady < 40),
            _around(loud, at, -1, 4).max(axis=1) - loud_before,
        ],
        axis=1,
    ).astype(np.float32)


def _candidates(features: Features, first: int, last: int) -> NDArray[np.int64]:
    """Frames at which any of the onset curves has a peak, the clearest of those within 20 ms."""
    total = np.zeros(last - first)
    peaks = np.zeros(last - first, np.bool_)
    for name in CURVES:
        curve = getattr(features, name)[first:last].astype(np.float64)
        rising = curve[curve > 0]
        if rising.size == 0:
            continue
        least = max(SHARE * float(np.percentile(rising, 97)), LEAST)
        peaks |= (curve == maximum_filter1d(curve, 2 * APART + 1)) & (curve > least)
        total += curve / (curve.mean() + LEAST)
    total[~peaks] = 0.0
    return np.flatnonzero(peaks & (total == maximum_filter1d(total, 5)))


def _padded(values: NDArray[np.float32], silent: float = 0.0) -> NDArray[np.float32]:
    around = [(PADDING, PADDING)] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values, around, constant_values=np.float32(silent))


def _around(
    values: NDArray[np.float32], at: NDArray[np.int64], low: int, high: int
) -> NDArray[np.float32]:
    """Frames low to high about each onset, shape (n, high − low + 1, …)."""
    return np.asarray(values[at[:, None] + np.arange(low, high + 1)], np.float32)


@lru_cache(maxsize=1)
def _parts() -> NDArray[np.float32]:
    """Mean over the mel bands of each part of the spectrum, shape (bands, 13)."""
    centres = band_centres()
    edges = np.array(EDGES)
    inside = (centres[:, None] >= edges[:-1]) & (centres[:, None] < edges[1:])
    return np.asarray(inside / np.maximum(inside.sum(axis=0), 1), np.float32)


@lru_cache(maxsize=1)
def _weights() -> dict[str, NDArray[np.float32]]:
    with as_file(files("songreel.analysis") / WEIGHTS) as path, np.load(path) as stored:
        return {name: np.asarray(stored[name], np.float32) for name in stored.files}
