"""Words over the picture: `Title` and `CaptionStyle` in the plan, `Overlay` on the timeline."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Seconds, Unit

OverlayKind = Literal["caption", "title", "end"]


class CaptionStyle(Frozen):
    """How sung lines are set."""

    karaoke: bool = True
    """Whether the word that is sung is lit; without times of words the line is lit evenly."""
    size: Annotated[float, Field(gt=0.01, le=0.2)] = 0.055
    """Height of a capital's line, as a share of the picture's short side."""
    place: Literal["bottom", "middle", "top"] = "bottom"
    font: str | None = None
    """A font file of the user's; None for the one that ships."""


class Title(Frozen):
    """A card at the beginning or the end."""

    kind: Literal["title", "end"]
    text: str
    detail: str = ""
    """A second, smaller line: the artist, say."""
    start: Seconds
    seconds: Annotated[float, Field(gt=0, le=30)]


class TimedWord(Frozen):
    """A word of a line and the film frame on which it begins to be sung."""

    start: int
    text: str


class Overlay(Frozen):
    """Words shown on film frames [start, end)."""

    kind: OverlayKind
    start: int
    end: int
    text: str
    detail: str = ""
    words: tuple[TimedWord, ...] = ()
    """Of a caption with karaoke highlight; they make up `text`."""
    style: CaptionStyle = CaptionStyle()
    colours: tuple[tuple[Unit, Unit, Unit], ...] = ()
    """sRGB of text, highlight and shade, chosen from the film's palette; empty for white."""

    def shifted(self, by: int) -> "Overlay":
        """The same, `by` frames later: for pieces of the film that count their own frames."""
        words = tuple(w.model_copy(update={"start": w.start + by}) for w in self.words)
        update = {"start": self.start + by, "end": self.end + by, "words": words}
        return self.model_copy(update=update)
