"""Cuts by hand in a project: `Cuts` edits the plan and keeps the one before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from songreel import plan_edits
from songreel.anew import Anew, to_make
from songreel.changing import changing
from songreel.grids import Grids
from songreel.models.edits import (
    LockShots,
    MergeShots,
    MoveCut,
    PlanEdit,
    SetTransition,
    SplitShot,
)
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Storyboard
from songreel.models.transition import Transition, TransitionKind
from songreel.planning import planned
from songreel.project import Project
from songreel.prompting import hand
from songreel.revising import revise
from songreel.settings import Settings
from songreel.takes import shot_of

SECONDS = {
    TransitionKind.FLASH: 0.3, TransitionKind.CROSSFADE: 0.8, TransitionKind.WIPE: 0.6,
    TransitionKind.DIP: 0.8, TransitionKind.WHIP: 0.3, TransitionKind.ZOOM_BLUR: 0.4,
}  # fmt: skip
"""How long each lasts where nobody says it; others half a second."""


@dataclass(frozen=True)
class Edit:
    """What is to be done to a plan, each as the command's option has it."""

    unlock: Sequence[str] = ()
    """`s03,s05-s09` or `all`."""
    merge: Sequence[str] = ()
    """Shots."""
    move: Sequence[str] = ()
    """`s08=17:3`."""
    split: Sequence[str] = ()
    """`17:3`."""
    transition: Sequence[str] = ()
    """`s08=whip:0.5`."""
    lock: Sequence[str] = ()

    def __bool__(self) -> bool:
        return any((self.unlock, self.merge, self.move, self.split, self.transition, self.lock))

    def __str__(self) -> str:
        pairs = [
            (name, text)
            for name in ("unlock", "merge", "move", "split", "transition", "lock")
            for text in getattr(self, name)
        ]
        return " ".join(f"--{name} {text}" for name, text in pairs)


@dataclass(frozen=True)
class Edited:
    """A plan edited by hand."""

    before: Storyboard
    plan: Storyboard
    done: tuple[str, ...]
    """A sentence for each change."""
    anew: Anew


class Cuts:
    """Cuts by hand in projects.

    Args:
        grids: Knows the projects' grids, and undoes.
        settings: Of this run.
    """

    def __init__(self, grids: Grids, settings: Settings) -> None:
        self._grids, self._settings = grids, settings

    def show(self, folder: Path) -> Storyboard:
        """The plan of the project at `folder`.

        Raises:
            InvalidInput: There is no project, or no plan in it.
        """
        return planned(Project.open(folder))

    def edit(
        self, folder: Path, wanted: Edit, *, keep_plan: bool = False, progress: Progress = silent
    ) -> Edited:
        """Do what is `wanted`: unlock, merge, move, split, transitions, lock, in this order.

        Args:
            folder: The project.
            wanted: The changes; one that cannot be done leaves the plan as it is.
            keep_plan: Only say what would be.
            progress: Told what is being done.

        Raises:
            InvalidInput: A change cannot be done; the text says why.
        """
        project = Project.open(folder)
        with changing(project.folder):
            before = planned(project)
            analysis = self._grids.of(project, progress).analysis
            revised = revise(
                self._settings,
                project,
                before,
                lambda: analysis,
                lambda plan: _edited(plan, wanted, project, self._settings),
                "cuts",
                str(wanted),
                keep_plan=keep_plan,
            )
            after = revised.plan, analysis
            anew = to_make(self._settings, project, (before, analysis), after, revised.kept)
            return Edited(before, revised.plan, revised.done, anew)

    def undo(self, folder: Path) -> str:
        """Undo the last change of the plan, whoever made it; what it was."""
        return self._grids.undo(folder)

    def redo(self, folder: Path) -> str:
        """Make the change again that was undone last; what it is."""
        return self._grids.redo(folder)


def _edited(
    plan: Storyboard, wanted: Edit, project: Project, settings: Settings
) -> tuple[Storyboard, list[str]]:
    told: list[str] = []
    for read in (
        *(_locked(text, locked=False) for text in wanted.unlock),
        *(_merged(text) for text in wanted.merge),
        *(_moved(text) for text in wanted.move),
        *(_split(text) for text in wanted.split),
        *(_begun(text) for text in wanted.transition),
        *(_locked(text, locked=True) for text in wanted.lock),
    ):
        # Read only now: ranges and `all` are of the plan as the edits before have left it.
        plan, more = plan_edits.done(plan, read(plan), project, settings)
        told += more
    return plan, told


Read = Callable[[Storyboard], PlanEdit]


def _locked(text: str, *, locked: bool) -> Read:
    return lambda plan: LockShots(shots=hand.named(plan, text), locked=locked)


def _merged(text: str) -> Read:
    return lambda plan: MergeShots(shots=hand.named(plan, text))


def _moved(text: str) -> Read:
    def read(plan: Storyboard) -> PlanEdit:
        shot, at = _pair(text, "--move s08=17:3")
        return MoveCut(shot=shot_of(plan, shot).id, at=hand.moment(at))

    return read


def _split(text: str) -> Read:
    return lambda _: SplitShot(at=hand.moment(text))


def _begun(text: str) -> Read:
    def read(plan: Storyboard) -> PlanEdit:
        shot, how = _pair(text, "--transition s08=whip:0.5")
        return SetTransition(shot=shot_of(plan, shot).id, transition=_transition(how))

    return read


def _pair(text: str, example: str) -> tuple[str, str]:
    shot, equals, rest = text.partition("=")
    if not (equals and shot.strip() and rest.strip()):
        raise InvalidInput(f"{text!r} does not say which shot and what; write {example}")
    return shot.strip(), rest.strip()


def _transition(text: str) -> Transition:
    """`whip:0.5`, or a kind alone for its usual length."""
    kind, colon, seconds = text.rpartition(":")
    number: float | None = None
    try:
        number = float(seconds) if colon else None
    except ValueError:
        kind = text  # a name with a colon in it
    if not colon:
        kind = text
    name = kind.strip().lower()
    usual = 0.0 if name == TransitionKind.CUT else _usual(name)
    try:
        return Transition.model_validate(
            {"kind": name, "seconds": usual if number is None else number}
        )
    except ValueError as error:
        raise InvalidInput(
            f"--transition {text!r}: a cut has no length, every other transition lasts over 0 and "
            "up to 4 s; write s08=whip:0.5 or s08=cut"
        ) from error


def _usual(name: str) -> float:
    return next((seconds for kind, seconds in SECONDS.items() if kind.value == name), 0.5)
