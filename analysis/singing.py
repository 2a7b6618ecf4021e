"""What the voice says of sections: which are sung, and what those are that are not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songreel.models.music import SectionLabel

SUNG: tuple[SectionLabel, ...] = ("verse", "pre-chorus", "chorus", "bridge")
"""Functions that somebody sings."""
_LEAST_VOICE = 0.5
"""Likelihood of a voice in the most vocal third of a song from which it counts as sung."""
_CONTRAST = 0.5
"""Share of that likelihood under which a section of a sung song is not sung."""
_ENDS = 0.25
"""Share of a song before the first sung section, or after the last, that is intro or outro."""
_SOLO_AFTER = 0.3
"""Share of the song before which an interlude is no solo: one answers verses and choruses."""
_SOLO_ENERGY = 0.05
"""Energy by which a solo may lie under the sung sections' mean."""


@dataclass(frozen=True)
class Part:
    """A section before it has a name."""

    start: float
    end: float
    letter: int
    energy: float
    silent: bool
    voice: float = 0.0
    """Mean likelihood of a voice, 0 to 1; 0 where nobody listened for one."""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Name:
    """A section's function and how sure it is, 0 to 1."""

    label: SectionLabel
    sure: float


def vocal_level(parts: Sequence[Part]) -> float | None:
    """Voice of the most vocal third of the song's time, None where that is no voice."""
    music = [part for part in parts if not part.silent]
    order = sorted(music, key=lambda part: (-part.voice, part.start))
    total = sum(part.length for part in music)
    reached, values, lengths = 0.0, [], []
    for part in order:
        values.append(part.voice)
        lengths.append(part.length)
        reached += part.length
        if reached >= total / 3:
            break
    level = float(np.average(values, weights=lengths)) if values else 0.0
    return level if level >= _LEAST_VOICE else None


def name_unsung(
    parts: Sequence[Part], music: list[int], names: list[Name | None], voiced: float
) -> None:
    """Rename in place the sections of a sung song in which nobody sings.

    Args:
        parts: Sections of the song.
        music: Indices of those that are not silent.
        names: What they are called so far.
        voiced: Of `vocal_level`.
    """
    sung = [i for i in music if parts[i].voice >= _CONTRAST * voiced]
    if not sung or len(sung) == len(music):
        return
    start, end = parts[music[0]].start, parts[music[-1]].end
    energy = float(np.mean([parts[i].energy for i in sung]))
    choruses = [i for i in sung if (name := names[i]) is not None and name.label == "chorus"]
    for i in music:
        part, name = parts[i], names[i]
        if i in sung or (name is not None and name.label in ("intro", "outro", "build", "drop")):
            continue
        # The further under the voice of the rest, the surer that nobody sings.
        clear = 1 - part.voice / (_CONTRAST * voiced)
        label: SectionLabel = "instrumental"
        if i < sung[0] and part.end - start <= _ENDS * (end - start):
            label = "intro"
        elif i > sung[-1] and end - part.start <= _ENDS * (end - start):
            label = "outro"
        elif name is not None and name.label == "break":
            label = "break"
        elif (
            part.energy >= energy - _SOLO_ENERGY
            and part.start - start >= _SOLO_AFTER * (end - start)
            and any(j < i for j in choruses or sung)
        ):
            label = "solo"
        names[i] = Name(label, round(0.4 + 0.3 * clear, 4))
