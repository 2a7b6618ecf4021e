"""Where the films of a batch get their clips: who pays, and what the farm makes."""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from songreel.batch.films import Film
from songreel.models.errors import SongreelError
from songreel.models.storyboard import Storyboard
from songreel.planning import is_local, is_paid
from songreel.project import Project
from songreel.settings import Settings

OWN = ("footage", "still")
"""Local sources that each film's own process serves: what they show lies with the film, and it
costs less to cut than to send about."""


def named(film: Film, folder: Path) -> frozenset[str]:
    """Sources that a film asks: its own, its stand-ins, and those that shots of its plan name."""
    found = {film.wishes.source, *(film.wishes.stand_in or ())}
    project = Project(folder)
    with suppress(SongreelError):  # a spoilt plan is told of when the film is made
        if project.file.is_file():
            state = project.state
            asked = film.wishes
            found |= {state.visuals} if asked.visuals is None and asked.footage is None else set()
            found |= set(state.stand_ins) if asked.stand_in is None else set()
        if project.plan.is_file():
            shots = Storyboard.load(project.plan).shots
            found |= {shot.provider for shot in shots if shot.provider}
    return frozenset(found)


def hosted(source: str, settings: Settings) -> bool:
    """Whether its clips are paid for.

    Raises:
        InvalidInput: There is no such model.
    """
    return is_paid(source, settings)


def farmed(sources: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """Those whose clips the farm makes.

    Raises:
        InvalidInput: There is no such source or model.
        MachineError: The package that brings it is broken.
    """
    found = []
    for source in sorted(set(sources)):
        if source.partition(":")[0] in OWN or hosted(source, settings):
            continue
        if is_local(source) or source == "builtin" or _made_here(source, settings):
            found.append(source)
    return tuple(found)


def _made_here(source: str, settings: Settings) -> bool:
    """Whether a source of another package makes its clips where it runs."""
    from songreel.generation.provider import Context
    from songreel.generation.registry import create

    with tempfile.TemporaryDirectory(prefix="songreel-") as folder:
        provider = create(source, Context(scratch=Path(folder), cache=settings.workspace))
        try:
            return provider.traits.local
        finally:
            provider.close()
