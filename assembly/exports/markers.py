"""The music as markers on the frames of the film: `Marker`, `markers_of`."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from songreel.models.music import Event as MusicEvent
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at

MarkerKind = Literal["section", "event", "downbeat", "beat"]
"""Weightiest first."""


@dataclass(frozen=True)
class Marker:
    """A moment of the music."""

    frame: int
    name: str
    kind: MarkerKind
    detail: str = ""


def section_names(storyboard: Storyboard) -> tuple[str, ...]:
    """Names as a listener would give them: `Verse 2`, `Chorus 1`, `Intro`, `Part B`."""
    labels = [section.label for section in storyboard.sections]
    seen: dict[str, int] = {}
    names = []
    for section in storyboard.sections:
        label = section.label
        if label == "section":
            names.append(f"Part {section.letter}")
            continue
        seen[label] = seen.get(label, 0) + 1
        number = f" {seen[label]}" if labels.count(label) > 1 else ""
        names.append(label.capitalize() + number)
    return tuple(names)


def markers_of(
    storyboard: Storyboard,
    rate: Fraction,
    frames: int,
    *,
    beats: bool,
    music: tuple[MusicEvent, ...] = (),
) -> tuple[Marker, ...]:
    """Markers in order of time; of those on one frame the weightiest comes first.

    A marker is on the frame that is on screen at its moment, as a beat-locked cut is. Where the
    grid is not trusted there are none on beats and bars.

    Args:
        storyboard: Its grid and sections.
        rate: The film's.
        frames: The film's length.
        beats: Whether to mark the beats between the bars.
        music: Builds, drops and stops.
    """
    found = [
        Marker(frame_at(section.start, rate), name, "section", f"{section.letter} {section.label}")
        for section, name in zip(storyboard.sections, section_names(storyboard), strict=True)
    ]
    found += [
        Marker(frame_at(event.start, rate), event.kind, "event", f"strength {event.strength:.2f}")
        for event in music
    ]
    grid = storyboard.grid
    if storyboard.beat_locked:
        for i, time in enumerate(grid.beats):
            bar, beat = grid.bar_and_beat(i)
            if bar and beat == 1:
                found.append(Marker(frame_at(time, rate), f"bar {bar}", "downbeat"))
            elif beats:
                found.append(Marker(frame_at(time, rate), f"{bar}:{beat}", "beat"))
    order = ("section", "event", "downbeat", "beat")
    inside = [marker for marker in found if 0 <= marker.frame < frames]
    return tuple(sorted(inside, key=lambda marker: (marker.frame, order.index(marker.kind))))
