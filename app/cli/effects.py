"""`songreel effects`: what can be done to pictures, and what a plan does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, table
from songreel.cli.hearing import Json, print_json
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.storyboard import Storyboard


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(effects)


def effects(
    context: typer.Context,
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT", help="Those of this project's plan.")
    ] = None,
    shot: Annotated[
        str | None, typer.Argument(metavar="SHOT", help="Of this shot, or film: of all of it.")
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="CUE", help="E.g. 'punch-in on kick 0.6'; repeatable."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Take this effect away; repeatable.")
    ] = None,
    clear: Annotated[bool, typer.Option(help="Take all away.")] = False,
    as_json: Json = False,
) -> None:
    """List all effects and what can move them, or show and change those of a project's plan."""
    if project is None:
        _catalogue(as_json)
        return
    from songreel.cli.wiring import noted
    from songreel.effects import change, cue_of
    from songreel.planning import plan_at

    if add or remove or clear:
        if shot is None:
            raise InvalidInput("say which shot: `songreel effects PROJECT SHOT --add …`, or film")
        cues = [cue_of(text) for text in add or ()]
        plan = change(project, shot, add=cues, remove=remove or (), clear=clear)
        noted(context, project)
        note(
            f"changed; `songreel assemble {project}` cuts it in "
            "(lock the shot if the film is to be planned anew)"
        )
    else:
        plan = plan_at(project)
    _show(plan, shot, as_json)


def _show(plan: "Storyboard", shot: str | None, as_json: bool) -> None:
    from songreel.effects import FILM, cues_of, told

    shots = [shot] if shot is not None else [*(one.id for one in plan.shots), FILM]
    rows = [(name, cue) for name in shots for cue in cues_of(plan, name)]
    if as_json:
        print_json([{"shot": name, **cue.model_dump(mode="json")} for name, cue in rows])
    elif rows:
        typer.echo(table(("shot", "effect"), [(name, told(cue)) for name, cue in rows]))
    else:
        note("no effects")


def _catalogue(as_json: bool) -> None:
    from songreel.assembly.effects.catalogue import DRIVERS, described

    found = described()
    if as_json:
        effects = [
            {
                "effect": one.name,
                "about": one.about,
                "on": one.drivers,
                "settings": {s.name: {"default": s.default, "about": s.about}
                             for s in one.settings},
            }
            for one in found
        ]  # fmt: skip
        print_json({"effects": effects, "on": DRIVERS})
        return
    for one in found:
        typer.echo(f"{one.name}: {one.about}")
        typer.echo(f"    on {', '.join(one.drivers)}")
        for setting in one.settings:
            default = setting.default
            text = ",".join(f"{v:g}" for v in default) if isinstance(default, tuple) else default
            typer.echo(f"    {setting.name}={text}: {setting.about}")
    typer.echo()
    typer.echo(table(("on", "what moves the effect"), list(DRIVERS.items())))
