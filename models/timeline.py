"""The edit decision list: `Cut`, `Timeline`. Integer frames, counted from the track's start."""

from fractions import Fraction
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.money import Charge
from songreel.models.storyboard import CutReason, TransitionKind
from songreel.models.units import Seconds

Frame = Annotated[int, Field(ge=0)]


class Cut(Frozen):
    """One shot on the timeline: frames [start, end) of the film show the clip from `source`.

    `transition` is how it begins. A cross-fade or dip of `transition_frames` n spans film frames
    [start − n // 2, start − n // 2 + n); a flash [start, start + n).
    """

    shot: str
    start: Frame
    end: Frame
    target: Seconds
    """The musical moment the cut was planned for."""
    reason: CutReason
    clip: str
    """The clip's file, relative to the project."""
    clip_sha256: Sha256
    source: Frame
    """Frame of the clip, at the film's rate, shown at `start`."""
    transition: TransitionKind = TransitionKind.CUT
    transition_frames: Frame = 0
    substitution: str | None = None
    provider: str = ""
    """Who made the clip; empty in timelines from before it was told."""
    cost: Charge | None = None
    """What was paid for the clip, told at one of the shots that show something of it."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"shot {self.shot}: no frame between {self.start} and {self.end}")
        return self


class Timeline(Document):
    """The whole edit. Cuts tile frames [0, frames)."""

    kind: ClassVar[str] = "songreel.timeline"
    version: ClassVar[int] = 1

    rate: Fraction
    width: Annotated[int, Field(gt=0, multiple_of=2)]
    height: Annotated[int, Field(gt=0, multiple_of=2)]
    frames: Annotated[int, Field(gt=0)]
    beat_locked: bool
    cuts: Annotated[tuple[Cut, ...], Field(min_length=1)]
    notices: tuple[str, ...] = ()
    """What had to be moved or shortened, a sentence each."""

    @model_validator(mode="after")
    def _tiles(self) -> Self:
        at = 0
        for cut in self.cuts:
            if cut.start != at:
                raise ValueError(f"shot {cut.shot} starts at frame {cut.start}, expected {at}")
            at = cut.end
        if at != self.frames:
            raise ValueError(f"the cuts end at frame {at}, the film has {self.frames}")
        return self
