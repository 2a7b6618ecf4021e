"""How far a song's own onsets bear out beats that somebody else found: `weigh`.

No library's confidence is believed: of the libraries behind `songreel.analysis.trackers` each finds
beats in silence, noise or speech.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.accents import Accents
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.meter import DOWNBEAT, even_table
from songreel.analysis.pulse import Pulse
from songreel.analysis.tempo import COMB, BeatChoice, autocorrelation

STRETCH = 1600
"""Frames over which the onsets' repetition is measured: 16 s, four bars and more, short enough for
a tempo that drifts."""
SMEAR = 0.025
"""Share of a period within which its repetition may lie."""
SAME = 0.08
"""Octaves by which two tempi may differ and be one."""
OCTAVES = (1 / 3, 1 / 2, 2 / 3, 3 / 2, 2.0, 3.0)
"""Ratios at which listeners tap the same music."""


@dataclass(frozen=True)
class Evidence:
    """What the onsets say of beats."""

    regularity: float
    """Height of the onsets' autocorrelation at the beats' own period, 0 to 1."""
    salience: float
    """Mean onset strength on the beats, in units of its local mean, less the mean."""

    @property
    def trust(self) -> float:
        """0 to 1, for beats that are many enough."""
        # As `songreel.analysis.rhythm` weighs its own: rain 0.04, speech 0.08, pop 0.43 to 0.85
        # of regularity; beats that lie beside the onsets have no salience.
        logit = 20.0 * (self.regularity - 0.25) + 5.0 * (min(self.salience, 1.0) - 0.55)
        return float(1 / (1 + np.exp(-logit)))


def weigh(pulse: Pulse, frames: NDArray[np.int64]) -> Evidence:
    """Evidence for beats at `frames` of the pulse, at least two of them, increasing."""
    near = np.clip(frames[:, None] + np.arange(-2, 3), 0, pulse.gain.size - 1)
    return Evidence(
        regularity=_regularity(pulse.gain, frames),
        salience=float(pulse.gain[near].max(axis=1).mean() - _chance(pulse.gain)),
    )


def _chance(gain: NDArray[np.float64]) -> float:
    """The greatest of five neighbouring values, in the mean over the song."""
    count = gain.size // 5 * 5
    return float(gain[:count].reshape(-1, 5).max(axis=1).mean()) if count else 0.0


def _regularity(gain: NDArray[np.float64], frames: NDArray[np.int64]) -> float:
    """Median over stretches of the height of the comb at the local period."""
    heights = []
    for start in range(0, max(gain.size - STRETCH // 2, 1), STRETCH // 2):
        part = gain[start : start + STRETCH]
        inside = frames[(frames >= start) & (frames < start + STRETCH)]
        if inside.size < 4 or not np.any(part):
            continue
        period = float(np.median(np.diff(inside)))
        size = min(part.size, int(4.2 * period) + 2)
        repeats = autocorrelation(part - part.mean(), size)
        # A lag sees less of a short stretch than lag 0 does.
        repeats = repeats / (1 - np.arange(size) / (part.size + 1))
        total = 0.0
        for multiple, weight in COMB:
            low = int(np.floor(multiple * period * (1 - SMEAR)))
            high = int(np.ceil(multiple * period * (1 + SMEAR))) + 1
            span = repeats[low:high]
            total += weight * float(span.max()) if span.size else 0.0
        heights.append(total / sum(weight for _, weight in COMB))
    return float(np.clip(np.median(heights), 0, 1)) if heights else 0.0


def octave_trust(bpm: float, choice: BeatChoice | None) -> tuple[float, str | None]:
    """Trust in the octave of `bpm`, and a reason where the song's own pulses say otherwise."""
    if choice is None:
        return 0.0, None
    own = 60 * FRAME_RATE / choice.beat.period
    apart = float(np.log2(bpm / own))
    if abs(apart) <= SAME:
        return round(choice.octave, 3), None
    reason = f"the tempo is heard at {bpm:.0f} BPM, the onsets themselves repeat at {own:.0f}"
    related = any(abs(apart - np.log2(ratio)) <= SAME for ratio in OCTAVES)
    return round(min(1 - choice.octave, 0.45) if related else 0.3, 3), reason


def bar_evidence(accents: Accents) -> NDArray[np.float64]:
    """What speaks for each beat to begin a bar, shape (beats,), mean 0."""
    return np.asarray(even_table(accents.table()) @ DOWNBEAT, np.float64)


def clarity(evidence: NDArray[np.float64], downbeats: NDArray[np.int64]) -> float:
    """Standard errors by which downbeats outweigh the next best place in the bar."""
    if downbeats.size < 2:
        return 0.0
    indices = np.arange(evidence.size)
    places = indices - downbeats[np.maximum(np.searchsorted(downbeats, indices, "right") - 1, 0)]
    first = evidence[places == 0]
    others = [evidence[places == p] for p in range(1, int(np.diff(downbeats).max()))]
    others = [group for group in others if group.size >= 2]
    if not others or first.size < 2:
        return 0.0
    second = max(others, key=lambda group: float(group.mean()))
    error = np.sqrt(first.var() / first.size + second.var() / second.size) + 0.02
    return float((first.mean() - second.mean()) / error)
