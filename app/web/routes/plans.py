"""A project's documents: analysis, plan and its versions, takes, quote, grid, report."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from songreel.casting import CastShot
from songreel.models.board import Board
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import GridChange
from songreel.models.music import Trust
from songreel.models.render import SyncReport
from songreel.models.storyboard import Storyboard
from songreel.models.workspace import PlanVersion
from songreel.project import Project
from songreel.prompting.lint import Finding
from songreel.replacing import replace_plan
from songreel.web.errors import Refused
from songreel.web.routes.here import Entry, Here, Opened

router = APIRouter(prefix="/api/projects/{project}", tags=["editing"])

_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document, byte for byte as it lies in the project's folder.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    304: {"description": "It has not changed since it was fetched."},
}
_PLAN: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
        "description": "A plan, as GET gives it.",
    }
}
Dialect = Annotated[str | None, Query(max_length=40, description="Of the prompts; the plan's.")]


class TakeRow(Frozen):
    """A clip that was made for a shot."""

    shot: str
    take: str
    """What it is called."""
    state: str
    """`shown` in the film as it was last cut, `wanted` by the plan, `kept`, `stale` …"""
    source: str
    file: str
    seconds: float
    seed: int
    prompt: str
    cost_usd: str | None
    faults: tuple[str, ...]
    notes: tuple[str, ...]


class UsdRange(Frozen):
    """What something may cost, USD."""

    low: str
    likely: str
    high: str


class ClipPrice(Frozen):
    """What a clip will cost."""

    shots: tuple[str, ...]
    source: str
    seconds: float
    usd: UsdRange
    basis: str
    """How the price was found."""
    under_way: bool


class PlanQuote(Frozen):
    """What the clips that a film lacks will cost; nothing is asked of the network."""

    total_usd: UsdRange
    clips: tuple[ClipPrice, ...]
    lines: tuple[str, ...]
    """For people."""


class GridState(Frozen):
    """Beats and bars as they count now."""

    tempo: float | None
    meter: str
    first_downbeat: float | None
    """Seconds."""
    beats: int
    bars: int
    trust: Trust
    corrected: tuple[GridChange, ...]
    """What a person has put right, in order."""
    shots: int | None


@router.get("/analysis", response_class=Response, responses=_DOCUMENT)
def get_analysis(request: Request, project: Opened) -> Response:
    """What was heard in the song."""
    return _document(request, project, "analysis")


@router.get("/plan", response_class=Response, responses=_DOCUMENT)
def get_plan(request: Request, project: Opened) -> Response:
    """The plan of the film."""
    return _document(request, project, "plan")


@router.put("/plan", openapi_extra=_PLAN)
async def put_plan(
    request: Request,
    here: Here,
    entry: Entry,
    if_match: Annotated[
        str | None,
        Header(max_length=200, description="`ETag` of the plan it was made from; another by now: "
               "409. Without it whatever there is is replaced."),
    ] = None,
) -> Board:  # fmt: skip
    """Replace the plan by one that was edited; undo brings the one before back."""
    body = await request.body()
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused(422, "the plan is not text in UTF-8", "body") from error

    def replace() -> Board:
        plan = Storyboard.from_json(text, "the plan")
        given = (if_match or "*").strip().removeprefix("W/").strip('"')
        known = None if given == "*" else given
        replace_plan(here.projects.open(entry.id), plan, known)
        here.plans.record(entry.id, plan, "plan --plan FILE", here.actor)
        return here.editing.board(entry.id)

    return await run_in_threadpool(replace)


@router.get("/plans")
def list_plans(here: Here, entry: Entry) -> tuple[PlanVersion, ...]:
    """Every plan that the project has had."""
    return here.plans.versions(entry.id)


@router.get("/plans/{number}", response_class=Response, responses=_DOCUMENT)
def get_plan_version(
    here: Here, entry: Entry, number: Annotated[int, Path(ge=1, lt=2**31)]
) -> Response:
    """A plan as it was."""
    try:
        plan = here.plans.load(entry.id, number)
    except InvalidInput as error:
        raise Refused(404, str(error), "path.number") from error
    return Response(plan.to_json(), media_type="application/json")


@router.get("/takes")
def list_takes(here: Here, entry: Entry) -> tuple[TakeRow, ...]:
    """All clips that were made for the shots."""
    return tuple(TakeRow.model_validate(take.row()) for take in here.editing.takes(entry.id))


@router.get("/quote")
def quote_film(here: Here, entry: Entry) -> PlanQuote:
    """What the clips that are not there yet will cost."""
    found = here.editing.quote(entry.id)
    return PlanQuote.model_validate({**found.row(), "lines": found.lines()})


@router.get("/grid")
def get_grid(here: Here, project: Opened) -> GridState:
    """Beats and bars, and what was put right of them. Corrections are edits of kind `grid`."""
    from songreel.grids import Grids

    _needed(project, "analysis")
    shown = Grids(here.services).show(project.folder)
    heard = shown.analysis
    return GridState(
        tempo=heard.tempo,
        meter=str(heard.meter),
        first_downbeat=heard.downbeats[0] if heard.downbeats else None,
        beats=len(heard.beats),
        bars=len(heard.downbeats),
        trust=heard.trust,
        corrected=shown.changes,
        shots=len(shown.plan.shots) if shown.plan else None,
    )


@router.delete("/grid")
def reset_grid(here: Here, project: Opened, entry: Entry) -> Board:
    """Take all corrections of the grid back."""
    _needed(project, "analysis")
    return here.editing.reset_grid(entry.id)


@router.get("/storyboard", response_class=PlainTextResponse)
def read_storyboard(project: Opened, dialect: Dialect = None) -> str:
    """The plan as a director reads it: sections, shots, and what each one shows in full."""
    from songreel.prompting.text import screenplay

    return screenplay(plan_of(project), dialect)


@router.get("/lint")
def lint_prompts(project: Opened, dialect: Dialect = None) -> tuple[Finding, ...]:
    """Faults of the prompts: contradictions, references to other shots, length."""
    from songreel.prompting.lint import lint

    return lint(plan_of(project), dialect)


@router.get("/cast")
def get_cast(here: Here, project: Opened) -> tuple[CastShot, ...]:
    """The built-in scene that each shot gets, or that stands by for it, and why."""
    from songreel.visuals import Visuals

    plan_of(project)
    return Visuals(here.settings).cast(project.folder)


@router.get("/report")
def get_report(project: Opened) -> SyncReport:
    """What was measured on the finished film."""
    _needed(project, "report")
    return SyncReport.load(project.report)


def _document(request: Request, project: Project, name: str) -> Response:
    """A document of a project as it lies there."""
    path = getattr(project, name)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(project, name) from error
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _needed(project: Project, name: str) -> None:
    if not getattr(project, name).is_file():
        raise _missing(project, name)


def plan_of(project: Project) -> Storyboard:
    """The plan of a project; 404 where there is none yet."""
    _needed(project, "plan")
    return Storyboard.load(project.plan)


_WAYS = {"analysis": "hear", "plan": "plan", "report": "make"}


def _missing(project: Project, name: str) -> Refused:
    return Refused(
        404, f"{project.state.title} has no {name} yet; a job of kind `{_WAYS[name]}` makes it"
    )
