"""`songreel quote`, `budget` and `costs`: what will be paid, what it buys best, what was paid."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.films import Folder
from songreel.cli.hearing import Json, print_json
from songreel.cli.spending import usd

costs = typer.Typer(help="What was paid, by project, model, day or shot; and limits.")


By = Literal["project", "model", "day", "shot"]


ProjectOption = Annotated[
    Path | None, typer.Option("--project", "-p", metavar="DIR", help="Of this project only.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(quote)
    app.command()(budget)
    app.add_typer(costs, name="costs", invoke_without_command=True)


def quote(context: typer.Context, project: Folder, as_json: Json = False) -> None:
    """Say what the clips that PROJECT lacks will cost; nothing is asked of the network."""
    from songreel.cli.wiring import services

    with progress_of(context) as progress:
        found = services(context).quote(project, progress)
    if as_json:
        print_json(found.row())
    else:
        for line in found.lines():
            typer.echo(line)


def budget(
    context: typer.Context,
    project: Folder,
    amount: Annotated[str, typer.Argument(metavar="USD", help="What the film may cost, e.g. 5.")],
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Choose among these models only; repeatable."),
    ] = None,
    show_only: Annotated[
        bool, typer.Option("--show", help="Only show; leave the plan as it is.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Plan the best film of PROJECT for USD: which shots are bought where, and which share a take.

    The plan says it shot by shot; `songreel make` or `generate` with --budget films it.
    """
    from songreel.cli.wiring import noted, services

    limit = usd(amount, "the budget")
    with progress_of(context) as progress:
        chosen = services(context).allot(
            project, limit, sources=source or (), keep_plan=show_only, progress=progress
        )
    if not show_only:
        noted(context, project, f"budget {amount}")
    if as_json:
        print_json(chosen.model_dump(mode="json"))
    else:
        for line in chosen.sentences:
            typer.echo(line)


@costs.callback()
def show_costs(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="Told by.")] = "project",
    project: ProjectOption = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write every entry of the ledger.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    as_json: Json = False,
) -> None:
    """Say what was paid and what is still set aside, in USD."""
    if context.invoked_subcommand is not None:
        return
    from songreel.cli.wiring import accounts
    from songreel.models.money import dollars

    found = accounts(context).costs(by, project)
    if csv is not None:
        accounts(context).export(csv, project, force)
        note(f"written: {csv}")
    if as_json:
        print_json([row.model_dump(mode="json") for row in (*found.rows, found.total)])
        return
    rows = [
        (r.name, str(r.clips), dollars(r.total), dollars(r.unmeasured), dollars(r.open))
        for r in (*found.rows, found.total)
    ]
    headers = (by, "charges", "paid USD", "of it as quoted", "set aside")
    typer.echo(table(headers, rows))
    for line in (*found.limits, *found.credits):
        note(line)


@costs.command()
def limit(
    context: typer.Context,
    amount: Annotated[str, typer.Argument(metavar="USD", help="The limit; `none` takes it away.")],
    project: ProjectOption = None,
    month: Annotated[bool, typer.Option("--month", help="In each calendar month.")] = False,
) -> None:
    """Never spend more than USD, on everything in this workspace or on one project."""
    from songreel.cli.wiring import accounts

    value = None if amount.lower() == "none" else usd(amount, "the limit")
    note(accounts(context).limit(value, project, month))


@costs.command()
def credit(
    context: typer.Context,
    amount: Annotated[
        str | None,
        typer.Argument(metavar="USD", help="What was paid in; `none`: count it no more."),
    ] = None,
    service: Annotated[
        str, typer.Option(metavar="NAME", help="With whom: fal, replicate (all together).")
    ] = "",
    left: Annotated[
        bool, typer.Option("--left", help="USD is what the service says is there now.")
    ] = False,
    remark: Annotated[str, typer.Option("--note", metavar="TEXT", help="Kept with it.")] = "",
    as_json: Json = False,
) -> None:
    """Enter prepaid money, or say what is left of it: nothing is bought that it does not cover."""
    from songreel.cli.wiring import accounts

    use = accounts(context)
    if amount is not None:
        value = None if amount.lower() == "none" else usd(amount, "the credit")
        note(use.credit(value, service, left=left, note=remark))
        return
    found = use.ledger.credits()
    if as_json:
        print_json(
            [
                {"service": one.service, "since": one.since.isoformat(), "usd": str(one.added),
                 "used": str(one.used), "left": str(one.left)}
                for one in found
            ]
        )  # fmt: skip
        return
    from songreel.accounts import told

    for line in [told(one) for one in found] or ["no credit is entered"]:
        typer.echo(line)
