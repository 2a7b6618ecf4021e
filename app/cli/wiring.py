"""The services of one run of the command."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from songreel.cli.console import note
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.accounts import Accounts
    from songreel.deliveries import Deliveries
    from songreel.foley import Foley
    from songreel.grids import Grids
    from songreel.hand import Cuts
    from songreel.hosted import Choices
    from songreel.listening import Listening
    from songreel.made import Made
    from songreel.scoring import Scoring
    from songreel.services import Services
    from songreel.versions import Versions
    from songreel.visuals import Visuals
    from songreel.workspace import Workspace


def listening(context: typer.Context) -> "Listening":
    """The part of the services that hears songs: a third of the time to import."""
    from songreel.listening import Listening

    return Listening(Settings.load(context.obj["workspace"]))


def services(context: typer.Context) -> "Services":
    """Services with the settings of this run."""
    from songreel.services import Services

    return Services(Settings.load(context.obj["workspace"]))


def grids(context: typer.Context) -> "Grids":
    """Corrections of projects' grids, without what it takes to make a film."""
    from songreel.grids import Grids

    return Grids(listening(context))


def cuts(context: typer.Context) -> "Cuts":
    """Cuts by hand in projects' plans."""
    from songreel.hand import Cuts

    return Cuts(grids(context), Settings.load(context.obj["workspace"]))


def accounts(context: typer.Context) -> "Accounts":
    """The ledger of this run's workspace."""
    from songreel.accounts import Accounts

    return Accounts(Settings.load(context.obj["workspace"]))


def choices(context: typer.Context) -> "Choices":
    """Models and looks to choose from, in this run's settings."""
    from songreel.hosted import Choices

    return Choices(Settings.load(context.obj["workspace"]))


def deliveries(context: typer.Context) -> "Deliveries":
    """What leaves a project besides its film, in this run's settings."""
    from songreel.deliveries import Deliveries

    return Deliveries(services(context))


def versions(context: typer.Context) -> "Versions":
    """Other shapes and lengths of projects' films, in this run's settings."""
    from songreel.versions import Versions

    return Versions(services(context))


def made(context: typer.Context, project: Path | None) -> "Made":
    """The history of clips in this run's workspace, of all projects or of one."""
    from songreel.made import Made

    return Made(Settings.load(context.obj["workspace"]), project)


def visuals(context: typer.Context) -> "Visuals":
    """The scenes that are drawn here, in this run's settings."""
    from songreel.visuals import Visuals

    return Visuals(Settings.load(context.obj["workspace"]))


def foleys(context: typer.Context) -> "Foley":
    """Sound for pictures, in this run's settings."""
    from songreel.foley import Foley

    return Foley(Settings.load(context.obj["workspace"]))


def scores(context: typer.Context) -> "Scoring":
    """Music that is made here, in this run's settings."""
    from songreel.scoring import Scoring

    return Scoring(Settings.load(context.obj["workspace"]))


def workspace(context: typer.Context) -> "Workspace":
    """The workspace of this run."""
    from songreel.workspace import Workspace

    return Workspace(Settings.load(context.obj["workspace"]))


def noted(context: typer.Context, project: Path, what: str = "") -> None:
    """Tell the workspace of a plan that was changed; where that cannot be, say so and go on.

    Args:
        context: Of the command.
        project: The folder.
        what: The change in words; empty: as the project's history of changes has it.
    """
    from songreel.noting import note_at

    for text in note_at(Settings.load(context.obj["workspace"]), project, what):
        note(f"note: {text}")
