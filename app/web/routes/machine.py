"""The machine and the workspace: what is there, what is missing, who did what."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

import songreel
from songreel.models.document import Frozen
from songreel.models.workspace import TrailEntry
from songreel.web.routes.here import ID, Guard, Here, Number

router = APIRouter(prefix="/api", tags=["machine"])


class About(Frozen):
    """This studio."""

    songreel: str
    """Its version."""
    workspace: str
    upload_limit: int
    """Bytes."""
    token: bool
    """Whether it asks for one."""
    remote: bool
    """Whether people of other machines can reach it."""


class CheckRow(Frozen):
    """Something that songreel needs, or can use."""

    name: str
    ok: bool
    detail: str
    needed: bool


class KeyState(Frozen):
    """A key of a service. What it is is never told."""

    service: str
    set: bool
    where: str
    """Why it cannot be used, or where it goes; empty where it is set."""


@router.get("/about")
def about(here: Here, guard: Guard) -> About:
    """Which songreel this is, and how it is guarded."""
    return About(
        songreel=songreel.__version__,
        workspace=str(here.settings.workspace.absolute()),
        upload_limit=guard.upload_limit,
        token=guard.token is not None,
        remote=guard.remote,
    )


@router.get("/doctor")
def examine_machine(here: Here) -> tuple[CheckRow, ...]:
    """Whether this machine has what songreel needs."""
    from dataclasses import asdict

    from songreel.doctor import examine

    return tuple(CheckRow.model_validate(asdict(check)) for check in examine(here.settings))


@router.get("/keys")
def list_keys() -> tuple[KeyState, ...]:
    """Which services' keys are set; never what they are."""
    from typing import get_args

    from songreel.generation.hosted.keys import Service, key
    from songreel.models.errors import InvalidInput

    found = []
    for service in get_args(Service):
        try:
            key(service)
        except InvalidInput as error:
            found.append(KeyState(service=service, set=False, where=str(error)))
        else:
            found.append(KeyState(service=service, set=True, where=""))
    return tuple(found)


@router.get("/trail")
def list_trail(
    here: Here,
    project: Annotated[str | None, Query(pattern=ID)] = None,
    since: AwareDatetime | None = None,
    action: Annotated[
        str | None, Query(pattern=r"^[a-z]+(\.[a-z-]+)*$", max_length=64, description="`plan`, "
                          "`job.ended` …")
    ] = None,
    after: Number = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> tuple[TrailEntry, ...]:  # fmt: skip
    """Who did what: the latest lines, oldest first."""
    return here.trail.entries(project, since, limit, action=action, after=after)
