"""How a film is cut, as data: `Style`, and what sections of one `Function` ask of the edit."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from songreel.models.document import Frozen
from songreel.models.music import SectionLabel

Positive = Annotated[float, Field(gt=0)]
SLOWEST, FASTEST = 0.5, 2.0
"""Ends of the density slider. At twice the cuts a chorus of one bar a shot is cut on every second
beat, and little is left of the pattern; at half, verses hold for phrases."""


class Function(Frozen):
    """What a section of one label asks of the edit."""

    bars: tuple[Positive, Positive]
    """Mean shot in bars, at its calmest and at its most energetic."""
    hold: Positive
    """Longest shot, seconds."""


class Style(Frozen):
    """How densely a film is cut, against the figures of the craft."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    about: str
    length: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    """Multiplies every wanted shot length."""
    contrast: Annotated[float, Field(ge=0, le=4)] = 1.0
    """How far energy moves the length: 0 not at all, 1 as the figures of the craft have it."""
    density: Annotated[float, Field(ge=SLOWEST, le=FASTEST)] = 1.0
    """The slider: cuts against those of the style as it stands."""
    shortest: Annotated[float, Field(ge=0.1, le=30)] | None = None
    """Seconds of the shortest shot, where that is more than eyes need."""
    longest: Annotated[float, Field(ge=0.5, le=600)] | None = None
    """Seconds of the longest shot, where that is less than the craft's longest hold."""
    function: Annotated[dict[SectionLabel, Function], Field(default_factory=dict)]
    """What sections ask for, where it is not what they usually do."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        # What is longer than the longest shot has to be divided into two that are long enough.
        if self.shortest and self.longest and self.longest < 2 * self.shortest:
            raise ValueError(
                f"the longest shot ({self.longest:g} s) must last at least twice as long as the "
                f"shortest ({self.shortest:g} s)"
            )
        return self

    def __hash__(self) -> int:
        # Plans are keys of caches; a dictionary alone has no hash.
        return hash(self.model_dump_json())

    @property
    def scale(self) -> float:
        """Multiplies every wanted shot length: the style's own, and the slider."""
        return self.length / self.density
