"""`songreel studio`: the studio in the browser, and REST beside it."""

from pathlib import Path
from typing import Annotated

import typer

from songreel.cli.console import note


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(studio)


def studio(
    context: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port (the first free one from 8110 on; 0: any)."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(help="Address to listen at; any but this machine's own demands a token."),
    ] = "127.0.0.1",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", metavar="DIR", help="As before the command.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="SONGREEL_TOKEN", help="Asked of everybody (made and printed where needed)."
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="HOST",
            help="Also asked for by this name, as behind a proxy (https://HOST: one with TLS); "
            "demands a token; repeatable.",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the browser.")
    ] = False,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=16, help="Jobs of the queue done at a time.")
    ] = 1,
) -> None:
    """Open the studio: songs, plans on a timeline, films, in the browser.

    REST is beside it under /api, described at /docs and /openapi.json. Ctrl-C ends it; jobs under
    way are given back to the queue and go on when it is opened again.
    """
    from songreel.settings import Settings
    from songreel.web.server import Wish, serve
    from songreel.workspace import Workspace

    settings = Settings.load(workspace or context.obj["workspace"])
    Workspace(settings).queue.all(limit=1)  # a database that fails is told before any address is
    wish = Wish(host, port, token, tuple(name or ()), not no_browser, at_once)
    serve(settings, wish, note)
