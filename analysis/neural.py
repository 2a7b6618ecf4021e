"""The rhythm of a song as the beat network hears it: `find_rhythm`, `find_grid`.

The network's log-odds are what `songreel.analysis.beats` decodes; which of the beats begin bars is
then read from its log-odds of downbeats. Beats are moved onto their onsets as everywhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from songreel.analysis import rhythm
from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.beats import decode
from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.meter import decode_places
from songreel.analysis.network import Activation, Network
from songreel.analysis.pulse import find_pulse
from songreel.analysis.refine import refine, to_track
from songreel.analysis.rhythm import Rhythm

METHOD = (
    "beat network (convolutions over mel frames, dilated temporal convolutions), semi-Markov "
    "Viterbi search for beats, then for bars; beats refined to the onset on 1 ms spectra"
)
SLOWEST, FASTEST = 45.0, 220.0
"""BPM searched: as `songreel.analysis.tempo`."""
STIFFNESS = 100.0
"""Cost of a tempo change: that of Krebs, Böck and Widmer (2015) for a network's log-odds."""
LEAST = -5.0
"""Log-odds to which those of a beat are raised, so that a passage without beats costs no more than
one with a few that were missed."""
LEAN = 1.5
"""Added to a beat's log-odds in the search: a doubtful beat is tried first and given up later, by
`_every_other`, for all that is known of the song."""
LOUDER = 0.5
"""Log-odds, beyond what the rates themselves are worth, by which every other beat must be likelier
for the rest to be taken for halves of beats."""
PREFERRED, PREFERENCE = 105.0, 0.5
"""BPM, and the weight of the squared distance from it in 0.7 octaves, for and against halving."""
ABSENT = -4.0
"""Log-odds up to which a beat before the first or after the last that is heard is not counted."""
REACH = 3
"""Frames to each side of a beat within which its downbeat log-odds are read: the grid of 10 ms and
the network's frames of 20 ms do not lie upon each other."""
LENGTHS = {2: -0.08, 3: -0.03, 4: 0.0, 5: -0.1, 6: -0.1, 7: -0.1}
"""Beats a bar and what is added to the log-likelihood per beat: few songs are in five or seven,
and two explains a song in four nearly as well as four does."""
SHARE = 0.27
"""Share of the beats that are downbeats, between those of three and four beats a bar: rarer ones
are made likelier until they reach it, so that a network too shy of them still counts bars."""
SLIP = 10.0
"""Cost of a bar of another length, in log-odds."""


@dataclass(frozen=True)
class Grid:
    """Beats and bars by the network alone."""

    frames: NDArray[np.int64]
    """Of the beats."""
    downbeats: NDArray[np.int64]
    """Index into `frames` of each bar's first beat."""
    length: int
    """Beats a bar."""
    beat_trust: float
    """Mean probability of a beat on the beats."""
    bar_trust: float
    """Mean probability of a downbeat on the bars' first beats, less that on the others, >= 0."""


def find_grid(heard: Activation) -> Grid:
    """The likeliest beats and bars of an activation of at least one frame."""
    shortest, longest = (round(60 * FRAME_RATE / bpm) for bpm in (FASTEST, SLOWEST))
    # Beats before the start and after the end cost nothing: the first one that is heard need not
    # begin an interval that fits into the song.
    gain = np.pad(np.maximum(heard.beat + LEAN, LEAST).astype(np.float64), longest)
    frames = decode(gain, shortest, longest, STIFFNESS) - longest
    frames = frames[(frames >= 0) & (frames < heard.beat.size)]
    near = np.clip(frames[:, None] + np.arange(-REACH, REACH + 1), 0, heard.beat.size - 1)
    there = np.flatnonzero(heard.beat[near].max(axis=1) > ABSENT)
    if there.size == 0:
        nothing = np.zeros(0, np.int64)
        return Grid(nothing, nothing, 4, 0.0, 0.0)
    frames, near = frames[there[0] : there[-1] + 1], near[there[0] : there[-1] + 1]
    every = _every_other(frames, np.clip(heard.beat[near].max(axis=1), LEAST, -LEAST))
    frames, near = frames[every], near[every]
    odds = heard.downbeat[near].max(axis=1).astype(np.float64)
    odds = odds + max(_shift(odds), 0.0)
    length, downbeats = _bars(odds)
    first = np.isin(np.arange(frames.size), downbeats)
    likely = expit(odds)
    apart = likely[first].mean() - likely[~first].mean() if 0 < first.sum() < first.size else 0.0
    return Grid(
        frames=frames,
        downbeats=downbeats,
        length=length,
        beat_trust=float(expit(heard.beat[near].max(axis=1)).mean()),
        bar_trust=float(max(apart, 0.0)),
    )


def find_rhythm(mono: NDArray[np.float32], features: Features, network: Network) -> Rhythm:
    """The rhythm of `mono` (at `ANALYSIS_RATE`, from the track's start) with its `features`."""
    pulse = find_pulse(features)
    if pulse is None:
        return rhythm.none("the song is silent", METHOD)
    # As for every tracker, time counts from the first sound: silence in front changes nothing.
    grid = find_grid(network.listen(features.mel[pulse.first : pulse.first + pulse.gain.size]))
    kept = rhythm.audible(pulse, grid.frames)
    if int(kept.sum()) < rhythm.LEAST_BEATS:
        return rhythm.none("the song is too short or too plain to have a pulse", METHOD)
    if grid.beat_trust < rhythm.LEAST_TRUST:
        return rhythm.none("no pulse is clear enough to be a beat", METHOD)
    beats = refine(mono[pulse.first * HOP :], grid.frames[kept] / FRAME_RATE)
    times = to_track(beats, pulse.first / FRAME_RATE)
    places = np.cumsum(kept) - 1
    downbeats = places[grid.downbeats[kept[grid.downbeats]]]
    trust = round(grid.beat_trust * min(times.size / 16, 1.0), 3)
    meter = round(grid.bar_trust * min(1.0, trust / 0.7), 3)
    reasons = []
    if trust < 0.5:
        reasons.append("the pulse is weak or uneven: beats may not lie where the music has them")
    if meter < 0.5:
        reasons.append("bar starts are not clearly marked: bar one may be on another beat")
    return Rhythm(
        beats=times,
        downbeats=downbeats,
        tempo=round(60 / float(np.median(np.diff(times))), 3),
        tempo_curve=rhythm.tempo_curve(times, mono.size / ANALYSIS_RATE),
        meter={6: "6/8"}.get(grid.length, f"{grid.length}/4"),
        trust_grid=trust,
        trust_octave=trust,
        trust_meter=meter,
        reasons=tuple(reasons),
        method=METHOD,
    )


def _every_other(frames: NDArray[np.int64], odds: NDArray[np.float32]) -> slice:
    """All of the beats, or the likelier half of them where that is clearly the beat."""
    if frames.size < 4:
        return slice(None)
    bpm = 60 * FRAME_RATE / float(np.median(np.diff(frames)))
    even, odd = float(odds[0::2].mean()), float(odds[1::2].mean())
    worth = _preference(bpm / 2) - _preference(bpm)
    if bpm / 2 < SLOWEST or abs(even - odd) + worth < LOUDER:
        return slice(None)
    return slice(0 if even > odd else 1, None, 2)


def _preference(bpm: float) -> float:
    return float(-PREFERENCE * 0.5 * np.square(np.log2(bpm / PREFERRED) / 0.7))


def _shift(odds: NDArray[np.float64]) -> float:
    """What makes the mean probability `SHARE`."""
    return float(brentq(lambda shift: expit(odds + shift).mean() - SHARE, -60.0, 60.0))


def _bars(odds: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]]:
    """Beats a bar, and the beats that begin one, by the log-odds of each beat to do so."""
    yes, no = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    best = (-np.inf, 4, np.zeros(odds.size, np.int64))
    for length, prior in LENGTHS.items():
        evidence = np.repeat(no[:, None], length, axis=1)
        evidence[:, 0] = yes
        places = decode_places(evidence, np.full(length, SLIP))
        steps = np.diff(places)
        slips = int(np.sum((steps != 1) & (places[:-1] != length - 1)))
        worth = (evidence[np.arange(odds.size), places].sum() - SLIP * slips) / odds.size + prior
        if worth > best[0]:
            best = (float(worth), length, places)
    return best[1], np.flatnonzero(best[2] == 0)
