"""What stands on the grid, set onto a corrected one: `refit` gives the whole analysis."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from songreel.analysis.counting import Counted
from songreel.analysis.phrases import phrases_in_bars
from songreel.models.grid_change import GridChange, Move
from songreel.models.music import Analysis, BeatGrid, Curve, PhraseLevel, Section, Trust

Times = NDArray[np.float64]
Onto = Callable[[float], float]

SAME = 0.001
"""Seconds within which a time is that of a beat."""
LENGTHS = (2, 4, 8, 16)
"""Bars of a phrase at each level, as in `songreel.analysis.hierarchy`."""
OTHER_BAR = 0.1
"""By which bars may differ in length and phrases keep their number of them."""
SHORTEST = 0.5
"""Seconds of a section that is left at least."""
BY_HAND = "corrected by hand"
_SETTLED = (
    "the pulse is weak", "no pulse repeats", "the song is too short or too plain",
    "no bar lines to trust",
)  # fmt: skip
_SETTLED_TEMPO = ("the tempo may as well", "the tempo is heard at")
_SETTLED_BARS = ("bar starts are not clearly",)
"""How reasons begin that a person's word settles."""


def refit(analysis: Analysis, counted: Counted, move: Move, change: GridChange) -> Analysis:
    """`analysis` on corrected beats and bars.

    Borders of sections and starts of phrases that lay on a bar line go with it; what lay
    elsewhere, and chords, keys and events, which are in the sound, stay in time.

    Args:
        analysis: On the old grid.
        counted: The new one.
        move: How one goes over to the other.
        change: What was corrected.
    """
    beats = tuple(round(float(t), 6) for t in counted.beats)
    downbeats = tuple(beats[i] for i in counted.downbeats.tolist())
    onto = _onto(analysis.grid, np.asarray(beats), np.asarray(downbeats), move)
    sections = _sections(analysis, onto)
    starts = {old.start: new.start for old, new in zip(analysis.sections, sections, strict=True)}
    steps = np.diff(beats)
    return analysis.model_copy(
        update={
            "tempo": round(60 / float(np.median(steps)), 3),
            "meter": counted.meter,
            "beats": beats,
            "downbeats": downbeats,
            "tempo_curve": _tempo_curve(np.asarray(beats), analysis.track.duration),
            "sections": sections,
            "phrases": _phrases(analysis, downbeats, sections, starts, onto, move),
            "phrase_levels": _levels(analysis, downbeats, sections, starts, onto, move, change),
            "trust": _trust(analysis.trust, change),
            "methods": analysis.methods | {"beats": _method(analysis.methods, change)},
        }
    )


def _onto(grid: BeatGrid, beats: Times, downbeats: Times, move: Move) -> Onto:
    """Where a moment on an old bar line goes."""
    old = np.asarray(grid.downbeat_times)
    indices = np.asarray(grid.downbeats, np.int64)
    bar = float(np.median(np.diff(downbeats))) if downbeats.size > 1 else 2.0

    def nearest(time: float) -> float:
        at = float(downbeats[np.abs(downbeats - time).argmin()])
        return at if abs(at - time) <= bar / 2 + SAME else time

    def onto(time: float) -> float:
        if move.kind == "time" or not old.size or not downbeats.size:
            return time
        line = int(np.abs(old - time).argmin())
        if abs(old[line] - time) > SAME:
            return time
        if move.kind == "carry":
            index = int(indices[line]) + move.beats
            return nearest(float(beats[index])) if 0 <= index < beats.size else time
        return nearest(time)

    return onto


def _sections(analysis: Analysis, onto: Onto) -> tuple[Section, ...]:
    """The sections with their borders moved; one that would vanish keeps its own."""
    old = analysis.sections
    borders = [0.0]
    for section in old[1:]:
        moved = onto(section.start)
        fits = borders[-1] + SHORTEST <= moved <= section.end - SHORTEST
        borders.append(round(moved, 6) if fits else max(section.start, borders[-1] + 1e-3))
    borders.append(old[-1].end)
    return tuple(
        section.model_copy(update={"start": a, "end": b})
        for section, (a, b) in zip(old, pairwise(borders), strict=True)
    )


def _phrases(
    analysis: Analysis,
    downbeats: tuple[float, ...],
    sections: tuple[Section, ...],
    starts: dict[float, float],
    onto: Onto,
    move: Move,
) -> tuple[float, ...]:
    if len(downbeats) < 2:
        return analysis.phrases
    heads = {s.start for s in sections if s.label != "silence"}
    lines = set(downbeats)
    if move.kind == "weight" and (not analysis.downbeats or _other_bars(analysis, downbeats)):
        fixed = np.array(sorted(heads))
        found = phrases_in_bars(fixed, np.asarray(downbeats), fixed)
        return tuple(np.round(found, 6).tolist())
    moved = {starts.get(time, onto(time)) for time in analysis.phrases}
    return tuple(sorted(time for time in moved if time in lines or time in heads))


def _levels(
    analysis: Analysis,
    downbeats: tuple[float, ...],
    sections: tuple[Section, ...],
    starts: dict[float, float],
    onto: Onto,
    move: Move,
    change: GridChange,
) -> tuple[PhraseLevel, ...]:
    heads = [s.start for s in sections if s.label != "silence"]
    if len(downbeats) < 2:
        return ()
    known = {level.bars: level.starts for level in analysis.phrase_levels}
    if not known or (move.kind == "weight" and _other_bars(analysis, downbeats)):
        return _counted_levels(downbeats, sections)
    lines = set(downbeats)
    if move.kind == "time":
        # Two bars have become one, or one two.
        known = {
            bars // 2 if change.kind == "half" else bars * 2: times for bars, times in known.items()
        }
    found = _counted_levels(downbeats, sections)
    result: list[PhraseLevel] = []
    above: set[float] | None = None
    for level in reversed(found):
        times = known.get(level.bars)
        kept = set(level.starts)
        if times is not None:
            moved = {starts.get(time, onto(time)) for time in times}
            kept = {time for time in moved if time in lines} | set(heads)
        # A phrase of one level begins one of each level below.
        above = kept if above is None else kept | above
        result.append(PhraseLevel(bars=level.bars, starts=tuple(sorted(above))))
    return tuple(reversed(result))


def _counted_levels(
    downbeats: tuple[float, ...], sections: tuple[Section, ...]
) -> tuple[PhraseLevel, ...]:
    """Phrases counted in bars from the start of each section."""
    lines = np.asarray(downbeats)
    levels = []
    for bars in LENGTHS:
        found: set[float] = set()
        for section in sections:
            if section.label == "silence":
                continue
            inside = lines[(lines >= section.start - SAME) & (lines < section.end - SAME)]
            found |= {section.start, *inside[::bars].tolist()}
        levels.append(PhraseLevel(bars=bars, starts=tuple(sorted(found))))
    return tuple(levels)


def _other_bars(analysis: Analysis, downbeats: tuple[float, ...]) -> bool:
    """Whether bars are of another length than they were."""
    if len(analysis.downbeats) < 2:
        return True
    old = float(np.median(np.diff(analysis.downbeats)))
    return abs(float(np.median(np.diff(downbeats))) / old - 1) > OTHER_BAR


def _tempo_curve(beats: Times, duration: float) -> Curve:
    """BPM at 0, 1, 2 … seconds, as `songreel.analysis.rhythm.tempo_curve`."""
    steps = np.diff(beats)
    smooth = median_filter(steps, size=min(5, steps.size), mode="nearest")
    middles = (beats[1:] + beats[:-1]) / 2
    seconds = np.arange(int(np.floor(duration)) + 1, dtype=np.float64)
    tempi = np.round(60 / np.interp(seconds, middles, smooth), 3)
    return Curve(rate=1, values=tuple(tempi.tolist()))


def _trust(trust: Trust, change: GridChange) -> Trust:
    """A person vouches for the grid they correct, and for what of it they speak."""
    tempo = change.kind in ("half", "double", "tempo", "tap")
    bars = change.kind in ("bar one", "meter") or bool(change.places)
    settled = (
        *_SETTLED, *(_SETTLED_TEMPO if tempo else ()), *(_SETTLED_BARS if bars else ()),
    )  # fmt: skip
    before = next((r for r in trust.reasons if r.startswith(f"the grid is {BY_HAND}")), None)
    kept = [r for r in trust.reasons if not r.startswith(settled) and r != before]
    told = f"{before}, {change}" if before else f"the grid is {BY_HAND}: {change}"
    return trust.model_copy(
        update={
            "grid": 1.0,
            "octave": 1.0 if tempo else trust.octave,
            "meter": 1.0 if bars else trust.meter,
            "reasons": (*kept, told),
        }
    )


def _method(methods: dict[str, str], change: GridChange) -> str:
    before = methods.get("beats", "")
    return f"{before}, {change}" if BY_HAND in before else f"{before}; {BY_HAND}: {change}"
