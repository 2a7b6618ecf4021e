"""What a prompt's words mean to the band: `understand`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_GENRES: Mapping[str, str] = {
    "cinematic": "cinematic", "film score": "cinematic", "soundtrack": "cinematic",
    "trailer": "orchestral", "orchestral": "orchestral", "orchestra": "orchestral",
    "symphonic": "orchestral", "epic": "orchestral", "classical": "orchestral",
    "chamber": "cinematic", "ambient": "ambient", "drone": "ambient", "atmospheric": "ambient",
    "new age": "ambient", "meditation": "ambient", "space": "ambient", "ethereal": "ambient",
    "solo piano": "piano", "piano solo": "piano", "neoclassical": "piano", "ballad": "piano",
    "lo-fi": "lo-fi", "lofi": "lo-fi", "lo fi": "lo-fi", "chillhop": "lo-fi", "chill": "lo-fi",
    "jazz": "jazz", "swing": "jazz", "bossa": "jazz", "lounge": "jazz", "noir": "jazz",
    "pop": "pop", "indie": "pop", "upbeat": "pop", "corporate": "pop", "funk": "pop",
    "disco": "house", "folk": "folk", "acoustic": "folk", "country": "folk", "celtic": "folk",
    "waltz": "folk", "americana": "folk", "rock": "rock", "metal": "rock", "punk": "rock",
    "blues": "rock", "house": "house", "edm": "house", "dance": "house", "trance": "house",
    "electronic": "synthwave", "electronica": "synthwave", "techno": "techno",
    "industrial": "techno", "minimal techno": "techno", "acid": "techno",
    "synthwave": "synthwave", "retrowave": "synthwave", "synth-pop": "synthwave",
    "synthpop": "synthwave", "80s": "synthwave", "hip-hop": "hip-hop", "hip hop": "hip-hop",
    "trap": "hip-hop", "rap": "hip-hop", "drill": "hip-hop", "drum and bass": "drum and bass",
    "drum & bass": "drum and bass", "dnb": "drum and bass", "d&b": "drum and bass",
    "jungle": "drum and bass", "breakbeat": "drum and bass", "8-bit": "8-bit", "8 bit": "8-bit",
    "8bit": "8-bit", "chiptune": "8-bit", "video game": "8-bit",
}  # fmt: skip

_INSTRUMENTS: Mapping[str, str] = {
    "felt piano": "felt piano", "soft piano": "felt piano", "electric piano": "electric piano",
    "rhodes": "electric piano", "wurlitzer": "electric piano", "piano": "piano",
    "pianos": "piano", "organ": "organ", "music box": "music box", "celesta": "music box",
    "glockenspiel": "music box", "vibraphone": "vibraphone", "marimba": "marimba",
    "xylophone": "marimba", "kalimba": "kalimba", "chimes": "chimes", "bells": "bells",
    "bell": "bells", "electric guitar": "electric guitar", "electric guitars": "electric guitar",
    "distorted guitar": "electric guitar", "muted guitar": "muted guitar",
    "acoustic guitar": "steel guitar", "steel guitar": "steel guitar", "guitar": "guitar",
    "guitars": "guitar", "ukulele": "guitar", "banjo": "steel guitar", "mandolin": "steel guitar",
    "harp": "harp", "pizzicato": "pizzicato", "plucked strings": "pizzicato",
    "staccato strings": "staccato strings", "spiccato": "staccato strings",
    "string ostinato": "staccato strings", "strings": "strings", "string section": "strings",
    "string quartet": "strings", "violin": "violin", "violins": "violin", "fiddle": "violin",
    "viola": "violin", "cello": "cello", "cellos": "cello", "celli": "cello", "brass": "brass",
    "trumpet": "brass", "trumpets": "brass", "trombone": "brass", "trombones": "brass",
    "horn": "horn", "horns": "horn", "french horn": "horn", "french horns": "horn",
    "flute": "flute", "flutes": "flute", "whistle": "flute", "pan flute": "flute",
    "clarinet": "clarinet", "oboe": "clarinet", "saxophone": "clarinet", "sax": "clarinet",
    "woodwinds": "clarinet", "choir": "choir", "choirs": "choir", "vocal pads": "choir",
    "pad": "warm pad", "pads": "warm pad", "synth pad": "warm pad", "synth pads": "warm pad",
    "warm pads": "warm pad", "textures": "glass pad", "drones": "glass pad",
    "synth": "synth", "synths": "synth", "synthesizer": "synth", "synthesizers": "synth",
    "synthesiser": "synth", "synth lead": "synth", "lead synth": "synth",
    "arpeggio": "arpeggiator", "arpeggios": "arpeggiator", "arpeggiator": "arpeggiator",
    "arpeggiated synth": "arpeggiator", "arpeggiated synths": "arpeggiator", "arp": "arpeggiator",
    "arps": "arpeggiator", "sequencer": "arpeggiator", "acid line": "acid",
    "acid bass": "acid", "303": "acid", "synth bass": "synth bass", "analog bass": "synth bass",
    "sub bass": "sub bass", "sub-bass": "sub bass", "808": "sub bass", "deep bass": "sub bass",
    "reese": "reese bass", "upright bass": "upright bass", "double bass": "upright bass",
    "walking bass": "upright bass", "contrabass": "low strings", "low strings": "low strings",
    "bass guitar": "bass guitar", "electric bass": "bass guitar", "square wave": "square wave",
}  # fmt: skip

_STANDS_IN = frozenset({
    "trumpet", "trumpets", "trombone", "trombones", "oboe", "saxophone", "sax", "woodwinds",
    "ukulele", "banjo", "mandolin", "viola", "xylophone", "glockenspiel", "fiddle", "whistle",
    "pan flute",
})  # fmt: skip
"""Instruments that the band has only a cousin of."""

_DRUMS: Mapping[str, str] = {
    "taiko": "orchestra", "timpani": "orchestra", "cinematic drums": "orchestra",
    "orchestral percussion": "orchestra", "epic drums": "orchestra", "brushes": "jazz",
    "brushed drums": "jazz", "four on the floor": "house", "four-on-the-floor": "house",
    "trap drums": "trap", "808 drums": "trap", "breakbeats": "breaks", "shaker": "folk",
    "hand percussion": "folk", "claps": "pop", "drums": "", "drum kit": "", "drum": "",
    "percussion": "", "beat": "", "beats": "", "kick": "", "snare": "",
}  # fmt: skip
"""Groove by word; empty: the style's own."""

_MOODS: Mapping[str, tuple[float, float]] = {
    "calm": (0.3, -0.7), "peaceful": (0.5, -0.7), "gentle": (0.4, -0.6), "soft": (0.2, -0.5),
    "quiet": (0.1, -0.7), "relaxed": (0.4, -0.6), "dreamy": (0.3, -0.5), "serene": (0.5, -0.7),
    "warm": (0.5, -0.2), "tender": (0.3, -0.5), "intimate": (0.2, -0.5), "nostalgic": (0.0, -0.4),
    "happy": (0.8, 0.4), "joyful": (0.9, 0.6), "cheerful": (0.8, 0.5), "playful": (0.7, 0.4),
    "bright": (0.7, 0.3), "hopeful": (0.6, 0.0), "uplifting": (0.7, 0.4), "inspiring": (0.6, 0.3),
    "optimistic": (0.7, 0.3), "romantic": (0.5, -0.2), "triumphant": (0.7, 0.8),
    "heroic": (0.5, 0.8), "majestic": (0.4, 0.5), "energetic": (0.4, 0.8), "exciting": (0.5, 0.8),
    "driving": (0.1, 0.7), "powerful": (0.1, 0.8), "intense": (-0.2, 0.8), "epic": (0.1, 0.8),
    "dramatic": (-0.2, 0.6), "tense": (-0.5, 0.5), "suspenseful": (-0.5, 0.3),
    "mysterious": (-0.3, -0.2), "dark": (-0.6, 0.1), "ominous": (-0.7, 0.2),
    "scary": (-0.8, 0.5), "horror": (-0.9, 0.4), "angry": (-0.6, 0.8), "aggressive": (-0.4, 0.9),
    "sad": (-0.7, -0.5), "melancholic": (-0.6, -0.4), "melancholy": (-0.6, -0.4),
    "somber": (-0.6, -0.5), "lonely": (-0.6, -0.6), "bittersweet": (-0.2, -0.3),
    "solemn": (-0.3, -0.4), "moody": (-0.4, -0.2), "euphoric": (0.9, 0.9), "festive": (0.9, 0.6),
    "wistful": (-0.2, -0.4), "reflective": (0.0, -0.5), "curious": (0.4, 0.0),
}  # fmt: skip

_IDLE = frozenset(
    """a an and the of with in on at to for from by into over under it its is are be no not without
    very more most some piece music song track score instrumental section scene part theme melody
    melodies harmony chords chord bpm tempo key major minor beat time signature slow fast medium
    mid steady building build builds growing grows rising swell swells finale intro outro opening
    ending climax full light sparse simple rich lush big small high low quality recording stereo
    mix style feel mood genre instruments genres like as then that this continuous seamless studio
    production clear clean subtle layered layers sustained long short fading flat sharp loop
    energy rhythm rhythmic groove grooves arrangement minimal modern classic background texture
    joining softly flowing intimate open richer spacious pulse lifting watchful insistent pulsing
    tightening pressing relentless massive fragile plain unfolding swelling aching shimmering notes
    lead bass 4 3 6 5 7 8 2""".split()  # noqa: SIM905 (as prose it can be read)
)


class Understood(NamedTuple):
    """What the band made of a prompt."""

    style: str
    """Empty: not said."""
    instruments: tuple[str, ...]
    """Voices, in the order of the prompt."""
    groove: str
    """Of the drums; empty: the style's."""
    without: frozenset[str]
    mood: tuple[float, float] | None
    solo: bool
    """Nothing but what is named is to play."""
    heard: tuple[str, ...]
    """Words that were understood, as they stand there."""
    cousins: tuple[str, ...]
    """Instruments that something alike stands in for: `trumpet: brass`."""
    lost: tuple[str, ...]
    """Words that mean nothing to the band."""


def _find(text: str, table: Mapping[str, object]) -> list[tuple[int, str]]:
    """Where the table's words stand, longest first; a word is found once."""
    found: list[tuple[int, str]] = []
    taken = [False] * len(text)
    for word in sorted(table, key=lambda w: (-len(w), w)):
        for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * len(word)
                found.append((match.start(), word))
    return sorted(found)


def understand(prompt: str, negative: str = "") -> Understood:
    """Read a prompt: genre, instruments, mood; and what is not wanted.

    "No drums" and "without piano" in the prompt count as a negative prompt does.
    """
    text = prompt.lower()
    away = [m.group(1) for m in re.finditer(r"\b(?:no|without)\s+([a-z0-9 -]+)", text)]
    unwanted = " ; ".join([negative.lower(), *away])
    kept = re.sub(r"\b(?:no|without)\s+[a-z0-9 -]+", " ", text)

    named = _find(kept, _INSTRUMENTS)
    genres = _find(kept, _GENRES)
    drums = _find(kept, _DRUMS)
    moods = _find(kept, _MOODS)
    without = {_INSTRUMENTS[word] for _, word in _find(unwanted, _INSTRUMENTS)}
    if _find(unwanted, _DRUMS):
        without.add("drums")
    solo = re.search(r"\bsolo\b|\bonly\b|\bunaccompanied\b", kept) is not None
    mood = None
    if moods:
        values = [_MOODS[word] for _, word in moods]
        mood = (
            round(sum(v for v, _ in values) / len(values), 3),
            round(sum(a for _, a in values) / len(values), 3),
        )
    heard = [word for _, word in sorted({*named, *genres, *drums, *moods})]
    known = " ".join(heard)
    lost = [
        word
        for word in dict.fromkeys(re.findall(r"[a-z][a-z'-]{2,}", kept))
        if word not in known and word not in _IDLE
    ]
    return Understood(
        style=_GENRES[genres[0][1]] if genres else "",
        instruments=tuple(dict.fromkeys(_INSTRUMENTS[word] for _, word in named)),
        groove=next((_DRUMS[word] for _, word in drums if _DRUMS[word]), ""),
        without=frozenset(without),
        mood=mood,
        solo=solo,
        heard=tuple(heard),
        cousins=tuple(f"{w}: {_INSTRUMENTS[w]}" for _, w in named if w in _STANDS_IN),
        lost=tuple(lost),
    )
