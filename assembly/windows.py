"""Where in a song a short version of its film begins and ends: `windows`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Lyrics
from songreel.models.music import Analysis, BeatGrid
from songreel.models.timebase import clock

SHORTEST_SHARE = 0.75
"""Of the wish: a window is never longer than asked for, since platforms count hard, and shorter
only down to here, if phrases want it."""

_NEAR = 0.35
"""Seconds from a bar line within which a phrase or a section is meant to begin on it."""

_HOOKS = ("drop", "chorus")
_WEIGHTS = {"hook": 1.2, "energy": 0.9, "rise": 0.5, "start": 0.4, "end": 0.7, "length": 0.5}
_PHRASE_WEIGHT = {2: 0.45, 4: 0.7, 8: 0.85, 16: 0.95}
_FIRST = "at the start"
_OVERLAP = 0.35
"""Share of a window that a better one may already show."""


@dataclass(frozen=True)
class Edge:
    """A moment at which music begins or ends something."""

    time: float
    weight: float
    """1 for a section, less for phrases, the shorter the less."""
    name: str


@dataclass(frozen=True)
class Window:
    """A stretch of the song, seconds, and why it is a good one."""

    start: float
    end: float
    score: float
    reasons: tuple[str, ...]
    attack: bool
    """It begins at once: on a strong downbeat or with the song itself."""
    closes: bool
    """It ends with the song."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end - self.start


def windows(
    analysis: Analysis,
    seconds: float,
    *,
    grid: BeatGrid,
    trusted: bool,
    lyrics: Lyrics | None = None,
    count: int = 3,
    at: float | None = None,
) -> tuple[Window, ...]:
    """The best stretches of about `seconds`, best first.

    Args:
        analysis: Of the song.
        seconds: The wish; no window is longer.
        grid: Beats as the plan has them.
        trusted: Whether they are to be believed; else phrases and energy alone decide.
        lyrics: The words, where they have times: no window begins or ends within a line.
        count: How many at most; they hardly overlap.
        at: Begin at the bar or phrase nearest to this second, instead of the best one.

    Raises:
        InvalidInput: The song is too short, or `at` is outside it.
    """
    duration = analysis.track.duration
    if not 3 <= seconds <= 600:
        raise InvalidInput(f"an excerpt of {seconds:g} s: ask for 3 to 600 s")
    if duration <= seconds:
        raise InvalidInput(
            f"the song has {clock(duration)}, no more than the {seconds:g} s asked for: "
            "ask for fewer seconds, or take the whole film"
        )
    if at is not None and not 0 <= at <= duration - seconds * SHORTEST_SHARE:
        raise InvalidInput(
            f"{clock(at)} leaves less than {seconds * SHORTEST_SHARE:g} s of the song "
            f"({clock(duration)}); choose an earlier moment"
        )
    marks = edges(analysis, grid, trusted)
    starts = _starts_at(at, marks, grid, trusted) if at is not None else marks
    found = [
        _judged(analysis, begin, finish, seconds, grid, trusted, lyrics)
        for begin in starts
        for finish in _ends(begin, marks, grid, trusted, seconds, duration)
    ]
    found.sort(key=lambda window: (-window.score, window.start, window.end))
    chosen: list[Window] = []
    for window in found:
        if len(chosen) < count and all(_shared(window, other) <= _OVERLAP for other in chosen):
            chosen.append(window)
    return tuple(chosen)


def edges(analysis: Analysis, grid: BeatGrid, trusted: bool) -> tuple[Edge, ...]:
    """Where sections and phrases begin, in order; the song's start and end among them."""
    duration = analysis.track.duration
    best: dict[float, Edge] = {}

    def add(time: float, weight: float, name: str) -> None:
        at = _on_bar(time, grid) if trusted else time
        if not 0 <= at <= duration:
            return
        known = best.get(round(at, 3))
        if known is None or known.weight < weight:
            best[round(at, 3)] = Edge(at, weight, name)

    add(0.0, 1.0, "the song")
    add(duration, 1.0, "the song")
    for section in analysis.sections:
        name = "a section" if section.label == "section" else f"the {section.label}"
        add(section.start, 1.0, name)
    for level in analysis.phrase_levels:
        for time in level.starts:
            weight = _PHRASE_WEIGHT.get(level.bars, 0.45)
            add(time, weight, f"a phrase of {level.bars} bars")
    for time in analysis.phrases:
        add(time, 0.6, "a phrase")
    if not trusted or len(best) < 8:
        for time in _breaths(analysis):
            add(time, 0.4, "a breath in the music")
    return tuple(best[time] for time in sorted(best))


def _breaths(analysis: Analysis) -> Iterator[float]:
    """Lows of the energy between two swells: where music without bars takes breath."""
    curve = analysis.energy
    smooth = max(1, round(curve.rate))
    kernel = np.hanning(2 * smooth + 1)
    padded = np.pad(curve.array, smooth, mode="edge")
    values = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    for i in range(1, len(values) - 1):
        around = values[max(0, i - 2 * smooth) : i + 2 * smooth + 1]
        if values[i] == around.min() and values[i] < around.max() - 0.02:
            yield float(i / curve.rate)


def _starts_at(at: float, marks: Sequence[Edge], grid: BeatGrid, trusted: bool) -> tuple[Edge, ...]:
    downbeats = grid.downbeat_times if trusted else ()
    near = min(marks, key=lambda mark: abs(mark.time - at))
    if downbeats:
        bar = min(downbeats, key=lambda time: abs(time - at))
        if abs(bar - at) < abs(near.time - at):
            return (Edge(bar, 0.3, "a bar"),)
    return (near,)


def _ends(
    begin: Edge,
    marks: Sequence[Edge],
    grid: BeatGrid,
    trusted: bool,
    seconds: float,
    duration: float,
) -> tuple[Edge, ...]:
    """Where a window from `begin` may end: phrases, else bars, else where the wish ends."""
    low, high = begin.time + seconds * SHORTEST_SHARE, begin.time + seconds + 1e-6
    if low > duration:
        return ()
    phrases = tuple(mark for mark in marks if low <= mark.time <= high)
    if phrases:
        return phrases
    if trusted:
        bars = tuple(Edge(t, 0.25, "a bar") for t in grid.downbeat_times if low <= t <= high)
        if bars:
            return bars
    return (Edge(min(begin.time + seconds, duration), 0.0, "nothing of the music's"),)


def _judged(
    analysis: Analysis,
    begin: Edge,
    finish: Edge,
    seconds: float,
    grid: BeatGrid,
    trusted: bool,
    lyrics: Lyrics | None,
) -> Window:
    start, end, duration = begin.time, finish.time, analysis.track.duration
    energy = analysis.energy
    length = end - start
    mean = energy.mean(start, end)
    song = energy.mean(0, duration)
    top = max(float(np.percentile(energy.array, 95)), 1e-6)
    hook, told = _hook(analysis, start, end, grid if trusted else None)
    opening = energy.mean(start, start + length / 4)
    rest = energy.mean(start + length / 4, start + length * 0.85)
    after = energy.mean(end, min(end + 4, duration)) if end < duration - 1 else 0.0
    before = energy.mean(max(start, end - 4), end)
    closes = end >= duration - 0.05
    resolves = finish.weight + (0.35 if closes or after < before - 0.08 else 0.0)
    parts = {
        "hook": hook,
        "energy": min(mean / top, 1.0),
        "rise": min(max((rest - opening) / 0.3, 0.0), 1.0),
        "start": begin.weight,
        "end": min(resolves, 1.2),
        "length": 1 - (seconds - length) / (seconds * (1 - SHORTEST_SHARE)),
    }
    score = sum(_WEIGHTS[name] * value for name, value in parts.items())
    reasons = [*told]
    reasons.append(f"starts with {begin.name}")
    if rest - opening > 0.05:
        reasons.append(f"the energy rises from {opening:.2f} to {rest:.2f}")
    elif mean > song + 0.05:
        reasons.append(f"the energy stays high ({mean:.2f}; the song's mean is {song:.2f})")
    if closes:
        reasons.append("ends with the song")
    elif finish.weight > 0:
        reasons.append(f"ends where {finish.name} begins")
    else:
        reasons.append("no phrase or bar ends there: it fades where the wish ends")
    for time, what in ((start, "starts"), (end, "ends")):
        if 0 < time < duration and _in_line(lyrics, time):
            score -= 0.4
            reasons.append(f"{what} within a sung line")
        elif analysis.voice is not None and 0 < time < duration and analysis.voice.at(time) > 0.6:
            score -= 0.08
    enters = energy.mean(start, start + 1) > energy.mean(max(start - 1, 0), start) + 0.1
    attack = start <= 0 or enters or _strong(analysis, start) or _at_start(told)
    return Window(start, end, round(score, 6), tuple(reasons), attack, closes)


def _hook(
    analysis: Analysis, start: float, end: float, grid: BeatGrid | None
) -> tuple[float, list[str]]:
    """How good the best entry in the window is, 0 to about 1, and which one it is."""
    length = end - start
    top = max(max(section.energy for section in analysis.sections), 1e-6)
    entries = [
        (event.start, 0.7 + 0.3 * event.strength, "the drop")
        for event in analysis.events
        if event.kind == "drop"
    ]
    for before, section in pairwise(analysis.sections):
        rise = max(section.energy - before.energy, 0.0)
        worth = 0.45 * section.energy / top + min(rise, 0.4)
        if section.label in _HOOKS:
            worth += 0.3
            entries.append((section.start, worth, f"the {section.label}"))
        elif rise > 0.1:
            entries.append((section.start, worth, "the strongest entry"))
    best, told = 0.0, list[str]()
    for time, worth, name in entries:
        place = (time - start) / length
        if not -0.01 <= place <= 0.65:
            continue
        # A bar or two to rise before it; what comes late has no room to be enjoyed.
        where = 0.85 if place < 0.03 else 1.0 if place <= 0.45 else 1.0 - (place - 0.45)
        if worth * where > best:
            best = worth * where
            bars = _bars_between(grid, start, time)
            lead = _FIRST if place < 0.03 else f"after {bars}" if bars else "inside"
            drops = any(abs(drop.start - time) < 0.2 for drop in analysis.events
                        if drop.kind == "drop")  # fmt: skip
            told = [f"{'the drop' if drops else name} at {clock(time)}, {lead}"]
    return best, told


def _bars_between(grid: BeatGrid | None, start: float, end: float) -> str:
    if grid is None:
        return f"{end - start:.1f} s"
    count = sum(start + 0.1 < time <= end + 0.1 for time in grid.downbeat_times)
    return f"{count} bar{'s' if count > 1 else ''}" if count else ""


def _at_start(told: Sequence[str]) -> bool:
    """Whether the hook comes first: nobody fades in a chorus."""
    return any(text.endswith(_FIRST) for text in told)


def _strong(analysis: Analysis, time: float) -> bool:
    """Whether something is struck there: a fade would blunt it."""
    for hits in (analysis.onsets.kick, analysis.onsets.snare):
        for at, strength in zip(hits.times, hits.strengths, strict=True):
            if abs(at - time) <= 0.06 and strength >= 0.4:
                return True
    return False


def _on_bar(time: float, grid: BeatGrid) -> float:
    if not grid.downbeats:
        return time
    bar = min(grid.downbeat_times, key=lambda at: abs(at - time))
    return bar if abs(bar - time) <= _NEAR else time


def _in_line(lyrics: Lyrics | None, time: float) -> bool:
    if lyrics is None or not lyrics.timed:
        return False
    return any(
        line.start is not None and line.end is not None and line.start + 0.1 < time < line.end - 0.1
        for line in lyrics.lines
    )


def _shared(one: Window, other: Window) -> float:
    both = min(one.end, other.end) - max(one.start, other.start)
    return max(both, 0.0) / min(one.seconds, other.seconds)
