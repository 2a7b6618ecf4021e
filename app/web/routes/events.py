"""What happens to jobs, streamed: `GET /api/events`."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from songreel.models.queued import JobEvent
from songreel.web.routes.here import ID, MOST, Guard, Here, Number
from songreel.web.safety.safety import Safety

router = APIRouter(prefix="/api", tags=["jobs"])

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nothing between thinks it is dead."""
RETRY = 2000
"""Milliseconds after which a browser whose stream broke asks again."""
PAGE = 500
"""Events read at once."""

JobFilter = Annotated[str | None, Query(pattern=ID, description="Of this job only.")]
ProjectFilter = Annotated[str | None, Query(pattern=ID, description="Of this project only.")]


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `id` grows, `event` is the kind, `data` the event "
            "as JSON. The stream goes on until the server ends.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def follow(
    request: Request,
    here: Here,
    guard: Guard,
    after: Annotated[
        int | None,
        Query(ge=0, le=MOST, description="Id of the last event that is known; none: from now on."),
    ] = None,
    job: JobFilter = None,
    project: ProjectFilter = None,
    last_event_id: Annotated[
        str | None, Header(max_length=200, description="As browsers send it; before `after`.")
    ] = None,
) -> StreamingResponse:
    """Follow what happens to jobs; a stream that broke goes on where it ended."""
    known = after
    if last_event_id is not None and last_event_id.isdecimal() and len(last_event_id) < 19:
        known = int(last_event_id)

    def read(number: int) -> tuple[JobEvent, ...]:
        return here.queue.events(after=number, job=job, project=project, limit=PAGE)

    async def stream() -> AsyncIterator[str]:
        yield f"retry: {RETRY}\n\n"
        async for events in request.app.happenings.after(known, read, HEARTBEAT):
            if not events:
                yield ": still here\n\n"
            for event in events:
                yield _worded(event, guard)

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


@router.get("/events/past")
def past_events(
    here: Here,
    after: Number = 0,
    job: JobFilter = None,
    project: ProjectFilter = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> tuple[JobEvent, ...]:
    """What has happened to jobs, oldest first."""
    return here.queue.events(after=after, job=job, project=project, limit=limit)


def _worded(event: JobEvent, safety: Safety) -> str:
    data = guard_data(event, safety)
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n"


def guard_data(event: JobEvent, safety: Safety) -> str:
    """An event as one line of JSON, without what remote people are not told."""
    line = json.dumps(event.model_dump(mode="json"), ensure_ascii=True)
    return safety.veil(line)
