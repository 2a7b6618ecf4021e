"""What the pool, its workers and its films say to each other: one JSON object a message.

Processes connect to the pool's socket (`multiprocessing.connection`) by the address and key in
their environment.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from songreel.generation.farm.dispatch import Update
from songreel.generation.farm.order import ClipOrder, Made
from songreel.generation.wire import Wire
from songreel.models.clip import JobState
from songreel.models.document import Frozen
from songreel.models.errors import MachineError

ADDRESS = "SONGREEL_FARM_ADDRESS"
KEY = "SONGREEL_FARM_KEY"


class Hello(Frozen):
    """Anybody: first of all, who it is."""

    kind: Literal["hello"] = "hello"
    role: Literal["worker", "film"]
    name: str
    pid: int = Field(default_factory=os.getpid)


class Ordered(Frozen):
    """Film to pool to worker: this clip."""

    kind: Literal["ordered"] = "ordered"
    order: ClipOrder


class Withdrawn(Frozen):
    """Film to pool to worker: not that clip any more."""

    kind: Literal["withdrawn"] = "withdrawn"
    key: str


class News(Frozen):
    """Pool to film: where a clip stands."""

    kind: Literal["news"] = "news"
    update: Update


class Slots(Frozen):
    """Worker: how many clips it wants at a time."""

    kind: Literal["slots"] = "slots"
    count: int


class Progress(Frozen):
    """Worker: a clip is under way."""

    kind: Literal["progress"] = "progress"
    key: str
    state: JobState


class Finished(Frozen):
    """Worker: a clip is made and kept."""

    kind: Literal["finished"] = "finished"
    made: Made


class Failed(Frozen):
    """Worker: a clip cannot be made."""

    kind: Literal["failed"] = "failed"
    key: str
    reason: str
    machine: bool
    """Not there; elsewhere it may."""


class Said(Frozen):
    """Between a film and whoever runs it; the pool passes it on unread."""

    kind: Literal["said"] = "said"
    body: Mapping[str, JsonValue]


Message = Hello | Ordered | Withdrawn | News | Slots | Progress | Finished | Failed | Said

MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def to_pool(hello: Hello, environment: Mapping[str, str] = os.environ) -> Wire[Message]:
    """Connect to the pool that started this process.

    Raises:
        MachineError: There is none, or it is gone.
    """
    try:
        wire = Wire.dial(environment[ADDRESS], environment[KEY], MESSAGES)
        wire.send(hello)
    except (KeyError, OSError, EOFError) as error:
        raise MachineError("the songreel that started this process is not there") from error
    return wire
