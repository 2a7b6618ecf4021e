"""What may be spent: the options, and the question that is asked before anything is bought."""

import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.desk import Priced, Spending

MOST = Decimal(1_000_000)
"""USD; whoever types more than that has mistyped it."""

BudgetOption = Annotated[
    str | None,
    typer.Option("--budget", "--max-cost", metavar="USD", help="Never spend more on this, in all."),
]
QuoteOption = Annotated[bool, typer.Option("--quote", help="Say what it costs; make nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Agree to the quoted price.")]
RetakesOption = Annotated[
    int, typer.Option(min=0, help="Ask again, this often, where a clip is black, frozen, … (0).")
]
InterruptOption = Annotated[
    bool,
    typer.Option(
        "--cancel-jobs",
        help="On Ctrl-C cancel the jobs under way (without it they go on, and the next run has "
        "what they make).",
    ),
]


def usd(text: str, option: str) -> Decimal:
    """An amount of US dollars.

    Raises:
        InvalidInput: It is none.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if value.is_nan():
        value = Decimal(-1)
    if not 0 <= value <= MOST or value != round(value, 6):
        raise InvalidInput(f"{option} {text!r} is not an amount of USD; write it as 5 or 2.50")
    return value


def spending(
    budget: str | None, yes: bool, retakes: int = 0, cancel_jobs: bool = False
) -> "Spending":
    """What the options allow."""
    from songreel.desk import Spending

    def consent(quote: "Priced", bounds: Sequence[str]) -> bool:
        for line in (*quote.lines(), *bounds):
            note(line)
        if retakes:
            again = "once" if retakes == 1 else f"up to {retakes} times"
            note(f"a clip with a fatal flaw is bought again, {again}, at the same price")
        if yes:
            return True
        return sys.stdin.isatty() and typer.confirm(f"Spend {quote.total}?", err=True)

    return Spending(
        budget=usd(budget, "--budget") if budget is not None else None,
        consent=consent,
        retakes=retakes,
        on_interrupt="cancel" if cancel_jobs else "leave",
    )
