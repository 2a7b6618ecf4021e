"""What was paid, what may be, and what is left: `/api/costs`, `/api/limits`, `/api/credits`."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, Field

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.work_wishes import Agreed
from songreel.store.costs import CostRow
from songreel.store.history import HistoryRow
from songreel.web.errors import Refused
from songreel.web.routes.here import ID, Here

router = APIRouter(prefix="/api", tags=["money"])

ProjectQuery = Annotated[str | None, Query(pattern=ID, description="Of this project only.")]
Money = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]


class Costs(Frozen):
    """What was paid and what is set aside, USD."""

    rows: tuple[CostRow, ...]
    total: CostRow


class LimitState(Frozen):
    """A limit that holds."""

    scope: Literal["project", "month", "workspace"]
    project: str = ""
    usd: Money
    booked: Money
    """Charged and set aside within it."""


class NewLimit(Frozen):
    """A limit that is to hold."""

    scope: Literal["project", "month", "workspace"]
    project: Annotated[str, Field(pattern=ID)] | None = None
    """Of the scope `project`."""
    usd: Agreed | None
    """None takes it away."""


class CreditState(Frozen):
    """Prepaid money with one service, or for all of them."""

    service: str
    """Empty: for whatever is bought."""
    since: AwareDatetime
    added: Money
    used: Money
    """Charged and set aside since then."""
    left: Money


class NewCredit(Frozen):
    """Money that was paid in with a service."""

    service: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,40}$")] = ""
    usd: Agreed | None
    """None: nothing is counted any more."""
    left: bool = False
    """`usd` is what the service says is there now."""
    note: Annotated[str, Field(max_length=200)] = ""


@router.get("/costs")
def list_costs(
    here: Here,
    by: Literal["project", "model", "day", "shot"] = "project",
    project: ProjectQuery = None,
) -> Costs:
    """What was paid and what is still set aside."""
    from songreel.store.costs import costs, total
    from songreel.store.ledger import Ledger

    rows = costs(Ledger(here.database), by, project)
    return Costs(rows=rows, total=total(rows))


@router.get(
    "/costs.csv",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def export_costs(here: Here, project: ProjectQuery = None) -> PlainTextResponse:
    """Every line of the ledger, as a table for spreadsheets."""
    from songreel.store.costs import entries, to_csv
    from songreel.store.ledger import Ledger

    text = to_csv(entries(Ledger(here.database), project=project))
    headers = {"content-disposition": 'attachment; filename="songreel costs.csv"'}
    return PlainTextResponse(text, media_type="text/csv", headers=headers)


@router.get("/limits")
def list_limits(here: Here, project: ProjectQuery = None) -> tuple[LimitState, ...]:
    """The limits that hold."""
    from songreel.store.ledger import Ledger

    return tuple(
        LimitState(
            scope=limit.scope.kind, project=limit.scope.project, usd=limit.usd, booked=limit.booked
        )
        for limit in Ledger(here.database).limits(project)
    )


@router.put("/limits")
def set_limit(here: Here, wanted: NewLimit) -> tuple[LimitState, ...]:
    """Never spend more than this, on a project, in a month, or in all; the limits afterwards."""
    from songreel.store.ledger import Ledger, Scope

    if (wanted.scope == "project") != (wanted.project is not None):
        raise Refused(422, "a project goes with the scope `project`, and with no other",
                      "body.project")  # fmt: skip
    if wanted.project is not None:
        _known(here, wanted.project)
    Ledger(here.database).limit(Scope(wanted.scope, wanted.project or ""), wanted.usd)
    return list_limits(here, wanted.project)


@router.get("/credits")
def list_credits(here: Here) -> tuple[CreditState, ...]:
    """Prepaid money, and what is left of it."""
    from songreel.store.ledger import Ledger

    return tuple(
        CreditState(
            service=one.service, since=one.since, added=one.added, used=one.used, left=one.left
        )
        for one in Ledger(here.database).credits()
    )


@router.post("/credits")
def enter_credit(here: Here, wanted: NewCredit) -> tuple[CreditState, ...]:
    """Enter prepaid money, which charges eat and no purchase passes; the accounts afterwards."""
    from songreel.store.ledger import Ledger

    Ledger(here.database).credit(wanted.usd, wanted.service, left=wanted.left, note=wanted.note)
    return list_credits(here)


@router.get("/history")
def list_history(here: Here, project: ProjectQuery = None) -> tuple[HistoryRow, ...]:
    """Which clips were made or bought, how long they took, and how much memory."""
    from songreel.store.history import ClipHistory, sums

    return sums(ClipHistory(here.database).entries(project=project))


def _known(here: Here, project: str) -> None:
    try:
        here.projects.find(project)
    except InvalidInput as error:
        raise Refused(422, str(error), "body.project") from error
