"""The services of one run of the command."""

import typer

from songreel.services import Services
from songreel.settings import Settings


def services(context: typer.Context) -> Services:
    """Services with the settings of this run."""
    return Services(Settings.load(context.obj["workspace"]))
