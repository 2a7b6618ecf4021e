"""Where a source's rendering of what it heard lies against what it heard: `Match`, `match`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from songreel.generation.score.onsets import RATE, onsets
from songreel.sound.pcm import Samples

REACH = 0.1
"""Seconds: MP3 coders come 1105 samples late, decoders of codecs by less than a frame (20 ms)."""
_SPAN = 3.0
"""Seconds before the join that are compared: much more would average a drift."""
ALIKE = 0.3
"""Correlation from which on waveforms tell where they lie. At the lag that fits best, music that
has nothing to do with other music reaches 0.15 over 3 s (tests)."""
_EQUAL = 0.01
"""Correlation by which two lags fit as well."""


class Match(NamedTuple):
    """How the rendering lies."""

    lag: int
    """Samples by which it comes late; negative where it comes early."""
    alike: float
    """Correlation at that lag, −1 to 1."""


def match(heard: Samples, take: Samples, rate: int) -> Match:
    """Lay the rendering at the start of `take` against `heard`, near the end of `heard`.

    Where the waveforms have nothing in common (a codec that keeps the sound and not its phase), the
    onsets tell, to 5 ms.
    """
    length = heard.shape[1]
    span = min(length, round(_SPAN * rate))
    old = heard[:, length - span :].mean(axis=0, dtype=np.float64)
    reach = min(round(REACH * rate), max(take.shape[1] - length, 0))
    first = length - span - reach
    new = take[:, max(first, 0) : length + reach].mean(axis=0, dtype=np.float64)
    new = np.pad(new, (max(-first, 0), 0))
    new = np.pad(new, (0, max(span + 2 * reach - new.size, 0)))
    found = _best(old, new, reach)
    if found.alike >= ALIKE:
        return found
    slow = _best(_rises(old, rate), _rises(new, rate), round(reach * RATE / rate))
    lag = round(slow.lag * rate / RATE) if slow.alike >= ALIKE else 0
    return Match(lag, found.alike)


def _rises(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Strength of onsets, shape (n,)."""
    return onsets(mono[None].astype(np.float32), rate).values


def _best(old: NDArray[np.float64], new: NDArray[np.float64], reach: int) -> Match:
    """Lag of `old` in `new`, which begins `reach` values before it, with the correlation there."""
    if new.size < old.size or not old.size:
        return Match(0, 0.0)
    old, new = old - old.mean(), new - new.mean()
    products = correlate(new, old, "valid")[: 2 * reach + 1]
    if products.size < 3 or not old.any():
        return Match(0, 0.0)
    sums = np.concatenate([[0.0], np.cumsum(np.square(new))])
    power = sums[old.size :] - sums[: -old.size]
    norm = np.sqrt(np.maximum(power[: products.size] * np.square(old).sum(), 1e-20))
    alike = products / norm
    # A sound that repeats itself fits a period further as well: the nearest of equal lags is meant.
    top = np.concatenate(
        [[False], (alike[1:-1] >= alike[:-2]) & (alike[1:-1] >= alike[2:]), [False]]
    )
    top[alike.argmax()] = True
    equal = np.flatnonzero(top & (alike >= alike.max() - _EQUAL))
    best = int(equal[np.abs(equal - reach).argmin()])
    return Match(best - reach, round(float(alike[best]), 4))
