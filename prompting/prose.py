"""The words of a shot: one to three sentences, as a director notes them for a camera crew."""

import re
from typing import Literal

from songreel.models.music import Section
from songreel.models.storyboard import Look, Parts, ShotSize
from songreel.prompting.looks import LookBook, Picture, books
from songreel.prompting.seeds import unit

S = ShotSize

Pace = Literal["calm", "rising", "wild"]
_MOODS: dict[tuple[Pace, int], tuple[str, ...]] = {
    ("calm", -1): ("sombre and still", "grave, turned inwards", "heavy with waiting"),
    ("calm", 0): ("hushed and attentive", "intent, all eyes", "even and patient"),
    ("calm", 1): ("tender and unhurried", "light and at ease", "warm and close"),
    ("rising", -1): ("uneasy, something is coming", "tense", "dark and watchful"),
    ("rising", 0): ("searching and alert", "restless, on its way", "wide awake"),
    ("rising", 1): ("hopeful, gaining pace", "bright and curious", "buoyant"),
    ("wild", -1): ("fierce and relentless", "desperate and furious", "stormy"),
    ("wild", 0): ("driving, at full power", "headlong", "charged and breathless"),
    ("wild", 1): ("euphoric and wide open", "jubilant", "overflowing"),
}
"""By pace and valence."""
_HELD = ("holding its breath", "drawn tight before the leap")


def level(energy: float) -> Pace:
    """Energy (0 to 1) as one of three words."""
    return "calm" if energy < 0.38 else "rising" if energy < 0.68 else "wild"


def book_of(look: Look) -> LookBook | None:
    """The prose that ships for `look`, if it is one of ours."""
    return books().get(look.name)


def picture_of(book: LookBook | None, motif: str) -> Picture:
    """The picture of a motif; for a look without prose the motif's own words serve."""
    for picture in book.picture if book else ():
        if picture.motif == motif:
            return picture
    return Picture(
        motif=motif,
        wide=f"{motif}, small in a great space",
        medium=motif,
        close=f"a detail of {motif}",
        calm="everything moving slowly",
        rising="movement gathering",
        wild="everything in full motion",
    )


def parts_of(
    look: Look,
    book: LookBook | None,
    motif: str,
    size: ShotSize,
    energy: float,
    section: Section,
    song: float,
    story: str | None,
    key: str,
) -> Parts:
    """What one shot shows, in parts.

    Args:
        look: The film's look.
        book: Its prose, where there is any.
        motif: One of its motifs.
        size: Shot size.
        energy: 0 to 1, against the song's own range.
        section: Its mood and function.
        song: Place of the section in the song, 0 to 1.
        story: What the subject does, or None for a picture without it.
        key: Decides between words that say the same.
    """
    picture, intensity = picture_of(book, motif), level(energy)
    acts = book is not None and story is not None
    seen = {S.EXTREME_WIDE: picture.wide, S.WIDE: picture.wide, S.MEDIUM: picture.medium}.get(
        size, picture.close
    )
    tight = size in (S.CLOSE, S.EXTREME_CLOSE)
    return Parts(
        seen=seen if book is None or acts else met(seen, book.subject),
        happens={"calm": picture.calm, "rising": picture.rising, "wild": picture.wild}[intensity],
        subject=book.subject if book is not None and acts else "",
        action=story or "" if acts else "",
        place=f"in {look.world}" if book is None else book.place if acts else book.near,
        light=look.light,
        time=book.acts[min(int(song * len(book.acts)), len(book.acts) - 1)] if book else "",
        lens=book.close_lens if book and tight else look.lens,
        medium=look.medium,
        mood=_mood(section, intensity, key),
        pace=intensity,
    )


def met(seen: str, subject: str) -> str:
    """`seen`, with `subject` in full where it is only called "the diver".

    A model meets everybody for the first time in every shot.
    """
    head = re.escape(head_of(subject))
    seen = re.sub(rf"\bthe {head}[’']s (\w+)", rf"the \1 of {subject}", seen, flags=re.I)
    return re.sub(rf"\bthe {head}\b", subject, seen, flags=re.I)


def head_of(subject: str) -> str:
    """The noun that `subject` is about: "diver" of "a free diver in a white suit"."""
    front = re.split(
        r",|\b(?:in|on|with|whose|who|of|at|from|under|made|wearing|and|behind|by)\b", subject
    )[0]
    return front.split()[-1].lower() if front.split() else subject


def _mood(section: Section, intensity: Pace, key: str) -> str:
    valence = section.mood.valence
    side = -1 if valence < -0.15 else 1 if valence > 0.15 else 0
    held = intensity == "calm" and section.label in ("build", "drop", "chorus")
    choice = _HELD if held else _MOODS[intensity, side]
    return choice[int(unit(key, "mood") * len(choice))]
