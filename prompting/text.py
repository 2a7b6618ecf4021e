"""A storyboard as plain text: rows for a table, and the whole of it for a reader."""

from collections import Counter
from functools import partial
from textwrap import fill as wrapped
from typing import NamedTuple

from songreel.models.storyboard import Shot, Storyboard, Words
from songreel.models.timebase import clock
from songreel.prompting.dialects import reword, words

WIDTH = 96
"""Characters of a line of a screenplay."""
fill = partial(wrapped, break_on_hyphens=False, break_long_words=False)


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


def screenplay(storyboard: Storyboard, dialect: str | None = None) -> str:
    """The whole film to read: its look, its sections with their story, every shot in full.

    Args:
        storyboard: The plan.
        dialect: In which the prompts are told; the plan's own by default.

    Raises:
        InvalidInput: The dialect is not known.
    """
    told = dialect or storyboard.dialect
    sent = [reword(storyboard, shot, told) for shot in storyboard.shots]
    usual, _ = Counter(w.negative for w in sent).most_common(1)[0]
    pages = [_title(storyboard, told, usual)]
    reached = -1
    for shot, span, worded in zip(storyboard.shots, storyboard.spans, sent, strict=True):
        if shot.section != reached:
            reached = shot.section
            pages.append(_heading(storyboard, reached))
        pages.append(_scene(storyboard, shot, span, worded, usual))
    return "\n\n".join(pages) + "\n"


def _title(storyboard: Storyboard, dialect: str, negative: str) -> str:
    look, track = storyboard.look, storyboard.track
    shots = _count(len(storyboard.shots), "shot")
    lines = [
        f"{track.title.upper()}  ({clock(track.duration)}, {shots})",
        fill(f"{look.name}: {look.world}", WIDTH),
        f"cut {storyboard.style}, seed {storyboard.seed}, prompts in {dialect}",
    ]
    if negative:
        lines.append(fill(f"never: {negative}", WIDTH, subsequent_indent="       "))
    return "\n".join(lines)


def _heading(storyboard: Storyboard, index: int) -> str:
    """Section, bars, time and energy, and its line of the story."""
    section, grid = storyboard.sections[index], storyboard.grid
    end = min(section.end, storyboard.track.duration)
    facts = [f"{section.letter} {section.label.upper()}"]
    if storyboard.beat_locked and grid.beats:
        first = grid.bar_and_beat(max(grid.nearest(section.start), 0))[0]
        last = grid.bar_and_beat(max(grid.nearest(end), 0))
        facts.append(f"bars {max(first, 1)}–{max(last[0] - (last[1] == 1), first, 1)}")
    facts += [f"{clock(section.start)}–{clock(end)}", f"energy {section.energy:.0%}"]
    facts += [", ".join(section.mood.words)] if section.mood.words else []
    head = f"══ {'  ·  '.join(facts)} "
    story = storyboard.story[index] if index < len(storyboard.story) else ""
    text = fill(story, WIDTH, initial_indent="   ", subsequent_indent="   ") if story else ""
    return head.ljust(WIDTH, "═") + (f"\n{text}" if text else "")


def _scene(
    storyboard: Storyboard, shot: Shot, span: tuple[float, float], sent: Words, usual: str
) -> str:
    start, end = span
    length = _length(storyboard, start, end)
    length = f"{end - start:.2f} s" if length == "–" else f"{length}, {end - start:.2f} s"
    facts = [_place(storyboard, shot, start), length, f"{shot.size}, {shot.camera}",
             f"{shot.reason}{_transition(shot)}", *_marks(storyboard, shot)]  # fmt: skip
    lines = [f"{shot.id:<6}" + "  ·  ".join(facts)]
    told = [(sent.prompt, "")]
    told += [(sent.negative, "never: ")] if sent.negative != usual and sent.negative else []
    told += [(shot.parts.words, "sung: ")] if shot.parts and shot.parts.words else []
    lines += [
        fill(mark + text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
        for text, mark in told
    ]
    return "\n".join(lines)


def _marks(storyboard: Storyboard, shot: Shot) -> list[str]:
    """What sets a shot apart from one that was planned and left alone."""
    planned = words(shot, storyboard.look, storyboard.dialect)
    images = [("from", shot.start_image), ("to", shot.end_image)]
    return [
        *([f"rhymes with {shot.rhymes_with}"] if shot.rhymes_with else []),
        *([f"made by {shot.provider}"] if shot.provider else []),
        *([f"take {shot.take}"] if shot.take else []),
        *(f"{way} {image}" for way, image in images if image),
        *(["prompt edited"] if shot.prompt != planned.prompt else []),
        *(["locked"] if shot.locked else []),
    ]
