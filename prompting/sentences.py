"""Sentences made of phrases, and how a text is brought within a model's limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen

Count = Annotated[int, Field(ge=0)]

TOKENS_PER_WORD = 1.45
"""Tokens of a T5 or CLIP tokenizer a word of English prose, on the safe side: plain English is
near 1.3, and rare words ("turquoise", "halation") are split."""


class Limits(Frozen):
    """How long a prompt may be; 0 where a model sets no limit."""

    words: Count = 0
    characters: Count = 0
    tokens: Count = 0
    least: Count = 0
    """Words under which the model does poorly."""
    negative: Count = 0
    """Characters of a negative prompt."""

    def holds(self, text: str) -> bool:
        """Whether `text` is not too long."""
        return all(
            limit == 0 or size <= limit
            for size, limit in (
                (count_words(text), self.words),
                (len(text), self.characters),
                (count_tokens(text), self.tokens),
            )
        )


def count_words(text: str) -> int:
    """Words as a person counts them."""
    return len(re.findall(r"[\w'’-]+", text))


def count_tokens(text: str) -> int:
    """Tokens that `text` has at most, estimated from its words and marks."""
    return round(count_words(text) * TOKENS_PER_WORD) + len(re.findall(r"[^\w\s'’-]", text))


_DETERMINERS = frozenset(
    ("a", "an", "the", "one", "two", "three", "some", "many", "every", "each", "this", "its")
)


@dataclass(frozen=True)
class Phrase:
    """A part of a sentence. The higher its rank, the sooner it is left out; 0 always stays."""

    text: str
    rank: int = 0
    joint: str = ", "
    """What joins it to the phrase before."""


Sentence = Sequence[Phrase]


def told(sentences: Sequence[Sentence], limits: Limits) -> str:
    """The text of `sentences`, whole phrases left out until it is within `limits`.

    A sentence whose first phrase is left out goes with it. What always stays may still be too
    long: then the limits are not met, which the lint says.
    """
    kept = [[p for p in sentence if p.text.strip()] for sentence in sentences]
    text = _joined(kept)
    while not limits.holds(text):
        highest = max((p.rank for sentence in kept for p in sentence), default=0)
        if highest == 0:
            break
        # The last of the least important goes first.
        at = max(i for i, s in enumerate(kept) if any(p.rank == highest for p in s))
        place = max(j for j, p in enumerate(kept[at]) if p.rank == highest)
        kept[at] = [] if place == 0 else kept[at][:place] + kept[at][place + 1 :]
        text = _joined(kept)
    return text


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(_sentence(sentence) for sentence in sentences if sentence)


def _sentence(sentence: Sentence) -> str:
    text = _bare(sentence[0]) + "".join(p.joint + _bare(p) for p in sentence[1:])
    return capital(text) + ("" if text.endswith((".", "!", "?", "]")) else ".")


def _bare(phrase: Phrase) -> str:
    return phrase.text.strip().rstrip(".")


def article(noun: str) -> str:
    """`noun` with "a" or "an" before it, unless it has a determiner of its own."""
    first = re.split(r"[\s-]", noun, maxsplit=1)[0].lower()
    if not first or first in _DETERMINERS:
        return noun
    vowel = first[:1] in "aeiou" and not first.startswith(("one", "uni", "use", "eu"))
    vowel = vowel or first.startswith(("hour", "honest", "heir", "8", "11", "18"))
    return f"{'an' if vowel else 'a'} {noun}"


def capital(text: str) -> str:
    """`text` with its first letter large."""
    return text[:1].upper() + text[1:]
