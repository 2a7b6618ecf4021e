"""`songreel retake`, `takes`, `storyboard`, `lint`, `pairs`: single shots and their pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.films import Folder
from songreel.cli.hearing import Force, Json, print_json
from songreel.cli.local import with_local
from songreel.cli.shown import show
from songreel.cli.spending import (
    BudgetOption,
    InterruptOption,
    RetakesOption,
    YesOption,
    spending,
)
from songreel.models.errors import InvalidInput
from songreel.outputs import free

if TYPE_CHECKING:
    from songreel.local import Wishes
    from songreel.takes import Take

Shot = Annotated[str, typer.Argument(metavar="SHOT", help="Id of a shot, e.g. s07.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (with_local(retake), takes, storyboard, lint, pairs):
        app.command()(command)


def retake(
    context: typer.Context,
    project: Folder,
    shot: Shot,
    prompt: Annotated[str | None, typer.Option(help="Other words.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed (a new one).")] = None,
    model: Annotated[
        str | None, typer.Option(help="Another source for this shot, e.g. replicate:hailuo-02.")
    ] = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    retakes: RetakesOption = 0,
    cancel_jobs: InterruptOption = False,
    as_json: Json = False,
    *,
    local: "Wishes",
) -> None:
    """Make one new clip for SHOT of PROJECT and cut it in; the clips before stay as takes."""
    from songreel.cli.wiring import services
    from songreel.local import keep
    from songreel.takes import Change

    served = services(context)
    keep(project, local, served.settings, model)
    change = Change(prompt, seed, model)
    with progress_of(context) as progress:
        agreed = spending(budget, yes, retakes, cancel_jobs)
        film = served.retake(project, shot, change, agreed, progress)
    show(film, as_json)


def takes(
    context: typer.Context,
    project: Folder,
    shot: Annotated[str | None, typer.Argument(metavar="SHOT", help="Of this shot only.")] = None,
    use: Annotated[
        str | None, typer.Option(metavar="TAKE", help="Show this take, whatever the plan says.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow-plan", help="Show what the plan asks for again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List all clips made for the shots of PROJECT, or choose the one that SHOT shows."""
    from songreel.cli.wiring import noted, services

    if use is not None and follow:
        raise InvalidInput("--use and --follow-plan say two things; give one of them")
    found = services(context).takes(project)
    if use is not None or follow:
        if shot is None:
            raise InvalidInput("say which shot: `songreel takes PROJECT SHOT --use TAKE`")
        services(context).use_take(project, shot, None if follow else use)
        found = services(context).takes(project)
        noted(context, project, f"takes {shot} {'--follow-plan' if follow else f'--use {use}'}")
        note(f"chosen; `songreel assemble {project}` cuts it in")
    if shot is not None:
        from songreel.takes import Takes

        found = Takes.of((take for take in found if take.shot == shot), found.folder)
    if as_json:
        print_json([take.row() for take in found])
    else:
        typer.echo(_takes(found))


def storyboard(
    context: typer.Context,  # noqa: ARG001 (every command takes it)
    plan: Annotated[
        Path, typer.Argument(metavar="PROJECT|PLAN.json", help="A project folder or a plan.")
    ],
    dialect: Annotated[
        str | None, typer.Option(help="Word the prompts as for this dialect (the plan's).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a plan as a director reads it: sections, shots, and what each one shows in full."""
    from songreel.planning import plan_at
    from songreel.prompting.dialects import reword
    from songreel.prompting.text import screenplay

    board = plan_at(plan)
    if as_json:
        worded = [reword(board, shot, dialect or board.dialect) for shot in board.shots]
        print_json(
            [
                {"shot": shot.id, "prompt": words.prompt, "negative": words.negative}
                for shot, words in zip(board.shots, worded, strict=True)
            ]
        )
    else:
        typer.echo(screenplay(board, dialect))


def lint(
    context: typer.Context,  # noqa: ARG001
    plan: Annotated[
        Path, typer.Argument(metavar="PROJECT|PLAN.json", help="A project folder or a plan.")
    ],
    dialect: Annotated[str | None, typer.Option(help="For this dialect (the plan's).")] = None,
    as_json: Json = False,
) -> None:
    """Read the prompts of a plan for faults: contradictions, references to other shots, length."""
    from songreel.planning import plan_at
    from songreel.prompting.lint import lint as read

    findings = read(plan_at(plan), dialect)
    if as_json:
        print_json([finding.model_dump(mode="json") for finding in findings])
    elif findings:
        rows = [(f.shot, f.rule, f.severity, f.text) for f in findings]
        typer.echo(table(("shot", "rule", "", "what to do"), rows))
    else:
        note("nothing found")
    if findings:
        raise typer.Exit(1)


def pairs(
    context: typer.Context,
    project: Folder,
    photos: Annotated[Path, typer.Argument(metavar="PHOTOS", help="A folder of photos.")],
    count: Annotated[
        int | None, typer.Option(min=1, help="How many shots get a pair (one a section).")
    ] = None,
    shot: Annotated[
        list[str] | None, typer.Option(help="These shots; repeatable (where pictures matter).")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the pairs with their scores.")
    ] = None,
    show_only: Annotated[
        bool, typer.Option("--show", help="Only show; leave the plan as it is.")
    ] = False,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Choose start and end images for shots of PROJECT from your photos, all different."""
    from songreel.cli.wiring import noted, services

    if sheet is not None:
        if sheet.suffix.lower() != ".png":
            raise InvalidInput(f"--sheet {sheet} is no PNG; give a name that ends with .png")
        free(sheet, force)
    with progress_of(context) as progress:
        chosen = services(context).pairs(
            project,
            photos,
            count=count,
            shots=shot or (),
            sheet=sheet,
            keep_plan=show_only,
            progress=progress,
        )
    if not show_only:
        noted(context, project, "pairs")
    if as_json:
        typer.echo(chosen.to_json(), nl=False)
        return
    rows = [
        (p.shot, p.start.file, p.end.file, f"{p.score:.2f}", "; ".join(p.reasons))
        for p in chosen.pairs
    ]
    typer.echo(table(("shot", "start", "end", "score", "why"), rows))
    for file in chosen.left_out:
        note(f"left out: {file.file} {file.reason}")
    for text in chosen.notices:
        note(f"note: {text}")


def _takes(found: "tuple[Take, ...]") -> str:
    rows = [
        (t.shot, t.name, t.state, t.source, f"{t.seconds:.2f} s", t.cost, str(t.seed), t.remark)
        for t in found
    ]
    return table(("shot", "take", "", "from", "length", "cost", "seed", "remarks"), rows)
