"""The rhythm of a song: `find_rhythm` gives beats, bars, tempo, and how far to trust them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, median_filter

from songreel.analysis.accents import Harmony, find_accents
from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import FRAME_RATE, HOP, Features
from songreel.analysis.meter import Bars, find_bars
from songreel.analysis.network import Activation, Network
from songreel.analysis.phase import settle_phase
from songreel.analysis.pulse import Pulse, find_pulse
from songreel.analysis.refine import refine, to_track
from songreel.analysis.tempo import BeatChoice, find_beats

METHOD = (
    "superflux onset strength in three bands, pulses tracked by semi-Markov Viterbi search, "
    "beats refined to the onset on 1 ms spectra, bars from harmony and bass"
)
WITH_NETWORK = f"{METHOD}; a beat network's log-odds weighed in"
TRACKING, SETTLING, STARTING = 0.3, 0.05, 0.2
"""Weight of the network's log-odds beside the onsets: where pulses are found and their rate is
chosen, where beat is told from off-beat, and where bars begin. Of 0.05 to 1 the values that serve
recordings and pieces made in code alike; drums between the beats mislead the network, so it says
little of the second."""
DOUBT = 1.0
"""Added to the network's log-odds of a beat, which are shy."""
LARGEST = 4.0
"""Log-odds beyond which the network is not believed further."""
NEAR = 3
"""Frames around a beat within which the network's log-odds of a bar's start are read."""
LONG_SILENCE = 2.0
"""Seconds of silence in which no beats are counted."""
LEAST_BEATS = 4
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
        network: A beat network whose opinion is weighed in; without it, onsets and harmony decide.
    """
    pulse = find_pulse(features)
    if pulse is None:
        return none("the song is silent")
    heard = None
    if network is not None:
        heard = network.listen(features.mel[pulse.first : pulse.first + pulse.gain.size])
    choice = find_beats(weighed(pulse, heard, TRACKING))
    if choice is None or choice.beat.frames.size < LEAST_BEATS:
        return none("the song is too short or too plain to have a pulse")
    grid = _trust_grid(choice)
    if grid < LEAST_TRUST:
        return none("no pulse repeats clearly enough to be a beat")
    # From here on time counts from the first sound, so that silence in front changes nothing.
    sound = mono[pulse.first * HOP :]
    harmony = Harmony(sound)
    frames = settle_phase(weighed(pulse, heard, SETTLING), harmony, choice.beat).frames
    frames = frames[audible(pulse, frames)]
    if frames.size < LEAST_BEATS:
        return none("the song is too short or too plain to have a pulse")
    beats = refine(sound, frames / FRAME_RATE)
    bars = find_bars(find_accents(harmony, pulse, beats), _starts(heard, beats))
    times = to_track(beats, pulse.first / FRAME_RATE)
    duration = mono.size / ANALYSIS_RATE
    return Rhythm(
        beats=times,
        downbeats=bars.downbeats,
        tempo=round(60 / float(np.median(np.diff(times))), 3),
        tempo_curve=tempo_curve(times, duration),
        meter=_meter(bars, choice),
        trust_grid=grid,
        trust_octave=round(choice.octave, 3),
        trust_meter=_trust_meter(bars, grid),
        reasons=_reasons(grid, choice, bars),
        method=METHOD if network is None else WITH_NETWORK,
    )


def weighed(pulse: Pulse, heard: Activation | None, weight: float) -> Pulse:
    """The pulse with a network's log-odds of beats added to its gain."""
    if heard is None:
        return pulse
    odds = np.clip(heard.beat.astype(np.float64) + DOUBT, -LARGEST, LARGEST)
    gain = pulse.gain + weight * odds
    return replace(pulse, gain=gain - gain.mean())


def _starts(heard: Activation | None, beats: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """What a network says for each beat (seconds from the first sound) to begin a bar."""
    if heard is None:
        return None
    frames = np.round(beats * FRAME_RATE).astype(np.int64)
    near = np.clip(frames[:, None] + np.arange(-NEAR, NEAR + 1), 0, heard.downbeat.size - 1)
    odds = heard.downbeat[near].max(axis=1).astype(np.float64)
    return np.asarray(STARTING * np.clip(odds, -LARGEST, LARGEST))


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


def _meter(bars: Bars, choice: BeatChoice) -> str:
    ternary = choice.beat.thirds["onset"] > 1.5 * choice.beat.halves["onset"]
    if bars.length == 6:
        return "6/8"
    if bars.length == 7:
        return "7/4"
    if bars.length == 2 and ternary and choice.beat.thirds["onset"] > 0.25:
        return "6/8"
    return f"{bars.length}/4"


def _trust_grid(choice: BeatChoice) -> float:
    count = min(choice.beat.frames.size / 16, 1.0)
    # Measured regularity: rain 0.04, speech 0.08, slow strings 0.14, an orchestra 0.25, pop 0.43
    # to 0.85.
    evidence = 20.0 * (choice.regularity - 0.2) + (choice.beat.salience - 0.7)
    return round(float(count / (1 + np.exp(-evidence))), 3)


def _trust_meter(bars: Bars, grid: float) -> float:
    sure = 1 / (1 + np.exp(-(bars.clear - 2.0)))
    return round(float(sure * min(1.0, grid / 0.7)), 3)


def _reasons(grid: float, choice: BeatChoice, bars: Bars) -> tuple[str, ...]:
    reasons = []
    if grid < 0.5:
        reasons.append("the pulse is weak or uneven: beats may not lie where the music has them")
    if choice.octave < 0.5:
        reasons.append("the tempo may as well be heard at half, double or triple speed")
    if bars.clear < 2.0:
        reasons.append("bar starts are not clearly marked: bar one may be on another beat")
    return tuple(reasons)
