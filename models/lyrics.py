"""What is sung and when: `Lyrics` and their lines."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.syllables import sung_parts, syllables
from songreel.models.units import Seconds, Unit

HELD = 1.0
"""Seconds for which a word whose end nobody wrote down may be held after its last syllable."""
SLOWEST = 0.5
"""Seconds a syllable, sung slowly: two a second, as the ends of lines are taken too."""


class Word(Frozen):
    """One word of a line and when it is sung."""

    start: Seconds
    text: str
    end: Seconds | None = None
    """Where the file says it; else the next word's start is near enough."""


class WordSpan(Frozen):
    """A word, or a character of a script without spaces, sung over [start, end) seconds."""

    start: Seconds
    end: Seconds
    text: str
    estimated: bool
    """Shared out of the line's time by syllables; the file has no time for it."""
    line: int
    """Index of its line."""


class Line(Frozen):
    """One line. In a file without times both ends are None."""

    text: Annotated[str, Field(min_length=1)]
    start: Seconds | None = None
    end: Seconds | None = None
    words: tuple[Word, ...] = ()
    """With times of their own, where the file has them."""
    stanza: Annotated[int, Field(ge=0)] = 0
    """Counted from 0; a blank line begins a new one."""
    label: str = ""
    """What the file calls the stanza: "chorus", "verse 2"."""

    def spans(self) -> tuple[tuple[float, float, str], ...]:
        """(start, end, text) seconds of its words; empty without times.

        Words without times of their own share the line by their syllables.
        """
        if self.start is None or self.end is None:
            return ()
        if not self.words:
            return _shared(self.text, self.start, self.end)
        found: list[tuple[float, float, str]] = []
        for i, word in enumerate(self.words):
            following = self.words[i + 1].start if i + 1 < len(self.words) else self.end
            held = word.start + SLOWEST * syllables(word.text) + HELD
            end = word.end if word.end is not None else min(held, max(following, word.start + 0.05))
            found.append((word.start, max(end, word.start), word.text))
        return tuple(found)


class Lyrics(Frozen):
    """The words of a song."""

    source: str
    """Name of the file."""
    form: Literal["lrc", "srt", "vtt", "times", "text"]
    """`times` is text whose rows begin with one, as in "1:23 words"."""
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    trust: Unit
    """That the words are sung when the lines say so: 0.9 with times, 0.3 without."""
    notices: tuple[str, ...] = ()
    """What was left out or guessed, a sentence each."""

    @property
    def timed(self) -> bool:
        """Whether the file has times."""
        return self.form != "text"

    @cached_property
    def _spans(self) -> tuple[WordSpan, ...]:
        if not self.timed:
            return ()
        spans = [
            WordSpan(start=start, end=end, text=text, estimated=not line.words, line=i)
            for i, line in enumerate(self.lines)
            for start, end, text in line.spans()
        ]
        return tuple(sorted(spans, key=lambda span: span.start))

    def word_spans(self) -> tuple[WordSpan, ...]:
        """Every word and when it is sung, in order of start; empty for text without times.

        Spans of one line do not overlap; those of two voices may.
        """
        return self._spans


def _shared(text: str, start: float, end: float) -> tuple[tuple[float, float, str], ...]:
    """The words of a line, each with its part of the line's time."""
    parts = sung_parts(text)
    weights = [syllables(part) for part in parts]
    unit = (end - start) / sum(weights)
    spans: list[tuple[float, float, str]] = []
    passed = 0.0
    for part, weight in zip(parts, weights, strict=True):
        spans.append((start + unit * passed, start + unit * (passed + weight), part))
        passed += weight
    return tuple(spans)
