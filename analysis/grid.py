"""Beats and bars of a song: `find_grid` weighs what a beat network, onsets and harmony say.

One search over places in the bar (`songreel.analysis.bar_pointer`) decides tempo, octave, phase and
bars together, for each bar length and for the half and the double of the tempo; the best wins, and
how far the others fall behind is how far it can be trusted.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from songreel.analysis import off_beat
from songreel.analysis.bar_pointer import BarPath, decode_bars
from songreel.analysis.features import FRAME_RATE
from songreel.analysis.network import Activation
from songreel.analysis.pulse import Pulse

SLOWEST, FASTEST = 40.0, 240.0
"""BPM of what may be a beat: listeners tap at 40 to 240, mostly at 80 to 160 (London, Hearing in
Time, 2012)."""
ONSETS = 0.8
"""Weight of `Pulse.gain` beside the network's log-odds."""
HARMONY = 0.8
"""Weight of a standard deviation of harmonic change for a bar's start."""
LEAST = -3.0
"""Log-odds to which those of a beat are raised: a passage without beats costs no more than one
with a few that were missed."""
PRIOR = {2: -0.25, 3: -0.05, 4: 0.0, 5: -0.25, 6: -0.3, 7: -0.35}
"""Log-likelihood a beat of each number of beats a bar, where tempi are compared."""
COMMONNESS = {2: 0.02, 3: 0.0, 4: 0.0, 5: -0.05, 6: -0.05, 7: -0.08}
"""Added to the share of variance that a number of beats a bar explains: few songs are in five or
seven, and what is in three with phrases of two bars is in six as well."""
WHOLLY = 0.6
"""Share of the strokes' variance that two must explain for it to be two and not half of four, which
it resembles: of metronomes in two it is 0.8 to 0.98, of songs in four at most 0.45."""
SIX_EIGHT = 0.06
"""Added to that of two where beats are made of three: two is then 6/8, and likelier than 12/8."""
MORE = 0.1
"""Share of the strokes' variance by which six must explain more than two and three do, and four
more than a two that explains them wholly."""
SPREAD = 0.12
"""Least standard deviation of strokes that counts."""
COMMON = (3, 4)
"""Beats a bar with which the tempo is looked for; the others are tried around what they find."""
OCTAVES = (0.5, 1.0, 2.0)
"""Of the beat's interval, that are tried."""
ROOM = 1.2
"""A pulse is followed within this ratio of its intervals on both sides."""
LEAST_BEATS = 4
ABSENT = -2.0
"""Log-odds up to which a beat before the first or after the last that is heard is not counted."""
NEAR = 2
"""Frames to each side of a beat within which its log-odds are read."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for beats at each frame of a `Pulse`; all of shape (n,)."""

    beat: NDArray[np.float64]
    """Worth of a beat that begins no bar."""
    start: NDArray[np.float64]
    """Worth of a bar's first beat."""


@dataclass(frozen=True)
class Grid:
    """The likeliest beats and bars."""

    frames: NDArray[np.int64]
    """Of the beats."""
    places: NDArray[np.int64]
    """Of each beat in its bar, 0 first."""
    length: int
    """Beats a bar."""
    likely: float
    """Mean probability of a beat on the beats, by the network."""
    ahead: float
    """By how much, a beat, it is likelier than the half and the double of its tempo."""
    marked: float
    """By how much, a bar, its bar starts are likelier than the next best place for them."""


def gather(pulse: Pulse, heard: Activation, change: NDArray[np.float64]) -> Evidence:
    """Evidence of a pulse, a network and the harmony's change, all from the first sound on."""
    beat = expit(heard.beat.astype(np.float64))
    start = np.minimum(expit(heard.downbeat.astype(np.float64)), 0.98 * beat)
    # Every frame is a beat or none; what a beat is worth is what it is likelier than none.
    none = np.log(np.maximum(1 - beat, 1e-4))
    plain = np.maximum(np.log(np.maximum(beat - start, 1e-4)) - none, LEAST)
    first = np.maximum(np.log(np.maximum(start, 1e-4)) - none, LEAST - 1)
    onsets = ONSETS * pulse.gain
    return Evidence(plain + onsets, first + onsets + HARMONY * change)


def find_grid(pulse: Pulse, heard: Activation, change: NDArray[np.float64]) -> Grid | None:
    """The likeliest grid of what `gather` takes; None where there is no room for four beats."""
    shortest, longest = (round(60 * FRAME_RATE / bpm) for bpm in (FASTEST, SLOWEST))
    if pulse.gain.size < LEAST_BEATS * shortest:
        return None
    evidence = gather(pulse, heard, change)
    tasks = {(1.0, length): (length, shortest, longest) for length in COMMON}
    wide = max(_search(evidence, tasks).values(), key=lambda path: path.score)
    if wide.frames.size < LEAST_BEATS:
        return None
    tasks = {
        (octave, length): (length, low, high)
        for octave, low, high in _ranges(wide, shortest, longest)
        for length in PRIOR
    }
    paths = _search(evidence, tasks)
    worth = {key: path.score + PRIOR[key[1]] * path.frames.size for key, path in paths.items()}
    octave, likeliest = max(worth, key=lambda key: worth[key])
    rivals = [worth[key] for key in worth if key[0] != octave]
    there = {n: _heard(path, heard) for (o, n), path in paths.items() if o == octave}
    first = paths[octave, likeliest]
    if off_beat.between(pulse, first):
        evidence = Evidence(*off_beat.moved(pulse, first, evidence.beat, evidence.start))
        tasks = {(octave, n): task for (o, n), task in tasks.items() if o == octave}
        there = {n: path for (_, n), path in _search(evidence, tasks).items()}
    if min(path.frames.size for path in there.values()) < LEAST_BEATS:
        return None
    length = _length(evidence, pulse, there)
    path = there[length]
    return Grid(
        frames=path.frames,
        places=path.places,
        length=length,
        # Of a beat between two beats the network says nothing: its pulse is what it hears.
        likely=max(likely(heard, path.frames), likely(heard, first.frames)),
        ahead=(worth[octave, likeliest] - max(rivals)) / path.frames.size if rivals else 0.0,
        marked=marked(evidence, path.frames, path.places, length),
    )


def _heard(path: BarPath, heard: Activation) -> BarPath:
    """The path without beats before the first and after the last that the network hears."""
    there = np.flatnonzero(_near(heard.beat, path.frames) > ABSENT)
    if there.size == 0:
        return BarPath(path.frames[:0], path.places[:0], path.score)
    span = slice(there[0], there[-1] + 1)
    return BarPath(path.frames[span], path.places[span], path.score)


def likely(heard: Activation, frames: NDArray[np.int64]) -> float:
    """Mean probability of a beat, by the network, on beats at `frames`."""
    return float(expit(_near(heard.beat, frames)).mean())


def ternary(pulse: Pulse, frames: NDArray[np.int64]) -> bool:
    """Whether beats, two or more, are made of three: there is more at their thirds than half way.

    On the beats of a shuffle or of 6/8 both thirds are struck, or the second alone.
    """
    onset, steps = pulse.bands["onset"], np.diff(frames)
    on = max(float(onset[frames].mean()), 1e-9)
    half, third, two_thirds = (
        float(onset[np.round(frames[:-1] + share * steps).astype(np.int64)].mean()) / on
        for share in (1 / 2, 1 / 3, 2 / 3)
    )
    thirds = (third + two_thirds) / 2
    return thirds > 0.25 and thirds > 1.5 * half


def _search(
    evidence: Evidence, tasks: Mapping[tuple[float, int], tuple[int, int, int]]
) -> dict[tuple[float, int], BarPath]:
    """The best path of each task: beats a bar, shortest and longest interval."""
    # Beats before the start and after the end cost nothing: the first one that is heard need not
    # begin an interval that fits into the song.
    edge = max(high for _, _, high in tasks.values())
    beat, start = (np.pad(curve, edge) for curve in (evidence.beat, evidence.start))

    def search(task: tuple[int, int, int]) -> BarPath:
        path = decode_bars(beat, start, *task)
        frames = path.frames - edge
        inside = (frames >= 0) & (frames < evidence.beat.size)
        return BarPath(frames[inside], path.places[inside], path.score)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(tasks, pool.map(search, tasks.values()), strict=True))


def _near(odds: NDArray[np.float32], frames: NDArray[np.int64]) -> NDArray[np.float32]:
    """The greatest log-odds near each beat."""
    near = np.clip(frames[:, None] + np.arange(-NEAR, NEAR + 1), 0, odds.size - 1)
    return np.asarray(odds[near].max(axis=1))


def _length(evidence: Evidence, pulse: Pulse, paths: Mapping[int, BarPath]) -> int:
    """Beats a bar: those whose places explain best what beats are worth and how they are struck."""
    struck, scores = {}, {}
    worth = evidence.start - evidence.beat
    for length, path in paths.items():
        strokes = np.log1p([curve[path.frames] for curve in pulse.strokes.values()]).T
        strokes /= np.maximum(strokes.std(axis=0), SPREAD)
        struck[length] = explained(strokes, path.places, length)
        share = explained(worth[path.frames, None], path.places, length)
        scores[length] = share + struck[length] + COMMONNESS[length]
    if ternary(pulse, paths[2].frames):
        scores[2] += SIX_EIGHT
    elif struck[2] < WHOLLY:
        del scores[2]
    elif struck[4] < struck[2] + MORE:
        del scores[4]
    if struck[6] < max(struck[2], struck[3]) + MORE:
        del scores[6]
    return max(scores, key=lambda length: scores[length])


def explained(table: NDArray[np.float64], places: NDArray[np.int64], length: int) -> float:
    """Share of the variance of a table's columns, shape (beats, columns), that the places explain.

    Adjusted for the number of places, `length`.
    """
    count = table.shape[0]
    total = float(np.square(table - table.mean(axis=0)).sum())
    if count <= length + 1 or total <= 0:
        return 0.0
    groups = [table[places == place] for place in range(length)]
    rest = sum(float(np.square(part - part.mean(axis=0)).sum()) for part in groups if part.size)
    return float(1 - (rest / total) * (count - 1) / (count - length))


def _ranges(path: BarPath, shortest: int, longest: int) -> Iterable[tuple[float, int, int]]:
    """Octaves of a path and the intervals within which each is to be followed."""
    steps = np.diff(path.frames)
    if steps.size == 0:
        return
    slow, fast = np.percentile(steps, [95, 5])
    for octave in OCTAVES:
        low = max(round(octave * fast / ROOM), shortest)
        high = min(round(octave * slow * ROOM), longest)
        if low < octave * float(np.median(steps)) < high:
            yield octave, low, high


def marked(
    evidence: Evidence, frames: NDArray[np.int64], places: NDArray[np.int64], length: int
) -> float:
    """Mean worth of bar starts over that of the next best place in the bar, a bar."""
    worth = (evidence.start - evidence.beat)[frames]
    means = [
        float(worth[places == place].mean()) for place in range(length) if np.any(places == place)
    ]
    return means[0] - max(means[1:]) if len(means) > 1 else 0.0
