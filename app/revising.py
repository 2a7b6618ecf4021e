"""A plan changed and stored with the one before it: `revise`. Commands, pages and REST end here."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from songreel.anew import keeping
from songreel.history import Command, History
from songreel.models.music import Analysis
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.settings import Settings
from songreel.unchanged import Documents

Rework = Callable[[Storyboard], tuple[Storyboard, Sequence[str]]]
"""From a plan to the next, with a sentence for each thing that was done."""


class Revised(NamedTuple):
    """What became of a plan."""

    before: Storyboard
    plan: Storyboard
    done: tuple[str, ...]
    kept: tuple[str, ...]
    """Shots that keep a paid clip though the plan would ask for another one."""

    @property
    def changed(self) -> bool:
        """Whether it is another plan."""
        return self.plan is not self.before and self.plan != self.before


def revise(
    settings: Settings,
    project: Project,
    before: Storyboard,
    hear: Callable[[], Analysis],
    rework: Rework,
    by: Command,
    what: str,
    *,
    let_go: Collection[str] = (),
    keep_plan: bool = False,
    documents: Documents | None = None,
) -> Revised:
    """Rework a project's plan, and store it with the one before.

    The project's documents are the caller's (`songreel.changing`).

    Args:
        settings: Of this run.
        project: The project.
        before: Its plan.
        hear: Gives its analysis, where that is needed.
        rework: What is to be done. What it raises leaves the plan as it is.
        by: The command that does the same.
        what: Its options.
        let_go: Shots that are to have another clip: theirs is not kept for being paid for.
        keep_plan: Only say what would be.
        documents: Knows what was read from files before, and gets to know the new plan.

    Raises:
        InvalidInput: As `rework`.
        MachineError: The folder cannot be written: the plan is as it was.
    """
    plan, done = rework(before)
    plan, kept = keeping(settings, project, before, plan, hear, let_go=let_go)
    revised = Revised(before, plan, tuple(done), kept)
    if revised.changed and not keep_plan:
        History(project, documents).keep(by, what, plan, project.state.grid, done)
        plan.save(project.plan)
        if documents is not None:
            documents.know_text(plan)
    return revised
