"""A steady pulse of a given tempo, its phase from what is struck and heard: `steady`."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.strikes import Strikes, strikes_of
from songreel.models.music import Analysis

Times = NDArray[np.float64]

WIDTH = 0.015
"""Seconds: standard deviation of onsets around the beat they belong to."""
STEP = 0.001
"""Seconds between phases that are tried."""
BEATS = 1.0
"""Weight of a beat that was heard beside an onset of full weight, times the trust in the grid."""
AUDIBLE = 0.02
"""Energy (0 to 1) under which nothing is heard."""
TEMPI = np.linspace(-0.01, 0.01, 41)
"""Ratios less one of tempi that are tried for a better fit."""
BETTER = 1.15
"""By how much a tempo must fit better before it is worth a word."""


def steady(analysis: Analysis, bpm: float) -> Times:
    """Beats at `bpm` from the first moment that can be heard to the last, in the best phase."""
    period = 60 / bpm
    heard = _heard(analysis)
    phase, _ = _phase(heard, period)
    start, end = sounding(analysis)
    # The first sound may be a beat that lies a hair before it was counted as sound.
    first = np.ceil((start - 0.1 - phase) / period - 1e-9)
    beats = phase + np.arange(first, np.floor((end - phase) / period) + 1) * period
    return np.asarray(beats[(beats >= 0) & (beats < analysis.track.duration)])


def better_tempo(analysis: Analysis, bpm: float) -> float | None:
    """A tempo within one percent of `bpm` that fits what is heard clearly better, or None."""
    heard = _heard(analysis)
    if heard.times.size < 8:
        return None
    fits = [_phase(heard, 60 / (bpm * (1 + more)))[1] for more in TEMPI]
    best = int(np.argmax(fits))
    own = fits[len(fits) // 2]
    return round(bpm * (1 + float(TEMPI[best])), 2) if fits[best] > BETTER * own else None


def sounding(analysis: Analysis) -> tuple[float, float]:
    """Seconds of the first and the last moment that can be heard."""
    loud = np.flatnonzero(analysis.energy.array > AUDIBLE)
    if not loud.size:
        return 0.0, analysis.track.duration
    rate = analysis.energy.rate
    return float(loud[0] / rate), min(float((loud[-1] + 1) / rate), analysis.track.duration)


def _heard(analysis: Analysis) -> Strikes:
    strikes = strikes_of(analysis)
    weight = BEATS * analysis.trust.grid
    times = np.concatenate([strikes.times, np.asarray(analysis.beats)])
    weights = np.concatenate([strikes.weights, np.full(len(analysis.beats), weight)])
    return Strikes(times, weights)


def _phase(heard: Strikes, period: float) -> tuple[float, float]:
    """Seconds of the phase in [0, period) on which most of what is heard lies, and how much."""
    count = max(round(period / STEP), 8)
    places = np.round(np.mod(heard.times, period) / period * count).astype(np.int64) % count
    histogram = np.bincount(places, weights=heard.weights, minlength=count)
    apart = np.minimum(np.arange(count), count - np.arange(count)) * (period / count)
    kernel = np.exp(-0.5 * (apart / WIDTH) ** 2)
    smooth = np.fft.irfft(np.fft.rfft(histogram) * np.fft.rfft(kernel), count)
    best = int(np.round(smooth, 9).argmax())
    # Between the steps: the mean of what lies around the best one.
    away = (np.mod(heard.times - best * period / count + period / 2, period)) - period / 2
    weights = heard.weights * np.exp(-0.5 * (away / WIDTH) ** 2)
    total = float(weights.sum())
    shift = float((weights * away).sum() / total) if total > 0 else 0.0
    return float(np.mod(best * period / count + shift, period)), float(smooth[best])
