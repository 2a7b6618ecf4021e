"""Words over the picture: `Title` and `CaptionStyle` in the plan, `Overlay` on the timeline."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.units import Seconds, Unit

OverlayKind = Literal["caption", "title", "end"]
Place = Literal["bottom", "middle", "top"]


class CaptionStyle(Frozen):
    """How sung lines are set."""

    karaoke: bool = True
    """Whether what is sung is lit: word by word where words have times, else sweeping over the
    line as its syllables are estimated."""
    size: Annotated[float, Field(gt=0.01, le=0.2)] = 0.06
    """Height of the type (its em) as a share of the picture's short side."""
    place: Place = "bottom"
    font: str | None = None
    """A font file of the user's; None for the one that ships."""


class Title(Frozen):
    """A card at the beginning or the end."""

    kind: Literal["title", "end"]
    text: Annotated[str, Field(min_length=1)]
    detail: str = ""
    """A second, smaller line: the artist, say."""
    start: Seconds
    seconds: Annotated[float, Field(gt=0, le=30)]


class FontFile(Frozen):
    """A font outside of songreel, known by its content."""

    file: str
    """Absolute path."""
    index: Annotated[int, Field(ge=0)] = 0
    """Of the font within a collection."""
    sha256: str


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
    """Line breaks in it are kept; others are set where the picture's width asks for them."""
    detail: str = ""
    words: tuple[TimedWord, ...] = ()
    """Of a caption with karaoke highlight; pieces of `text` in order."""
    sung: int | None = None
    """Frame on which the last of the words has been sung."""
    swept: bool = False
    """The words' times are estimated: the light sweeps over the line instead of leaping."""
    style: CaptionStyle = CaptionStyle()
    colours: tuple[tuple[Unit, Unit, Unit], ...] = ()
    """sRGB of text, highlight and shade, chosen from the film's palette; empty for white."""
    fonts: tuple[FontFile, ...] = ()
    """Asked in turn for what the fonts before lack; the user's own comes before ours."""

    def shifted(self, by: int) -> "Overlay":
        """The same, `by` frames later: for pieces of the film that count their own frames."""
        words = tuple(w.model_copy(update={"start": w.start + by}) for w in self.words)
        sung = None if self.sung is None else self.sung + by
        update = {"start": self.start + by, "end": self.end + by, "words": words, "sung": sung}
        return self.model_copy(update=update)
