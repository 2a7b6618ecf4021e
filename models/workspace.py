"""What a workspace keeps of projects: `ProjectEntry`, `AssetEntry`, `PlanVersion`, `TrailEntry`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.money import Usd

Count = Annotated[int, Field(ge=0)]
ProjectId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""The id in `project.json`, under which the ledger knows the project too."""

Bounded = Literal["project", "plan", "analysis", "take", "job"]
"""What may refer to an asset; an asset that nothing refers to is collected."""


class ProjectEntry(Frozen):
    """A project that the workspace knows; the folder is the project, this is where it lies."""

    id: ProjectId
    title: str
    folder: str
    """Absolute."""
    song: str
    """The song's file name."""
    song_sha256: Sha256
    made: AwareDatetime
    opened: AwareDatetime
    """When it was last worked on (UTC)."""
    there: bool = True
    """Whether the folder holds this project just now: folders are moved and deleted."""


class AssetEntry(Frozen):
    """A file in the store, known by its content."""

    sha256: Sha256
    size: Count
    """Bytes."""
    media_type: str
    """`audio/flac`, `video/mp4`, `application/json` …, found by content, never by a name."""
    name: str
    """What it was called when it was put in; for people, never a path."""
    at: AwareDatetime
    used: Count = 0
    """How many things refer to it."""


class PlanVersion(Frozen):
    """A plan as it was, or became; versions are only ever added."""

    project: ProjectId
    number: Annotated[int, Field(ge=1)]
    at: AwareDatetime
    actor: str
    """`cli`, `studio`, `rest`, `notebook`."""
    what: str
    """The change in words, as the command's options: `--move s08=17:3`."""
    plan_sha256: Sha256
    """The document, an asset."""


class TrailEntry(Frozen):
    """A line of the audit trail; lines are only ever added."""

    id: int
    at: AwareDatetime
    actor: str
    action: Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z-]+)+$")]
    """`project.made`, `plan.changed`, `job.ended`, `clip.bought`, `asset.stored` …"""
    project: str = ""
    subject: str = ""
    """What it was done to: a job, a shot, an asset."""
    detail: Mapping[str, JsonValue] = {}
    """Never a key or a token."""
    usd: Usd | None = None
    """What generation or storage cost."""
    stored: int | None = None
    """Bytes that the store gained, negative where it lost some."""
