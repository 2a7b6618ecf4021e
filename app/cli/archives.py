"""`songreel pack`, `unpack`: a whole project as one file."""

from pathlib import Path
from typing import Annotated

import typer

from songreel.cli.console import note, progress_of
from songreel.cli.films import Folder
from songreel.cli.hearing import Force, Json, print_json


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(pack)
    app.command()(unpack)


def pack(
    context: typer.Context,
    project: Folder,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; beside the folder if left out."),
    ] = None,
    footage: Annotated[
        bool, typer.Option(help="Take your clips and photos along, wherever they lie.")
    ] = True,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write PROJECT whole into one file: song, plan, clips, takes, films, earlier plans."""
    from songreel.archive import pack as write
    from songreel.models.sizes import told_bytes
    from songreel.project import Project

    with progress_of(context) as progress:
        packed = write(Project.open(project), file, footage=footage, force=force, progress=progress)
    if as_json:
        print_json(
            {
                "file": str(packed.path), "bytes": packed.size, "files": len(packed.index.files),
                "project": packed.index.project, "left_out": list(packed.index.left_out),
            }
        )  # fmt: skip
        return
    typer.echo(packed.path)
    note(f"{len(packed.index.files)} files, {told_bytes(packed.size)}")
    for text in packed.index.left_out:
        note(text)


def unpack(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `songreel pack` wrote.")],
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The new folder; named after FILE if left out."),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--as-new", help="A project of its own beside the one it was packed from, in the books."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a project again from the FILE it was packed into; all that is in it is checked first."""
    from songreel.unarchive import unpack as read

    with progress_of(context) as progress:
        made = read(
            file, project or Path(file.name.removesuffix(".zip")), anew=anew, progress=progress
        )
    if as_json:
        print_json({"project": str(made.project.folder), "notices": list(made.notices)})
        return
    typer.echo(made.project.folder)
    for text in made.notices:
        note(text)
