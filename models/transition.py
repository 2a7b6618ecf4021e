"""How a shot begins: `Transition`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from songreel.models.document import Frozen
from songreel.models.effect import Setting


class TransitionKind(StrEnum):
    """The kinds that come with songreel; packages may bring others, under names of their own."""

    CUT = "cut"
    FLASH = "flash"
    """This shot begins in light that dies away."""
    CROSSFADE = "crossfade"
    WIPE = "luma wipe"
    """The new shot comes through, the bright parts of the old one (or of a pattern) first."""
    DIP = "dip"
    """Through black: the shot before goes down, this one comes up."""
    WHIP = "whip"
    """The camera tears away from one shot and comes to rest on the next."""
    ZOOM_BLUR = "zoom blur"
    """The camera dives out of one shot into the next."""


def _known(value: Any) -> Any:
    if isinstance(value, str) and value in set(TransitionKind):
        return TransitionKind(value)
    return value


Kind = Annotated[
    TransitionKind | Annotated[str, Field(pattern=r"^[a-z][a-z0-9 :_-]*$")], BeforeValidator(_known)
]
"""A `TransitionKind`, or the name of a transition that another package brings."""

AT_ONCE = (TransitionKind.CUT, TransitionKind.FLASH)
"""The first frame is of the new shot alone: a cut that can be told to the frame."""
_IN_TURN = (*AT_ONCE, TransitionKind.DIP, TransitionKind.WHIP, TransitionKind.ZOOM_BLUR)


def overlaps(kind: Kind) -> bool:
    """Whether both shots are seen at once, so that their clips need handles beyond the cut.

    It is so for every kind that another package brings.
    """
    return kind not in _IN_TURN


class Transition(Frozen):
    """How a shot begins, and over how many seconds (0 for a cut).

    All but a flash, which begins on it, are centred on the cut.
    """

    kind: Kind = TransitionKind.CUT
    seconds: Annotated[float, Field(ge=0, le=4)] = 0.0
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """The transition's own, by name: a whip's `way`, a wipe's `pattern`."""

    @model_validator(mode="after")
    def _timed(self) -> Self:
        if (self.kind is TransitionKind.CUT) != (self.seconds == 0):
            raise ValueError(f"a {self.kind} cannot last {self.seconds} s")
        return self
