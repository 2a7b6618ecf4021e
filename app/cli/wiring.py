"""The services of one run of the command."""

import typer

from songreel.accounts import Accounts
from songreel.hosted import Choices
from songreel.services import Services
from songreel.settings import Settings


def services(context: typer.Context) -> Services:
    """Services with the settings of this run."""
    return Services(Settings.load(context.obj["workspace"]))


def accounts(context: typer.Context) -> Accounts:
    """The ledger of this run's workspace."""
    return Accounts(Settings.load(context.obj["workspace"]))


def choices(context: typer.Context) -> Choices:
    """Models and looks to choose from, in this run's settings."""
    return Choices(Settings.load(context.obj["workspace"]))
