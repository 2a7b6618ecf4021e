"""Words for moods, and where they lie: `place`, `words_for` (the words are in `moods.toml`)."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import hypot
from types import MappingProxyType
from typing import NamedTuple

Place = tuple[float, float]
"""Valence and arousal, −1 to 1."""

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_MORE = {"very": 1.3, "extremely": 1.5, "deeply": 1.3, "really": 1.2, "slightly": 0.6,
         "somewhat": 0.7, "quietly": 0.8, "softly": 0.8, "a little": 0.6}  # fmt: skip
_ENDINGS = (("ly", ""), ("ness", ""), ("ily", "y"), ("iness", "y"), ("fully", "ful"),
            ("ically", "ic"), ("ing", ""), ("ed", ""), ("er", ""), ("y", "ious"))  # fmt: skip
_OTHERS = {
    "happiness": "happy", "joy": "joyful", "hope": "hopeful", "peace": "peaceful",
    "tension": "tense", "suspense": "suspenseful", "mystery": "mysterious", "sadness": "sad",
    "anger": "angry", "excitement": "excited", "adventure": "adventurous", "triumph": "triumphant",
    "energy": "energetic", "danger": "dangerous", "fear": "scary", "fearful": "scary",
    "melancholia": "melancholic", "romance": "romantic", "love": "loving", "wonder": "wondrous",
    "pride": "proud", "nostalgia": "nostalgic", "magic": "magical", "awe": "wondrous",
    "euphoria": "euphoric", "rage": "furious", "calming": "calm", "soothing": "peaceful",
    "mellowed": "mellow", "chilled": "chill", "thrilling": "exciting", "gripping": "tense",
    "action": "intense", "racing": "frantic", "inviting": "warm", "welcoming": "warm",
    "expectant": "hopeful", "homely": "cosy", "lonesome": "lonely", "scared": "scary",
}  # fmt: skip


class Placed(NamedTuple):
    """A text's words for moods."""

    mood: Place | None
    """Their mean; None where there is none that is known."""
    words: tuple[str, ...]
    """As written."""


@cache
def moods() -> Mapping[str, Place]:
    """Where each word lies."""
    raw = tomllib.loads(
        (files("songreel.prompting.score") / "moods.toml").read_text(encoding="utf-8")
    )
    return MappingProxyType({word: (float(v), float(a)) for word, (v, a) in raw.items()})


def place(text: str) -> Placed:
    """The mood that a text names, with words such as "very" counted in."""
    found: list[Place] = []
    words: list[str] = []
    tokens = _WORD.findall(text.lower())
    for before, word in zip(["", *tokens], tokens, strict=False):
        known = _known(word)
        if known is None:
            continue
        v, a = moods()[known]
        by = _MORE.get(before, 1.0)
        found.append((_within(v * by), _within(a * by)))
        words.append(word)
    if not found:
        return Placed(None, ())
    v, a = (sum(axis) / len(found) for axis in zip(*found, strict=True))
    return Placed((v, a), tuple(words))


def words_for(mood: Place, count: int = 2) -> tuple[str, ...]:
    """The words nearest to a place, the nearest first; they differ in more than their ending."""
    v, a = mood
    ranked = sorted(_SAID, key=lambda w: (round(hypot(moods()[w][0] - v, moods()[w][1] - a), 6), w))
    return tuple(ranked[:count])


_SAID = (
    "calm", "serene", "tender", "warm", "hopeful", "uplifting", "playful", "joyful", "euphoric",
    "triumphant", "energetic", "driving", "intense", "frantic", "aggressive", "tense", "ominous",
    "dark", "mysterious", "melancholic", "sad", "lonely", "solemn", "nostalgic", "dreamy", "bright",
    "majestic", "adventurous", "contemplative", "eerie",
)  # fmt: skip
"""Words of stock music catalogues, which MusicGen learned from."""


def _known(word: str) -> str | None:
    """The word as the table has it."""
    if word in moods():
        return word
    if word in _OTHERS:
        return _OTHERS[word]
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending) + instead if word.endswith(ending) else ""
        if len(stem) > 2 and stem in moods():
            return stem
    return None


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))
