"""Which of the pulses in a song is its beat: `find_beats` tries them and weighs the evidence.

Every song has several pulses at simple ratios (bar, half, beat, eighth). Each is tracked on its
own; then neighbours are compared by what happens between the beats of the slower one.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.beats import decode
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.pulse import Pulse

SLOWEST, FASTEST = 45.0, 220.0
"""BPM: what may be called a beat. Listeners tap at 40 to 240, mostly at 80 to 160 (London,
Hearing in Time, 2012)."""
PREFERRED, PREFERENCE = 105.0, 0.7
"""BPM and octaves: a log-normal prior on the tapped rate; wide, so that evidence outweighs it."""
COMB = ((1, 1.0), (2, 1.0), (3, 0.5), (4, 1.0))
"""Multiples of a period at which a beat's autocorrelation shows, and their weights."""
ROOM = 1.25
"""A pulse is tracked within this ratio of its period on both sides."""
CLARITY = 1.5
"""Exponent of the salience: a pulse that misses every other onset is not the beat."""
REPETITION = 5.0
"""Weight of the autocorrelation comb: a pulse across the bar (three eighths in four) does not
come back bar after bar."""
RATIOS = frozenset(
    Fraction(2) ** twos * Fraction(3) ** threes for twos in range(-3, 4) for threes in (-1, 0, 1)
)
"""Periods tried, relative to the plainest one: up to three halvings, and one by three."""
SAME = 0.05
"""A pulse that ran to another period than the one asked for is not there."""
GAIN = 2.0
"""Scale of `Pulse.gain` to log-odds."""


@dataclass(frozen=True)
class Tracked:
    """One pulse of the song and what is heard between its beats."""

    frames: NDArray[np.int64]
    period: float
    """Median interval in frames."""
    halves: dict[str, float]
    """Onset strength half way between beats over that on the beats, by band."""
    thirds: dict[str, float]
    """The same at one and two thirds of the way."""
    salience: float
    """Mean gain on the beats."""


@dataclass(frozen=True)
class BeatChoice:
    """The pulse that was chosen as the beat."""

    beat: Tracked
    octave: float
    """Probability, 0 to 1, that the beat is not another of the song's pulses."""
    regularity: float
    """Height of the autocorrelation comb at the beat, 0 to 1."""


def find_beats(pulse: Pulse) -> BeatChoice | None:
    """Track the song's pulses and choose its beat; None where nothing repeats."""
    if pulse.gain.size < 2 or not np.any(pulse.gain):
        return None
    repeats = autocorrelation(pulse.gain, 800)
    periods = np.arange(60 * FRAME_RATE / FASTEST, 60 * FRAME_RATE / 48.0, 0.25)
    heights = np.array([_comb(repeats, period) for period in periods])
    base = float(periods[heights.argmax()])
    root = track(pulse, base)
    tracks = {Fraction(1): root}
    scores = {Fraction(1): 0.0}
    # Pulses faster and slower than any beat are passed through: a beat may be two of one's thirds.
    # Breadth first: each pulse is judged by the shortest chain of neighbours from the base.
    waiting = [Fraction(1)]
    while waiting:
        ratio = waiting.pop(0)
        for factor in (Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3)):
            near = ratio * factor
            period = root.period * float(near)
            if near in scores or near not in RATIOS or not 30.0 <= _bpm(period) <= 330.0:
                continue
            other = track(pulse, period)
            if abs(other.period / period - 1) > SAME:
                continue
            slow = other if factor > 1 else tracks[ratio]
            faster = _faster(slow, ternary=factor in (3, Fraction(1, 3)))
            tracks[near] = other
            scores[near] = scores[ratio] + (faster if factor < 1 else -faster)
            waiting.append(near)
    names = [ratio for ratio in scores if SLOWEST <= _bpm(tracks[ratio].period) <= FASTEST]
    clear = np.log(np.maximum([tracks[r].salience for r in names], 1e-3))
    likely = _preference(np.array([tracks[r].period for r in names]))
    repeated = np.array([_comb(repeats, tracks[r].period) for r in names])
    logits = np.array([scores[r] for r in names]) + likely + CLARITY * clear
    logits += REPETITION * repeated
    odds = np.exp(logits - logits.max())
    winner = int(odds.argmax())
    return BeatChoice(
        beat=tracks[names[winner]],
        octave=float(odds[winner] / odds.sum()),
        regularity=float(np.clip(_comb(repeats, tracks[names[winner]].period), 0, 1)),
    )


def autocorrelation(curve: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Autocorrelation of a curve at lags [0, longest), 1 at lag 0; zero beyond its length."""
    size = 1 << int(np.ceil(np.log2(curve.size + longest)))
    spectrum = np.fft.rfft(curve, size)
    result = np.fft.irfft(spectrum * spectrum.conj(), size)[:longest]
    return np.asarray(result / result[0])


def _comb(repeats: NDArray[np.float64], period: float) -> float:
    total = 0.0
    for multiple, weight in COMB:
        # ±2.5 %: tempo drift smears the peaks.
        centre = multiple * period
        span = repeats[int(np.floor(centre * 0.975)) : int(np.ceil(centre * 1.025)) + 1]
        total += weight * float(span.max()) if span.size else 0.0
    return total / sum(weight for _, weight in COMB)


def _preference(period: NDArray[np.float64]) -> NDArray[np.float64]:
    bpm = 60 * FRAME_RATE / period
    return np.asarray(-0.5 * np.square(np.log2(bpm / PREFERRED) / PREFERENCE))


def _bpm(period: float) -> float:
    return 60 * FRAME_RATE / period


def track(pulse: Pulse, period: float, bonus: NDArray[np.float64] | None = None) -> Tracked:
    """Follow the pulse of about `period` frames; `bonus` is added to the gain of a beat."""
    gain = GAIN * pulse.gain if bonus is None else GAIN * pulse.gain + bonus
    frames = decode(gain, round(period / ROOM), round(period * ROOM))
    steps = np.diff(frames)
    return Tracked(
        frames=frames,
        period=float(np.median(steps)) if steps.size else period,
        halves=_between(pulse, frames, (1 / 2,)),
        thirds=_between(pulse, frames, (1 / 3, 2 / 3)),
        salience=float(pulse.gain[frames].mean()) if frames.size else 0.0,
    )


def _between(
    pulse: Pulse, frames: NDArray[np.int64], places: tuple[float, ...]
) -> dict[str, float]:
    if frames.size < 2:
        return dict.fromkeys(pulse.bands, 0.0)
    steps = np.diff(frames)
    found = {}
    for name, curve in pulse.bands.items():
        on = curve[frames].mean()
        between = [curve[np.round(frames[:-1] + p * steps).astype(int)].mean() for p in places]
        found[name] = float(np.mean(between) / on) if on > 0 else 0.0
    return found


def _faster(slow: Tracked, ternary: bool) -> float:
    """Log-odds that the beat is the half (or third) of `slow` rather than `slow` itself.

    Between two beats lie weaker subdivisions; a snare between two kicks, as loud in the middle
    of the spectrum, is a beat. On rendered pop the mid-band ratio is 0.2 to 0.65 at the true beat
    and 0.65 to 1.5 at half its rate; where the strokes between sound alike from low to high, only
    softer (a metronome), every stroke is a beat.
    """
    ratios = slow.thirds if ternary else slow.halves
    strokes = (ratios["low"], ratios["mid"], ratios["high"])
    same = np.clip(10 * (min(strokes) / (max(strokes) + 1e-9) - 0.6), 0, 1)
    # Both in the middle and on top: a guitar or an open hat alone marks the off-beat. But a bass
    # drum stronger between the beats than on them means that the beats lie on the snare.
    struck = max(min(ratios["mid"], 1.1 * ratios["high"]), ratios["low"] - 0.2)
    struck = min(struck, 1.5)
    return 4.0 * (struck - 0.8) + 30.0 * float(same) * max(0.0, min(strokes) - 0.4)
