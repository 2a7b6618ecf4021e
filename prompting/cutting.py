"""Where shots begin: pure functions from what was heard to a list of cuts."""

from dataclasses import dataclass, replace

import numpy as np

from songreel.models.lyrics import Lyrics
from songreel.models.storyboard import Anchor, CutReason
from songreel.prompting.chooser import PASSES, RULE, Choice, Multipliers
from songreel.prompting.density import LEANINGS, Leaning
from songreel.prompting.moments import Moment, moments, section_starts
from songreel.prompting.pulse import Pulse
from songreel.prompting.reach import Reach
from songreel.prompting.rules import Measure, judge
from songreel.prompting.song import Song
from songreel.prompting.stretches import section_at
from songreel.prompting.styles import Style, find_style
from songreel.prompting.sung import Sung

__all__ = ["Cut", "Fixed", "cuts", "reach_of", "section_starts"]

FEWER = 5
"""Passes of a second and further try."""
WORK = 20_000
"""Moments that all passes together cross at most, after the first try: planning a song of four
minutes stays under a second, and an hour is planned with the first."""


@dataclass(frozen=True)
class Cut:
    """The start of a shot, as planned. `section` is an index into the analysis's sections."""

    time: float
    anchor: Anchor
    reason: CutReason
    section: int


@dataclass(frozen=True)
class Fixed:
    """A span [start, end) that is one shot already; both ends are cuts and nothing is between."""

    start: Moment
    end: Moment | None
    fade: float = 0.0
    """Seconds of the cross-fade it begins with."""


def reach_of(pulse: Pulse, longest: float | None, fixed: tuple[Fixed, ...] = ()) -> Reach:
    """How long shots around `fixed` may be where no clip is longer than `longest` seconds.

    Raises:
        InvalidInput: `longest` is too short for shots that eyes can follow.
    """
    return Reach(pulse, longest, {span.start.time: span.fade for span in fixed})


def cuts(
    pulse: Pulse,
    *,
    style: str | Style = "classic",
    seed: int = 0,
    fixed: tuple[Fixed, ...] = (),
    reach: Reach | None = None,
    lyrics: Lyrics | None = None,
) -> tuple[Cut, ...]:
    """The cut list of a song; the first cut is its opening at 0 s.

    Densities are decided first, from energy and function; then the cheapest edit of the whole
    song is found on the cost that `songreel.prompting.chooser` states. If a rule of the craft does
    not hold, the densities lean further towards it and the song is cut anew; the cheapest edit
    with what it breaks counted in, the earlier of two, is kept.

    Args:
        pulse: The song.
        style: A cutting style, or the name of one that ships.
        seed: Varies the pattern within phrases, never the densities.
        fixed: Shots that are settled, in order.
        reach: How long the others may be (`reach_of`); None for any length.
        lyrics: What is sung and when: no cut goes inside a word that can do without.

    Raises:
        InvalidInput: The style is not known.
    """
    chosen = find_style(style) if isinstance(style, str) else style
    reach = reach or reach_of(pulse, None, fixed)
    sung = Sung(lyrics)
    searched = _Search(pulse, chosen, seed, reach, sung)
    song = searched.song(())
    plan = searched.best(song)
    if fixed:
        # Around settled shots everything is weighed as without them: what is locked as it was
        # planned changes nothing, and what is not changes little.
        around = searched.song(fixed)
        song, plan = around, searched.like(around, plan) or searched.best(around)
    return tuple(
        Cut(m.time, m.anchor, m.reason, section_at(song.starts, m, pulse.sound_start))
        for m in plan.moments
    )


@dataclass(frozen=True)
class _Plan:
    """Starts of shots, and how they were come by."""

    moments: list[Moment]
    choice: Choice
    leaning: Leaning
    broken: float
    """Rules of the craft that do not hold, by weight."""

    @property
    def cost(self) -> float:
        return self.choice.cost + RULE * self.broken


@dataclass(frozen=True)
class _Search:
    """The search for the cheapest plan of a song."""

    pulse: Pulse
    style: Style
    seed: int
    reach: Reach
    sung: Sung

    def song(self, fixed: tuple[Fixed, ...]) -> Song:
        """The song around `fixed`."""
        pulse, reach = self.pulse, self.reach
        found = _around(self.sung.heeded(moments(pulse, reach.most), pulse), fixed)
        closed = [(s.start.time, s.end.time if s.end else pulse.duration) for s in fixed]
        found = reach.bridged(pulse, found, closed)
        return Song(pulse, found, self.style, self.seed, closed, reach)

    def best(self, song: Song) -> _Plan:
        """The cheapest plan under any leaning, the earlier of two."""
        best: _Plan | None = None
        work = 0
        for leaning in LEANINGS:
            passes = FEWER if best else PASSES
            work += passes * song.graph.lattice.crossings
            if best and work > WORK:
                break
            plan = self._planned(song, leaning, passes)
            if best is None or plan.cost < best.cost - 1e-9:
                best = plan
            if plan.broken == 0:
                break
        assert best is not None
        return best

    def like(self, song: Song, other: _Plan) -> _Plan | None:
        """The plan of `song` weighed as `other` was; None if that breaks more rules."""
        plan = self._planned(song, other.leaning, 1, other.choice.multipliers)
        return plan if plan.broken <= other.broken else None

    def _planned(
        self, song: Song, leaning: Leaning, passes: int, start: Multipliers | None = None
    ) -> _Plan:
        found, choice = song.planned(leaning, passes, start)
        measures = judge(self.pulse, [m.time for m in found], self.style, self.sung)
        return _Plan(found, choice, leaning, _broken(measures))


def _broken(measures: tuple[Measure, ...]) -> float:
    return sum(measure.weight for measure in measures if measure.holds is False)


def _around(found: tuple[Moment, ...], fixed: tuple[Fixed, ...]) -> tuple[Moment, ...]:
    """Moments with the ends of fixed shots among them, and none inside or crowding them."""
    ends: dict[float, Moment] = {}
    for span in fixed:
        ends[span.start.time] = replace(span.start, must=True)
        if span.end is not None:
            ends.setdefault(span.end.time, replace(span.end, must=True))
    opening, *rest = found
    kept = [m for m in rest if not _crowded(m, ends, fixed)]
    first = ends.pop(0.0, opening)
    return (replace(first, position=opening.position), *sorted(
        [*kept, *ends.values()], key=lambda m: m.time
    ))  # fmt: skip


def _crowded(moment: Moment, ends: dict[float, Moment], fixed: tuple[Fixed, ...]) -> bool:
    inside = any(
        span.start.time < moment.time < (span.end.time if span.end else np.inf) for span in fixed
    )
    # A must beside a settled cut gives way; other moments are kept apart by the shortest shot.
    room = 0.9 if moment.must else 0.25
    return inside or any(abs(moment.time - time) < room for time in ends)
