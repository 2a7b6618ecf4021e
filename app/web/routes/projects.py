"""Projects: made of uploaded songs, listed, renamed, forgotten, packed: `/api/projects`."""

import shutil
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import Field

from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.render import RenderSpec
from songreel.models.workspace import ProjectEntry
from songreel.web.errors import Refused
from songreel.web.routes.here import ID, Entry, Guard, Here, Opened
from songreel.web.safety.receiving import receive
from songreel.web.serving import RANGES, gone, serve

router = APIRouter(prefix="/api", tags=["projects"])

Title = Annotated[str, Field(min_length=1, max_length=120)]


class NewProject(Frozen):
    """A project that is to be made."""

    song: Sha256
    """The song, as it was uploaded."""
    title: Title | None = None
    """None: as the song's file is called. What no file can be called is left out of it."""


class Rename(Frozen):
    """Another title."""

    title: Title


class ProjectState(Frozen):
    """A project, its settings and what is there of it."""

    entry: ProjectEntry
    spec: RenderSpec
    visuals: str
    """Where its clips come from."""
    stand_ins: tuple[str, ...]
    tracker: str
    octave: str
    grade: str
    heard: bool
    """Whether its song was heard."""
    planned: bool
    filmed: bool
    """Whether it was cut."""


class Unpacked(Frozen):
    """A project out of an archive."""

    project: ProjectEntry
    notices: tuple[str, ...]
    """What the archive named and did not hold."""


@router.get("/projects")
def list_projects(
    here: Here,
    after: Annotated[
        str | None,
        Query(pattern=ID, description="Those that come after this one: the last that was told."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> tuple[ProjectEntry, ...]:
    """Projects, the one that was worked on last first, page by page.

    The next page is asked for with the id of the last of this one, until fewer than `limit` come.
    """
    try:
        return here.projects.all(limit, after=after)
    except InvalidInput as error:
        raise Refused(404, str(error), "query.after") from error


@router.post("/projects", status_code=201)
def create_project(here: Here, wanted: NewProject, response: Response) -> ProjectEntry:
    """Make a project of a song that was uploaded."""
    try:
        entry = here.assets.get(wanted.song)
    except InvalidInput as error:
        raise Refused(422, str(error), "body.song") from error
    if not entry.media_type.startswith(("audio/", "video/")):
        raise Refused(422, f"{entry.name} is no song: it is {entry.media_type}", "body.song")
    made = here.editing.create(wanted.song, wanted.title or "")
    response.headers["location"] = f"/api/projects/{made.id}"
    return made


@router.get("/projects/{project}")
def get_project(entry: Entry, project: Opened) -> ProjectState:
    """A project: its settings, and what is there."""
    state = project.state
    return ProjectState(
        entry=entry,
        spec=state.spec,
        visuals=state.visuals,
        stand_ins=state.stand_ins,
        tracker=state.tracker,
        octave=state.octave,
        grade=state.grade,
        heard=project.analysis.is_file(),
        planned=project.plan.is_file(),
        filmed=project.render.is_file() and (project.folder / project.video().name).is_file(),
    )


@router.patch("/projects/{project}")
def rename_project(here: Here, project: Opened, wanted: Annotated[Rename, Body()]) -> ProjectEntry:
    """Give a project another title; the film is called so when it is cut again."""
    return here.editing.rename(project.known_as(), wanted.title)


@router.delete("/projects/{project}", status_code=204)
def forget_project(
    here: Here,
    entry: Entry,
    files: Annotated[bool, Query(description="Delete its folder too.")] = False,
    confirm: Annotated[
        str | None, Query(max_length=200, description="With `files`: the project's title.")
    ] = None,
) -> Response:
    """Forget a project; its folder stays, unless `files` and its title ask for it to go."""
    if files:
        folder = Path(entry.folder)
        if confirm != entry.title:
            raise Refused(
                409,
                f"nothing was deleted: to delete the files of {entry.title} for good, repeat its "
                "title as `confirm`",
                "query.confirm",
            )
        if not folder.resolve().is_relative_to(here.films.resolve()):
            raise Refused(
                409,
                f"{entry.title} lies outside of this workspace; forget it, and delete its folder "
                "where it is",
                "query.files",
            )
        if entry.there:
            with here.projects.open(entry.id).held():
                shutil.rmtree(folder)
            here.trail.add("project.deleted", project=entry.id, subject=entry.title)
    here.projects.forget(entry.id)
    return Response(status_code=204)


@router.get("/projects/{project}/pack", response_class=FileResponse, responses=RANGES)
def pack_project(
    here: Here,
    request: Request,
    project: Opened,
    footage: Annotated[bool, Query(description="Take the user's footage along.")] = True,
) -> Response:
    """The whole project as one file, from which `unpack` makes it again."""
    from songreel.archive import pack
    from songreel.models.archive import SUFFIX

    folder = here.settings.workspace / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack(project, folder / f"{uuid4().hex}{SUFFIX}", footage=footage)
    return serve(
        request, packed.path, name=f"{project.state.title}{SUFFIX}", media_type="application/zip",
        download=True, after=gone(packed.path),
    )  # fmt: skip


_ARCHIVE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


@router.post("/projects/unpack", status_code=201, openapi_extra=_ARCHIVE)
async def unpack_project(
    request: Request, response: Response, here: Here, guard: Guard
) -> Unpacked:
    """Make the project that an archive holds; one that is known already becomes another."""
    async with receive(request, here.settings.workspace / "uploads", guard.upload_limit) as came:
        found = await run_in_threadpool(_unpack, here, came.path)
    response.headers["location"] = f"/api/projects/{found.project.id}"
    return found


def _unpack(here: Here, archive: Path) -> Unpacked:
    from songreel.unarchive import unpack

    folder = here.films / f"{uuid4().hex[:12]}.songreel"
    try:
        found = unpack(archive, folder)
        if here.projects.titles({found.project.state.id}):
            # Two of one id would be one to the workspace.
            found.project.part_from(found.project.state.id)
    except InvalidInput as error:
        text = str(error).replace(f"{archive}", "the archive")
        raise Refused(422, text, "body") from error
    return Unpacked(project=here.projects.note(found.project), notices=found.notices)
