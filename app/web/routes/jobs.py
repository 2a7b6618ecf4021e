"""Work that takes its time: `/api/jobs`, and the queue that holds it."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.queued import JobState, QueuedJob
from songreel.models.work import AnyWork
from songreel.models.work_quote import WorkQuote
from songreel.web.errors import Refused
from songreel.web.routes.here import ID, Here

router = APIRouter(prefix="/api", tags=["jobs"])

_SHA256 = re.compile(r"[0-9a-f]{64}")
JobPath = Annotated[str, Path(pattern=ID, description="Id of the job.")]


class Place(Frozen):
    """Where a job goes in the queue."""

    before: Annotated[str, Field(pattern=ID)] | None = None
    """Id of the job that it goes before; None: behind all that wait."""


class QueueState(Frozen):
    """The queue as a whole."""

    held: bool
    """Whether no job is taken up; those at work go on."""


def job_at(here: Here, job: JobPath) -> QueuedJob:
    """The job; 404 of one that there is not."""
    try:
        return here.queue.get(job)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.job") from error


Known = Annotated[QueuedJob, Depends(job_at)]


@router.get("/jobs")
def list_jobs(
    here: Here,
    state: Annotated[list[JobState] | None, Query(max_length=6)] = None,
    project: Annotated[str | None, Query(pattern=ID)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> tuple[QueuedJob, ...]:
    """Jobs: those that wait or are at work in their order, then those that ended, latest first."""
    return here.queue.all(states=state, project=project, limit=limit)


@router.post("/jobs", status_code=202)
def add_job(
    here: Here,
    work: AnyWork,
    response: Response,
    before: Annotated[str | None, Query(pattern=ID, description="Do it before this job.")] = None,
) -> QueuedJob:
    """Have work done, behind all that waits."""
    _known(here, work)
    if before is not None:
        job_before = job_at(here, before)
        if job_before.ended is not None:
            raise Refused(409, f"job {before} has ended; nothing goes before it", "query.before")
    job = here.queue.add(work, actor=here.actor, before=before)
    response.headers["location"] = f"/api/jobs/{job.id}"
    return job


@router.post("/quote")
def quote_work(here: Here, work: AnyWork) -> WorkQuote:
    """What work would cost as things stand; nothing is ordered.

    For scores, foley, films of scenes, and work that makes clips of a plan; `most` is what to
    agree to, and `unknown` says what it leaves out because only the work itself can tell.
    """
    from songreel.queue.quoting import quote

    _known(here, work)
    return quote(here, work)


@router.get("/jobs/{job}")
def get_job(job: Known) -> QueuedJob:
    """Where a job stands."""
    return job


@router.post("/jobs/{job}/pause")
def pause_job(here: Here, job: Known) -> QueuedJob:
    """Have a job stop for now; it goes on where it stopped."""
    return _changed(lambda: here.queue.pause(job.id))


@router.post("/jobs/{job}/resume")
def resume_job(here: Here, job: Known) -> QueuedJob:
    """Have a paused job wait for its turn again."""
    return _changed(lambda: here.queue.resume(job.id))


@router.post("/jobs/{job}/cancel")
def cancel_job(here: Here, job: Known) -> QueuedJob:
    """Have a job stop for good; what was made of it stays."""
    return _changed(lambda: here.queue.cancel(job.id))


@router.post("/jobs/{job}/again", status_code=202)
def try_job_again(here: Here, job: Known, response: Response) -> QueuedJob:
    """Have a job that ended done once more."""
    found = _changed(lambda: here.queue.again(job.id))
    response.headers["location"] = f"/api/jobs/{found.id}"
    return found


@router.post("/jobs/{job}/move")
def move_job(here: Here, job: Known, place: Annotated[Place, Body()]) -> QueuedJob:
    """Have a job done before another one, or behind all that wait."""
    if place.before is not None:
        try:
            here.queue.get(place.before)
        except InvalidInput as error:
            raise Refused(422, str(error), "body.before") from error
    return _changed(lambda: here.queue.move(job.id, place.before))


@router.get("/queue")
def get_queue(here: Here) -> QueueState:
    """Whether the queue goes on."""
    return QueueState(held=here.queue.held)


@router.put("/queue")
def set_queue(here: Here, wanted: QueueState) -> QueueState:
    """Hold the queue, or let it go on."""
    if wanted.held:
        here.queue.hold()
    else:
        here.queue.release()
    return QueueState(held=here.queue.held)


def _changed(change: Callable[[], QueuedJob]) -> QueuedJob:
    """What a change of a job that exists gives; 409 where the job is not in a state for it."""
    try:
        return change()
    except InvalidInput as error:
        raise Refused(409, str(error)) from error


def _known(here: Here, work: AnyWork) -> None:
    """Refuse work on a project or with assets that there are not."""
    given = work.model_dump()
    project = given.get("project")
    if project is not None:
        try:
            here.projects.find(project)
        except InvalidInput as error:
            raise Refused(422, str(error), "body.project") from error
    for where, sha256 in _assets(given, "body"):
        try:
            here.assets.get(sha256)
        except InvalidInput as error:
            raise Refused(422, str(error), where) from error


def _assets(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every asset that work names, and where it does."""
    if isinstance(value, str) and _SHA256.fullmatch(value):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _assets(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _assets(item, f"{where}[{index}]")
