"""What the runner must know of a source to serve it: `Traits`."""

from typing import Annotated

from pydantic import Field

from songreel.models.document import Frozen


class Traits(Frozen):
    """What the runner must know of a source to serve it."""

    local: bool
    """Works on this machine: a job dies with the process and is made again."""
    hears_music: bool
    """Its pictures follow `ClipRequest.drive`."""
    costs_money: bool
    deterministic: bool
    """The same request gives the same bytes."""
    max_concurrent: Annotated[int, Field(ge=1)]
    """Jobs it works on at a time, over all models of the same service."""
    dialect: str = "plain"
    """How its prompts want to be worded."""
    takes_start: bool = False
    takes_end: bool = False
    """Whether it uses `ClipRequest.start` and `end`."""
    final: bool = False
    """Its clips come as the film shows them (`ClipRequest.final`), so that they can be copied."""
    patient: bool = False
    """A server of the user's own that keeps its own time: a slow queue there is no reason to
    break a job off."""
