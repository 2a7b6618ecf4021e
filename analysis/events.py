"""What happens in the music: builds, drops, stops and silences."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.stats import rankdata

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.curves import Curves
from songreel.analysis.features import WINDOW, Features
from songreel.analysis.spectrum import RATE
from songreel.models.music import Event, EventKind

_SILENCE = 1.0
"""Seconds."""
_QUIET, _EDGE = -60.0, 0.2
"""dB under the loudest moment that is silence, as in `songreel.analysis.curves`, and seconds
around a silence's edge, known to a tenth, in which it is looked for."""
_STOP = 0.25
"""Seconds of near-silence that are a stop."""
_STOP_DEPTH = 22.0
"""dB that a stop lies under the music before it; a reverberant hall falls 15 dB in 0.25 s."""
_STOP_LEAST = -24.0
"""dB under the loudest moment that the music before a stop has at least: in a sparse intro every
note ends in one."""
_STOP_FALL = 0.15
"""Seconds within which it gets there."""
_STOP_BARS = 1.25
"""Bars that a stop lasts at most; what is longer is a silence."""
_HALF_WINDOW = WINDOW / 2 / ANALYSIS_RATE
"""Seconds: 22 dB under the music a frame's window lies all but wholly in the gap, so the gap
begins half a window before the first such frame's centre and ends half a window after the
last's."""
_STEADY = 0.85
"""Share of the two seconds before a stop that must have been music: speech and sparse notes
have gaps all the time."""
_RISE_LU, _RISE_BASS, _RISE_ENERGY = 3.0, 0.12, 0.12
"""Least rises at a drop: loudness, bass (in 30 dB) and energy, from the two bars before it to
the two bars after."""
_ENTRY_ENERGY = 0.35
"""Rise of energy that is a drop even when nothing led up to it."""
_BUILD_BARS = (16, 12, 8, 6, 4, 3, 2)
_BUILD_SECONDS = 20.0
"""Longest build; what rises for longer is a piece that grows."""
_BUILD_ORDER, _BUILD_RISE = 0.75, 0.15
"""Rank correlation with time, and rise from the first to the last quarter, of a build."""
_ONE_BUILD = 0.3
"""Seconds between two builds that are one."""
_GAP_LEAK = 0.6
"""Seconds before a gap in which the smoothed energy falls already."""
_BUILD_STEP = 0.6
"""Largest part of the rise in one step: an entry of the drums is a step, not a build."""


def find_events(
    curves: Curves,
    features: Features,
    borders: NDArray[np.float64],
    beats: NDArray[np.float64],
    bar: float,
) -> tuple[Event, ...]:
    """Events in the order of their starts.

    Args:
        curves: Of the song.
        features: Of the song.
        borders: Shape (n,), seconds at which sections start, without the first.
        beats: Shape (m,), seconds; empty where there is no grid to trust.
        bar: Seconds of a bar; 2 where there is no grid.
    """
    stops = [stop for stop in _stops(curves, features) if stop.end - stop.start <= _STOP_BARS * bar]
    silences = [
        silence
        for silence in _silences(curves, features)
        if not any(stop.start < silence.end and silence.start < stop.end for stop in stops)
    ]
    gaps = [*stops, *silences]
    befores = np.concatenate([[0.0], borders])[: borders.size]
    builds: list[Event] = []
    for before, border in zip(befores, borders, strict=True):
        if event := _build(curves, before, border, bar, gaps):
            builds.append(event)
            if len(builds) > 1 and event.start - builds[-2].end < _ONE_BUILD:
                # A rise through a border is one rise.
                first, second = builds[-2:]
                builds[-2:] = [
                    _event("build", first.start, second.end, max(first.strength, second.strength))
                ]
    places = _places(borders, gaps, beats)
    led_up = [event.end for event in (*builds, *gaps)]
    drops = [event for place in places if (event := _drop(curves, place, bar, led_up))]
    return tuple(sorted((*silences, *stops, *builds, *drops), key=lambda e: (e.start, e.kind)))


def _event(kind: EventKind, start: float, end: float, strength: float) -> Event:
    bounded = round(float(np.clip(strength, 0, 1)), 4)
    return Event(kind=kind, start=round(start, 6), end=round(end, 6), strength=bounded)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[first, last) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _silences(curves: Curves, features: Features) -> list[Event]:
    """Gaps of a second and more; their edges from the level, where it shows them."""
    rate, level = features.frame_rate, features.level
    found: list[Event] = []
    for first, last in _runs(~curves.sounding):
        if (last - first) / RATE < _SILENCE:
            continue
        start, end = first / RATE, last / RATE
        begin = max(0, round((start - _EDGE) * rate))
        quiet = _runs(level[begin : round((end + _EDGE) * rate)] < _QUIET)
        if quiet:
            run = max(quiet, key=lambda r: r[1] - r[0])
            if first > 0:
                start = max(0.0, (begin + run[0]) / rate - _HALF_WINDOW)
            if last < curves.sounding.size:
                end = (begin + run[1] - 1) / rate + _HALF_WINDOW
        found.append(_event("silence", start, end, 1.0))
    return found


def _stops(curves: Curves, features: Features) -> list[Event]:
    heard = np.flatnonzero(curves.sounding)
    if heard.size == 0:
        return []
    rate = features.frame_rate
    begin, end = round(heard[0] / RATE * rate), round((heard[-1] + 1) / RATE * rate)
    level = features.level[begin:end].astype(np.float64)
    back = round(2 * rate)
    # The loudest of the two seconds before bounds what the fall can be measured from.
    loudest = maximum_filter1d(level, back, origin=(back - 1) // 2, mode="nearest")
    falling = np.diff(level, prepend=level[:1]) < 0
    at = np.flatnonzero(falling & (level < loudest - _STOP_DEPTH))
    found: list[Event] = []
    i = back // 2
    for place in at.tolist():
        if place < i:
            continue
        i = place
        before = level[max(0, i - back) : i]
        loud = float(np.percentile(before, 75))
        threshold = loud - _STOP_DEPTH
        # Only the moment of falling through the threshold can begin a stop.
        if level[i] >= threshold or level[i - 1] < threshold:
            continue
        stop = i
        while stop < level.size and level[stop] < threshold:
            stop += 1
        long_enough = (stop - i) / rate >= _STOP and stop < level.size
        sudden = level[max(0, i - round(_STOP_FALL * rate))] > loud - 8
        steady = float((before > threshold).mean()) >= _STEADY
        if long_enough and sudden and steady and loud >= _STOP_LEAST:
            depth = loud - float(level[i:stop].mean())
            start = (begin + i) / rate - _HALF_WINDOW
            over = (begin + stop - 1) / rate + _HALF_WINDOW
            found.append(_event("stop", start, over, 0.4 + 0.6 * (depth - _STOP_DEPTH) / 40))
        i = stop
    return found


def _places(
    borders: NDArray[np.float64], gaps: list[Event], beats: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where a drop may be: at section starts and where music comes back after a gap.

    It comes back on a beat if there is one. A border inside a gap is a bar line that the
    silence hid; nothing drops there.
    """
    ends = []
    for gap in gaps:
        near = beats[np.abs(beats - gap.end) < 0.12]
        ends.append(float(near[np.abs(near - gap.end).argmin()]) if near.size else gap.end)
    inside = [any(g.start - 0.3 < b < g.end + 0.12 for g in gaps) for b in borders]
    return np.unique(np.concatenate([borders[~np.array(inside, dtype=np.bool_)], ends]))


def _span(values: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    first = max(0, round(start * RATE))
    return values[first : max(first, round(end * RATE))]


def _mean(values: NDArray[np.float64], start: float, end: float) -> float:
    """Mean over [start, end) seconds, 0 where that is outside the song."""
    part = _span(values, start, end)
    return float(part.mean()) if part.size else 0.0


def _drop(curves: Curves, at: float, bar: float, led_up: list[float]) -> Event | None:
    """The drop at `at`: sudden, with bass, into the song's loud half."""
    span = max(2 * bar, 2.0)
    heard = curves.sounding
    loud, bass = (np.where(heard, v, low) for v, low in ((curves.loudness, -60.0),
                                                        (curves.bass, 0.0)))  # fmt: skip
    before, after = (at - span, at), (at, at + span)
    if _span(loud, *before).size < RATE or _span(loud, *after).size < RATE:
        return None
    rise = float(np.median(_span(loud, *after)) - np.median(_span(loud, at - bar, at)))
    deep = _mean(bass, *after) - _mean(bass, *before)
    # The energy curve reaches a second beyond its moment.
    energy = _mean(curves.energy, at + 1, at + span + 1)
    lift = energy - _mean(curves.energy, at - span, max(at - 1, at - span + 0.5))
    loud_half = energy >= float(np.median(curves.energy[heard]))
    prepared = any(-0.2 <= at - end <= max(0.3, bar / 2) for end in led_up)
    quiet_before = _mean(curves.energy, at - 2 * span, at - 1) < 0.7 * energy
    enough = rise >= _RISE_LU and deep >= _RISE_BASS and lift >= _RISE_ENERGY
    entry = lift >= _ENTRY_ENERGY and rise >= 2 * _RISE_LU
    if not (loud_half and enough and (prepared or quiet_before or entry)):
        return None
    return _event("drop", at, at + span, 0.3 + 0.7 * (0.5 * lift / 0.5 + 0.5 * rise / 12))


def _build(
    curves: Curves, before: float, border: float, bar: float, gaps: list[Event]
) -> Event | None:
    """The longest stretch of the section from `before` to `border` that rises into the next.

    A gap in front of the border, as before many a drop, ends the build where it begins.
    """
    after = _mean(curves.energy, border + 1, border + 1 + max(2 * bar, 2))
    gap = next((g for g in gaps if abs(g.end - border) < 0.3 and g.start > before), None)
    over = border if gap is None else gap.start
    # What follows the border is smoothed into the second before it.
    end = border - 1.0 if gap is None else over - _GAP_LEAK
    bright = curves.brightness - float(curves.brightness[curves.sounding].mean())
    rising = 0.6 * curves.energy + 0.3 * curves.density + 0.4 * bright
    for bars in _BUILD_BARS:
        start = border - bars * bar
        fits = start >= before - bar / 2 and end - start >= 3.0 and bars * bar <= _BUILD_SECONDS
        if not fits or _mean(curves.sounding.astype(np.float64), start, end) < 1:
            continue
        values = _span(rising, start, end)
        points = np.array([part.mean() for part in np.array_split(values, max(6, bars))])
        order = _rank_correlation(points)
        quarter = max(1, points.size // 4)
        rise = float(points[-quarter:].mean() - points[:quarter].mean())
        gradual = float(np.diff(points).max()) <= _BUILD_STEP * rise
        reached = _mean(curves.energy, end - 1, end)
        clear = order >= _BUILD_ORDER and rise >= _BUILD_RISE
        if clear and gradual and after >= reached - 0.05:
            return _event("build", max(start, before), over, 0.3 + rise * order)
    return None


def _rank_correlation(values: NDArray[np.float64]) -> float:
    """Spearman's correlation of `values` with their order."""
    if np.ptp(values) == 0:
        return 0.0
    return float(np.corrcoef(np.arange(values.size), rankdata(values))[0, 1])
