"""What a worker and its crew say to each other: one JSON object a message.

The worker connects back to the address in `SONGREEL_WORKER_ADDRESS` with the key in
`SONGREEL_WORKER_KEY` (`multiprocessing.connection`). The crew then sends `Load`, any number of
`Make` and `Cancel`; the worker answers with the rest. A connection that closes ends the worker.
"""

import os
from collections.abc import MutableMapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from songreel.generation.diffusion.book import Model
from songreel.generation.wire import Heard, Wire
from songreel.models.document import Frozen
from songreel.models.local import Effort
from songreel.models.units import Seconds, Unit

ADDRESS = "SONGREEL_WORKER_ADDRESS"
KEY = "SONGREEL_WORKER_KEY"


class Loading(Frozen):
    """What a crew tells a worker first, whatever the model."""

    devices: tuple[str, ...]
    """On which it may lie; empty: the worker looks for itself."""


class Making(Frozen):
    """What a crew asks of a worker, whatever is made."""

    id: str
    path: Path
    """Where the file is to be written."""


class Load(Loading):
    """Crew: this is the model; have it ready for clips up to this large."""

    kind: Literal["load"] = "load"
    model: Model
    width: int
    height: int
    frames: int
    cache: Path | None = None
    """Folder for what is dear to find out: weights built here, prompts, compiled code."""


class Make(Making):
    """Crew: make this clip and write it to `path`."""

    kind: Literal["make"] = "make"
    prompt: str
    negative: str = ""
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    frames: Annotated[int, Field(gt=0)]
    fps: Fraction
    steps: Annotated[int, Field(ge=1)]
    guidance: Annotated[float, Field(ge=0)]
    seed: int
    start: Path | None = None
    end: Path | None = None


class Cancel(Frozen):
    """Crew: that clip is not wanted any more."""

    kind: Literal["cancel"] = "cancel"
    id: str


class Hello(Frozen):
    """Worker: it is there."""

    kind: Literal["hello"] = "hello"
    pid: int


class Ready(Frozen):
    """Worker: the model is planned for; its weights are loaded with the first clip."""

    kind: Literal["ready"] = "ready"
    placement: str
    device: str
    ahead: Annotated[int, Field(ge=0)] = 0
    """Clips that may be sent before the one under way is done: it begins with the next one while
    it decodes this one."""


class Notice(Frozen):
    """Worker: something the user should know, whatever becomes of the clips."""

    kind: Literal["notice"] = "notice"
    text: str


class Progress(Frozen):
    """Worker: where a clip stands."""

    kind: Literal["progress"] = "progress"
    id: str
    text: str
    """`step 12 of 64`, `decoding`, `loading`."""
    share: Unit
    eta: Seconds | None = None


class Done(Frozen):
    """Worker: the file is at its path."""

    kind: Literal["done"] = "done"
    id: str
    effort: Effort


class Failed(Frozen):
    """Worker: there will be no file. Without an id the worker can make no clip at all."""

    kind: Literal["failed"] = "failed"
    id: str = ""
    text: str
    cause: Literal["cancelled", "clip", "input", "machine"]
    """`clip`: another one may do; `input` and `machine`: no clip can be made before a person has
    changed something."""


Order = Load | Make | Cancel
Answer = Hello | Ready | Notice | Progress | Done | Failed

ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def to_crew(environment: MutableMapping[str, str] = os.environ) -> Wire[Order]:
    """Connect to the crew that started this process, for clips (`dial`)."""
    return dial(ORDERS, environment)


def dial(
    orders: TypeAdapter[Heard], environment: MutableMapping[str, str] = os.environ
) -> Wire[Heard]:
    """Connect to the crew that started this process; nobody it starts is given the key.

    Args:
        orders: Reads what the crew says.
        environment: Of this process.

    Raises:
        OSError: The crew is gone.
        EOFError: So it is.
    """
    return Wire.dial(environment.pop(ADDRESS), environment.pop(KEY), orders)
