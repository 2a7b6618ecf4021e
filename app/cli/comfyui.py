"""`songreel comfyui`: the user's own workflows, and a look at their servers."""

from dataclasses import asdict
from typing import Annotated

import typer

from songreel.cli.console import note, table
from songreel.cli.hearing import Json, print_json

comfyui = typer.Typer(help="List your ComfyUI workflows, or check one against its server.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(comfyui, name="comfyui", invoke_without_command=True)


@comfyui.callback()
def list_workflows(context: typer.Context, as_json: Json = False) -> None:
    """List the workflows of `comfyui.toml`: server, lengths, sizes, images. Asks no server."""
    if context.invoked_subcommand is not None:
        return
    from songreel.comfyui import how_to, place, workflows

    rows = workflows()
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        note(f"no workflow yet: {how_to()}")
        return
    lines = [(row.source, row.url, row.fault or row.makes) for row in rows]
    typer.echo(table(("source", "server", "what it makes"), lines))
    for row in rows:
        if row.derived:
            note(f"{row.source}: {'; '.join(row.derived)}")
    note(f"written in {place()}")


@comfyui.command()
def check(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="As in comfyui.toml.")] = "",
    as_json: Json = False,
) -> None:
    """Ask the server whether it has every node and every model file of a workflow."""
    from songreel.comfyui import check as checked

    found = checked(name)
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        rows = [
            ("MISSING", f"{each.what}: {each.fault}") if each.fault else ("ok", each.what)
            for each in found
        ]
        typer.echo(table(("", "what was looked at"), rows))
    if any(each.fault for each in found):
        raise typer.Exit(1)
