"""`Said`: a text as the casting reads it: its words, how early they stand, what it denies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DENIES = frozenset({"no", "not", "without", "never", "nor", "minus", "except"})
_ENDS = _set(
    "but only just on in at of over under with by from near through behind across above beneath "
    "beside between around against to into"
)
"""What ends a denial: "no one on the street" is on the street."""
_REACH = 4
"""Words that a denial reaches: "without any neon city lights"."""
_JOINTS = _set(
    "of in on over under at by with through behind against across like from near above between "
    "into along beneath beside around round before after seen up down"
)
"""What ends the head of a phrase: "ring" leads in "ring of lamp light down the stairs"."""
_LATE = 0.8
"""Weight of a word after the head of a motif, or far into a prompt."""
_HEAD = 12
"""Words of a prompt that count as its beginning: what is seen stands first."""
_EMPTY = _set(
    "a an the and or of in on at by with to into from as is are was be it its no not any one two "
    "three each every all more very so than that this then their his her they he she who whose "
    "which while"
)
_VOWELS = "aeiouy"
_COLOURS = _set(
    "amber apricot azure black blue blush bronze burnt charcoal cobalt coral cream crimson cyan "
    "deep emerald forest gold green grey ice indigo lavender leaf lime magenta midnight mint near "
    "olive orange orchid oxblood pale petrol pink plum powder purple red scarlet sea silver sky "
    "straw teal turquoise umber vermilion violet white wine yellow and"
)
"""Words in which palettes are told."""
_PALETTE = 3
"""Words of a sentence from which on, all of them colours, it is a palette."""
_TINTS = _set("forest ice leaf midnight orchid petrol powder sea sky straw wine coral")
"""Things by which colours are called: "sea green" is no sea."""


class Word(NamedTuple):
    """One word of a text."""

    text: str
    weight: float
    """How much it counts by its place, 0 to 1."""
    denied: bool
    before: str = ""
    """The word before it in its clause: "neon" of "sign" in "a neon sign"."""


@dataclass(frozen=True)
class Said:
    """The words of a text in order, each once; stop words are left out."""

    words: tuple[Word, ...]

    @cached_property
    def texts(self) -> frozenset[str]:
        """The words, denied ones too."""
        return frozenset(word.text for word in self.words)


@lru_cache(maxsize=4096)
def read(text: str, *, phrase: bool = False) -> Said:
    """The words of `text`, lower case.

    Args:
        text: A prompt or motif.
        phrase: It is a motif: its head, before the first preposition, says most.
    """
    found: dict[str, Word] = {}
    for number, (word, joined, denied, before) in enumerate(_spoken(text.lower())):
        early = not joined if phrase else number < _HEAD
        known = found.get(word)
        if word not in _EMPTY and (known is None or (known.denied and not denied)):
            found[word] = Word(word, 1.0 if early else _LATE, denied, before)
    return Said(tuple(found.values()))


def _spoken(text: str) -> Iterator[tuple[str, bool, bool, str]]:
    """Each word, whether a preposition and whether a denial came before it, and the one before."""
    for sentence in re.split(r"[.;!?\n]+", text):
        spoken = re.findall(r"[^\W\d_]+", sentence)
        if len(spoken) >= _PALETTE and _COLOURS.issuperset(spoken):
            continue
        for clause in re.split(r"[,:()]+", sentence):
            joined, reach, before = False, 0, ""
            words = re.findall(r"[^\W\d_]+", clause)
            for word, after in zip_longest(words, words[1:], fillvalue=""):
                if word in _DENIES:
                    reach = _REACH
                    continue
                if word in _ENDS:
                    reach = 0
                joined = joined or word in _JOINTS
                if not (word in _TINTS and after in _COLOURS - _TINTS - {"and", "near"}):
                    yield word, joined, reach > 0, before
                before = word
                reach -= reach > 0 and word not in _EMPTY


@lru_cache(maxsize=8192)
def forms(word: str) -> tuple[str, ...]:
    """`word` and what it may be a plural or participle of: "waves" is "wave".

    A stem that is no word does no harm: nothing is called by it.
    """
    found = [word]
    if word.endswith("ies") and len(word) > 4:
        found.append(word[:-3] + "y")
    elif word.endswith("ves") and len(word) > 4:
        found += [word[:-3] + "f", word[:-1]]
    elif re.search(r"(s|x|z|ch|sh|o)es$", word):
        found += [word[:-2], word[:-1]]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        found.append(word[:-1])
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and any(letter in _VOWELS for letter in stem):
            found += _unbent(stem)
    return tuple(dict.fromkeys(found))


def _unbent(stem: str) -> list[str]:
    """What "danc", "runn", "glow" and "rac" may be stems of."""
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return [stem[:-1]]
    short = re.fullmatch(r"[^aeiouy]*[aeiouy][^aeiouywx]", stem)
    # A short stem would have doubled its consonant: "caring" is of "care", never of "car".
    return [stem + "e"] if short else [stem, stem + "e"]
