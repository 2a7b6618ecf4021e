"""The rhythm of a song: `find_rhythm` gives beats, bars, tempo, and how far to trust them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, median_filter

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.grid import LEAST_BEATS, find_grid, ternary
from songreel.analysis.harmonic_change import find_change
from songreel.analysis.network import Network, standard
from songreel.analysis.pulse import Pulse, find_pulse
from songreel.analysis.refine import refine, to_track
from songreel.analysis.support import Support, weigh

METHOD = (
    "a beat network (dilated temporal convolutions), onset strength and harmonic change, joined by "
    "one semi-Markov search over places in the bar; beats refined to the onset on 1 ms spectra"
)
LONG_SILENCE = 2.0
"""Seconds of silence in which no beats are counted."""
ENOUGH_BEATS = 16
"""From which their number is no reason for doubt."""
LEAST_TRUST = 0.15
"""Below this the song is said to have no pulse."""


@dataclass(frozen=True)
class Rhythm:
    """Beats and bars of a song. Times are seconds from the track's start, to 0.1 ms."""

    beats: NDArray[np.float64]
    """Shape (n,), increasing."""
    downbeats: NDArray[np.int64]
    """Index into `beats` of the first beat of each bar."""
    tempo: float | None
    """BPM, from the median beat; None where there is no pulse."""
    tempo_curve: NDArray[np.float64] | None
    """BPM at 0, 1, 2 … seconds."""
    meter: str
    trust_grid: float
    trust_octave: float
    trust_meter: float
    reasons: tuple[str, ...]
    """Why a trust is low, a sentence each."""
    method: str = METHOD


def find_rhythm(
    mono: NDArray[np.float32], features: Features, network: Network | None = None
) -> Rhythm:
    """The rhythm of a song.

    Args:
        mono: The song at `ANALYSIS_RATE`, from the track's start.
        features: Its features.
        network: Another beat network than the package's own.
    """
    pulse = find_pulse(features)
    if pulse is None:
        return none("the song is silent")
    # From here on time counts from the first sound, so that silence in front changes nothing.
    sound = mono[pulse.first * HOP :]
    last = pulse.first + pulse.gain.size
    with ThreadPoolExecutor(1) as beside:
        change = beside.submit(find_change, sound, pulse.gain.size)
        heard = (network or standard()).listen(features.mel[pulse.first : last])
        grid = find_grid(pulse, heard, change.result())
    kept = np.zeros(0, bool) if grid is None else audible(pulse, grid.frames)
    if grid is None or int(kept.sum()) < LEAST_BEATS:
        return none("the song is too short or too plain to have a pulse")
    trust = grid_trust(grid.likely, weigh(pulse, grid.frames[kept]))
    trust *= min(int(kept.sum()) / ENOUGH_BEATS, 1.0)
    if trust < LEAST_TRUST:
        return none("no pulse repeats clearly enough to be a beat")
    times = to_track(refine(sound, grid.frames[kept] / FRAME_RATE), pulse.first / FRAME_RATE)
    octave, bars = octave_trust(grid.ahead), bar_trust(grid.marked)
    return Rhythm(
        beats=times,
        downbeats=np.flatnonzero(grid.places[kept] == 0),
        tempo=round(60 / float(np.median(np.diff(times))), 3),
        tempo_curve=tempo_curve(times, mono.size / ANALYSIS_RATE),
        meter=meter_name(grid.length, pulse, grid.frames),
        trust_grid=round(trust, 3),
        trust_octave=round(octave, 3),
        trust_meter=round(bars * min(1.0, trust / 0.7), 3),
        reasons=reasons(trust, octave, bars),
    )


def none(reason: str, method: str = METHOD) -> Rhythm:
    """The rhythm of what has none, and why."""
    return Rhythm(
        beats=np.zeros(0),
        downbeats=np.zeros(0, np.int64),
        tempo=None,
        tempo_curve=None,
        meter="4/4",
        trust_grid=0.0,
        trust_octave=0.0,
        trust_meter=0.0,
        reasons=(reason,),
        method=method,
    )


def audible(pulse: Pulse, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which beats do not lie in a long silence."""
    runs, count = label(~pulse.sounding)
    lengths = np.bincount(runs, minlength=count + 1)
    silent = (runs > 0) & (lengths[runs] >= LONG_SILENCE * FRAME_RATE)
    return np.asarray(~silent[frames])


def tempo_curve(beats: NDArray[np.float64], duration: float) -> NDArray[np.float64]:
    """BPM at 0, 1, 2 … seconds up to `duration`; needs at least two beats."""
    steps = np.diff(beats)
    # The median of five beats: one displaced beat is no change of tempo.
    smooth = median_filter(steps, size=min(5, steps.size), mode="nearest")
    middles = (beats[1:] + beats[:-1]) / 2
    seconds = np.arange(int(np.floor(duration)) + 1, dtype=np.float64)
    return np.asarray(np.round(60 / np.interp(seconds, middles, smooth), 3), np.float64)


def meter_name(length: int, pulse: Pulse, frames: NDArray[np.int64]) -> str:
    """The meter of bars of `length` beats; two beats of three each are 6/8."""
    return "6/8" if length == 6 or (length == 2 and ternary(pulse, frames)) else f"{length}/4"


def grid_trust(likely: float, support: Support) -> float:
    """0 to 1: that beats are where the music has them.

    Fitted, as the two below, to how right the beats are in the 279 sounds of
    `benchmarks/analysis/calibration.py`: music, music under noise, clicks, and what has no beat.

    Args:
        likely: The network's mean probability of a beat on the beats.
        support: What the onsets say of them.
    """
    onsets = 1.5 * support.regularity + 1.4 * min(support.salience, 1.5)
    return _sure(5.2 * likely + onsets - 3.9)


def octave_trust(ahead: float) -> float:
    """0 to 1: that the tempo is not another of the song's pulses, by `Grid.ahead`."""
    return _sure(1.4 * ahead)


def bar_trust(marked: float) -> float:
    """0 to 1: that bars begin where they are found, if the beats are right, by `Grid.marked`."""
    return _sure(1.7 * marked - 0.3)


def reasons(grid: float, octave: float, bars: float) -> tuple[str, ...]:
    """Why trusts are low, a sentence each."""
    said = []
    if grid < 0.5:
        said.append("the pulse is weak or uneven: beats may not lie where the music has them")
    if octave < 0.7:
        said.append("the tempo may as well be heard at half or double speed")
    if bars < 0.5:
        said.append("bar starts are not clearly marked: bar one may be on another beat")
    return tuple(said)


def _sure(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
