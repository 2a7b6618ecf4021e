"""What each shot shows: motif, story, camera, size, colours and words, over the whole film."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from songreel.models.storyboard import Look, Palette, Shot, ShotSize
from songreel.models.transition import Transition
from songreel.prompting.cutting import Cut
from songreel.prompting.dialects import PLAIN, words
from songreel.prompting.looks import LookBook
from songreel.prompting.palette import shifted
from songreel.prompting.prose import level, parts_of, picture_of
from songreel.prompting.pulse import Pulse
from songreel.prompting.seeds import seed_for, unit
from songreel.prompting.slots import Slot, slots_of
from songreel.prompting.staging import (
    OPPOSITE,
    SIZES,
    camera_move,
    mirrored,
    nearness,
    shot_size,
)
from songreel.prompting.story import actions, stages_of

FAMILY, MANY = 4, 12
"""Motifs that one letter of the form draws on: enough to cut between, few enough to recognise. A
letter with a section of more shots than `MANY` draws on one more."""
STORY_EVERY = 3
"""At least every third shot shows the subject, so that the film stays about somebody."""
FRESH, FRESH_ENTRY = 8, 40
"""Shots after which a picture from the same distance is as good as new, inside a section and as
the opening of one."""
SOON = 3
"""Shots within which a picture from the same distance would be seen to come back."""
QUIET = 0.6
"""Energy at most where the story holds still."""
RHYMING = ("chorus", "drop")
_MOTION = {"drop": 0.12, "chorus": 0.05, "break": -0.1, "silence": -0.2}
"""What a label adds to the motion that energy alone asks for."""


def direct(
    pulse: Pulse,
    cuts: Sequence[Cut],
    transitions: Sequence[Transition],
    ids: Sequence[str],
    look: Look,
    book: LookBook | None,
    seed: int,
    dialect: str = PLAIN,
    settled: Mapping[float, Shot] | None = None,
) -> tuple[Shot, ...]:
    """A shot for every cut; those in `settled`, by start in seconds, are taken as they are.

    `book` is the look's prose, where there is any; prompts are worded in `dialect`.

    Each choice follows from the seed and from where the shot stands in the music (letter of its
    section, which take of it, beats from its start), not from how many shots came before it: an
    edit in one place leaves the others' seeds alone.
    """
    slots = slots_of(pulse, cuts)
    families = _families(slots, look, book, seed)
    palettes = {
        i: shifted(look.palette, section.mood) for i, section in enumerate(pulse.analysis.sections)
    }
    stages = stages_of(slots)
    deeds = actions(slots, stages, book) if book is not None else []
    turns: dict[str, int] = {}
    shown: dict[tuple[str, int], int] = {}
    shots: list[Shot] = []
    firsts: dict[str, list[tuple[Slot, Shot]]] = {}
    rhyming = _rhyming(slots)
    for i, (slot, transition, name) in enumerate(zip(slots, transitions, ids, strict=True)):
        before = shots[-1] if shots else None
        entry = before is None or before.section != slot.cut.section
        rhyme = _rhyme(slot, firsts, before)
        key = f"{seed}/{slot.section.letter}/{slot.take}/{slot.offset:g}"
        family = families[slot.section.letter]
        last = i == len(slots) - 1 and i > 0
        wants = _wants_story(shots, entry or last, book)
        motif = (
            rhyme.motif
            if rhyme
            else _next_motif(
                slot,
                family,
                wants,
                [_avoided(slot, firsts, shots, reach) for reach in (2, 1)],
                book,
                turns,
                _freshness(shown, look.motifs, i, entry or last),
            )
        )
        wants = wants and picture_of(book, motif).stage
        stale = {z: 1 - min(i - shown.get((motif, nearness(z)), -FRESH), FRESH) / FRESH
                 for z in SIZES}  # fmt: skip
        size = _size(slot, entry or last, wants, before, rhyme, stale, key)
        shown[motif, nearness(size)] = i
        # Where the story holds still, nothing rushes, however loud the music stays.
        felt = min(slot.felt, QUIET) if stages[i] == "stillness" else slot.felt
        camera = camera_move(
            level(felt),
            slot.section.label,
            size,
            "opening" if i == 0 else "last" if last else "entry" if entry else "inside",
            [shot.camera for shot in shots],
            "left" if unit(seed, slot.section.letter, slot.take, "side") < 0.5 else "right",
            key,
        )
        if rhyme is not None and not entry and mirrored(rhyme.camera) != rhyme.camera:
            turned = mirrored(rhyme.camera)
            free = before is None or before.camera not in (turned, OPPOSITE.get(turned))
            camera = turned if free else camera
        palette: Palette = palettes[slot.cut.section]
        shot = Shot(
            id=name,
            at=slot.cut.anchor,
            section=slot.cut.section,
            reason=slot.cut.reason,
            transition=transition,
            prompt=".",
            parts=parts_of(
                look,
                book,
                motif,
                size,
                felt,
                slot.section,
                slot.act,
                deeds[i] if wants else None,
                key,
            ),
            motif=motif,
            camera=camera,
            size=size,
            palette=palette,
            energy=round(slot.energy, 3),
            motion=_motion(slot),
            seed=_seed(rhyme, slot.take, key),
            rhymes_with=rhyme.id if rhyme else None,
        )
        worded = words(shot, look, dialect)
        shot = shot.model_copy(update={"prompt": worded.prompt, "negative": worded.negative})
        if settled and slot.cut.time in settled:
            shot = settled[slot.cut.time]
        if slot.take == 0 and slot.section.letter in rhyming:
            firsts.setdefault(slot.section.letter, []).append((slot, shot))
        shots.append(shot)
    return tuple(shots)


def _families(
    slots: list[Slot], look: Look, book: LookBook | None, seed: int
) -> dict[str, tuple[str, ...]]:
    """Motifs of each letter of the form: those whose place in the look fits its energy."""
    motifs = look.motifs
    families: dict[str, tuple[str, ...]] = {}
    felt: dict[str, float] = {}
    for letter in dict.fromkeys(slot.section.letter for slot in slots):
        own = [slot.felt for slot in slots if slot.section.letter == letter]
        felt[letter] = sum(own) / len(own)
    counts = Counter((slot.section.letter, slot.take) for slot in slots)
    sizes = {
        letter: FAMILY + (max(n for (x, _), n in counts.items() if x == letter) > MANY)
        for letter in felt
    }
    ranked_letters = sorted(felt, key=lambda letter: felt[letter])
    for letter, energy in felt.items():
        # Half by rank: a song that is loud throughout still uses the whole of its look.
        rank = ranked_letters.index(letter) / max(len(felt) - 1, 1) if len(felt) > 2 else energy
        goal = (energy + rank) / 2 * (len(motifs) - 1)
        # Half a motif's width of chance, so that two calm sections need not look the same.
        goal += unit(seed, letter, "family") - 0.5
        ranked = sorted(range(len(motifs)), key=lambda m: (abs(m - goal), m))
        staged = [m for m in ranked if picture_of(book, motifs[m]).stage]
        # Two in which the subject can act, so that the story need not wait or repeat itself.
        nearest = sorted({*ranked[: FAMILY - 2], *staged[:2]}, key=ranked.index)
        nearest += [m for m in ranked if m not in nearest][: sizes[letter] - len(nearest)]
        first, *others = nearest
        others.sort(key=lambda m: unit(seed, letter, motifs[m]))
        families[letter] = tuple(motifs[m] for m in (first, *others))
    return families


def _rhyming(slots: list[Slot]) -> set[str]:
    """Letters whose returns rhyme: choruses and drops, else the loudest letter that returns."""
    named = {slot.section.letter for slot in slots if slot.section.label in RHYMING}
    if named:
        return named
    again = sorted({slot.section.letter for slot in slots if slot.take > 0})
    loudest = {x: max(s.section.energy for s in slots if s.section.letter == x) for x in again}
    return {max(again, key=lambda letter: loudest[letter])} if again else set()


def _rhyme(
    slot: Slot, firsts: dict[str, list[tuple[Slot, Shot]]], before: Shot | None
) -> Shot | None:
    """The shot of the first chorus at the same place, for a later chorus; never twice running."""
    if slot.take == 0:
        return None
    earlier = [s for first, s in firsts.get(slot.section.letter, []) if first.offset <= slot.offset]
    if not earlier or (before is not None and before.motif == earlier[-1].motif):
        return None
    return earlier[-1]


def _seed(rhyme: Shot | None, take: int, key: str) -> int:
    """The shot's seed; a rhyme's is that of the shot it rhymes with, moved on by its take."""
    return seed_for(key, "seed") if rhyme is None else (rhyme.seed + take) % 2**31


def _wants_story(shots: list[Shot], entry: bool, book: LookBook | None) -> bool:
    """Whether it is time to see the subject: as a section begins, and now and then within it."""
    if book is None:
        return False
    recent = shots[len(shots) - STORY_EVERY + 1 :] if len(shots) >= STORY_EVERY - 1 else []
    return entry or (bool(recent) and not any(shot.parts and shot.parts.subject for shot in recent))


def _avoided(
    slot: Slot, firsts: dict[str, list[tuple[Slot, Shot]]], shots: Sequence[Shot], reach: int
) -> set[str]:
    """Motifs within `reach` shots: of those before, and of the rhymes that are to come."""
    coming = [s for first, s in firsts.get(slot.section.letter, []) if first.offset > slot.offset]
    neighbours = [*shots[-reach:], *(coming[:reach] if slot.take else ())]
    return {shot.motif for shot in neighbours}


def _next_motif(
    slot: Slot,
    family: tuple[str, ...],
    wants: bool,
    avoided: Sequence[set[str]],
    book: LookBook | None,
    turns: dict[str, int],
    freshness: Mapping[str, int],
) -> str:
    """The next motif of the section's family, freshest first.

    One that the subject can act in where that is wanted, and none of those in `avoided`: of its
    sets the first that leaves one.
    """
    turn = turns.get(slot.section.letter, 0)
    following = [family[(turn + k) % len(family)] for k in range(len(family))]
    left = ([motif for motif in following if motif not in near] for near in avoided)
    fresh = next(filter(None, left), following)
    staged = [motif for motif in fresh if picture_of(book, motif).stage]
    motif = max(staged if wants and staged else fresh, key=lambda motif: freshness[motif])
    if freshness[motif] < SOON:
        # Sooner a picture from elsewhere in the look than the last one but one once more.
        every = [m for m in freshness if m not in avoided[-1] and freshness[m] >= SOON]
        elsewhere = [m for m in every if picture_of(book, m).stage or not wants]
        motif = elsewhere[0] if elsewhere else motif
    turns[slot.section.letter] = turn + 1
    return motif


def _freshness(
    shown: Mapping[tuple[str, int], int], motifs: Sequence[str], index: int, wide: bool
) -> dict[str, int]:
    """Shots since the side of each motif that was longest out of sight was seen, up to a limit."""
    sides, most = ((0,), FRESH_ENTRY) if wide else ((0, 1, 2), FRESH)
    return {
        motif: max(min(index - shown.get((motif, side), -most), most) for side in sides)
        for motif in motifs
    }


def _size(
    slot: Slot,
    entry: bool,
    story: bool,
    before: Shot | None,
    rhyme: Shot | None,
    stale: Mapping[ShotSize, float],
    key: str,
) -> ShotSize:
    """The shot's size; a rhyme shows the same again, from a step nearer or farther.

    The step stays within what is seen, so that the prompt of a rhyme names in the same words what
    the first chorus showed.
    """
    size = shot_size(
        slot.felt, slot.along, entry, story, before.size if before else None, stale, key
    )
    if rhyme is None or entry or (story and nearness(rhyme.size) == 2):
        return size
    alike = [z for z in SIZES if nearness(z) == nearness(rhyme.size)]
    varied = [z for z in alike if z is not rhyme.size and slot.take % 2] or [rhyme.size]
    free = [z for z in (*varied, *alike) if before is None or z is not before.size]
    return free[0] if free else size


def _motion(slot: Slot) -> float:
    raised = 0.1 + 0.8 * slot.felt + _MOTION.get(slot.section.label, 0.0)
    if slot.section.label == "build":
        raised += 0.15 * slot.along
    return round(float(np.clip(raised, 0.05, 1.0)), 3)
