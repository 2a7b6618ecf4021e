"""The best film for a sum, of the models whose services are ready here."""

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.planning import entry_of, is_paid
from songreel.project import ProjectFile
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.budget import Allotment
    from songreel.generation.catalogue.entry import Entry


class Spread(NamedTuple):
    """A sum spread over a film."""

    allotment: "Allotment"
    storyboard: Storyboard
    """The plan, with sources and takes as allotted."""


def spend(
    storyboard: Storyboard,
    project: ProjectFile,
    usd: Decimal,
    sources: Collection[str],
    settings: Settings,
) -> Spread:
    """Spread `usd` over the shots of a film.

    Args:
        storyboard: The plan.
        project: Its size, rate and own source.
        usd: The sum.
        sources: Models to choose among; empty: all of services that are ready here.
        settings: Of this run.

    Raises:
        InvalidInput: No service is ready, or a source is not known.
        BudgetExceeded: What the plan has settled already costs more.
    """
    from songreel.generation.budget import allot, apply
    from songreel.generation.catalogue.load import catalogue

    entries = _named(sources, settings) if sources else _ready(settings)
    own = project.visuals
    free = "builtin" if is_paid(own, settings) else own
    allotment = allot(
        storyboard,
        project.spec,
        usd,
        entries=entries,
        free=free,
        own=own,
        known=catalogue(settings.catalogue).entries,
        alone=_edited(storyboard),
    )
    return Spread(allotment, apply(storyboard, allotment))


def _named(sources: Collection[str], settings: Settings) -> "tuple[Entry, ...]":
    entries = []
    for source in sources:
        entry = entry_of(source, settings)
        if entry is None or not is_paid(source, settings):
            raise InvalidInput(f"{source} is no hosted model; see `songreel models`")
        entries.append(entry)
    return tuple(entries)


def _ready(settings: Settings) -> "tuple[Entry, ...]":
    """Models that make clips from words alone, of services that have what they need."""
    from songreel.generation.catalogue.load import catalogue
    from songreel.generation.provider import Context
    from songreel.generation.registry import describe

    known = catalogue(settings.catalogue)
    context = Context(scratch=settings.workspace, catalogue=settings.catalogue)
    reasons = {}
    for service in sorted({entry.provider for entry in known.entries}):
        standing = describe(service, context)
        if not standing.ready:
            reasons[service] = standing.reason
    ready = tuple(e for e in known.where(needs_nothing=True) if e.provider not in reasons)
    if not ready:
        raise InvalidInput(f"no hosted model is ready: {'; '.join(reasons.values())}")
    return ready


def _edited(storyboard: Storyboard) -> set[str]:
    """Shots whose words a person has written."""
    from songreel.prompting.dialects import words

    return {
        shot.id
        for shot in storyboard.shots
        if shot.parts is not None
        and words(shot, storyboard.look, storyboard.dialect).prompt != shot.prompt
    }
