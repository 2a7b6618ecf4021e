"""How each shot begins: hard cuts, and the few fades, dips and flashes that earn their place."""

from collections.abc import Sequence
from itertools import pairwise

from songreel.models.storyboard import CutReason
from songreel.models.transition import Transition, TransitionKind
from songreel.prompting.cutting import Cut
from songreel.prompting.density import relative, section_energies
from songreel.prompting.pulse import Pulse
from songreel.prompting.reach import LONGEST_FADE, Reach

FLASHES, FLASH_GAP = 6, 4.0
"""Flashes in a film at most, and the least seconds between two. The limit for safety is three in
any second (WCAG 2.3.1); for effect it is a handful."""
RISE, FALL = 0.2, 0.25
"""Change of relative energy that makes an entry big, or a break a break."""
BALLAD = 0.4
"""Mean energy under which a song is cut with cross-fades at its phrases."""


def transitions(pulse: Pulse, cuts: Sequence[Cut], reach: Reach) -> tuple[Transition, ...]:
    """How each of `cuts` begins; the opening is a plain start.

    A cross-fade lasts no longer than `reach` leaves room for at both of its shots.
    """
    sections = pulse.analysis.sections
    energies = relative(section_energies(pulse), sections)
    ends = [*(cut.time for cut in cuts[1:]), pulse.duration]
    lengths = [end - cut.time for cut, end in zip(cuts, ends, strict=True)]
    fades = [reach.fade(cut.time, end) for cut, end in zip(cuts, ends, strict=True)]
    calm = bool(pulse.analysis.energy.array.mean() < BALLAD) and pulse.analysis.mood.arousal < -0.2
    found = [Transition()]
    flashes: list[float] = []
    big = _big_entries(pulse, energies, calm)
    for i, (before, cut) in enumerate(pairwise(cuts), start=1):
        change = energies[cut.section] - energies[before.section]
        enters = cut.section != before.section
        kind = TransitionKind.CUT
        if not pulse.locked:
            kind = TransitionKind.CUT if change > 0.35 else TransitionKind.CROSSFADE
        elif cut.reason is CutReason.DROP or (enters and cut.section in big):
            spaced = not flashes or cut.time - flashes[-1] >= FLASH_GAP
            kind = TransitionKind.FLASH if spaced and len(flashes) < FLASHES else kind
        elif enters:
            kind = _into(sections[cut.section].label, change, energies[cut.section], calm)
        elif calm and cut.reason is CutReason.PHRASE and energies[cut.section] < 0.5:
            kind = TransitionKind.CROSSFADE
        room = lengths[i] if kind is TransitionKind.FLASH else min(lengths[i - 1 : i + 1])
        if kind is TransitionKind.CROSSFADE:
            room = min(room, 2 * min(fades[i - 1 : i + 1]))
        seconds = _seconds(pulse, kind, room)
        if seconds == 0:
            kind = TransitionKind.CUT
        if kind is TransitionKind.FLASH:
            flashes.append(cut.time)
        found.append(Transition(kind=kind, seconds=seconds))
    return tuple(found)


def _into(label: str, change: float, energy: float, calm: bool) -> TransitionKind:
    """How a section begins that is no big entry."""
    if label in ("break", "outro") and change <= -FALL:
        return TransitionKind.DIP
    if calm or (change < -0.1 and (energy <= 0.35 or label in ("break", "bridge", "outro"))):
        return TransitionKind.CROSSFADE
    return TransitionKind.CUT


def _big_entries(pulse: Pulse, energies: list[float], calm: bool) -> set[int]:
    """Drops and, but in a calm song, the choruses that top it and rise out of what came before."""
    labels = [section.label for section in pulse.analysis.sections]
    drops = {i for i, label in enumerate(labels) if label == "drop"}
    rises = [
        i
        for i in range(1, len(labels))
        if labels[i] == "chorus" and energies[i] - energies[i - 1] >= RISE
    ]
    rises.sort(key=lambda i: (-energies[i], -i))
    return drops if calm else drops | set(rises[:2])


def _seconds(pulse: Pulse, kind: TransitionKind, room: float) -> float:
    """A musical length that fits into half of `room` seconds; 0 where nothing is left of it."""
    wanted = {
        TransitionKind.CUT: 0.0,
        TransitionKind.CROSSFADE: pulse.felt_bar * pulse.beat / 2,
        TransitionKind.DIP: pulse.beat,
        TransitionKind.FLASH: min(pulse.beat, 0.4),
    }[kind]
    if kind is TransitionKind.CROSSFADE and not pulse.locked:
        wanted = LONGEST_FADE
    seconds = min(wanted, LONGEST_FADE, room / 2)
    return round(seconds, 3) if seconds >= 0.12 else 0.0
