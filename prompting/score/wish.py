"""What a person writes of music, taken apart: `wish` (genre, instruments, mood, tempo, key)."""

import re
from typing import NamedTuple

from songreel.prompting.scenes.spellings import key_of
from songreel.prompting.score.genres import genre_in
from songreel.prompting.score.moods import Place, place

_BPM = re.compile(
    r"(?:(?:at|around|about|ca\.?)\s+)?(\d{2,3}(?:\.\d+)?)\s*(?:bpm|beats per minute)\b"
    r"|\b(?:bpm|tempo)\s*[:=]?\s*(\d{2,3}(?:\.\d+)?)",
    re.I,
)
_SLOWEST, _FASTEST = 30, 300
"""BPM, as in scene lists."""
_KEY = re.compile(
    r"\b(?:in\s+(?:the\s+)?(?:key\s+of\s+)?)?((?-i:[A-G])(?:\s?[#♯♭]|(?-i:b)|[ -](?:sharp|flat))?"
    r"(?:\s*(?:major|minor|maj|min)\b|(?-i:m)\b))"
    r"|\bin\s+(?:the\s+)?key\s+of\s+((?-i:[A-G])(?:[#♯♭]|(?-i:b))?)(?!\w)",
    re.I,
)
_DENIED = re.compile(
    r"\b(?:no|not(?: too)?|without(?: any)?|never|don[’']t|avoid|free of)\b[^,;.]*", re.I
)
_VOCAL = re.compile(
    r"\b(?:vocals?|vocalists?|voices?|sing(?:er|ers|ing)|lyrics|rapp(?:er|ing)|spoken|chants?)\b",
    re.I,
)
_ENDS = re.compile(
    r"\b(?:fad(?:e|es|ing)(?: out| in)?|outro|ending|final chord|comes? to an end)\b", re.I
)
_EMPTY = frozenset(("in", "at", "instrumental", "no", "not", "without", "never", "only", "just"))
"""What is left of a phrase when its sense has been taken out."""
_SPLIT = re.compile(r"\s*(?:[,;.|+]|\band\b|\bwith\b|\bplus\b|\bover\b)\s*", re.I)
INSTRUMENT = re.compile(
    r"\b(?:pianos?|keys|keyboards?|guitars?|ukuleles?|strings?|violins?|violas?|cellos?|fiddles?"
    r"|bass(?:es|line)?|double bass|synths?|synthesi[sz]ers?|pads?|arp(?:eggio|eggios|eggiated)?\w*"
    r"|drums?|kick|snares?|hi-?hats?|cymbals?|percussion|shakers?|tambourines?|claps?|snaps?"
    r"|congas?|bongos?|toms|taikos?|timpani|808s?|beats?|breakbeats?|brass|horns?|trumpets?"
    r"|trombones?|tubas?|sax(?:ophones?)?|flutes?|clarinets?|oboes?|bassoons?|woodwinds?|harps?"
    r"|organs?|bells?|chimes?|marimbas?|vibraphones?|xylophones?|glockenspiels?|celestas?"
    r"|mandolins?|banjos?|accordions?|harmonicas?|kalimbas?|sitars?|tablas?|kotos?|ouds?"
    r"|handpans?|drones?|choirs?|orchestra|band|ensemble|quartets?|rhodes|wurlitzer|mellotron"
    r"|turntables?|vinyl crackle|pizzicato|leads?|stabs?|plucks?|risers?|riffs?|chords)\b",
    re.I,
)
_VERB = re.compile(
    r"\b(?:joins?|joining|enters?|entering|comes? in|coming in|drops? in|kicks? in|builds?|add)\b",
    re.I,
)
ALONE = re.compile(r"\b(?:only|solo|alone|just|nothing but)\b", re.I)


class Wish(NamedTuple):
    """A text about music, taken apart."""

    genre: str | None = None
    """By name, of `songreel.prompting.score.genres`."""
    told: str = ""
    """The phrase that names it, as written."""
    instruments: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    """What else is said of how it plays."""
    mood: Place | None = None
    mood_words: tuple[str, ...] = ()
    bpm: float | None = None
    key: str = ""
    alone: bool = False
    """Whether nothing else is to play."""
    dropped: tuple[str, ...] = ()
    """What is left out of prompts, and why."""


def wish(text: str) -> Wish:
    """Take apart what a person writes of music: `warm folk, guitar and piano, 90 BPM, in G`."""
    dropped: list[str] = []
    text = " ".join(text.split())
    bpm = _BPM.search(text)
    plain = _BPM.sub("", text)
    key = _KEY.search(plain)
    plain = _KEY.sub("", plain)
    dropped += [
        f"“{denied.strip()}” is left out of the prompts: a model that reads what is not to play "
        "tends to play it"
        for denied in _DENIED.findall(plain)
    ]
    plain = _DENIED.sub("", plain)
    genre, told = genre_in(plain), ""
    tempo = float(bpm[1] or bpm[2]) if bpm else None
    if tempo is not None and not _SLOWEST <= tempo <= _FASTEST:
        dropped.append(f"{tempo:g} BPM is not taken: it is not within {_SLOWEST} to {_FASTEST}")
        tempo = None
    instruments: list[str] = []
    rest: list[str] = []
    moods: list[str] = []
    for part in _SPLIT.split(plain):
        phrase = part.strip(" -:")
        if not re.search(r"\w", phrase) or phrase.lower() in _EMPTY:
            continue
        if _VOCAL.search(phrase):
            dropped.append(
                f"“{phrase}” is left out of the prompts: MusicGen was trained without voices and "
                "cannot sing (its model card)"
            )
        elif _ENDS.search(phrase):
            dropped.append(
                f"“{phrase}” is left out of the prompts: the model would end the piece there and "
                "fall silent"
            )
        elif not told and genre is not None and genre_in(phrase) == genre:
            told = phrase
        elif INSTRUMENT.search(phrase):
            instruments.append(_VERB.sub("", phrase).strip())
        elif place(phrase).words and len(phrase.split()) <= 3:
            moods.append(phrase)
        else:
            rest.append(phrase)
    at = place(", ".join([told, *moods, *rest]))
    return Wish(
        genre=genre,
        told=told,
        instruments=tuple(dict.fromkeys(i for i in instruments if i)),
        rest=tuple(dict.fromkeys(rest)),
        mood=at.mood,
        mood_words=tuple(dict.fromkeys(moods)),
        bpm=tempo,
        key=key_of(" ".join((key[1] or key[2]).split())) if key else "",
        alone=bool(ALONE.search(plain)) and bool(instruments),
        dropped=tuple(dropped),
    )
