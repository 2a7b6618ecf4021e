"""Files that are sent to be used: `/api/uploads`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response

from songreel.models.errors import InvalidInput
from songreel.models.workspace import AssetEntry
from songreel.web.errors import Refused
from songreel.web.routes.here import SHA256, Guard, Here
from songreel.web.safety.content import Kind
from songreel.web.safety.receiving import receive, typed
from songreel.web.serving import RANGES, serve

router = APIRouter(prefix="/api", tags=["files"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
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
_NAMES: dict[str, str] = {
    "audio": "sound", "video": "a film", "image": "a photo", "text": "text",
    "document": "a document", "font": "a font",
}  # fmt: skip


@router.post("/uploads", status_code=201, openapi_extra=_BODY)
async def upload(
    request: Request,
    response: Response,
    here: Here,
    guard: Guard,
    name: Annotated[  # noqa: ARG001 (read where the body is; a form's own name goes before)
        str, Query(max_length=500, description="What the file is called, for people.")
    ] = "",
    kind: Annotated[
        list[Kind] | None, Query(max_length=6, description="Refuse it unless it is one of these.")
    ] = None,
) -> AssetEntry:
    """Send a song, a film, a photo or words; what it is is found in its content."""
    async with receive(request, here.settings.workspace / "uploads", guard.upload_limit) as came:
        found, called = await typed(came)
        if kind and found.kind not in kind:
            wanted = " or ".join(_NAMES[one] for one in kind)
            called = came.name[:200] or called  # as the sender knows it
            raise Refused(415, f"{called} is {_NAMES[found.kind]}; {wanted} is needed here")
        path = came.path
        entry = await run_in_threadpool(lambda: here.assets.put(path, called, found.media_type))
        response.headers["location"] = f"/api/uploads/{entry.sha256}"
        return entry


Sha = Annotated[str, Path(pattern=SHA256, description="SHA-256 of the file.")]


@router.get("/uploads/{sha256}")
def uploaded(here: Here, sha256: Sha) -> AssetEntry:
    """What is known of a file."""
    try:
        return here.assets.get(sha256)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.sha256") from error


@router.get("/uploads/{sha256}/content", response_class=FileResponse, responses=RANGES)
@router.head("/uploads/{sha256}/content", response_class=FileResponse, include_in_schema=False)
def uploaded_content(here: Here, request: Request, sha256: Sha) -> Response:
    """The file itself, or the range of it that was asked for."""
    entry = uploaded(here, sha256)
    return serve(
        request, here.assets.local(sha256), name=entry.name, media_type=entry.media_type,
        etag=sha256, lasting=True,
    )  # fmt: skip
