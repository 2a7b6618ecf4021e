"""What a person does to a plan by hand: `PlanEdit`, one object an edit."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.grid_change import GridChange
from songreel.models.storyboard import Anchor
from songreel.models.transition import Transition

ShotId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Snap = Literal["phrase", "bar", "beat", "half", "off"]
"""To what a cut that is dragged goes: the nearest such moment of the grid."""


class MoveCut(Frozen):
    """A shot begins at another moment."""

    kind: Literal["move"] = "move"
    shot: ShotId
    at: Anchor


class SplitShot(Frozen):
    """A new shot begins at a moment, inside the one that is there."""

    kind: Literal["split"] = "split"
    at: Anchor


class MergeShots(Frozen):
    """Shots go into the ones before them."""

    kind: Literal["merge"] = "merge"
    shots: Annotated[tuple[ShotId, ...], Field(min_length=1)]


class LockShots(Frozen):
    """Shots stay when the film is planned anew, or do not any more."""

    kind: Literal["lock"] = "lock"
    shots: Annotated[tuple[ShotId, ...], Field(min_length=1)]
    locked: bool = True


class SetTransition(Frozen):
    """How a shot begins."""

    kind: Literal["transition"] = "transition"
    shot: ShotId
    transition: Transition


class EditPrompt(Frozen):
    """What a shot's model is told. None leaves it."""

    kind: Literal["prompt"] = "prompt"
    shot: ShotId
    prompt: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    negative: Annotated[str, Field(max_length=20_000)] | None = None


class SetSource(Frozen):
    """Where a shot's clip comes from; None: where the film's do."""

    kind: Literal["source"] = "source"
    shot: ShotId
    source: str | None = None


class UseTake(Frozen):
    """Which take a shot shows; None: the one the plan asks for."""

    kind: Literal["take"] = "take"
    shot: ShotId
    take: str | None = None


class CorrectGrid(Frozen):
    """The beats and bars are put right, and the plan moves with them."""

    kind: Literal["grid"] = "grid"
    change: GridChange


PlanEdit = (
    MoveCut
    | SplitShot
    | MergeShots
    | LockShots
    | SetTransition
    | EditPrompt
    | SetSource
    | UseTake
    | CorrectGrid
)
