"""`songreel export`, `contact-sheet`, `preview`: what leaves a project besides its film."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of
from songreel.cli.films import AspectOption, Folder, FpsOption
from songreel.cli.hearing import (
    Force,
    Json,
    LookOption,
    SeedOption,
    StyleOption,
    print_json,
)

if TYPE_CHECKING:
    from songreel.deliveries import Written


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (export, preview):
        app.command()(command)
    app.command("contact-sheet")(contact_sheet)


def export(
    context: typer.Context,
    project: Folder,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...|DIR/",
            help="The ending says what: .otio (OpenTimelineIO), .fcpxml (Final Cut Pro, Resolve), "
            ".edl (CMX 3600: Premiere, Resolve, Avid), .markers.edl (markers for Resolve), "
            ".chapters.txt (YouTube), .ffmeta (chapters for FFmpeg); and what `songreel analyze "
            "--export` knows: .jams, .beats, .mid, .sections.lab, .beats.csv, .beats.txt … DIR/ "
            "gets one of each.",
        ),
    ],
    beats: Annotated[
        bool, typer.Option(help="Mark each beat; bars, sections and drops always are.")
    ] = True,
    relative: Annotated[
        bool,
        typer.Option(
            "--relative",
            help="Point to clips by paths relative to the file, so that it can be moved together "
            "with the project (not all editors follow them); otherwise by absolute file URLs.",
        ),
    ] = False,
    drop_frame: Annotated[
        bool, typer.Option("--drop-frame", help="Drop-frame timecode in EDLs, for 29.97 fps.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write PROJECT's edit and music for other programs: cuts, clips, markers, chapters.

    Cuts, clips, speeds and dissolves travel; effects and words over the picture do not.
    """
    from songreel.cli.wiring import deliveries
    from songreel.deliveries import ExportChoices

    choices = ExportChoices(beats, relative, drop_frame, force)
    with progress_of(context) as progress:
        told(deliveries(context).export(project, files, choices, progress), as_json)


def contact_sheet(
    context: typer.Context,
    project: Folder,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=".png (one picture), .pdf (A4 pages) or .html (one page with all in it).",
        ),
    ],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show all shots of PROJECT on one sheet: pictures, times, words, colours, by section.

    Pictures are the film's where there is one, else those of clips, else sketches of the plan.
    """
    from songreel.cli.wiring import deliveries

    with progress_of(context) as progress:
        use = deliveries(context)
        told(use.contact_sheet(project, output, force=force, progress=progress), as_json)


def preview(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar="SONG|PROJECT", help="A song, or a project folder.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.mp4",
            help="(PROJECT/preview.mp4, or `SONG preview.mp4` here.)",
        ),
    ] = None,
    beeps: Annotated[
        bool, typer.Option(help="Beeps on the beats, higher on downbeats; the song 2.9 dB down.")
    ] = True,
    look: LookOption = None,
    style: StyleOption = None,
    seed: SeedOption = None,
    aspect: AspectOption = None,
    fps: FpsOption = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show the plan as a film before any clip is made or paid for: the real cuts, the real song.

    Each shot is its clip or photo where there is one, else a sketch in its colours with its shot
    size and camera move; beside it stand its words, time and bar, below it the beats.
    """
    from songreel.cli.wiring import deliveries
    from songreel.deliveries import PreviewChoices
    from songreel.models.render import RenderSpec
    from songreel.models.timebase import parse_rate
    from songreel.planning import Direction

    spec = None
    if aspect is not None or fps is not None:
        spec = RenderSpec.of(aspect.value if aspect else "16:9", 720, parse_rate(fps or "24"))
    choices = PreviewChoices(beeps, Direction(look, style, seed), spec, force)
    with progress_of(context) as progress:
        told(deliveries(context).preview(target, output, choices, progress), as_json)


def told(written: "Written", as_json: bool) -> None:
    """Say which files are there."""
    if as_json:
        print_json(
            {"files": [str(path) for path in written.files], "notices": list(written.notices)}
        )
        return
    for text in written.notices:
        note(f"note: {text}")
    for path in written.files:
        typer.echo(str(path))
