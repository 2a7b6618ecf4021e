"""What was paid, what may be, and what is left of what was paid in."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from nicegui import ui

from songreel.models.errors import SongreelError
from songreel.models.money import dollars
from songreel.store.book import MONTH, WORKSPACE, Scope
from songreel.store.costs import CostRow, costs, total
from songreel.store.ledger import Ledger
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Button, Meter, Text, element, number_field, panel, toast
from songreel.workspace import Workspace


async def money_part(workspace: Workspace) -> None:
    """Build the part."""
    with element("div", "sr-stack sr-stack--wide") as place:
        pass

    async def draw() -> None:
        ledger = Ledger(workspace.database)
        rows = await blocking(costs, ledger, "project")
        models = await blocking(costs, ledger, "model")
        limits = {limit.scope: limit for limit in await blocking(ledger.limits)}
        open_accounts = await blocking(ledger.credits)
        place.clear()
        with place:
            with panel("Paid so far"):
                whole = total(rows)
                with element("dl", "sr-facts"):
                    _fact("Paid", whole.total)
                    _fact("Set aside", whole.open, f"for {whole.waiting} orders under way")
                if rows:
                    _table("Film", rows)
                    _table("Model", models)
                    with element("div", "sr-actions"):
                        Button("Save as a table", lambda: ui.download.from_url("/api/costs.csv"),
                               icon="download")  # fmt: skip
                else:
                    Text(
                        "Nothing was bought yet. What costs money is quoted first, and bought once "
                        "you agree to the sum.",
                        "p",
                        "sr-prose",
                    )
            with panel("Limits"):
                Text("Nothing is ever bought beyond them, whoever asks.", "p", "sr-prose")
                with element("div", "sr-columns"):
                    for scope, label in ((MONTH, "Each month"), (WORKSPACE, "In all")):
                        _limit(ledger, scope, label, limits.get(scope), draw)
            with panel("Prepaid credit"):
                Text(
                    "What you have paid in with a service. Charges eat it, and nothing is bought "
                    "beyond what is left.",
                    "p",
                    "sr-prose",
                )
                for one in open_accounts:
                    left = f"{dollars(max(one.left, Decimal(0)))} USD left"
                    with element("div", "sr-line"), element("div", "sr-line-words"):
                        Text(one.service or "all services", "h3", "sr-h3")
                        told = f"{left} of {dollars(one.added)} USD, since {one.since:%d %b %Y}"
                        Text(told, "p", "sr-hint sr-number")
                with element("div", "sr-columns"):
                    for service in ("replicate", "fal"):
                        _credit(ledger, service, draw)

    await draw()


def _fact(label: str, usd: Decimal, note: str = "") -> None:
    with element("div", "sr-fact"):
        Text(label, "dt", "sr-hint")
        Text(f"{dollars(usd)} USD", "dd", "sr-fact-value")
        Text(note if usd else "", "dd", "sr-fact-note")


def _table(what: str, rows: tuple[CostRow, ...]) -> None:
    label = f"Costs by {what}"
    with (
        element("div", "sr-scroll", tabindex="0", role="region", aria_label=label),
        element("table", "sr-table"),
    ):
        with element("thead"), element("tr"):
            for title in (what, "Clips", "Paid, USD", "Set aside, USD"):
                Text(title, "th")._props["scope"] = "col"
        with element("tbody"):
            for row in rows:
                with element("tr"):
                    Text(row.name, "th")._props["scope"] = "row"
                    for value in (str(row.clips), dollars(row.total), dollars(row.open)):
                        Text(value, "td", "sr-number")


def _limit(ledger: Ledger, scope: Scope, label: str, known: Any, again: Callable[[], Any]) -> None:
    with element("div", "sr-stack"):
        field = number_field(
            label, float(known.usd) if known else None, low=0, step=1, unit="USD",
            placeholder="no limit",
        )  # fmt: skip
        if known:
            share = float(known.booked / known.usd) if known.usd else 1.0
            Meter(share, f"spent of the limit: {label}")
            Text(f"{dollars(known.booked)} USD of it are spent or set aside.", "p", "sr-hint")
        Button("Set", partial(_set, ledger, scope, field, again)).classes("sr-button--small")


async def _set(ledger: Ledger, scope: Scope, field: ui.number, again: Callable[[], Any]) -> None:
    usd = None if field.value in (None, "") else Decimal(str(field.value))
    await _try(lambda: ledger.limit(scope, usd), "The limit holds" if usd is not None else
               "There is no such limit any more", again)  # fmt: skip


def _credit(ledger: Ledger, service: str, again: Callable[[], Any]) -> None:
    async def enter() -> None:
        if field.value in (None, ""):
            return
        usd = Decimal(str(field.value))
        await _try(
            lambda: ledger.credit(usd, service, left=True, note="entered in the studio"),
            "Entered", again,
        )  # fmt: skip

    with element("div", "sr-stack"):
        field = number_field(
            f"Left with {service} now", None, low=0, step=1, unit="USD",
            hint="As the service's own page says.",
        )  # fmt: skip
        Button("Enter", enter).classes("sr-button--small")


async def _try(call: Callable[[], Any], said: str, again: Callable[[], Any]) -> None:
    try:
        await blocking(call)
    except SongreelError as error:
        toast(frame().told(error), "bad")
        return
    toast(said, "good")
    await again()
