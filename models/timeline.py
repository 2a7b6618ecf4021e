"""The edit decision list: `Cut`, `Timeline`. Integer frames, counted from the track's start."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from songreel.models.clip import Sha256
from songreel.models.document import Document, Frozen
from songreel.models.effect import EffectName, PlacedEffect, Setting
from songreel.models.money import Charge
from songreel.models.names import Inside
from songreel.models.overlay import Overlay
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import CutReason
from songreel.models.transition import Kind, TransitionKind
from songreel.models.units import Seconds, Unit

Frame = Annotated[int, Field(ge=0)]

Between = Literal["nearest", "blend", "flow"]


class Landing(Frozen):
    """How the motion of a shot's clip was laid onto the music. Frames are the film's."""

    accent: Seconds
    """The moment of the song, and …"""
    on: str
    """… what sounds there: `drop`, `section`, `downbeat`, `beat`, `kick` …"""
    peak: float
    """Frame of the film on which the clip's motion is at its height."""
    before: float
    """Frames from the accent to the nearest height of motion as the clip was planned …"""
    after: float
    """… and as it is shown; negative where it comes early. The accent's frame is the one that is
    on screen when it sounds."""
    slip: int = 0
    """Frames, at the film's rate, by which the clip is shown later (from further on in it)."""
    speed: Annotated[float, Field(gt=0)] = 1.0
    """Of the clip; of a ramp the speed at the accent."""


class Cut(Frozen):
    """One shot on the timeline: frames [start, end) of the film show the clip from `source`.

    `transition` is how it begins. One of `transition_frames` n spans film frames
    [start − n // 2, start − n // 2 + n); a flash [start, start + n).
    """

    shot: str
    start: Frame
    end: Frame
    target: Seconds
    """The musical moment the cut was planned for."""
    reason: CutReason
    clip: Inside
    """The clip's file, relative to the project."""
    clip_sha256: Sha256
    source: Frame
    """Frame of the clip, at the film's rate, shown at `start`."""
    retime: tuple[tuple[int, float], ...] = ()
    """(frames after `start`, frames of the clip after `source`) at the knots of a polyline that
    goes on beyond its ends; empty where the clip plays as it is."""
    between: Between = "nearest"
    """How a moment between two of the clip's pictures is shown: by the nearer one, by both laid
    over each other, or by what moves being moved (motion compensation)."""
    landing: Landing | None = None
    """Where a movement of the clip was made to meet the music."""
    focus: tuple[tuple[int, Unit, Unit], ...] = ()
    """(frames after `start`, across, down) of the point that the crop keeps in the picture, as
    shares of the clip's picture, at the knots of a polyline; empty for the middle."""
    effects: tuple[PlacedEffect, ...] = ()
    worn: tuple[EffectName, ...] = ()
    """Effects over the whole film that are in the clip's pictures already."""
    transition: Kind = TransitionKind.CUT
    transition_frames: Frame = 0
    transition_settings: Mapping[str, Setting] = Field(default_factory=dict)
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

    def shown(self, offset: int) -> float:
        """Frame of the clip, at the film's rate, that is shown `offset` frames after `start`."""
        if not self.retime:
            return self.source + offset
        return self.source + polyline([(knot[0], knot[1:]) for knot in self.retime], offset)[0]

    def focused(self, offset: int) -> tuple[float, float] | None:
        """Across and down of the point in focus there; None for the middle."""
        if not self.focus:
            return None
        first, last = self.focus[0][0], self.focus[-1][0]
        held = min(max(offset, first), last)
        across, down = polyline([(knot[0], knot[1:]) for knot in self.focus], held)
        return across, down


def polyline(knots: Sequence[tuple[int, tuple[float, ...]]], at: int) -> tuple[float, ...]:
    """Values at `at`, linear between knots and carried on beyond both ends; one knot holds."""
    if len(knots) == 1:
        return knots[0][1]
    i = min(max(bisect_right(knots, at, key=lambda knot: knot[0]) - 1, 0), len(knots) - 2)
    (a, low), (b, high) = knots[i], knots[i + 1]
    share = (at - a) / (b - a)
    return tuple(x + (y - x) * share for x, y in zip(low, high, strict=True))


class Timeline(Shows, Document):
    """The whole edit. Cuts tile frames [0, frames)."""

    shown_by: ClassVar[str] = "songreel.models.shown.plan:timeline"

    kind: ClassVar[str] = "songreel.timeline"
    version: ClassVar[int] = 1

    rate: Fraction
    width: Annotated[int, Field(gt=0, multiple_of=2)]
    height: Annotated[int, Field(gt=0, multiple_of=2)]
    frames: Annotated[int, Field(gt=0)]
    beat_locked: bool
    cuts: Annotated[tuple[Cut, ...], Field(min_length=1)]
    finish: tuple[PlacedEffect, ...] = ()
    """Effects over the whole film; their frames count from its start."""
    overlays: tuple[Overlay, ...] = ()
    """Words over the picture, in order of their start."""
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
