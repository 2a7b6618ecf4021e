"""How each shot begins: hard cuts, and the few others that earn their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from songreel.models.effect import Setting
from songreel.models.storyboard import CutReason
from songreel.models.transition import Transition, TransitionKind, overlaps
from songreel.prompting.cutting import Cut
from songreel.prompting.density import relative, section_energies
from songreel.prompting.pulse import Pulse
from songreel.prompting.reach import LONGEST_FADE, Reach
from songreel.prompting.seeds import unit
from songreel.prompting.showy import Place, showy

FLASHES, FLASH_GAP = 6, 4.0
"""Flashes in a film at most, and the least seconds between two. The limit for safety is three in
any second (WCAG 2.3.1); for effect it is a handful."""
RISE, FALL = 0.2, 0.25
"""Change of relative energy that makes an entry big, or a break a break."""
BALLAD = 0.4
"""Mean energy under which a song is cut with cross-fades at its phrases."""
LEAST = 0.12
"""Seconds under which a transition is not seen as one: it is a cut."""
WIPES = ("light", "clouds")
"""Patterns of a film's wipes, one of which it keeps to."""


@dataclass(frozen=True)
class _Begins:
    """How a shot begins, before its length is known."""

    kind: TransitionKind = TransitionKind.CUT
    settings: Mapping[str, Setting] = field(default_factory=dict)


def transitions(
    pulse: Pulse, cuts: Sequence[Cut], reach: Reach, *, pace: float = 1.0, seed: int = 0
) -> tuple[Transition, ...]:
    """How each of `cuts` begins; the opening is a plain start.

    Flashes open drops and the biggest choruses, dips lead into breaks, cross-fades or wipes into
    what is calmer; whips and zoom blurs are rare and stand in energetic music only (`showy`). All
    others are hard cuts.

    Args:
        pulse: The song.
        cuts: Its cuts.
        reach: What a transition shows of both shots at once lasts no longer than this leaves room
            for at both.
        pace: The style's wanted shot length against the craft's: slow films are not showy.
        seed: Chooses the film's own kinds among those that fit.
    """
    energies = relative(section_energies(pulse), pulse.analysis.sections)
    ends = [*(cut.time for cut in cuts[1:]), pulse.duration]
    lengths = [end - cut.time for cut, end in zip(cuts, ends, strict=True)]
    fades = [reach.fade(cut.time, end) for cut, end in zip(cuts, ends, strict=True)]
    begins = _quiet(pulse, cuts, energies, lengths, seed)
    places = [
        Place(i, cut.time, cut.section, cut.reason, min(lengths[i - 1 : i + 1]),
              begins[i].kind is TransitionKind.FLASH)
        for i, cut in enumerate(cuts)
        if i and begins[i].kind in (TransitionKind.CUT, TransitionKind.FLASH)
    ]  # fmt: skip
    if pulse.locked and not _calm(pulse):
        for i, (kind, settings) in showy(pulse, places, energies, pace, seed).items():
            begins[i] = _Begins(kind, settings)
    found = [Transition()]
    for i in range(1, len(cuts)):
        kind = begins[i].kind
        room = lengths[i] if kind is TransitionKind.FLASH else min(lengths[i - 1 : i + 1])
        if overlaps(kind):
            room = min(room, 2 * min(fades[i - 1 : i + 1]))
        seconds = _seconds(pulse, kind, room)
        found.append(
            Transition(kind=kind, seconds=seconds, settings=begins[i].settings)
            if seconds
            else Transition()
        )
    return tuple(found)


def _quiet(
    pulse: Pulse,
    cuts: Sequence[Cut],
    energies: list[float],
    lengths: list[float],
    seed: int,
) -> list[_Begins]:
    """All that is not showy."""
    sections, calm = pulse.analysis.sections, _calm(pulse)
    big = _big_entries(pulse, energies, calm)
    wipe = _Begins(TransitionKind.WIPE, {"pattern": WIPES[unit(seed, "wipe") < 0.5]})
    wipes = unit(seed, "wipe", "or fade") < 0.5
    found, flashes = [_Begins()], list[float]()
    for i, (before, cut) in enumerate(pairwise(cuts), start=1):
        change = energies[cut.section] - energies[before.section]
        enters = cut.section != before.section
        kind = TransitionKind.CUT
        if not pulse.locked:
            kind = TransitionKind.CUT if change > 0.35 else TransitionKind.CROSSFADE
        elif cut.reason is CutReason.DROP or (enters and cut.section in big):
            spaced = not flashes or cut.time - flashes[-1] >= FLASH_GAP
            if spaced and len(flashes) < FLASHES and _seconds(
                pulse, TransitionKind.FLASH, lengths[i]
            ):  # fmt: skip
                kind = TransitionKind.FLASH
                flashes.append(cut.time)
        elif enters:
            kind = _into(sections[cut.section].label, change, energies[cut.section], calm)
            if kind is TransitionKind.CROSSFADE and wipes:
                found.append(wipe)
                continue
        elif calm and cut.reason is CutReason.PHRASE and energies[cut.section] < 0.5:
            kind = TransitionKind.CROSSFADE
        found.append(_Begins(kind))
    return found


def _calm(pulse: Pulse) -> bool:
    analysis = pulse.analysis
    return bool(analysis.energy.array.mean() < BALLAD) and analysis.mood.arousal < -0.2


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
    soft = pulse.felt_bar * pulse.beat / 2
    wanted = {
        TransitionKind.CUT: 0.0,
        TransitionKind.CROSSFADE: soft,
        TransitionKind.WIPE: soft,
        TransitionKind.DIP: pulse.beat,
        TransitionKind.FLASH: min(pulse.beat, 0.4),
        TransitionKind.WHIP: min(max(pulse.beat / 2, 0.25), 0.4),
        TransitionKind.ZOOM_BLUR: min(max(pulse.beat / 2, 0.3), 0.45),
    }[kind]
    if kind is TransitionKind.CROSSFADE and not pulse.locked:
        wanted = LONGEST_FADE
    seconds = min(wanted, LONGEST_FADE, room / 2)
    return round(seconds, 3) if seconds >= LEAST else 0.0
