"""What routes are given: the workspace, a project that exists, numbers that are bounded."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from songreel.models.errors import InvalidInput
from songreel.models.workspace import ProjectEntry
from songreel.project import Project
from songreel.web.errors import Refused
from songreel.web.safety.safety import Safety
from songreel.workspace import Workspace

ID = r"^[0-9a-f]{32}$"
SHOT = r"^[a-z0-9][a-z0-9-]{0,63}$"
SHA256 = r"^[0-9a-f]{64}$"
MOST = 2**62
"""Ids and counts beyond it are none: databases keep 64 bits."""


def _workspace(request: Request) -> Workspace:
    found: Workspace = request.app.state.workspace
    return found


def _safety(request: Request) -> Safety:
    found: Safety = request.app.state.safety
    return found


Here = Annotated[Workspace, Depends(_workspace)]
Guard = Annotated[Safety, Depends(_safety)]
ProjectPath = Annotated[str, Path(pattern=ID, description="Id of the project.")]
Number = Annotated[int, Query(ge=0, le=MOST)]


def entry_of(here: Here, project: ProjectPath) -> ProjectEntry:
    """What is known of a project; 404 of one that is not known."""
    try:
        return here.projects.find(project)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.project") from error


Entry = Annotated[ProjectEntry, Depends(entry_of)]


def opened(here: Here, entry: Entry) -> Project:
    """The project's folder; 404 where it is gone."""
    try:
        return here.projects.open(entry.id)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.project") from error


Opened = Annotated[Project, Depends(opened)]
