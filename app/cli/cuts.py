"""`songreel cuts`: the cut list, and cuts by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.films import Folder
from songreel.cli.hearing import Json, print_json
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.models.storyboard import Storyboard


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(cuts)


def cuts(
    context: typer.Context,
    project: Folder,
    unlock: Annotated[
        list[str] | None, typer.Option(metavar="SHOTS", help="Let them be planned anew.")
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option(metavar="SHOTS", help="They go into the shot before; s07 or s07,s09."),
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option(metavar="SHOT=AT", help="A shot begins there: s08=17:3.")
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(metavar="AT", help="A new shot begins there: 17:3, 17:3+1/2 or 12.5s."),
    ] = None,
    transition: Annotated[
        list[str] | None,
        typer.Option(metavar="SHOT=KIND[:SECONDS]", help="How a shot begins: s08=whip:0.5."),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(metavar="SHOTS", help="They stay when the film is planned anew: s03,s05-s09."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Undo the last change of the plan or the grid.")
    ] = False,
    redo: Annotated[
        bool, typer.Option("--redo", help="Make the change again that was undone last.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the shots of PROJECT, or cut by hand: split, merge, move, lock, change transitions.

    Options may be repeated and are done in the order of this help. Cuts made by hand stay when the
    film is planned anew, locked shots whole. The plan before every change is kept. A plan can be
    edited while another songreel makes its film: that film is of the plan as it was.
    """
    from songreel.cli.wiring import cuts as cutting
    from songreel.cli.wiring import noted
    from songreel.hand import Edit

    use = cutting(context)
    lists = [tuple(given or ()) for given in (unlock, merge, move, split, transition, lock)]
    wanted = Edit(*lists)
    if undo + redo > 1 or ((undo or redo) and (wanted or dry_run)):
        raise InvalidInput("--undo and --redo stand alone")
    done = None
    if undo:
        note(f"undone: {use.undo(project)}")
        noted(context, project, "cuts --undo")
        plan = use.show(project)
    elif redo:
        note(f"done again: {use.redo(project)}")
        noted(context, project, "cuts --redo")
        plan = use.show(project)
    elif wanted:
        with progress_of(context) as progress:
            done = use.edit(project, wanted, keep_plan=dry_run, progress=progress)
        if not dry_run:
            noted(context, project)
        plan = done.plan
    else:
        plan = use.show(project)
    if as_json:
        print_json(_rows(plan))
        return
    typer.echo(_table(plan))
    if done is not None:
        for text in (*done.done, *done.anew.lines()):
            note(text)
        if dry_run:
            note("nothing was changed")
        else:
            note(
                f"`songreel assemble {project}` cuts it; `songreel cuts {project} --undo` undoes it"
            )


def _table(plan: "Storyboard") -> str:
    from songreel.prompting.text import rows

    found = [
        (shot.id, row.at, row.clock, row.seconds, str(shot.reason), _transition(plan, i),
         "locked" if shot.locked else "", row.section, shot.motif)
        for i, (shot, row) in enumerate(zip(plan.shots, rows(plan), strict=True))
    ]  # fmt: skip
    heads = ("shot", "at", "clock", "length", "reason", "transition", "", "section", "shows")
    return table(heads, found)


def _transition(plan: "Storyboard", index: int) -> str:
    transition = plan.shots[index].transition
    return f"{transition.kind} {transition.seconds:g} s" if transition.seconds else "cut"


def _rows(plan: "Storyboard") -> list[dict[str, object]]:
    return [
        {
            "shot": shot.id,
            "at": str(shot.at),
            "start": round(start, 3),
            "seconds": round(end - start, 3),
            "reason": str(shot.reason),
            "transition": str(shot.transition.kind),
            "transition_seconds": shot.transition.seconds,
            "locked": shot.locked,
            "section": shot.section,
            "motif": shot.motif,
        }
        for shot, (start, end) in zip(plan.shots, plan.spans, strict=True)
    ]
