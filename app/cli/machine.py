"""`songreel providers` and `songreel doctor`: what this machine has."""

import typer

from songreel.cli.console import table
from songreel.cli.hearing import Json, print_json


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(providers)
    app.command()(doctor)


def providers(as_json: Json = False) -> None:
    """List where pictures can come from, and what each needs."""
    from songreel.generation.registry import listing

    found = listing()
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in found])
        return
    rows = [(e.name, "ready" if e.ready else "not ready", e.detail) for e in found]
    typer.echo(table(("provider", "state", "what it is and needs"), rows))


def doctor(
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Check that this machine has what songreel needs, and say what is missing."""
    from songreel.doctor import examine
    from songreel.settings import Settings

    checks = examine(Settings.load(context.obj["workspace"]))
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks])
    else:
        typer.echo(
            table(
                ("check", "", "detail"),
                [(c.name, "ok" if c.ok else "MISSING", c.detail) for c in checks],
            )
        )
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
