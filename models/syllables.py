"""How a line of lyrics falls into words and syllables, in any script: by its letters alone."""

import re
import unicodedata
from itertools import pairwise

_TOGETHER = (
    (0x3040, 0x30FF),  # hiragana, katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),
    (0x20000, 0x323AF),
)
"""Scripts written without spaces, each character sung by itself."""
_SMALL = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶーｰ")
"""Kana that lengthen or colour the one before."""
_VOWELS = re.compile(
    "[aeiouyæœøıаеёиоуыэюяєіїαεηιουωаә]+", re.IGNORECASE
)  # of base letters: marks are taken off first
_SILENT_E = re.compile(r"[^aeiouyl\W]e[sd]?$")


def is_unspaced(character: str) -> bool:
    """Whether it is of a script written without spaces: Han, kana."""
    return any(first <= ord(character) <= last for first, last in _TOGETHER)


def sung_parts(text: str) -> tuple[str, ...]:
    """The words of `text`, or the single characters of scripts without spaces, in order.

    Punctuation stays with the word it stands at. Each part is a piece of `text`.
    """
    ends = [0]
    """Where parts begin and end; what sounds of nothing is part of its neighbour."""
    for i, character in enumerate(text):
        before = text[i - 1] if i else " "
        fresh = character != " " and (
            before == " "
            or (is_unspaced(character) and character not in _SMALL)
            or (is_unspaced(before) and _spelled(character))
        )
        if fresh and _sounds(text[ends[-1] : i]) and _sounds(text[i:]):
            opens = i
            while opens > ends[-1] and unicodedata.category(text[opens - 1]) in ("Ps", "Pi"):
                opens -= 1
            if _sounds(text[ends[-1] : opens]):
                ends.append(opens)
    parts = (text[first:last].strip() for first, last in pairwise((*ends, len(text))))
    return tuple(part for part in parts if part)


def syllables(word: str) -> float:
    """About how many syllables a word is sung in; at least 1.

    Groups of vowels where the script writes them, morae of kana, one for a Han or Hangul
    character, consonants without virama in Indic scripts, half the letters elsewhere: enough to
    share a line's time among its words, not to hyphenate them.
    """
    count = 0.0
    spelled = ""
    for character in unicodedata.normalize("NFD", word.lower()):
        if unicodedata.combining(character) or unicodedata.category(character) == "Mn":
            if "VIRAMA" in unicodedata.name(character, ""):
                count -= 1.0
            continue
        name = unicodedata.name(character, "")
        if is_unspaced(character):
            count += 0.0 if character in _SMALL else 1.0
        elif name.startswith("HANGUL"):
            count += 1.0 if "JUNGSEONG" in name or "SYLLABLE" in name else 0.0
        elif name.startswith(("LATIN", "GREEK", "CYRILLIC")):
            spelled += character
        elif character.isdigit():
            count += 1.0
        elif name.startswith(("ARABIC", "HEBREW", "THAI", "LAO", "KHMER", "MYANMAR")):
            count += 0.5 if character.isalpha() else 0.0
        elif character.isalpha():
            count += 1.0
    if spelled:
        vowels = len(_VOWELS.findall(spelled))
        if vowels > 1 and spelled.isascii() and _SILENT_E.search(spelled):
            vowels -= 1
        count += vowels
    return max(1.0, count)


def _sounds(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _spelled(character: str) -> bool:
    return character.isalnum() and not is_unspaced(character)
