"""From taps to a grid: `tapped`. Fingers err, pause and stop early; the sound tells where to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from songreel.analysis.evened import evened
from songreel.analysis.strikes import Strikes, laid_on, strikes_of
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import FASTEST, FEWEST_TAPS, SLOWEST
from songreel.models.music import Analysis, BeatGrid

Times = NDArray[np.float64]

TWICE = 0.4
"""Share of the usual interval under which a second tap is a finger that bounced."""
OFF, MOST_OFF = 0.25, 0.3
"""An interval this far, in beats, from a whole number of beats is no beat; with more than this
share of them the taps are no pulse. Tapping to music scatters by 20 to 40 ms (Repp, "Sensorimotor
synchronization", Psychonomic Bulletin & Review 2005), 15 to 30 % of a fast beat's interval at
most between two taps; random taps miss half the time."""
MOST_UNEVEN = 0.4
"""Share of intervals that may be no single beat at all, missing taps included."""
LATEST = 0.12
"""Seconds by which all taps may be early or late together: a person taps 20 to 80 ms ahead of a
beat (Repp 2005), a player's delay adds to it."""
REACH = 0.06
"""Seconds from the smoothed taps within which an onset is taken for the beat's."""
HAND = 40.0
"""Stiffness against the taps' own scatter: some ten taps vote on each."""
ALIKE = 0.06
"""By which the rate of the taps may differ from a simple ratio to the beats heard, relative."""
STEADY = 0.2
"""Beats by which taps may scatter around the beats heard and go on as those do."""
RATIOS = (1 / 3, 1 / 2, 2 / 3, 1.0, 3 / 2, 2.0, 3.0)
"""Beats heard from tap to tap: listeners tap the same music at these rates."""
UNSUPPORTED = 8
"""Beats without an onset after which the pulse has ended."""
QUIET = 0.02
"""Energy (0 to 1) under which nothing is heard."""


class Tapped(NamedTuple):
    """Beats, and the index among them of each tap that was kept."""

    beats: Times
    taps: NDArray[np.int64]
    kept: NDArray[np.int64]
    """Index of the kept taps among those given."""


def tapped(taps: Times, analysis: Analysis) -> Tapped:
    """The pulse that `taps`, seconds in order, were meant to mark, through the whole song.

    Bounced taps are left out, missing ones filled in, all are laid on the onsets near them, and
    the pulse is followed to both ends of the song as far as it can be heard.

    Raises:
        InvalidInput: Under four taps lie in the song, or they make no pulse.
    """
    duration = analysis.track.duration
    inside = np.flatnonzero((taps >= 0) & (taps < duration))
    if inside.size < FEWEST_TAPS:
        raise InvalidInput(
            f"there are {inside.size} taps within the song ({duration:.1f} s); "
            f"tap {FEWEST_TAPS} beats at least"
        )
    kept = inside[_apart(taps[inside])]
    times = taps[kept]
    index = _counted(times)
    strikes = strikes_of(analysis)
    every = np.arange(index[-1] + 1)
    rough = np.interp(every, index, times)
    period = float(np.median(np.diff(rough)))
    weights = np.where(np.isin(every, index), 1.0, 0.1)
    even = evened(rough, weights, HAND) if rough.size >= 3 else rough
    even = even + _late(even, strikes, min(LATEST, period / 4))
    even, before = _onward(even, analysis, strikes)
    beats = laid_on(strikes, even, min(REACH, 0.2 * period))
    # A beat on the very first sample may have been laid a hair before it.
    beats[(beats < 0) & (beats > -0.1 * period)] = 0.0
    good = (beats >= 0) & (beats < duration)
    first = int(np.argmax(good))
    beats = np.round(beats[good], 6)
    places = index + before - first
    there = (places >= 0) & (places < beats.size)
    return Tapped(beats, places[there], kept[there])


def _apart(times: Times) -> NDArray[np.int64]:
    """Indices of taps without those of a finger that bounced."""
    usual = float(np.median(np.diff(times)))
    kept = [0]
    for i in range(1, times.size):
        if times[i] - times[kept[-1]] >= TWICE * usual and times[i] > times[kept[-1]]:
            kept.append(i)
    return np.array(kept, np.int64)


def _counted(times: Times) -> NDArray[np.int64]:
    """Which beat each tap marks, from 0.

    Raises:
        InvalidInput: They mark none.
    """
    if times.size < FEWEST_TAPS:
        raise InvalidInput(
            f"there are only {times.size} taps apart from each other; tap {FEWEST_TAPS} beats "
            "at least"
        )
    steps = np.diff(times)
    # Mirrored: a tap left out right before the end must not count as the usual interval there.
    usual = median_filter(steps, size=min(9, steps.size), mode="mirror")
    bpm = 60 / float(np.median(steps))
    if not SLOWEST <= bpm <= FASTEST:
        raise InvalidInput(
            f"the taps are {float(np.median(steps)):.3f} s apart, {bpm:.0f} BPM; a beat has "
            f"{SLOWEST:.0f} to {FASTEST:.0f}"
        )
    ratios = steps / usual
    whole = np.maximum(np.round(ratios), 1)
    off = np.abs(ratios - whole) > OFF
    if float(off.mean()) > MOST_OFF or float((off | (whole > 1)).mean()) > MOST_UNEVEN:
        uneven = float((off | (whole > 1)).mean())
        raise InvalidInput(
            f"the taps make no pulse: {uneven:.0%} of the intervals between them are not about the "
            f"{float(np.median(steps)):.2f} s of the others; tap along with every beat"
        )
    return np.concatenate([[0], np.cumsum(whole)]).astype(np.int64)


def _late(beats: Times, strikes: Strikes, most: float) -> float:
    """Seconds by which all taps together miss the onsets."""
    shifts = np.linspace(-most, most, 49)
    fits = []
    for shift in shifts:
        onsets, says = strikes.near(beats + shift, 0.05)
        away = onsets - beats - shift
        # A small shift is likelier than a large one.
        likely = np.exp(-0.5 * (shift / (most * 0.75)) ** 2)
        fits.append(float((says * np.exp(-0.5 * (away / 0.02) ** 2)).sum()) * likely)
    best = int(np.round(fits, 9).argmax())
    return float(shifts[best]) if fits[best] > 0 else 0.0


def _onward(beats: Times, analysis: Analysis, strikes: Strikes) -> tuple[Times, int]:
    """The pulse to both ends of the song, and how many beats were put in front."""
    heard = BeatGrid(beats=analysis.beats, downbeats=())
    front = _as_heard(beats[:32], heard, analysis.track.duration, forward=False)
    if front is None:
        front = _by_onsets(beats[:32][::-1], analysis, strikes)[::-1]
    back = _as_heard(beats[-32:], heard, analysis.track.duration, forward=True)
    if back is None:
        back = _by_onsets(beats[-32:], analysis, strikes)
    return np.concatenate([front, beats, back]), front.size


def _as_heard(beats: Times, heard: BeatGrid, duration: float, *, forward: bool) -> Times | None:
    """Where the pulse goes on as the beats heard do; None where they are not the same pulse.

    Args:
        beats: The tapped ones next to the end.
        heard: The beats heard.
        duration: Of the song, seconds.
        forward: Towards the song's end, or else its start.
    """
    if len(heard.beats) < FEWEST_TAPS:
        return None
    inside = (beats >= heard.beats[0] - 0.1) & (beats <= heard.beats[-1] + 0.1)
    if int(inside.sum()) < FEWEST_TAPS:
        return None
    at = np.array([heard.index_at(t) for t in beats[inside]])
    step = float(np.median(np.diff(at)))
    ratio = min(RATIOS, key=lambda r: abs(np.log(max(step, 1e-6) / r)))
    if abs(step / ratio - 1) > ALIKE:
        return None
    index = np.arange(beats.size)[inside]
    rest = at - ratio * index
    if float(np.median(np.abs(rest - np.median(rest)))) > STEADY:
        return None
    start = float(np.median(rest[-8:] if forward else rest[:8]))
    found: list[float] = []
    i = beats.size if forward else -1
    while True:
        position = start + ratio * i
        if not -0.5 <= position <= len(heard.beats) - 0.5:
            break
        time = heard.time_at(position)
        if not 0 <= time < duration:
            break
        found.append(time)
        i += 1 if forward else -1
    ends = beats[-1] if forward else beats[0]
    rows: Times = np.array(found if forward else found[::-1], np.float64)
    return np.asarray(rows[rows > ends + 0.05] if forward else rows[rows < ends - 0.05])


def _by_onsets(beats: Times, analysis: Analysis, strikes: Strikes) -> Times:
    """Beats after the last of `beats`, or before it where they run backwards, by what is struck."""
    duration = analysis.track.duration
    step = float(np.median(np.diff(beats)))
    time, found, missed = float(beats[-1]), [], 0
    while missed < UNSUPPORTED:
        time += step
        if not 0 <= time < duration or analysis.energy.at(time) < QUIET:
            break
        onset, says = strikes.near(np.array([time]), 0.15 * abs(step))
        if says[0] > 0.05:
            error = float(onset[0]) - time
            time += 0.4 * error
            step += 0.05 * error
            missed = 0
        else:
            missed += 1
        found.append(time)
    return np.array(found[: len(found) - missed], np.float64)
