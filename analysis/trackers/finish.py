"""From the beats of a library to a `Rhythm`: moved onto onsets, with bars, and weighed by us."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.bars import bars_on
from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.grid import LEAST_BEATS, Evidence, Grid, find_grid, gather, likely, marked
from songreel.analysis.harmonic_change import find_change
from songreel.analysis.network import standard
from songreel.analysis.pulse import Pulse, find_pulse
from songreel.analysis.refine import refine, to_track
from songreel.analysis.rhythm import (
    ENOUGH_BEATS,
    LEAST_TRUST,
    Rhythm,
    audible,
    bar_trust,
    grid_trust,
    meter_name,
    none,
    octave_trust,
    reasons,
    tempo_curve,
)
from songreel.analysis.support import weigh
from songreel.analysis.trackers.tracker import Heard

CLOSEST = 0.15
"""Seconds, 400 BPM: a beat nearer than this to the one before is not counted as one."""
OWN_BARS = "bars from our beat network and harmonic change"
SAME = 0.08
"""Octaves by which two tempi may differ and be one."""
OCTAVES = (1 / 3, 1 / 2, 2 / 3, 3 / 2, 2.0, 3.0)
"""Ratios at which listeners tap the same music."""


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
    last = pulse.first + pulse.gain.size
    network = standard().listen(features.mel[pulse.first : last])
    trust = grid_trust(likely(network, frames), weigh(pulse, frames))
    trust = round(trust * min(frames.size / ENOUGH_BEATS, 1.0), 3)
    if trust < LEAST_TRUST:
        return none("no pulse repeats clearly enough to be a beat", method)
    offset = pulse.first / FRAME_RATE
    sound = mono[pulse.first * HOP :]
    beats = refine(sound, heard.beats - offset)
    change = find_change(sound, pulse.gain.size)
    evidence = gather(pulse, network, change)
    length, places = _bars(evidence, heard.downbeats, frames)
    times = to_track(beats, offset)
    tempo = 60 / float(np.median(np.diff(times)))
    octave, doubt = _octave(tempo, find_grid(pulse, network, change))
    bars = bar_trust(marked(evidence, frames, places, length))
    return Rhythm(
        beats=times,
        downbeats=np.flatnonzero(places == 0),
        tempo=round(tempo, 3),
        tempo_curve=tempo_curve(times, mono.size / ANALYSIS_RATE),
        meter=meter_name(length, pulse, frames),
        trust_grid=trust,
        trust_octave=octave,
        trust_meter=round(bars * min(1.0, trust / 0.7), 3),
        reasons=(*reasons(trust, 1.0 if doubt else octave, bars), *((doubt,) if doubt else ())),
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


def _bars(
    evidence: Evidence, downbeats: NDArray[np.int64] | None, frames: NDArray[np.int64]
) -> tuple[int, NDArray[np.int64]]:
    """Beats a bar and each beat's place, by the library where it tells them."""
    if downbeats is None or downbeats.size < 2:
        return bars_on(evidence, frames)
    indices = np.arange(frames.size)
    begun = np.searchsorted(downbeats, indices, "right") - 1
    length = int(np.bincount(np.diff(downbeats)).argmax())
    pickup = length - (downbeats[0] - indices) % length
    return length, np.where(begun < 0, pickup % length, indices - downbeats[np.maximum(begun, 0)])


def _octave(bpm: float, own: Grid | None) -> tuple[float, str | None]:
    """Trust in the octave of `bpm`, and a reason where we hear another."""
    if own is None:
        return 0.0, None
    ours = 60 * FRAME_RATE / float(np.median(np.diff(own.frames)))
    apart = float(np.log2(bpm / ours))
    sure = octave_trust(own.ahead)
    if abs(apart) <= SAME:
        return round(sure, 3), None
    reason = f"the tempo is heard at {bpm:.0f} BPM, by ourselves at {ours:.0f}"
    related = any(abs(apart - np.log2(ratio)) <= SAME for ratio in OCTAVES)
    return round(min(1 - sure, 0.45) if related else 0.3, 3), reason
