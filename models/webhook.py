"""Who is told of jobs from outside: `Webhook`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from songreel.models.document import Frozen

Told = Literal["state", "progress", "found", "notice"]
"""Kinds of events; of progress and findings only those are told that are still news."""


class Webhook(Frozen):
    """An address to which events of jobs are posted, each signed with its secret."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    url: str
    kinds: tuple[Told, ...] = ("state",)
    private: bool = False
    """Whether it may lead into a private network: only where a local user has said so."""
    state: Literal["on", "disabled"] = "on"
    """It is disabled when nothing could be delivered for days, or its server says it is gone."""
    told: int = 0
    """The last event that was delivered."""
    failures: Annotated[int, Field(ge=0)] = 0
    """In a row."""
    failing: AwareDatetime | None = None
    """Since when."""
    after: AwareDatetime | None = None
    """When it is tried again."""
    error: str = ""
    """Why the last delivery failed."""
    at: AwareDatetime
