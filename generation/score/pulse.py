"""The pulse of some seconds of music whose tempo is meant to be known: `beat_at`, `tempo`, `feel`.

Onsets are laid against a pulse as a sum of unit vectors: E(f) = Σ s(t) exp(−2πi f t) / Σ s(t) is 1
where they all fall on beats of f and 0 where they know nothing of it (the Fourier tempogram at one
tempo; Grosche and Müller, IEEE TASLP 19(6), 2011). Multiples of f sharpen it: what falls on beats
falls on half beats too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.score.onsets import Onsets, onsets
from songreel.generation.score.verdict import Surroundings, Verdict
from songreel.models.score import ScoreCue
from songreel.sound.pcm import Samples

_WEIGHTS = np.array([1.0, 0.8, 0.5, 0.5])
"""Of a pulse and its multiples."""
_WIDEST = 1.28
"""Furthest tempo that is looked for, as a ratio: a third more would be another metrical level."""
_VAGUE, _CLEAR = 0.2, 0.45
"""Fit below which there is no pulse, and from which on there is no doubt of it."""
_EXPECTED = (1.6, 2.4)
_MOVED = (2.0, 3.5)
"""By how much the strongest tempo stands out over the median: where nobody would believe it, and
where there is no doubt, for the tempo that is meant and for another. Over 4 s notes at random reach
2.3, at any tempo; a humanised orchestra has 1.7 to 3 at its own, chords with drums 4 to 7."""
_SAME = 0.02
"""Share by which a tempo is off that is still the one that is meant."""
_NEAR = 0.8
"""Weight of a pulse a quarter of a beat off; right on it has 1, halfway to the next 0.6."""


class Beat(NamedTuple):
    """Where a pulse lies."""

    at: float
    """Seconds of the beat that is nearest to where it was looked for."""
    clear: float
    """0: there is no pulse, to 1: there is no doubt of it."""


def beat_at(heard: Onsets, period: float, near: float, reach: float) -> Beat:
    """The beat nearest to `near` of a pulse of `period` seconds, as the onsets before it have it.

    Args:
        heard: Onsets; those next to `near` count most, those eight beats away a third.
        period: Seconds.
        near: Seconds.
        reach: Furthest from `near`, seconds, at most half a period.
    """
    times = heard.times() - near
    sums = _sums(
        heard.values * np.exp(-np.abs(times) / (8 * period)), times, np.array([1 / period])
    )
    offsets = np.linspace(-reach, reach, max(3, 2 * round(reach * 500) + 1))
    fit, halves = _fit(sums[:, 0], offsets / period)
    # What falls between beats may be as strong as what falls on them: the nearer one is believed.
    best = int((fit * (_NEAR + (1 - _NEAR) * np.cos(2 * np.pi * offsets / period))).argmax())
    # Where eighths are as strong as beats the pulse is clear, and which of them are beats is not:
    # then it is those that are near.
    return Beat(near + float(offsets[best]), _trust(float(max(fit[best], halves[best]))))


def tempo(heard: Onsets, bpm: float, before: Onsets | None = None, join: float = 0.0) -> Verdict:
    """The tempo of `heard`, which is meant to have `bpm`.

    Args:
        heard: Onsets of the new music.
        bpm: Beats a minute; tempi up to 1.28 times away are looked at, and octaves count as one.
        before: Onsets of what comes before it at that tempo: the new beats go on from its beats,
            which makes more of a few seconds.
        join: Seconds at which the new music begins.
    """
    ratios = np.exp(np.arange(-np.log(_WIDEST), np.log(_WIDEST), 0.001))
    times = heard.times() - join
    alone = joint = _sums(heard.values, times, bpm / 60 * ratios)
    if before is not None and before.values.sum() > 0:
        beats = before.times() - join
        near = np.exp(beats / max(float(times[-1]) if times.size else 1.0, 1.0))
        joint = alone + _sums(before.values * near, beats, np.array([bpm / 60]))
    strength = _WEIGHTS @ np.abs(alone) ** 2
    best = int((_WEIGHTS @ np.abs(joint) ** 2).argmax())
    # Few onsets are strong at every tempo: what stands out over the others counts.
    usual = float(np.median(strength))
    out = float(np.sqrt(strength[best] / usual)) if usual > 0 else 0.0
    trust = _trust(out, *(_EXPECTED if abs(ratios[best] - 1) <= _SAME else _MOVED))
    return Verdict(float(bpm * ratios[best]), trust) if trust > 0 else Verdict()


def feel(samples: Samples, rate: int, cue: ScoreCue, around: Surroundings) -> Verdict:
    """The tempo of new music; a `Judge` that needs nothing but the music."""
    same = around.bpm is not None and abs(around.bpm / cue.bpm - 1) < 0.01
    before = around.before if same else samples[:, :0]
    join = before.shape[1] / rate
    # Heard in one go: a sound that only went on is no onset where it is cut.
    heard = onsets(np.concatenate([before, samples], axis=1), rate, -join)
    past = heard.between(-join + 0.05, -0.02) if join else None
    return tempo(heard.between(-0.02, samples.shape[1] / rate), cue.bpm, past)


def _sums(
    values: NDArray[np.float64], times: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """E at each frequency and its multiples, shape (multiples, frequencies)."""
    total = values.sum()
    found = np.zeros((_WEIGHTS.size, frequencies.size), np.complex128)
    if total <= 0:
        return found
    turn = np.exp(-2j * np.pi * np.outer(times, frequencies))
    turned = np.ones_like(turn)
    for n in range(_WEIGHTS.size):
        turned *= turn
        found[n] = values @ turned / total
    return found


def _trust(value: float, none: float = _VAGUE, full: float = _CLEAR) -> float:
    return min(max((value - none) / (full - none), 0.0), 1.0)


def _fit(
    sums: NDArray[np.complex128], phases: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How well a pulse at each phase (beats) fits, and one of half its period: 1 at best."""
    orders = np.arange(1, _WEIGHTS.size + 1)
    turned = (sums[:, None] * np.exp(2j * np.pi * np.outer(orders, phases))).real
    return _WEIGHTS @ turned / _WEIGHTS.sum(), _WEIGHTS[1::2] @ turned[1::2] / _WEIGHTS[1::2].sum()
