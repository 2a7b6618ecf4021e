"""`songreel models`, `looks` and `styles`: what can be chosen from."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.hearing import Json, print_json
from songreel.cli.local import local_table
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.generation.catalogue.entry import Entry
    from songreel.generation.catalogue.sound_entry import SoundEntry

models = typer.Typer(
    help="List the models of pictures and sound, or check hosted ones against their services."
)

ServiceOption = Annotated[
    str | None,
    typer.Option("--provider", help="Of this one only: replicate, fal, or local (this machine)."),
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(models, name="models", invoke_without_command=True)
    app.command()(looks)
    app.command()(styles)


@models.callback()
def list_models(
    context: typer.Context,
    provider: ServiceOption = None,
    start_image: Annotated[bool, typer.Option(help="Takes a start image.")] = False,
    end_image: Annotated[bool, typer.Option(help="Takes an end image.")] = False,
    seconds: Annotated[
        float | None, typer.Option(help="Makes clips at least this long.", min=0.0)
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="One model, with everything known of it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the models of pictures and sound: lengths, sizes, images, licence, price and its date.

    Of the images, one with a ! is needed; those in brackets are taken by the model's own endpoint
    for images, to which such shots go by themselves.
    """
    if context.invoked_subcommand is not None:
        return
    from songreel.cli.wiring import choices
    from songreel.generation.catalogue.legal import longest
    from songreel.planning import LOCAL

    def fits(entry: "Entry") -> bool:
        return (
            (name is None or name in (entry.name, entry.ref))
            and (entry.accepts("start") or not start_image)
            and (entry.accepts("end") or not end_image)
            and (seconds is None or longest(entry) >= seconds)
        )

    if provider == LOCAL:
        here = [model for model in choices(context).local_models() if fits(model.entry())]
        if name is not None and not here:
            raise InvalidInput(f"no local model {name!r} is listed so; see `songreel models`")
        if as_json or name is not None:
            print_json([model.model_dump(mode="json") for model in here])
        else:
            typer.echo(local_table(here))
            note("images: ! is needed; GB: as it runs fastest (and the least), estimated")
        return
    found = [entry for entry in choices(context).models(provider) if fits(entry)]
    sounds = [
        entry
        for entry in choices(context).sound_models(provider)
        if (name is None or name in (entry.name, entry.ref))
        and not (start_image or end_image)
        and (seconds is None or entry.longest >= seconds)
    ]
    if name is not None and not (found or sounds):
        raise InvalidInput(f"no model {name!r} is listed so; see `songreel models`")
    if as_json or name is not None:
        print_json([entry.model_dump(mode="json") for entry in (*found, *sounds)])
    else:
        if found or not sounds:
            typer.echo(_models(found))
            note("images: ! is needed; ( ) goes to the model's own endpoint for images by itself")
        if sounds:
            typer.echo(("\n" if found else "") + _sounds(sounds))
            note("from sound: goes on from it; from pictures: follows them; ! is needed")
        if provider is None:
            note("models on this machine: `songreel models --provider local`")


@models.command()
def check(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="MODEL", help="One model (all).")] = None,
    provider: ServiceOption = None,
    as_json: Json = False,
) -> None:
    """Compare entries with the live schemas under your keys, and print the differences."""
    from songreel.cli.wiring import choices
    from songreel.hosted import AS_LISTED, NOT_CHECKED
    from songreel.settings import Settings

    with progress_of(context) as progress:
        checked = choices(context).check(provider, name, progress)
    if as_json:
        print_json([asdict(item) for item in checked])
    else:
        rows = [(c.source, c.state, line) for c in checked for line in c.differences or ("",)]
        typer.echo(table(("model", "", "difference"), rows))
    if any(c.state not in (AS_LISTED, NOT_CHECKED) for c in checked):
        note(f"entries are corrected in {Settings.load().config / 'catalogue.toml'}")
    if any(c.state != AS_LISTED for c in checked):
        raise typer.Exit(1)


def looks(context: typer.Context, as_json: Json = False) -> None:
    """List the looks: those that ship, and your own."""
    from songreel.cli.wiring import choices

    rows = choices(context).looks()
    if as_json:
        print_json([row._asdict() for row in rows])
    else:
        typer.echo(table(("look", "what it is for", "from"), rows))


def styles(context: typer.Context, as_json: Json = False) -> None:
    """List the cutting styles: those that ship, and your own."""
    from songreel.cli.wiring import choices

    rows = choices(context).styles()
    if as_json:
        print_json([row._asdict() for row in rows])
    else:
        typer.echo(table(("style", "how it cuts", "from"), rows))


def _models(found: "list[Entry]") -> str:
    from songreel.generation.catalogue.told import told

    return table(
        ("source", "lengths", "size", "images", "USD", "licence"),
        [told(entry) for entry in found],
    )


def _sounds(found: "list[SoundEntry]") -> str:
    from songreel.generation.catalogue.sound_told import sound_told

    return table(
        ("source of sound", "makes", "longest", "USD", "licence"),
        [sound_told(entry) for entry in found],
    )
