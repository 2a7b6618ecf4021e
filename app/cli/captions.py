"""`songreel captions`: the words over a film, and captions beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, table
from songreel.cli.hearing import Force, Json, print_json
from songreel.cli.wording import (
    ArtistOption,
    EndCardOption,
    KaraokeOption,
    TitleOption,
    Where,
    wording,
)

if TYPE_CHECKING:
    from songreel.models.lyrics import Line
    from songreel.models.storyboard import Storyboard


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(captions)


def captions(
    context: typer.Context,
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="A project folder.")],
    on: Annotated[bool | None, typer.Option("--on/--off", help="Show captions, or none.")] = None,
    karaoke: KaraokeOption = None,
    size: Annotated[
        float | None, typer.Option(min=2, max=15, help="Percent of the picture's short side (6).")
    ] = None,
    place: Annotated[Where | None, typer.Option(help="Where captions stand (bottom).")] = None,
    font: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your font, for captions and cards.")
    ] = None,
    lyrics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Other words; the shots stay as they are planned."),
    ] = None,
    title: TitleOption = None,
    artist: ArtistOption = None,
    end_card: EndCardOption = None,
    export: Annotated[
        list[Path] | None,
        typer.Option(
            "--export", "-e", metavar="FILE", help="Write .srt, .vtt or .lrc; repeatable."
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show or change the words over PROJECT's film; nothing is planned or generated anew."""
    from songreel.cli.wiring import noted
    from songreel.planning import plan_at
    from songreel.wording import change
    from songreel.wording import export as write

    wanted = wording(title, artist, end_card, on, karaoke, size, place, font)
    changed = wanted.asked or lyrics is not None
    before = plan_at(project)
    plan = change(project, wanted, lyrics) if changed else before
    for text in plan.notices:
        if text not in before.notices:
            note(f"note: {text}")
    if export:
        write(plan, tuple(export), force)
        for path in export:
            note(f"written: {path}")
    if changed:
        noted(context, project)
        note(f"changed; `songreel assemble {project}` cuts it in")
    if as_json:
        print_json(
            {
                "captions": plan.captions.model_dump(mode="json") if plan.captions else None,
                "titles": [card.model_dump(mode="json") for card in plan.titles],
                "lines": [line.model_dump(mode="json") for line in _lines(plan)],
            }
        )
    elif not export:
        _show(plan)


def _lines(plan: "Storyboard") -> "tuple[Line, ...]":
    return plan.lyrics.lines if plan.lyrics is not None else ()


def _show(plan: "Storyboard") -> None:
    from songreel.models.timebase import clock

    rows: list[tuple[str, str, str]] = [
        (clock(card.start), card.kind, " / ".join(filter(None, (card.text, card.detail))))
        for card in plan.titles
    ]
    if plan.captions is not None:
        rows += [
            (clock(line.start), "caption", line.text)
            for line in _lines(plan)
            if line.start is not None
        ]
    if rows:
        typer.echo(table(("at", "kind", "text"), sorted(rows)))
    else:
        note("no captions and no cards")
