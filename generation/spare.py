"""Spans of clips that no shot shows: `unused_span`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from songreel.generation.ladder import Rung
from songreel.generation.provider import Provider
from songreel.generation.shelf import measure
from songreel.models.clip import ClipRequest, Portion
from songreel.models.storyboard import Storyboard


class Shown(NamedTuple):
    """A clip that is there, and what one shot shows of it."""

    maker: Provider
    portion: Portion
    file: Path


class Spare(NamedTuple):
    """An unused span of a neighbour's clip."""

    rung: Rung
    file: Path


def unused_span(
    shot: str, asked: ClipRequest, storyboard: Storyboard, shown: Mapping[str, Shown]
) -> Spare | None:
    """A span of a finished clip that is long enough for `shot` and that no shot shows.

    Clips of the same section come first, then the nearest, the earlier of two. Clips that follow
    the music are left out: they would follow it elsewhere.

    Args:
        shot: Id of the shot without a clip.
        asked: What it asks for: its frames, its head, the film's rate.
        storyboard: The film.
        shown: What is there, by shot; of other shots.
    """
    places = {known.id: (i, known.section) for i, known in enumerate(storyboard.shots)}
    here, section = places[shot]

    def distance(other: str) -> tuple[bool, int, int]:
        place, its_section = places[other]
        return its_section != section, abs(place - here), place

    for other in sorted((known for known in shown if known != shot), key=distance):
        maker, portion, file = shown[other]
        if maker.traits.local or maker.traits.hears_music:
            continue
        facts = measure(file)
        there = int(facts.frames / facts.rate * asked.rate)
        used = [
            (one.portion.first, one.portion.first + one.portion.frames)
            for one in shown.values()
            if one.file == file
        ]
        first = _gap(used, there, asked.frames)
        if first is None:
            continue
        span = Portion(
            request=portion.request, first=first, frames=asked.frames, head=asked.head,
            rate=asked.rate,
        )  # fmt: skip
        start, end = float(first / asked.rate), float(span.end)
        told = f"an unused span of the clip of {other} ({start:.2f} to {end:.2f} s)"
        return Spare(Rung(maker, span, told=told), file)
    return None


def _gap(used: Iterable[tuple[int, int]], there: int, needed: int) -> int | None:
    """First of `needed` frames in [0, there) that lie in no used span."""
    free = 0
    for start, end in sorted(used):
        if start - free >= needed:
            return free
        free = max(free, end)
    return free if there - free >= needed else None
