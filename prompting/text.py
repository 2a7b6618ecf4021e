"""A storyboard as rows of plain text."""

from typing import NamedTuple

from songreel.models.storyboard import Shot, Storyboard
from songreel.models.timebase import clock


class Row(NamedTuple):
    """One shot, in the words of a cutting room."""

    id: str
    at: str
    """Bar and beat, or seconds."""
    clock: str
    length: str
    """In bars and beats, where the edit has a grid."""
    seconds: str
    reason: str
    section: str
    camera: str
    prompt: str
    """Its start."""


def rows(storyboard: Storyboard, width: int = 60) -> list[Row]:
    """One row for each shot; prompts are cut to `width` characters."""
    return [
        Row(
            id=shot.id + (" (locked)" if shot.locked else ""),
            at=_place(storyboard, shot, start),
            clock=clock(start),
            length=_length(storyboard, start, end),
            seconds=f"{end - start:.2f} s",
            reason=f"{shot.reason}" + _transition(shot),
            section=_section(storyboard, shot),
            camera=f"{shot.size}, {shot.camera}",
            prompt=shot.prompt if len(shot.prompt) <= width else shot.prompt[: width - 1] + "…",
        )
        for shot, (start, end) in zip(storyboard.shots, storyboard.spans, strict=True)
    ]


def _place(storyboard: Storyboard, shot: Shot, start: float) -> str:
    """Bar and beat of a shot, also of the opening, which is written in seconds."""
    grid = storyboard.grid
    if shot.at.seconds is None or not storyboard.beat_locked:
        return str(shot.at)
    nearest = grid.nearest(start)
    if nearest >= 0 and abs(grid.beats[nearest] - start) < 0.02:
        bar, beat = grid.bar_and_beat(nearest)
        return f"{bar}:{beat}"
    return str(shot.at)


def _length(storyboard: Storyboard, start: float, end: float) -> str:
    """`2 bars`, `1 bar 2 beats`, `3 beats`; halves where they are meant; a dash without a grid."""
    grid = storyboard.grid
    if not storyboard.beat_locked or not grid.beats:
        return "–"
    beats = round((grid.index_at(end) - grid.index_at(start)) * 2) / 2
    bars, rest = divmod(beats, grid.beats_per_bar)
    parts = [_count(bars, "bar")] if bars else []
    parts += [_count(rest, "beat")] if rest or not bars else []
    return " ".join(parts)


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" + ("" if number == 1 else "s")


def _transition(shot: Shot) -> str:
    if shot.transition.seconds == 0:
        return ""
    return f", {shot.transition.kind} {shot.transition.seconds:.2g} s"


def _section(storyboard: Storyboard, shot: Shot) -> str:
    section = storyboard.sections[shot.section]
    return f"{section.letter} {section.label}"
