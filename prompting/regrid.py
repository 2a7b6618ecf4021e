"""A plan on a corrected grid: `retime` moves every shot with the music and loses none unsaid."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from pydantic import ValidationError

from songreel.models.errors import InvalidInput
from songreel.models.grid_change import Move
from songreel.models.music import Analysis, BeatGrid, Section
from songreel.models.storyboard import Anchor, CutReason, Shot, Storyboard
from songreel.prompting.pulse import Pulse, shortest, strong_beat
from songreel.prompting.rules import judge
from songreel.prompting.settle import Place, Seat, settle
from songreel.prompting.styles import style_called

PARTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 48, 96, 480)
"""Parts of a beat in which a time is counted anew: the coarsest that meets it."""
EXACT = 0.001
"""Seconds within which it must."""
MEANT = (CutReason.DROP, CutReason.SECTION, CutReason.PHRASE)
"""Reasons of a cut that belongs where a phrase begins."""
SHRUNK = 0.8
"""Share of its old length at which a shot may be shorter than its energy asks for."""
LEAST = 0.1
"""Seconds of the shortest shot of all."""
LOWER, WEAK = 0.6, 2.0
"""In bars: what a downbeat costs a cut that began a phrase, and another beat one on a downbeat."""
PHRASE, DOWNBEAT, STRONG, BEAT = 3, 2, 1, 0
"""How heavy a moment is in its bar."""


class Retimed(NamedTuple):
    """A plan on the corrected grid, and what is to be told of it."""

    storyboard: Storyboard
    notices: tuple[str, ...]


def retime(storyboard: Storyboard, before: Analysis, after: Analysis, move: Move) -> Retimed:
    """`storyboard` on the grid of `after`; prompts, takes, locks, effects, titles stay.

    With a move of kind `carry` a shot keeps its beat, with `time` its seconds, and with `weight`
    it goes to the nearest beat of as much weight: downbeat to downbeat, phrase to phrase. Moments
    in seconds stay, but that a plan which was not on beats comes onto them, locked and manual cuts
    left alone. Where shots would cross or vanish, the cheapest of them is merged into the one
    before, never a locked one.

    Args:
        storyboard: On the grid of `before`.
        before: The analysis up to now.
        after: The corrected one.
        move: How moments go over.

    Raises:
        InvalidInput: Two locked shots have no room beside each other.
    """
    pulse = Pulse(after)
    landing = _Landing(storyboard, after, move, waking=pulse.locked and not storyboard.beat_locked)
    floors = _floors(storyboard, pulse)
    seats = [
        Seat(
            shot=shot.id,
            places=landing.places(shot, time),
            floor=floor,
            locked=shot.locked or i == 0,
            dear=shot.reason is CutReason.MANUAL or shot.keep is not None,
        )
        for i, (shot, time, floor) in enumerate(
            zip(storyboard.shots, storyboard.starts, floors, strict=True)
        )
    ]
    placed, merged = settle(seats, storyboard.track.duration)
    shots = _without(storyboard, merged, placed)
    told = tuple(
        f"shot {gone} ({storyboard.shots[_index(storyboard, gone)].at}) has no room on the "
        f"corrected grid and is merged into {into}"
        for gone, into in merged.items()
    )
    retimed = checked(
        storyboard,
        shots=shots,
        grid=after.grid,
        beat_locked=pulse.locked,
        sections=_sections(storyboard.sections, before, after),
    )
    adrift = [
        new.id
        for old, new in _pairs(storyboard, retimed)
        if new.at.seconds is not None and old.at.seconds is None
    ]
    if adrift:
        told += (
            f"{len(adrift)} shots ({adrift[0]} to {adrift[-1]}) lie where the corrected grid has "
            "no beats: they stay where they were, in seconds",
        )
    kept = [n for n in storyboard.notices if not n.startswith("not met: ")]
    if pulse.locked:
        kept = [n for n in kept if "no cut claims a beat" not in n]
    notices = tuple(dict.fromkeys((*_not_met(retimed, pulse), *kept, *told)))
    return Retimed(retimed.model_copy(update={"notices": notices}), told)


def _pairs(before: Storyboard, after: Storyboard) -> list[tuple[Shot, Shot]]:
    """Shots of both plans, the earlier first."""
    old = {shot.id: shot for shot in before.shots}
    return [(old[shot.id], shot) for shot in after.shots if shot.id in old]


def checked(storyboard: Storyboard, **changes: object) -> Storyboard:
    """`storyboard` with `changes`, checked as a whole.

    Raises:
        InvalidInput: Its shots no longer tile the song.
    """
    fields = {name: getattr(storyboard, name) for name in Storyboard.model_fields}
    try:
        return Storyboard(**(fields | changes))
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"the plan would not hold together: {reason}") from error


class _Landing:
    """Where the shots of a plan may go on a new grid."""

    def __init__(
        self, storyboard: Storyboard, after: Analysis, move: Move, *, waking: bool
    ) -> None:
        self._old, self._new, self._move = storyboard.grid, after.grid, move
        self._waking = waking
        self._beats = np.asarray(after.beats)
        self._bar = _bar(after.grid)
        strong = strong_beat(after.grid.beats_per_bar)
        lines = set(after.grid.downbeats)
        weights = np.full(self._beats.size, BEAT)
        for i in range(self._beats.size):
            if i in lines:
                weights[i] = DOWNBEAT
            elif after.grid.bar_and_beat(i)[1] == strong:
                weights[i] = STRONG
        phrases = set(after.phrases)
        for i in lines:
            if after.beats[i] in phrases:
                weights[i] = PHRASE
        self._weights = weights

    def places(self, shot: Shot, time: float) -> tuple[Place, ...]:
        """Places for a shot that started at `time`, none if it is to go."""
        still = Place(shot.at, time, 0.0)
        if shot.at.seconds is not None:
            movable = shot.reason not in (CutReason.MANUAL, CutReason.OPENING)
            if not (self._waking and movable and not shot.locked):
                return (still,)
            near = self._near(time, PHRASE if shot.reason in MEANT else DOWNBEAT, Fraction(0))
            return near or (still,)
        if self._move.kind == "carry":
            assert shot.at.bar is not None
            index = self._old.index_of(shot.at.bar, shot.at.beat) + self._move.beats
            if 0 <= index < len(self._new.beats):
                anchor = Anchor.on_grid(self._new, index, shot.at.part)
                return (self._place(anchor, 0.0),)
        if self._move.kind == "time":
            return (self._counted(time),)
        # Where the grid no longer reaches, a shot stays in time.
        away = Place(Anchor(seconds=round(time, 6)), time, 0.0)
        return self._near(time, self._weight(shot), shot.at.part) or (away,)

    def _place(self, anchor: Anchor, cost: float) -> Place:
        return Place(anchor, max(0.0, anchor.resolve(self._new)), cost)

    def _weight(self, shot: Shot) -> int:
        """How heavy the shot's moment was on the old grid."""
        at = shot.at
        if at.bar and at.beat == 1:
            return PHRASE if shot.reason in MEANT else DOWNBEAT
        return STRONG if at.beat == strong_beat(self._old.beats_per_bar) else BEAT

    def _near(self, time: float, weight: int, part: Fraction) -> tuple[Place, ...]:
        """Beats near `time`, those of as much weight first."""
        found: list[Place] = []
        steps = ((weight, 0.0), (DOWNBEAT, LOWER), (BEAT, WEAK))
        for least, more in steps:
            if least > weight or (more and least == weight):
                continue
            indices = np.flatnonzero(self._weights >= least)
            if not weight or least == BEAT:
                indices = np.arange(self._beats.size)
            for i in _nearest(self._beats[indices], time):
                index = int(indices[i])
                away = abs(float(self._beats[index]) - time) / self._bar
                if away <= 1.0 and (more == 0.0 or away <= 0.5):
                    found.append(self._place(Anchor.on_grid(self._new, index, part), away + more))
        seen: dict[float, Place] = {}
        for place in found:
            if place.time not in seen or place.cost < seen[place.time].cost:
                seen[place.time] = place
        return tuple(seen.values())

    def _counted(self, time: float) -> Place:
        """`time` as a moment of the new grid, exactly; in seconds where the grid has none."""
        at = self._new.index_at(time)
        for bottom in PARTS:
            top = round(at * bottom)
            index, part = top // bottom, Fraction(top % bottom, bottom)
            if not 0 <= index < len(self._new.beats):
                continue
            anchor = Anchor.on_grid(self._new, index, part)
            if abs(anchor.resolve(self._new) - time) <= EXACT:
                return self._place(anchor, 0.0)
        return Place(Anchor(seconds=round(time, 6)), time, 0.0)


def _bar(grid: BeatGrid) -> float:
    """Seconds of a bar."""
    if len(grid.downbeats) > 1:
        return float(np.median(np.diff(grid.downbeat_times)))
    return 4 * grid.period(0)


def _nearest(times: np.ndarray, time: float) -> list[int]:
    """Indices of the three nearest of increasing times."""
    right = int(np.searchsorted(times, time))
    around = range(max(right - 2, 0), min(right + 2, times.size))
    return sorted(around, key=lambda i: abs(float(times[i]) - time))[:3]


def _floors(storyboard: Storyboard, pulse: Pulse) -> list[float]:
    """Seconds each shot lasts at least: by its energy, or nearly as long as it was."""
    spans = np.asarray(storyboard.spans)
    by_energy = shortest(pulse.energies(spans[:, 0], spans[:, 1]))
    lengths = spans[:, 1] - spans[:, 0]
    return [float(max(x, LEAST)) for x in np.minimum(SHRUNK * lengths, by_energy)]


def _index(storyboard: Storyboard, shot: str) -> int:
    return next(i for i, known in enumerate(storyboard.shots) if known.id == shot)


def _without(
    storyboard: Storyboard, merged: dict[str, str], placed: dict[str, Anchor]
) -> tuple[Shot, ...]:
    """The shots that are left, at their new places.

    Who rhymed with one that is gone rhymes with whom that one did.
    """
    partner = {shot.id: shot.rhymes_with for shot in storyboard.shots}
    shots = []
    for shot in storyboard.shots:
        if shot.id in merged:
            continue
        rhyme = shot.rhymes_with
        while rhyme is not None and rhyme in merged:
            rhyme = partner[rhyme]
        shots.append(shot.model_copy(update={"at": placed[shot.id], "rhymes_with": rhyme}))
    return tuple(shots)


def _not_met(storyboard: Storyboard, pulse: Pulse) -> list[str]:
    """Rules of the craft that do not hold where shots now begin, as `plan` tells them."""
    try:
        style = storyboard.cutting or style_called(storyboard.style)
    except InvalidInput:  # a style of the user's that is not there any more
        return []
    return [
        f"not met: {measure.name} is {measure.value:g}, wanted {measure.limit}"
        for measure in judge(pulse, storyboard.starts, style)
        if measure.holds is False
    ]


def _sections(planned: Sequence[Section], before: Analysis, after: Analysis) -> tuple[Section, ...]:
    """The plan's sections with their borders where they now are; edited ones keep their words."""
    moved = {old.start: new.start for old, new in zip(before.sections, after.sections, strict=True)}
    borders = [0.0]
    for section in planned[1:]:
        borders.append(max(moved.get(section.start, section.start), borders[-1] + 1e-3))
    borders.append(planned[-1].end)
    return tuple(
        section.model_copy(update={"start": a, "end": b})
        for section, a, b in zip(planned, borders[:-1], borders[1:], strict=True)
    )
