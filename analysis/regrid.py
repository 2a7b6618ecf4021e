"""The grid in the user's hand: `regrid` corrects the beats and bars of an analysis.

The song is not heard again: what was struck, sung and played is in the analysis.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.bar_lines import bar_lines, by_places
from songreel.analysis.counting import Counted, doubled, halved
from songreel.analysis.refit import refit
from songreel.analysis.steady import better_tempo, steady
from songreel.analysis.strikes import laid_on, strikes_of
from songreel.analysis.taps import tapped
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import GridChange, Move
from songreel.models.music import Analysis
from songreel.models.timebase import clock

LEAST_BEATS = 4
ON_IT = 0.25
"""Share of a beat within which the moment of bar one is that of a beat; farther off, all beats
move so that one lies there."""
DRIFT, MOST_BARS = 1.0, 0.95
"""Bars by which a bar may move under a new tempo and keep its number; and the share of bars that
have to, or else the two grids do not count the same."""
OCTAVE = 0.06
"""By which a tempo may differ from the half or the double of the old one and be counted so first;
the ratio within which two tempi of the same pulse are one in the evaluation of tempo is 4 %."""
MOST_OFFSET = 10.0
"""Seconds."""
SURE, STEADY = 0.5, 0.8
"""Trust from which beats heard speak for or against a tempo, and the share that must be met."""
TOLERANCE = 0.07
"""Seconds: that of the beat F-measure (Davies, Degara and Plumbley, C4DM-TR-09-06, 2009)."""
TERNARY_BPM = 180.0
"""BPM under which the beat of a compound meter is one of three, where onsets tell nothing."""


class Regridded(NamedTuple):
    """A corrected analysis, how what stood on the old grid goes over, and what is to be told."""

    analysis: Analysis
    move: Move
    notices: tuple[str, ...] = ()


class _Result(NamedTuple):
    counted: Counted
    move: Move
    notices: tuple[str, ...] = ()


def corrected(heard: Analysis, changes: Iterable[GridChange]) -> Analysis:
    """`heard` with a person's corrections, one after the other."""
    analysis = heard
    for change in changes:
        analysis = regrid(analysis, change).analysis
    return analysis


def expanded(analysis: Analysis, change: GridChange) -> tuple[GridChange, ...]:
    """`change` as the corrections that it comes down to.

    A tempo of about half or twice the old one is another octave first: what stands on the grid is
    counted anew before the steady pulse comes under it.
    """
    if (
        change.kind == "tempo"
        and change.bpm
        and analysis.tempo
        and len(analysis.beats) >= LEAST_BEATS
    ):
        for octave, ratio in (("half", 0.5), ("double", 2.0)):
            if abs(change.bpm / (ratio * analysis.tempo) - 1) <= OCTAVE:
                return (GridChange.model_validate({"kind": octave}), change)
    return (change,)


def regrid(analysis: Analysis, change: GridChange) -> Regridded:
    """`analysis` with one correction; everything that stands on the grid follows.

    Raises:
        InvalidInput: The correction cannot be made to this song; the text says why.
    """
    grid = analysis.grid
    old = Counted(
        np.asarray(analysis.beats, float), np.asarray(grid.downbeats, np.int64), analysis.meter
    )
    if change.kind not in ("tap", "tempo") and old.beats.size < LEAST_BEATS:
        raise InvalidInput(
            f"{change}: only {old.beats.size} beats are heard in this song, there is nothing to "
            "correct; give them with --tap FILE or --tempo BPM"
        )
    match change.kind:
        case "half":
            found = _Result(halved(old), Move("time"))
        case "double":
            found = _Result(doubled(old, _between(analysis, old)), Move("time"))
        case "offset":
            found = _offset(analysis, old, change.seconds or 0.0)
        case "bar one":
            found = _bar_one(analysis, old, change.seconds or 0.0)
        case "meter":
            found = _meter(analysis, old, change.meter or "")
        case "tempo":
            found = _tempo(analysis, old, change.bpm or 0.0)
        case "tap":
            found = _tap(analysis, old, change)
    if found.counted.beats.size < 2:
        raise InvalidInput(f"{change}: no beats are left within the song")
    return Regridded(refit(analysis, found.counted, found.move, change), found.move, found.notices)


def _between(analysis: Analysis, old: Counted) -> NDArray[np.float64]:
    """Beats half way between the old ones, on the onsets there."""
    half = (old.beats[1:] + old.beats[:-1]) / 2
    return laid_on(strikes_of(analysis), half, 0.1 * float(np.median(np.diff(old.beats))))


def _offset(analysis: Analysis, old: Counted, seconds: float) -> _Result:
    if abs(seconds) > MOST_OFFSET:
        raise InvalidInput(
            f"--offset {seconds:g} s is more than {MOST_OFFSET:g} s; a grid that far off is given "
            "with --bar-one-at or --tap"
        )
    return _Result(*_moved(old, seconds, analysis.track.duration))


def _moved(old: Counted, seconds: float, duration: float) -> tuple[Counted, Move]:
    """All beats `seconds` later; where they went to the song's ends they still do."""
    steps = np.diff(old.beats)
    lead, trail = float(np.median(steps[:8])), float(np.median(steps[-8:]))
    beats, downbeats = old.beats + seconds, old.downbeats
    front = 0
    if old.beats[0] < lead and seconds > 0:
        front = int(np.floor((beats[0] + 1e-9) / lead))
        beats = np.concatenate([beats[0] - lead * np.arange(front, 0, -1), beats])
    if old.beats[-1] + trail >= duration and seconds < 0:
        more = int(np.ceil((duration - beats[-1]) / trail - 1e-9)) - 1
        beats = np.concatenate([beats, beats[-1] + trail * np.arange(1, max(more, 0) + 1)])
    # What is moved to just before the song begins is its first beat still.
    beats[(beats < 0) & (beats > -ON_IT * lead)] = 0.0
    inside = (beats >= 0) & (beats < duration)
    first = int(np.argmax(inside))
    count = int(inside.sum())
    lines = downbeats + front - first
    lines = _continued(lines[(lines >= 0) & (lines < count)], count, old.length)
    kept = beats[inside]
    return Counted(kept, lines, old.meter), Move("carry", front - first)


def _bar_one(analysis: Analysis, old: Counted, seconds: float) -> _Result:
    duration = analysis.track.duration
    if seconds >= duration:
        raise InvalidInput(
            f"--bar-one-at {seconds:g} is past the song's end ({duration:.2f} s, {clock(duration)})"
        )
    steps = np.diff(old.beats)
    nearest = int(np.abs(old.beats - seconds).argmin())
    period = float(steps[min(max(nearest, 0), steps.size - 1)])
    away = seconds - float(old.beats[nearest])
    if abs(away) > period:
        raise InvalidInput(
            f"--bar-one-at {seconds:g}: there is no beat near it, the nearest is at "
            f"{old.beats[nearest]:.2f} s; give a bar's start where there are beats"
        )
    move, notices = 0, tuple[str, ...]()
    if abs(away) > ON_IT * period:
        old, carried = _moved(old, away, duration)
        move = carried.beats
        nearest = int(np.abs(old.beats - seconds).argmin())
        notices = (
            f"no beat was heard at {seconds:g} s: all beats are moved by {1000 * away:+.0f} ms",
        )
    lines, count, length = old.downbeats, old.beats.size, old.length
    if not lines.size:
        lines = np.arange(nearest % length, count, length)
        return _Result(Counted(old.beats, lines, old.meter), Move("carry", move), notices)
    place = _place(lines, nearest, length)
    bar = length if nearest < lines[0] or nearest >= lines[-1] else int(
        lines[np.searchsorted(lines, nearest, side="right")]
        - lines[np.searchsorted(lines, nearest, side="right") - 1]
    )  # fmt: skip
    # The nearer way: half of a bar of four is later, so that bar one stays within the song.
    shift = place if place <= bar - place else place - bar
    lines = lines + shift
    lines = _continued(lines[(lines >= 0) & (lines < count)], count, length)
    return _Result(Counted(old.beats, lines, old.meter), Move("carry", move + shift), notices)


def _place(lines: NDArray[np.int64], index: int, length: int) -> int:
    """Place of beat `index` in its bar, from 0."""
    if index < lines[0]:
        return int((index - lines[0]) % length)
    return int(index - lines[np.searchsorted(lines, index, side="right") - 1])


def _continued(lines: NDArray[np.int64], count: int, length: int) -> NDArray[np.int64]:
    """Bar lines with those that have room before the first and after the last."""
    if not lines.size:
        return lines
    front = np.arange(lines[0] - length, -1, -length)[::-1]
    back = np.arange(lines[-1] + length, count, length)
    return np.concatenate([front, lines, back])


def _meter(analysis: Analysis, old: Counted, meter: str) -> _Result:
    length = _felt(analysis, old, meter)
    if length == old.length and meter == old.meter:
        return _Result(old, Move("weight"), (f"bars were counted in {meter} already",))
    lines = bar_lines(analysis, old.beats, length)
    notices: tuple[str, ...] = ()
    beats = int(meter.split("/")[0])
    if length != beats:
        notices = (f"{meter} is felt in {length} here: each beat is made of {beats // length}",)
    return _Result(Counted(old.beats, lines, meter), Move("weight"), notices)


def _felt(analysis: Analysis, old: Counted, meter: str) -> int:
    """Beats of a bar of `meter` as they are counted: 6/8 has two where each is made of three."""
    upper, lower = (int(part) for part in meter.split("/"))
    if lower < 8 or upper % 3 or upper == 3:
        return upper
    times = strikes_of(analysis).times
    inside = times[(times > old.beats[0]) & (times < old.beats[-1])]
    at = np.interp(inside, old.beats, np.arange(old.beats.size)) % 1
    halves = int((np.abs(at - 0.5) < 0.08).sum())
    thirds = int(((np.abs(at - 1 / 3) < 0.08) | (np.abs(at - 2 / 3) < 0.08)).sum()) / 2
    if halves + thirds < old.beats.size / 8:
        ternary = 60 / float(np.median(np.diff(old.beats))) < TERNARY_BPM
    else:
        ternary = thirds > halves
    return upper // 3 if ternary else upper


def _tempo(analysis: Analysis, old: Counted, bpm: float) -> _Result:
    beats = np.round(steady(analysis, bpm), 6)
    if beats.size < LEAST_BEATS:
        raise InvalidInput(f"--tempo {bpm:g}: the song is too short for four beats at that tempo")
    lines = bar_lines(analysis, beats, old.length, slip=np.inf)
    new = Counted(beats, lines, old.meter)
    better = better_tempo(analysis, bpm)
    notices: tuple[str, ...] = ()
    if better:
        notices = (f"{better:g} BPM would fit what is heard better than {bpm:g}",)
    met = _met(old.beats, beats) if analysis.trust.grid >= SURE else 1.0
    if met < STEADY:
        notices += (
            f"the song does not keep to {bpm:g} BPM: only {met:.0%} of the beats that were heard "
            "lie on it; --tap follows a pulse that moves",
        )
    return _Result(new, _carried(old, new), notices)


def _met(heard: NDArray[np.float64], beats: NDArray[np.float64]) -> float:
    """Share of the beats heard that have a beat of the new grid within `TOLERANCE`."""
    if not heard.size:
        return 1.0
    right = np.clip(np.searchsorted(beats, heard), 1, beats.size - 1)
    away = np.minimum(np.abs(beats[right] - heard), np.abs(beats[right - 1] - heard))
    return float((away <= TOLERANCE).mean())


def _carried(old: Counted, new: Counted) -> Move:
    """By number, where every bar of the old grid has one within a bar of it; else by weight."""
    if old.downbeats.size < 2 or new.downbeats.size < 2:
        return Move("weight")
    at = np.interp(old.beats, new.beats, np.arange(new.beats.size))
    usual = float(np.median(at - np.arange(old.beats.size)))
    first = int(old.downbeats[0])
    # Bar lines go over to bar lines.
    places = new.downbeats - first
    shift = int(places[np.abs(places - usual).argmin()])
    bar = float(np.median(np.diff(new.beats))) * new.length
    index = old.downbeats + shift
    inside = (index >= 0) & (index < new.beats.size)
    drift = np.abs(new.beats[np.clip(index, 0, new.beats.size - 1)] - old.beats[old.downbeats])
    near = inside & (drift <= DRIFT * bar)
    alike = float(near.mean()) >= MOST_BARS and old.length == new.length
    return Move("carry", shift) if alike else Move("weight")


def _tap(analysis: Analysis, old: Counted, change: GridChange) -> _Result:
    found = tapped(np.asarray(change.taps, float), analysis)
    count = found.beats.size
    notices: tuple[str, ...] = ()
    meter, length = old.meter, old.length
    if change.places:
        places = {
            int(i): change.places[k]
            for i, k in zip(found.taps.tolist(), found.kept.tolist(), strict=True)
        }
        counted = max(places.values())
        if counted != length:
            meter, length = f"{counted}/4", counted
            notices = (f"bars of {counted} beats, as the file of taps counts them",)
        lines = by_places(places, count, length)
    else:
        lines = bar_lines(analysis, found.beats, length)
    left_out = len(change.taps) - found.kept.size
    if left_out:
        notices += (f"{left_out} of {len(change.taps)} taps are left out: bounced or outside",)
    return _Result(Counted(found.beats, lines, meter), Move("weight"), notices)
