"""What is rendered: `Score`, the notes of a piece in seconds with its beats and bars."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

KIT = {
    "kick": 36,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "hat": 42,
    "tom": 45,
    "open": 46,
    "low tom": 43,
    "pedal": 44,
    "crash": 49,
    "high tom": 50,
    "ride": 51,
    "china": 52,
    "bell": 53,
    "crash 2": 57,
    "shaker": 70,
    "click": 76,
    "low click": 77,
}
"""Drum voices and their General MIDI keys."""


@dataclass(frozen=True)
class Note:
    """A note or stroke. `start` and `length` in seconds, `velocity` 0 to 1."""

    start: float
    length: float
    pitch: int
    velocity: float
    muted: bool = False
    """Damped by the palm, on a guitar."""


@dataclass(frozen=True)
class Part:
    """The notes of one instrument.

    `role` is one of drums, bass, guitar, chords, pad, lead, piano, click, and of riff, solo, clean
    (electric guitars), voice, rap, choir and growl, and those of `training.synths`: it decides with
    what sounds the part may be played. Drums and clicks have keys of `KIT` as pitches.
    """

    role: str
    notes: tuple[Note, ...]
    sweep: tuple[tuple[float, float], ...] = ()
    """Seconds and how far a filter is open there, 0 to 1: the roles of `training.synths` alone."""

    @property
    def struck(self) -> bool:
        """Whether its notes are strokes and not pitches."""
        return self.role in ("drums", "click")


@dataclass(frozen=True)
class Score:
    """A piece: parts, and the times in seconds that a listener would tap."""

    style: str
    parts: tuple[Part, ...]
    beats: NDArray[np.float64]
    """Shape (n,), seconds, increasing."""
    downbeats: NDArray[np.float64]
    """Shape (m,), each of them also a beat; empty where the bars are not known."""
    end: float
    """Seconds of sound."""
    pumped: bool = field(default=False)
    """Whether the mix may duck under the bass drum, as in house."""
    manner: str = field(default="")
    """How it is mixed: band, club, or neither."""

    def faster(self, ratio: float) -> "Score":
        """The same piece played `ratio` times as fast."""
        parts = tuple(
            replace(
                part,
                notes=tuple(
                    replace(note, start=note.start / ratio, length=note.length / ratio)
                    for note in part.notes
                ),
            )
            for part in self.parts
        )
        return replace(
            self,
            parts=parts,
            beats=self.beats / ratio,
            downbeats=self.downbeats / ratio,
            end=self.end / ratio,
        )

    def higher(self, semitones: int) -> "Score":
        """The same piece transposed; drums stay."""
        parts = tuple(
            part
            if part.struck
            else replace(
                part,
                notes=tuple(
                    replace(note, pitch=int(np.clip(note.pitch + semitones, 12, 115)))
                    for note in part.notes
                ),
            )
            for part in self.parts
        )
        return replace(self, parts=parts)

    def between(self, start: float, stop: float) -> "Score":
        """The span [start, stop) with `start` as its zero; notes that began earlier are gone."""
        parts = tuple(
            replace(
                part,
                notes=tuple(
                    replace(note, start=note.start - start)
                    for note in part.notes
                    if start <= note.start < stop
                ),
            )
            for part in self.parts
        )
        inside = (self.beats >= start) & (self.beats < stop)
        bars = (self.downbeats >= start) & (self.downbeats < stop)
        return replace(
            self,
            parts=tuple(part for part in parts if part.notes),
            beats=self.beats[inside] - start,
            downbeats=self.downbeats[bars] - start,
            end=min(self.end, stop) - start,
        )
