"""From the beats of a library to a `Rhythm`: moved onto onsets, with bars, and weighed by us."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.accents import Harmony, find_accents
from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.meter import find_bars
from songreel.analysis.pulse import Pulse, find_pulse
from songreel.analysis.refine import refine, to_track
from songreel.analysis.rhythm import (
    LEAST_BEATS,
    LEAST_TRUST,
    Rhythm,
    audible,
    none,
    tempo_curve,
)
from songreel.analysis.tempo import BeatChoice, find_beats
from songreel.analysis.trackers.evidence import bar_evidence, clarity, octave_trust, weigh
from songreel.analysis.trackers.tracker import Heard

CLOSEST = 0.15
"""Seconds, 400 BPM: a beat nearer than this to the one before is not counted as one."""
PLENTY = 16
"""Beats from which on their number is no reason for doubt."""
OWN_BARS = "bars from harmony and bass"


def finish(heard: Heard, mono: NDArray[np.float32], features: Features, method: str) -> Rhythm:
    """The rhythm of a song in which a library heard some beats.

    Args:
        heard: Beats right to about 30 ms; anything at all is put up with.
        mono: The song at `ANALYSIS_RATE`, from the track's start.
        features: Its features.
        method: How the beats were heard.

    Returns:
        A rhythm without beats where there are too few or the onsets do not bear them out.
    """
    if heard.downbeats is None:
        method = f"{method}; {OWN_BARS}"
    method = f"{method}; beats refined to the onset on 1 ms spectra, weighed by the onsets"
    pulse = find_pulse(features)
    if pulse is None:
        return none("the song is silent", method)
    heard, frames = _sounding(heard, pulse)
    if frames.size < LEAST_BEATS:
        return none("the song is too short or too plain to have a pulse", method)
    trust = round(weigh(pulse, frames).trust * min(frames.size / PLENTY, 1.0), 3)
    if trust < LEAST_TRUST:
        return none("no pulse repeats clearly enough to be a beat", method)
    offset = pulse.first / FRAME_RATE
    sound = mono[pulse.first * HOP :]
    beats = refine(sound, heard.beats - offset)
    accents = find_accents(Harmony(sound), pulse, beats)
    choice = find_beats(pulse)
    downbeats = heard.downbeats
    if downbeats is None or downbeats.size < 2:
        bars = find_bars(accents)
        downbeats, length, clear = bars.downbeats, bars.length, bars.clear
    else:
        length = _common(np.diff(downbeats))
        clear = clarity(bar_evidence(accents), downbeats)
    times = to_track(beats, offset)
    tempo = 60 / float(np.median(np.diff(times)))
    octave, doubt = octave_trust(tempo, choice)
    return Rhythm(
        beats=times,
        downbeats=downbeats,
        tempo=round(tempo, 3),
        tempo_curve=tempo_curve(times, mono.size / ANALYSIS_RATE),
        meter=meter_name(length, choice, tempo),
        trust_grid=trust,
        trust_octave=octave,
        trust_meter=round(float(min(1.0, trust / 0.7) / (1 + np.exp(2.0 - clear))), 3),
        reasons=_reasons(trust, octave, doubt, clear),
        method=method,
    )


def _sounding(heard: Heard, pulse: Pulse) -> tuple[Heard, NDArray[np.int64]]:
    """The beats that can be heard, in order and apart, and their frames in the pulse."""
    keep = np.isfinite(heard.beats)
    frames = np.round(np.where(keep, heard.beats, 0.0) * FRAME_RATE).astype(np.int64) - pulse.first
    # A beat just before the first sound is that sound's.
    keep &= (frames >= -3) & (frames < pulse.gain.size)
    frames = np.clip(frames, 0, pulse.gain.size - 1)
    keep &= audible(pulse, frames)
    last = -np.inf
    for i in np.flatnonzero(keep):
        if heard.beats[i] - last < CLOSEST:
            keep[i] = False
        else:
            last = heard.beats[i]
    downbeats = heard.downbeats
    if downbeats is not None:
        place = np.cumsum(keep) - 1
        downbeats = place[downbeats[keep[downbeats]]]
    return Heard(heard.beats[keep], downbeats), frames[keep]


def meter_name(length: int, choice: BeatChoice | None, tempo: float) -> str:
    """The meter of bars of `length` beats; two ternary beats are 6/8."""
    if length == 6:
        return "6/8"
    if length == 2 and choice is not None:
        beat = choice.beat
        same = abs(60 * FRAME_RATE / beat.period / tempo - 1) < 0.05
        if same and beat.thirds["onset"] > max(1.5 * beat.halves["onset"], 0.25):
            return "6/8"
    return f"{length}/4"


def _common(lengths: NDArray[np.int64]) -> int:
    """The commonest bar length, the shortest of several."""
    return int(np.bincount(lengths).argmax())


def _reasons(trust: float, octave: float, doubt: str | None, clear: float) -> tuple[str, ...]:
    reasons = []
    if trust < 0.5:
        reasons.append("the pulse is weak or uneven: beats may not lie where the music has them")
    if doubt is not None:
        reasons.append(doubt)
    elif octave < 0.5:
        reasons.append("the tempo may as well be heard at half, double or triple speed")
    if clear < 2.0:
        reasons.append("bar starts are not clearly marked: bar one may be on another beat")
    return tuple(reasons)
