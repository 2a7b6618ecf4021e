"""`songreel providers` and `songreel doctor`: what this machine has."""

from dataclasses import asdict
from typing import Annotated

import typer

from songreel.cli.console import table
from songreel.cli.films import FootageOption
from songreel.cli.hearing import Json, print_json


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(providers)
    app.command()(doctor)


def providers(
    context: typer.Context,
    footage: FootageOption = None,
    sound: Annotated[bool, typer.Option("--sound", help="Where sound can come from.")] = False,
    as_json: Json = False,
) -> None:
    """List where pictures can come from, or music and effects, and what each needs."""
    from songreel.cli.wiring import services

    asked = services(context)
    found = asked.sounds() if sound else asked.providers(footage)
    if as_json:
        print_json({name: standing.model_dump() for name, standing in found.items()})
        return
    rows = [
        (name, "ready" if s.ready else "not ready", ": ".join(filter(None, (s.summary, s.reason))))
        for name, s in found.items()
    ]
    typer.echo(table(("provider", "state", "what it makes and needs"), rows))


def doctor(
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Check that this machine has what songreel needs, and say what is missing."""
    from songreel.doctor import examine
    from songreel.settings import Settings

    checks = examine(Settings.load(context.obj["workspace"]))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        typer.echo(
            table(
                ("check", "", "detail"),
                [(c.name, _state(c.ok, c.needed), c.detail) for c in checks],
            )
        )
    if not all(check.ok or not check.needed for check in checks):
        raise typer.Exit(1)


def _state(ok: bool, needed: bool) -> str:
    if ok:
        return "ok"
    return "MISSING" if needed else "–"
