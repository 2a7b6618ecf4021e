"""Where a film may whip and dive: seldom, in energetic music, and in rhyme with itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from songreel.models.effect import Setting
from songreel.models.storyboard import CutReason
from songreel.models.transition import TransitionKind
from songreel.prompting.builds import builds
from songreel.prompting.pulse import Pulse
from songreel.prompting.seeds import unit

ENERGETIC = 0.55
"""Relative energy of a section from which it takes a showy transition."""
EVERY = 20.0
"""Seconds of energetic music that each of them has to itself, in a film of the usual pace."""
APART, OTHERS_APART = 6.0, 12.0
"""Seconds between two at least, or between one and a flash; and between two of different kinds."""
SLOW = 1.5
"""Pace (wanted shot length against the craft's) from which a film has none: the calm style."""
SHORT = 0.55
"""Seconds: a shot beside a whip that is shorter is gone before it is seen."""


@dataclass(frozen=True)
class Place:
    """A cut that could be one."""

    index: int
    time: float
    section: int
    reason: CutReason
    room: float
    """Seconds of the shorter shot beside it."""
    flash: bool
    """It begins in light already, and others keep their distance."""


def showy(
    pulse: Pulse, places: Sequence[Place], energies: Sequence[float], pace: float, seed: int
) -> Mapping[int, tuple[TransitionKind, Mapping[str, Setting]]]:
    """Whips and zoom blurs, with their settings, by the index of their cut.

    A film has one kind for its phrases and another for entries and risers. Cuts at the same place
    of sections that repeat are chosen together, and whip the same way; the next whips turn round.

    Args:
        pulse: The song.
        places: Cuts to choose among, and flashes to keep away from.
        energies: Relative energy of each section.
        pace: Wanted shot length against the craft's.
        seed: Chooses kinds and places among equals.
    """
    if pace >= SLOW:
        return {}
    sections = pulse.analysis.sections
    lively = sum(
        section.end - section.start
        for section, energy in zip(sections, energies, strict=True)
        if energy >= ENERGETIC
    )
    left = round(lively / (EVERY * max(pace, 0.6)))
    usual, other = TransitionKind.WHIP, TransitionKind.ZOOM_BLUR
    if unit(seed, "signature") < 0.5:
        usual, other = other, usual
    chosen: dict[int, TransitionKind] = {}
    taken: list[tuple[float, TransitionKind]] = [
        (place.time, TransitionKind.FLASH) for place in places if place.flash
    ]
    whips = 0 if unit(seed, "way") < 0.5 else 1
    ways: dict[int, Mapping[str, Setting]] = {}
    for special, group in _groups(pulse, places, energies, seed):
        kind = other if special else usual
        turned = False
        for place in group:
            if left and _free(place.time, kind, taken):
                chosen[place.index] = kind
                taken.append((place.time, kind))
                ways[place.index] = (
                    {"way": ("left", "right")[whips % 2]} if kind is TransitionKind.WHIP else {}
                )
                left, turned = left - 1, True
        whips += turned and kind is TransitionKind.WHIP
    return {i: (kind, ways[i]) for i, kind in sorted(chosen.items())}


def _groups(
    pulse: Pulse, places: Sequence[Place], energies: Sequence[float], seed: int
) -> list[tuple[bool, list[Place]]]:
    """Cuts that rhyme, the best groups first; and whether they are entries or ends of risers."""
    sections, risers = pulse.analysis.sections, [build.end for build in builds(pulse)]
    found: dict[tuple[bool, str, int], list[Place]] = {}
    for place in places:
        section = sections[place.section]
        if place.flash or place.room < SHORT or energies[place.section] < ENERGETIC:
            continue
        special = place.reason in (CutReason.SECTION, CutReason.DROP) or any(
            abs(place.time - end) < pulse.beat / 2 for end in risers
        )
        if not special and place.reason is not CutReason.PHRASE:
            continue
        beats = round(pulse.position(place.time) - pulse.position(section.start))
        found.setdefault((special, section.letter, beats), []).append(place)

    def worth(key: tuple[bool, str, int]) -> float:
        special, letter, beats = key
        energy = max(energies[place.section] for place in found[key])
        return special + energy / 2 + 0.5 * unit(seed, "showy", letter, beats)

    return [(key[0], found[key]) for key in sorted(found, key=lambda k: (-worth(k), k))]


def _free(time: float, kind: TransitionKind, taken: list[tuple[float, TransitionKind]]) -> bool:
    return all(
        abs(time - at) >= (APART if there in (kind, TransitionKind.FLASH) else OTHERS_APART)
        for at, there in taken
    )
