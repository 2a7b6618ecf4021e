"""Each shot of a cut list with its place in the music."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songreel.models.music import Section
from songreel.prompting.cutting import Cut, section_starts
from songreel.prompting.density import relative, section_energies
from songreel.prompting.pulse import Pulse


@dataclass(frozen=True)
class Slot:
    """A shot as the cut list has it, with what the music is like in it.

    Attributes:
        cut: Its start.
        end: Seconds.
        section: Its section.
        take: How many sections of this letter came before.
        offset: Beats from the section's start, rounded to half beats.
        along: Place in the section, 0 to 1.
        energy: Of the song's energy curve over the shot.
        felt: Energy, more than half of it against the song's own range: what is loud here.
        song: Place in the song, 0 to 1.
        act: Place of its section's middle in the song, 0 to 1.
        rank: Of its section by energy, 0 for the calmest and 1 for the loudest.
    """

    cut: Cut
    end: float
    section: Section
    take: int
    offset: float
    along: float
    energy: float
    felt: float
    song: float
    act: float
    rank: float


def slots_of(pulse: Pulse, cuts: Sequence[Cut]) -> list[Slot]:
    """Each cut with its place in the music."""
    sections = pulse.analysis.sections
    starts = section_starts(pulse)
    ends = [*starts[1:], pulse.duration]
    places = relative(section_energies(pulse), sections)
    means = np.array(section_energies(pulse))
    takes = [sum(s.letter == t.letter for t in sections[:i]) for i, s in enumerate(sections)]
    slots: list[Slot] = []
    for cut, end in zip(cuts, [*(c.time for c in cuts[1:]), pulse.duration], strict=True):
        i = cut.section
        start = max(cut.time, min(pulse.sound_start, end - 1e-3))
        energy = pulse.energy(start, end)
        # The shot against its section, the section against the song.
        here = places[i] + (energy - float(means[i])) / 2
        first = max(starts[i], min(pulse.sound_start, end))
        beats = pulse.position(start) - pulse.position(first)
        slots.append(
            Slot(
                cut=cut,
                end=end,
                section=sections[i],
                take=takes[i],
                offset=round(beats * 2) / 2,
                along=float(np.clip((start - first) / max(ends[i] - first, 1e-6), 0, 1)),
                energy=energy,
                felt=float(np.clip(0.4 * energy + 0.6 * here, 0, 1)),
                song=start / pulse.duration,
                act=(starts[i] + ends[i]) / 2 / pulse.duration,
                rank=float((means < means[i]).sum() / max(len(means) - 1, 1)),
            )
        )
    return slots
