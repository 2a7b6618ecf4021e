"""The `songreel` command: its groups, and how an error ends."""

import inspect
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

import songreel
from songreel.cli import (
    archives,
    batch,
    captions,
    comfyui,
    cuts,
    deliveries,
    effects,
    films,
    foley,
    grids,
    hearing,
    history,
    hosted,
    jobs,
    machine,
    memory,
    mixing,
    money,
    score,
    shots,
    studio,
    versions,
    visuals,
    workspace,
)
from songreel.cli.console import INTERRUPTED
from songreel.models.errors import SongreelError

app = typer.Typer(
    name="songreel",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"songreel {songreel.__version__}")
        raise typer.Exit


@app.callback()
def songreel_command(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="SONGREEL_WORKSPACE",
            help="Folder of what spans projects: songs heard, money, jobs, films of the studio.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only results.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Give it a song, get a music video whose pictures move, change and cut with the music.

    Results go to stdout, talk to stderr. Exit status: 0 done, 1 it cannot be done (one sentence
    says why), 2 a wrong option, 130 interrupted (run the same command again to go on).
    """
    context.obj = {"workspace": workspace, "quiet": quiet}


films.add_to(app)
batch.add_to(app)
captions.add_to(app)
effects.add_to(app)
hearing.add_to(app)
shots.add_to(app)
score.add_to(app)
deliveries.add_to(app)
grids.add_to(app)
cuts.add_to(app)
foley.add_to(app)
hosted.add_to(app)
comfyui.add_to(app)
money.add_to(app)
history.add_to(app)
jobs.add_to(app)
archives.add_to(app)
versions.add_to(app)
machine.add_to(app)
studio.add_to(app)
memory.add_to(app)
mixing.add_to(app)
visuals.add_to(app)
workspace.add_to(app)


PANELS = {
    "From a song to a film": "make demo studio analyze plan preview generate assemble report",
    "Plan and cut": "grid cuts effects captions storyboard lint looks styles",
    "Pictures": "visuals providers models takes retake pairs contact-sheet",
    "Sound": "score foley mix",
    "Out of it": "formats excerpt loop export pack unpack",
    "Money": "quote budget costs history",
    "Many films, and this machine": "batch jobs workspace memory comfyui doctor",
}
"""What help lists together, in this order."""


def _in_panels() -> None:
    place = {name: panel for panel, names in PANELS.items() for name in names.split()}
    order = list(place)
    for listed in (app.registered_commands, app.registered_groups):
        for info in listed:
            called = str(info.name or getattr(info.callback, "__name__", ""))
            info.name, info.rich_help_panel = called, place[called]
        listed.sort(key=lambda info: order.index(str(info.name)))


def _in_paragraphs(group: typer.Typer) -> None:
    """Help without the line breaks of its source: typer keeps them, and breaks lines besides."""
    for info in group.registered_commands:
        info.help = info.help or _joined(info.callback.__doc__ if info.callback else None)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            _in_paragraphs(inner.typer_instance)


def _joined(text: str | None) -> str:
    parts = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts)


_in_panels()
_in_paragraphs(app)
if app.registered_callback is not None:
    app.registered_callback.help = _joined(songreel_command.__doc__)


def run() -> None:
    """Run the command line; every error a person can act on is one sentence and exit 1."""
    # A batch system's TERM is as good a wish to stop as Ctrl-C, and as safe.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except SongreelError as error:
        typer.echo(f"songreel: {error}", err=True)
        sys.exit(1)
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        # CPython remembers an interrupt that struck inside `exec` of a text (dataclasses and
        # numba use it) and dies of SIGINT at its end although the interrupt was handled.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
