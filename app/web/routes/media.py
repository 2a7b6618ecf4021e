"""A project's files, by key and never by path: `/api/projects/{project}/media`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field

from songreel.models.document import Frozen
from songreel.web.errors import Refused
from songreel.web.routes.here import Entry, Here
from songreel.web.serving import RANGES, serve

router = APIRouter(prefix="/api/projects/{project}", tags=["files"])


class MediaRow(Frozen):
    """A file of a project."""

    key: str
    """`song`, `film`, `report`, `take-SHOT-NAME`, `export-NAME` …"""
    name: str
    """What it is saved as."""
    media_type: str
    size: Annotated[int, Field(ge=0)]
    """Bytes."""


@router.get("/media")
def list_media(here: Here, entry: Entry) -> tuple[MediaRow, ...]:
    """The files that can be fetched; small pictures (`thumb-SHOT`) besides."""
    files = here.editing.media(entry.id)
    return tuple(
        MediaRow(key=key, name=file.name, media_type=file.media_type, size=file.path.stat().st_size)
        for key in files
        if not key.startswith("thumb-") and (file := files.get(key)) is not None
    )


@router.get("/media/{key}", response_class=FileResponse, responses=RANGES)
@router.head("/media/{key}", response_class=FileResponse, include_in_schema=False)
def get_media(
    here: Here,
    entry: Entry,
    request: Request,
    key: Annotated[str, Path(max_length=300, description="As the list of files has it.")],
    download: Annotated[bool, Query(description="Have a browser save it.")] = False,
) -> Response:
    """A file, or the range of it that was asked for."""
    found = here.editing.media(entry.id).get(key)
    if found is None:
        raise Refused(404, f"{entry.title} has no file {key!r}", "path.key")
    return serve(
        request, found.path, name=found.name, media_type=found.media_type, download=download
    )
