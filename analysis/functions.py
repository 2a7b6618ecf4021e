"""What sections do in a song: intro, verse, chorus and the rest: `name_sections`."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from songreel.analysis.singing import SUNG, Name, Part, name_unsung, vocal_level
from songreel.models.music import Event, SectionLabel

_INTRO_SHARE = 0.2
"""Share of the song that an intro or outro may last."""
_INTRO_SECONDS = 16.0
"""An intro or outro of this length is not too long in any song."""
_CHORUS_LIFT = 0.03
"""Energy by which a chorus lies over the rest, at least."""
_REFRAIN_FALL = 0.08
"""Energy by which material that comes three times may lie under the rest and be the chorus."""
_FIRST_IS_VERSE = 0.03
"""Energy by which the chorus must lead if it is what the song opens with after its intro."""
_PAIRED, _HALF_ENERGY = 0.75, 0.08
"""Share of choruses beside which the chorus's other half stands, and how near its energy is."""
_BREAK_FALL = 0.12
"""Energy by which a break lies under both its neighbours."""
_BREAK_SHARE = 0.6
"""Share of a verse's energy under which its material is a break."""
_PRE_CHORUS = 25.0
"""Seconds a pre-chorus lasts at most."""
_CLEAR_LIFT = 0.2
"""Energy by which an unmistakable chorus leads the rest."""
_UNSUNG_SURE = 0.3
"""How sure verse, chorus and bridge can be where no voice is heard: the words are for songs."""


def name_sections(parts: Sequence[Part], events: Sequence[Event]) -> tuple[Name, ...]:
    """Name each of `parts`, which tile the song, from repetition, energy and place.

    The chorus is the repeated material of most energy, the verse the repeated material before
    it. That is how pop songs are built (and why `sure` never reaches 1): no words are heard.
    Where a voice is, sections without it are intros, solos and interludes; where there is none,
    verse and chorus are named with little trust.
    """
    names: list[Name | None] = [Name("silence", 1.0) if part.silent else None for part in parts]
    music = [i for i, part in enumerate(parts) if not part.silent]
    if len(music) < 2:
        return tuple(name or Name("section", 0.3) for name in names)
    _name_ends(parts, music, names)
    inner = [i for i in music if names[i] is None]
    chorus = _chorus(parts, inner)
    if chorus is not None:
        halves = _other_halves(parts, inner, chorus)
        sure = _sure_of_chorus(parts, inner, chorus)
        for i in inner:
            if parts[i].letter == chorus or parts[i].letter in halves:
                names[i] = Name("chorus", sure if parts[i].letter == chorus else 0.8 * sure)
        _name_verses(parts, inner, names, {chorus, *halves})
    else:
        _name_theme(parts, inner, names)
    _name_builds_and_drops(parts, music, names, events)
    _name_rest(parts, music, names, chorus)
    voiced = vocal_level(parts)
    if voiced is not None:
        name_unsung(parts, music, names, voiced)
    return tuple(
        _without_voice(name, voiced) if name is not None else Name("section", 0.3) for name in names
    )


def _without_voice(name: Name, voiced: float | None) -> Name:
    """`name` as sure as it can be where verse and chorus are told by energy and return alone."""
    if voiced is None and name.label in SUNG:
        return Name(name.label, min(name.sure, _UNSUNG_SURE))
    return name


def _name_ends(parts: Sequence[Part], music: list[int], names: list[Name | None]) -> None:
    """Intro and outro: short, at the end of the song, and weaker than what they lead to."""
    total = sum(parts[i].length for i in music)
    energies = [parts[i].energy for i in music]
    letters = [parts[i].letter for i in music]
    labels: tuple[SectionLabel, SectionLabel] = ("intro", "outro")
    for label, i, beside in zip(labels, (music[0], music[-1]), (music[1], music[-2]), strict=True):
        alone = letters.count(parts[i].letter) == 1 or letters[0] == letters[-1]
        weaker = parts[i].energy < parts[beside].energy + 0.02
        weak = parts[i].energy < float(np.median(energies)) - 0.1
        short = parts[i].length <= max(_INTRO_SHARE * total, _INTRO_SECONDS)
        if len(music) > 2 and short and weaker and (alone or weak):
            names[i] = Name(label, 0.9 if alone and weak else 0.7)


def _chorus(parts: Sequence[Part], inner: list[int]) -> int | None:
    """Letter of the chorus, None where nothing repeated stands out."""
    letters = sorted({parts[i].letter for i in inner})
    spans = {a: [i for i in inner if parts[i].letter == a] for a in letters}
    total = sum(parts[i].length for i in inner)

    def energy(indices: list[int]) -> float:
        weights = [parts[i].length for i in indices]
        return float(np.average([parts[i].energy for i in indices], weights=weights))

    repeated = [a for a in letters if len(spans[a]) >= 2]
    if not repeated or len(letters) < 2:
        return None

    def worth(letter: int) -> float:
        share = sum(parts[i].length for i in spans[letter]) / total
        often = 0.2 * min(share, 0.5) + 0.01 * min(len(spans[letter]), 3)
        first = _FIRST_IS_VERSE if parts[inner[0]].letter == letter else 0.0
        return energy(spans[letter]) + often - first

    def lift(letter: int) -> float:
        others = [i for i in inner if parts[i].letter != letter]
        return energy(spans[letter]) - energy(others)

    fitting = [
        letter
        for letter in repeated
        if lift(letter) >= (_CHORUS_LIFT if len(spans[letter]) < 3 else -_REFRAIN_FALL)
    ]
    return max(fitting, key=lambda letter: (worth(letter), -letter), default=None)


def _name_theme(parts: Sequence[Part], inner: list[int], names: list[Name | None]) -> None:
    """Without a chorus, the first material that comes back carries the piece as a verse does."""
    letters = [parts[i].letter for i in inner]
    theme = next((a for a in letters if letters.count(a) > 1 and len(set(letters)) > 1), None)
    for i in inner:
        if parts[i].letter == theme:
            names[i] = Name("verse", 0.3)


def _sure_of_chorus(parts: Sequence[Part], inner: list[int], chorus: int) -> float:
    """0.35 for a chorus that hardly stands out, to 0.75 for a strong one that comes often."""
    home = [parts[i].energy for i in inner if parts[i].letter == chorus]
    rest = [parts[i].energy for i in inner if parts[i].letter != chorus]
    lift = float(np.mean(home) - np.mean(rest)) if rest else 0.0
    clear = float(np.clip(lift / _CLEAR_LIFT, 0, 1))
    return 0.35 + 0.25 * clear + 0.05 * min(len(home) - 1, 3)


def _other_halves(parts: Sequence[Part], inner: list[int], chorus: int) -> set[int]:
    """Letters that come with the chorus nearly every time and are as strong: its other half."""
    home = [i for i in inner if parts[i].letter == chorus]
    level = float(np.mean([parts[i].energy for i in home]))
    found = set()
    for letter in sorted({parts[i].letter for i in inner} - {chorus}):
        places = [i for i in inner if parts[i].letter == letter]
        beside = all({i - 1, i + 1} & set(home) for i in places)
        paired = sum(bool({i - 1, i + 1} & set(places)) for i in home) >= _PAIRED * len(home)
        alike = all(abs(parts[i].energy - level) <= _HALF_ENERGY for i in places)
        if len(places) > 1 and beside and paired and alike:
            found.add(letter)
    return found


def _name_verses(
    parts: Sequence[Part], inner: list[int], names: list[Name | None], chorus: set[int]
) -> None:
    first = next(i for i in inner if parts[i].letter in chorus)
    letters = [parts[i].letter for i in inner]
    candidates = [
        parts[i].letter for i in inner
        if parts[i].letter not in chorus and (letters.count(parts[i].letter) >= 2 or i < first)
    ]  # fmt: skip
    if not candidates:
        return
    # The verse comes first of what repeats; failing that, it is what stands before the chorus.
    repeated = [a for a in candidates if letters.count(a) >= 2]
    verse = repeated[0] if repeated else candidates[0]
    for i in inner:
        if parts[i].letter == verse:
            names[i] = Name("verse", 0.55 if repeated else 0.4)
    for letter in sorted(set(letters) - chorus - {verse}):
        places = [i for i in inner if parts[i].letter == letter]
        leads = [
            i + 1 < len(parts)
            and parts[i + 1].letter in chorus
            and i > 0
            and parts[i - 1].letter not in {*chorus, letter}
            for i in places
        ]
        single = len(places) == 1 and _is_break(parts, inner, places[0])
        short = all(parts[i].length <= _PRE_CHORUS for i in places)
        if 2 * sum(leads) >= len(places) and short and not single:
            for i, lead in zip(places, leads, strict=True):
                if lead:
                    names[i] = Name("pre-chorus", 0.6 if all(leads) and len(places) > 1 else 0.4)


def _is_break(parts: Sequence[Part], music: list[int], i: int) -> bool:
    """Whether section i lies well under the music before and after it."""
    at = music.index(i)
    if not 0 < at < len(music) - 1:
        return False
    beside = min(parts[music[at - 1]].energy, parts[music[at + 1]].energy)
    return parts[i].energy < beside - _BREAK_FALL


def _name_builds_and_drops(
    parts: Sequence[Part], music: list[int], names: list[Name | None], events: Sequence[Event]
) -> None:
    builds = [e for e in events if e.kind == "build"]
    drops = [e.start for e in events if e.kind == "drop"]
    for i in music:
        part = parts[i]
        covered = any(
            min(e.end, part.end) - max(e.start, part.start) >= 0.6 * part.length for e in builds
        )
        current = names[i]
        into_drop = any(abs(at - part.end) < 0.2 for at in drops)
        if covered and (current is None or into_drop or current.label == "pre-chorus"):
            names[i] = Name("build", 0.6)
        elif current is not None and current.label == "verse" and _is_break(parts, music, i):
            same = max(parts[j].energy for j in music if parts[j].letter == part.letter)
            if part.energy < _BREAK_SHARE * same:
                names[i] = Name("break", 0.5)
    for before, i in pairwise(music):
        previous = names[before]
        if (
            previous is not None
            and previous.label == "build"
            and any(abs(at - parts[i].start) < 0.2 for at in drops)
        ):
            names[i] = Name("drop", 0.7)


def _name_rest(
    parts: Sequence[Part], music: list[int], names: list[Name | None], chorus: int | None
) -> None:
    letters = [parts[i].letter for i in music]
    choruses = [i for i in music if chorus is not None and parts[i].letter == chorus]
    first = names[music[0]]
    opening = first.label if first is not None else "section"
    for i in music[1:-1]:
        if names[i] is not None:
            continue
        part = parts[i]
        ends = {parts[music[0]].letter, parts[music[-1]].letter}
        beside = [n for n in (names[i - 1], names[i + 1]) if n is not None and n.label == "chorus"]
        if _is_break(parts, music, i):
            names[i] = Name("break", 0.6)
        elif beside and part.energy >= min(parts[j].energy for j in choruses) - 0.02:
            # As strong as the chorus and next to it: the chorus goes on.
            names[i] = Name("chorus", 0.35)
        elif choruses and i < choruses[0]:
            # Before the first chorus there are verses, whether or not they come back.
            names[i] = Name("verse", 0.3)
        elif part.letter in ends and opening == "intro":
            names[i] = Name("instrumental", 0.4)
        elif letters.count(part.letter) == 1 and choruses and choruses[0] < i < choruses[-1]:
            # What stands once between choruses: late in the song a bridge, early another verse.
            late = part.start > 0.5 * parts[-1].end
            names[i] = Name("bridge", 0.5) if late else Name("verse", 0.3)
