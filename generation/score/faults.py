"""What is wrong with new music: `Fault`, `faults`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.score.verdict import Verdict
from songreel.models.score import ScoreCue
from songreel.sound.pcm import Samples

OFF = 0.02
"""Share by which a tempo may be off the cue's."""
TRUSTED = 0.5
"""From which on a tempo that was heard counts."""
_OCTAVES = (1.0, 2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3)
"""Levels of one pulse that are heard for one another: halves, doubles, dotted and triplet beats."""
_FULL = 0.985
"""Of full scale, at and above which a flat top is a clipped one."""
_FLAT = 3e-5
"""Of the peak, by which the samples of a flat top differ at most: a step of 16 bits."""
_RUN = 6
"""Samples in a row that make one. The top of a sine of 50 Hz, as kicks have, is as flat over 3."""
_CLIPPED = 1e-4
"""Share of samples in flat tops that is heard."""
_STEP = 0.05
"""Seconds over which a level is taken to find silence."""
_SILENT = 1e-5
"""Mean square, −50 dBFS, below which it is silent in a film."""
_FAR_BELOW = 1e-4
"""Mean square as a share of the part's, −40 dB, below which the music has stopped."""
_STOPPED = 1.0
"""Seconds, and two beats, that it may stop for."""
_OFFSET = 0.1
"""Mean of samples, of full scale, by which a source has lost a decibel of what it could be loud;
less is taken away without harm."""


class Fault(NamedTuple):
    """Something because of which a part is made again."""

    text: str
    """What is heard, after "it": `falls silent for 1.6 s from 2.1 s on`."""
    weight: float
    """By which takes are compared: 1 is a fault that is just one."""


def off_tempo(heard: float, meant: float) -> float:
    """Share by which `heard` is off `meant`, signed, at the level of the pulse that is nearest."""
    ratios = heard / meant * np.array(_OCTAVES)
    return float(ratios[np.abs(np.log(ratios)).argmin()] - 1)


def faults(
    samples: Samples, rate: int, cue: ScoreCue, verdict: Verdict, *, ends: bool, offset: float = 0.0
) -> tuple[Fault, ...]:
    """What is wrong with new music, at the level at which the source made it.

    Args:
        samples: Shape (channels, n).
        rate: Samples a second.
        cue: What was wanted.
        verdict: What a listener says of it.
        ends: Whether the track ends with it, so that it may fall silent at its end.
        offset: By how much of full scale it was off centre before that was taken away.
    """
    broken = int((~np.isfinite(samples)).any(axis=0).sum())
    if broken:
        return (Fault(f"has {broken} samples that are no numbers", 1000.0),)
    found = []
    if verdict.tempo is not None and verdict.trust >= TRUSTED:
        off = off_tempo(verdict.tempo, cue.bpm)
        if abs(off) > OFF:
            text = f"has {cue.bpm * (1 + off):.1f} BPM where {cue.bpm:g} are meant ({off:+.1%})"
            found.append(Fault(text, abs(off) / OFF))
    clipped = _clipped(samples, offset)
    if clipped > _CLIPPED:
        text = f"clips: {clipped:.2%} of its samples stand at full scale"
        found.append(Fault(text, 1 + 100 * clipped))
    found += _silences(samples, rate, cue, ends)
    if offset > _OFFSET:
        found.append(Fault(f"is off centre by {offset:.3f} of full scale", offset / _OFFSET))
    return tuple(found)


def _clipped(samples: Samples, offset: float) -> float:
    """Share of samples in flat tops at full scale, of the channel that has most."""
    worst = 0.0
    for channel in samples:
        peak = float(np.abs(channel).max(initial=0.0))
        # A float file may go beyond full scale without being clipped there.
        if peak + offset < _FULL:
            continue
        for sign in (1, -1):
            top = sign * channel >= peak * (1 - _FLAT)
            runs = _runs(top)
            worst = max(worst, float(runs[runs >= _RUN].sum() / channel.size))
    return worst


def _silences(samples: Samples, rate: int, cue: ScoreCue, ends: bool) -> list[Fault]:
    """Where the music stops."""
    size = max(1, round(_STEP * rate))
    count = samples.shape[1] // size
    if count == 0:
        return []
    blocks = samples[:, : count * size].reshape(samples.shape[0], count, size)
    power = np.square(blocks, dtype=np.float64).mean(axis=(0, 2))
    if power.mean() < _SILENT:
        return [Fault("is silent", 100.0)]
    quiet = power < max(_SILENT / 10, _FAR_BELOW * float(power.mean()))
    if ends and quiet.any():
        # What is silent up to the end is an ending, unless it is more than half of the part.
        sounding = int(np.flatnonzero(~quiet)[-1]) + 1
        if sounding >= count / 2:
            quiet = quiet[:sounding]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    starts, stops = edges[::2], edges[1::2]
    if not starts.size:
        return []
    longest = int((stops - starts).argmax())
    seconds = float((stops - starts)[longest] * _STEP)
    if seconds < max(_STOPPED, 120 / cue.bpm):
        return []
    text = f"falls silent for {seconds:.1f} s from {starts[longest] * _STEP:.1f} s on"
    return [Fault(text, 5 + seconds)]


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return edges[1::2] - edges[::2]
