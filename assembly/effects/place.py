"""From a cue in the words of music to frames: `Song`, `placed`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.effects import by_moviepy
from songreel.assembly.effects.effect import Effect, find
from songreel.models.effect import Driver, EffectCue, PlacedEffect
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis, BeatGrid
from songreel.models.timebase import frame_at

STRUCK: tuple[Driver, ...] = (
    "cut", "beat", "downbeat", "kick", "snare", "hat", "bass", "melody",
)  # fmt: skip
"""Drivers that are moments."""
LEVELS: tuple[Driver, ...] = ("shot", "energy", "build")
"""Drivers that are curves."""

WITH_CUT = 0.05
"""Seconds around a cut within which a hit falls on the cut: they answer to the same stroke, and a
picture that jumps one frame before or after it is changed looks like a fault."""
FAINT = 0.15
"""Strength of an onset under which it is not shown."""
WITHIN = 0.02
"""By how much a level may differ from its curve."""
SLOW = 1.0
"""Seconds over which energy is smoothed: a level moves the picture, it does not flicker."""

Hits = tuple[tuple[float, float], ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """Film frames [first, last) on which a shot, or the film, is seen, its handles included.

    Attributes:
        start: Frame of the cut, from which placed frames count.
        first: Of the handle before it.
        last: Past the handle after it.
        edges: Frames of the cuts at both ends; hits right beside them fall onto them.
        name: For errors: "shot s03", "the film".
    """

    start: int
    first: int
    last: int
    edges: tuple[int, ...]
    name: str


@dataclass(frozen=True)
class Song:
    """What moves effects, on a film's frames.

    Attributes:
        grid: The storyboard's.
        analysis: What was heard; None where only the grid is known.
        rate: Frames a second.
        lead: Frames by which cuts, and hits with them, come early.
    """

    grid: BeatGrid
    analysis: Analysis | None
    rate: Fraction
    lead: int = 0

    def hits(self, driver: Driver) -> Hits:
        """(seconds, strength) of every moment of `driver` in the song.

        Raises:
            InvalidInput: It needs an analysis and there is none.
        """
        if driver == "downbeat":
            return tuple((time, 1.0) for time in self.grid.downbeat_times)
        if driver == "beat":
            return self._beats
        heard = getattr(self._heard(driver).onsets, driver)
        return tuple((t, s) for t, s in zip(heard.times, heard.strengths, strict=True)
                     if s >= FAINT)  # fmt: skip

    @cached_property
    def _beats(self) -> Hits:
        """Beats with their weight in the bar: the first, those half-way, the others."""
        found = []
        for i, time in enumerate(self.grid.beats):
            beat = self.grid.bar_and_beat(i)[1]
            half = self.grid.beats_per_bar // 2 + 1
            even = self.grid.beats_per_bar % 2 == 0
            found.append((time, 1.0 if beat == 1 else 0.9 if even and beat == half else 0.8))
        return tuple(found)

    def levels(self, driver: Driver, first: int, last: int) -> Floats:
        """Level of `driver` at film frames [first, last).

        Raises:
            InvalidInput: It needs an analysis and there is none.
        """
        times = np.arange(first, last) / float(self.rate)
        if driver == "build":
            level = np.zeros(last - first)
            for start, end in self._builds:
                inside = (times >= start) & (times < end)
                level[inside] = (times[inside] - start) / (end - start)
            return level
        values, rate = self._energy
        return np.interp(times * rate, np.arange(len(values)), values)

    @cached_property
    def _energy(self) -> tuple[Floats, float]:
        curve = self._heard("energy").energy
        window: Any = np.hanning(max(3, round(SLOW * curve.rate)) + 2)
        padded = np.pad(curve.array, len(window) // 2, mode="edge")
        smooth = np.convolve(padded, window / window.sum(), mode="same")
        half = len(window) // 2
        return np.clip(smooth[half : half + len(curve.array)], 0, 1), curve.rate

    @cached_property
    def _builds(self) -> list[tuple[float, float]]:
        heard = self._heard("build")
        spans = [(e.start, e.end) for e in heard.events if e.kind == "build" and e.end > e.start]
        spans += [(s.start, s.end) for s in heard.sections if s.label == "build"]
        kept: list[tuple[float, float]] = []
        for span in sorted(spans):
            if not kept or span[0] >= kept[-1][1] - 0.1:
                kept.append(span)
        return kept

    def _heard(self, driver: str) -> Analysis:
        if self.analysis is None:
            raise InvalidInput(
                f"an effect on {driver} needs what was heard in the song, and there is no analysis"
            )
        return self.analysis


def placed(cue: EffectCue, span: Span, song: Song) -> PlacedEffect:
    """`cue` on the frames of `span`. A hit shows on the frame that is on screen when it sounds.

    Raises:
        InvalidInput: There is no such effect or setting, or the effect does not answer to what
            the cue puts it on.
    """
    effect = checked(cue, span.name)
    bare = PlacedEffect(effect=cue.effect, strength=cue.strength, settings=cue.settings)
    if cue.effect.startswith(by_moviepy.PREFIX):
        first, last = span.first - span.start, span.last - span.start
        try:
            by_moviepy.refuse_driver(cue)
            return by_moviepy.on_shot(bare, first, last, float(song.rate))
        except InvalidInput as error:
            raise InvalidInput(f"{span.name}: {error}") from error
    if cue.on == "cut":
        struck: dict[int, float] = {0: 1.0}
    elif cue.on in STRUCK:
        struck = _struck(song.hits(cue.on), span, song)
    elif cue.on == "shot":
        if not getattr(effect, "ramps", False):
            return bare
        ends = ((span.first - span.start, 0.0), (span.last - span.start, 1.0))
        return bare.model_copy(update={"level": ends})
    else:
        level = _simple(song.levels(cue.on, span.first, span.last))
        shift = span.first - span.start
        knots = tuple((at + shift, value) for at, value in level)
        return bare.model_copy(update={"level": knots})
    return bare.model_copy(update={"hits": tuple(sorted(struck.items()))})


def checked(cue: EffectCue, where: str) -> Effect:
    """The effect of `cue`, once it is known to work there.

    Raises:
        InvalidInput: There is no such effect or setting, or the effect does not answer to what
            the cue puts it on.
    """
    try:
        effect = find(cue.effect, cue.settings)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from error
    moved_by = getattr(effect, "moved_by", None)
    if moved_by == "hits" and cue.on not in STRUCK:
        raise InvalidInput(
            f"{where}: {cue.effect} answers to hits, and {cue.on} has none; "
            f"put it on {', '.join(STRUCK)}"
        )
    if moved_by == "level" and cue.on not in LEVELS:
        raise InvalidInput(
            f"{where}: {cue.effect} does not answer to the hits of {cue.on}; "
            f"put it on {', '.join(LEVELS)}"
        )
    return effect


def _struck(hits: Hits, span: Span, song: Song) -> dict[int, float]:
    """Strength by frame from the cut; of two in one frame the stronger."""
    near = WITH_CUT * float(song.rate)
    found: dict[int, float] = {}
    low = float((span.first - near + song.lead) / song.rate)
    high = float((span.last + near + song.lead) / song.rate)
    for time, strength in hits:
        if not low <= time <= high:
            continue
        frame = frame_at(time, song.rate) - song.lead
        exact = time * float(song.rate) - song.lead
        frame = next((edge for edge in span.edges if abs(exact - edge - 0.5) <= near + 0.5), frame)
        if span.first <= frame < span.last:
            at = frame - span.start
            found[at] = max(found.get(at, 0.0), round(strength, 3))
    return found


def _simple(values: Floats) -> Sequence[tuple[int, float]]:
    """Knots of a polyline that stays within `WITHIN` of `values` (Douglas and Peucker, 1973)."""
    if len(values) == 0:
        return ()
    keep = {0, len(values) - 1}
    todo = [(0, len(values) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        line = np.linspace(values[first], values[last], last - first + 1)
        away = np.abs(values[first : last + 1] - line)
        worst = int(away.argmax())
        # Knots are rounded too.
        if away[worst] > WITHIN - 0.001:
            keep.add(first + worst)
            todo += [(first, first + worst), (first + worst, last)]
    return tuple((i, round(float(values[i]), 3)) for i in sorted(keep))
