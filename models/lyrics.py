"""What is sung and when: `Lyrics` and their lines."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Seconds, Unit


class Word(Frozen):
    """One word of a line and when it is sung."""

    start: Seconds
    text: str


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


class Lyrics(Frozen):
    """The words of a song."""

    source: str
    """Name of the file."""
    form: Literal["lrc", "srt", "vtt", "text"]
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    trust: Unit
    """That the words are sung when the lines say so: 0.9 with times, 0.3 without."""
    notices: tuple[str, ...] = ()
    """What was left out or guessed, a sentence each."""

    @property
    def timed(self) -> bool:
        """Whether the file has times."""
        return self.form != "text"
