"""What speaks for a beat at each frame: `Pulse`, the onset curves made even over the song."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, gaussian_filter1d, maximum_filter1d

from songreel.analysis.features import Features

SPREAD = 300
"""Frames: standard deviation of the window over which loud and quiet passages are evened out,
3 s, longer than a bar so that the pattern within it stays."""
FLOOR = 0.01
"""Mean rise of a band (in the units of `Features`) below which it counts as empty."""
BAND_WEIGHTS = {"low": 1.0, "mid": 1.0, "high": 0.5, "onset": 1.0}
"""Hats mark the halves as often as the beats, so they count half."""
AUDIBLE = -60.0
"""dB below the loudest frame at which the song counts as silent."""


@dataclass(frozen=True)
class Pulse:
    """Onset strength between the song's first and last sound, in units of its local mean."""

    first: int
    """Frame of the song that is frame 0 here."""
    bands: dict[str, NDArray[np.float64]]
    """Curves `low`, `mid`, `high`, `onset`, shape (n,), mean about 1; the greatest value within
    ±20 ms, so that they may be read at a beat that is a little off."""
    strokes: dict[str, NDArray[np.float64]]
    """The same summed under a bell of ±20 ms, so that a stroke counts the same wherever between
    two frames it lies: for comparing one beat with another."""
    gain: NDArray[np.float64]
    """Shape (n,): evidence for a beat, zero mean, for `songreel.analysis.grid`."""
    sounding: NDArray[np.bool_]
    """Shape (n,): whether the frame can be heard."""


def find_pulse(features: Features) -> Pulse | None:
    """The pulse of a song; None for silence."""
    sounding = np.flatnonzero((features.level > AUDIBLE) & (features.mel.max(axis=1) > 0))
    if sounding.size == 0 or features.level.max() <= -120.0:
        return None
    first, last = int(sounding[0]), int(sounding[-1]) + 1
    even = {
        name: _even(getattr(features, name)[first:last].astype(np.float64)) for name in BAND_WEIGHTS
    }
    mix = sum(weight * np.log1p(even[name]) for name, weight in BAND_WEIGHTS.items())
    gain = correlate1d(np.asarray(mix) / sum(BAND_WEIGHTS.values()), [0.25, 0.5, 0.25])
    return Pulse(
        first=first,
        bands={name: maximum_filter1d(curve, 5) for name, curve in even.items()},
        strokes={name: 6 * gaussian_filter1d(curve, 2.0) for name, curve in even.items()},
        gain=gain - gain.mean(),
        sounding=features.level[first:last] > AUDIBLE,
    )


def _even(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    local = gaussian_filter1d(curve, SPREAD)
    return np.asarray(curve / (0.8 * local + 0.2 * curve.mean() + FLOOR))
