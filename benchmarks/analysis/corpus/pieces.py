"""The corpus by family: `families` gives each family's pieces, made when asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.drums import Wave
from corpus.fonts import played
from corpus.groove import Groove, play
from corpus.mix import mixed
from corpus.timeline import Timeline, steady

SECONDS = 36.0
"""Length of a piece, about."""


@dataclass(frozen=True)
class Piece:
    """Sound and truth."""

    name: str
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    bpm: float
    """Of the median beat."""
    meter: str
    make: Callable[[], Wave] = field(repr=False, compare=False)
    """The sound, mono at 48 kHz."""
    other: tuple[NDArray[np.float64], ...] = ()
    """Beats of another level that counts as well: the eighths of 6/8."""
    slack: float = 0.0
    """Seconds to each side of a beat within which it may be perceived: of soft attacks."""


def piece(
    groove: Groove,
    timeline: Timeline | None = None,
    *,
    name: str = "",
    room: float = 0.25,
    font: Path | None = None,
) -> Piece:
    """A groove as a piece.

    Args:
        groove: What is played.
        timeline: Along what; steady where none is given.
        name: The groove's own where none is given.
        room: Level of a room's reverberation.
        font: The sound font that it is played on, and not the corpus's own instruments.
    """
    if timeline is None:
        bars = max(4, round(SECONDS * groove.bpm / 60 / groove.beats))
        timeline = steady(groove.bpm, bars * groove.beats)
    count = timeline.count // groove.beats * groove.beats
    timeline = Timeline(timeline.times[: count + 1])
    beats = timeline.times[: count + 1]
    end = float(beats[-1]) + 1.0
    other: tuple[NDArray[np.float64], ...] = ()
    if groove.meter == "6/8":
        thirds = np.arange(3 * count + 1) / 3
        other = (np.interp(thirds, np.arange(timeline.times.size), timeline.times),)

    def make() -> Wave:
        notes = play(groove, timeline)
        if font is not None:
            return played(notes, end, font, kit=groove.kit)
        return mixed(notes, end, kit=groove.kit, room=room)

    return Piece(
        name=name or groove.name,
        beats=beats,
        downbeats=beats[:: groove.beats],
        bpm=float(60 / np.median(np.diff(beats))),
        meter=groove.meter,
        make=make,
        other=other,
    )
