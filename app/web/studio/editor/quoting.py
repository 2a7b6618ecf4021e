"""What something will cost before it is asked for, and the limits that it would pass: `Asked`."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from songreel.models.storyboard import Storyboard
from songreel.takes import Change, retaken
from songreel.workspace import Workspace

if TYPE_CHECKING:
    from songreel.generation.quote import FilmQuote


@dataclass(frozen=True)
class Asked:
    """A quote as it is put before somebody."""

    lines: tuple[str, ...]
    """For people, the sum last."""
    total: str
    high: Decimal
    """USD at most if every clip is kept as it comes."""
    limits: tuple[str, ...]
    """A sentence for each limit that would be passed."""
    clips: int
    """How many are to be made or bought."""
    retakes: int = 0
    """How often a broken clip may be bought again."""

    @property
    def most(self) -> Decimal:
        """USD at most, with all retakes: what is agreed to."""
        return self.high * (1 + self.retakes)

    @property
    def free(self) -> bool:
        """Whether nothing is to be paid."""
        return self.high == 0


def film_quote(workspace: Workspace, project_id: str, retakes: int = 0) -> Asked:
    """What the clips that the plan asks for and the project lacks will cost.

    Args:
        workspace: Of the project.
        project_id: Its id.
        retakes: How often a broken clip may be bought again; each may cost as much again.

    Raises:
        SongreelError: A source can serve none of its shots.
    """
    return _asked(workspace, project_id, workspace.editing.quote(project_id), retakes)


def retake_quote(workspace: Workspace, project_id: str, shot: str, change: Change) -> Asked:
    """What a new take of `shot` will cost, with whatever else the project lacks.

    Raises:
        SongreelError: There is no such shot, or a source cannot serve it.
    """
    from songreel.desk import Desk

    project = workspace.projects.open(project_id)
    heard = workspace.editing.heard(project_id)
    plan = retaken(Storyboard.load(project.plan), shot, change)
    if heard is None:
        return film_quote(workspace, project_id)
    with Desk.of(workspace.settings, project, heard, plan) as desk:
        return _asked(workspace, project_id, desk.quote())


def _asked(workspace: Workspace, project_id: str, quote: "FilmQuote", retakes: int = 0) -> Asked:
    high = quote.total.high
    return Asked(
        lines=quote.lines(),
        total=str(quote.total) if high else "nothing to pay",
        high=high,
        limits=_limits(workspace, project_id, high * (1 + retakes)) if high else (),
        clips=sum(not clip.under_way for clip in quote.clips),
        retakes=retakes,
    )


def _limits(workspace: Workspace, project_id: str, high: Decimal) -> tuple[str, ...]:
    from songreel.limits import bounds
    from songreel.store.ledger import Ledger

    return bounds(Ledger(workspace.settings.database), project_id, None, high)
