"""Work that waits in the queue or is being done: `QueuedJob`, `JobEvent`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from songreel.models.document import Frozen
from songreel.models.units import Unit
from songreel.models.work import AnyWork

JobState = Literal["waiting", "paused", "working", "done", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})


class QueuedJob(Frozen):
    """A piece of work and where it stands."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    project: str = ""
    """Id of the project it works on; empty for work on none."""
    work: AnyWork
    actor: str = ""
    """Who asked for it: `cli`, `studio`, `rest`, `notebook`."""
    state: JobState = "waiting"
    place: float = 0.0
    """In the queue: the lowest goes first."""
    attempts: Annotated[int, Field(ge=0)] = 0
    """Times it was taken up; the number is what its worker shows that it still holds it by."""
    crashes: Annotated[int, Field(ge=0)] = 0
    """Times in a row that its process ended without a word and without getting any further."""
    after: AwareDatetime | None = None
    """Waits until then at least: its project was busy."""
    worker: str = ""
    wish: Literal["", "pause", "cancel"] = ""
    """What its worker was asked to do and has not done yet."""
    doing: str = ""
    """What is being done, in a few words."""
    progress: Unit = 0.0
    """Of the whole job."""
    eta: float | None = None
    """Seconds left, as far as that can be told."""
    error: str = ""
    """Why it failed, one sentence."""
    result: Mapping[str, JsonValue] = {}
    made: AwareDatetime
    began: AwareDatetime | None = None
    heard: AwareDatetime | None = None
    """When its worker was last heard of."""
    ended: AwareDatetime | None = None


class JobEvent(Frozen):
    """Something that happened to a job. Ids grow over the whole workspace."""

    id: int
    job: str
    project: str = ""
    at: AwareDatetime
    kind: Literal["state", "progress", "found", "notice"]
    """`state`: `data` is the job; `progress`: doing, progress, eta; `found`: a part of an analysis
    as soon as it is heard, `data` has `part` and `value`; `notice`: a sentence."""
    data: Mapping[str, JsonValue] = {}
