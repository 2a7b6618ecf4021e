"""Earlier plans of a project: every change keeps the plan before it. `History`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from songreel.changing import changing
from songreel.models.document import Document
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.models.grid_change import GridChange
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.unchanged import Documents

Command = Literal[
    "grid", "cuts", "effects", "captions", "shot", "takes", "retake", "plan", "pairs", "budget"
]
BEFORE, AFTER, EDITED, CHANGE = "before.json", "after.json", "edited.json", "change.json"
HEARD_BEFORE, HEARD_AFTER = "heard before.json", "heard after.json"


class PlanChange(Document):
    """`change.json`: what was done to a plan, and the corrections of the grid around it."""

    kind: ClassVar[str] = "songreel.plan-change"
    version: ClassVar[int] = 1

    by: Command
    what: str
    """As the command's options."""
    done: tuple[str, ...] = ()
    """A sentence for each thing that was done."""
    grid: tuple[GridChange, ...] = ()
    """Corrections up to then."""
    grid_after: tuple[GridChange, ...] | None = None
    """Corrections from then on; None: the same."""
    after: int | None = None
    """Number of the change that this one was made on; 0 for none. None in changes from before it
    was told: they cannot be made again once they are undone."""
    undone: bool = False

    def __str__(self) -> str:
        """In words."""
        return "; ".join(self.done) if self.done else f"{self.by} {self.what}".strip()


class Step:
    """One change, in a folder of its own.

    Attributes:
        folder: `before.json` is the plan before it, `after.json` the plan it left, `edited.json`
            the one that was there when it was undone, if that was another.
        change: What was done.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.change = PlanChange.load(folder / CHANGE)

    @property
    def number(self) -> int:
        """From 1."""
        return int(self.folder.name)

    @property
    def before(self) -> Storyboard | None:
        """The plan before; None where there was none."""
        path = self.folder / BEFORE
        return Storyboard.load(path) if path.is_file() else None

    @property
    def after(self) -> Storyboard | None:
        """The plan it left."""
        path = self.folder / AFTER
        return Storyboard.load(path) if path.is_file() else None

    def heard(self, *, after: bool) -> Path | None:
        """What was taken for the song's own grid, where the change made that another."""
        path = self.folder / (HEARD_AFTER if after else HEARD_BEFORE)
        return path if path.is_file() else None


class History:
    """The folder of earlier plans. Nothing in it is ever removed.

    A change that is undone can be made again until another one is made in its place. The project's
    documents are the caller's (`songreel.changing`) for all of it.

    Args:
        project: Whose plans.
        documents: Knows what was read from files before.
    """

    def __init__(self, project: Project, documents: Documents | None = None) -> None:
        self._project = project
        self._folder = project.plans
        self._documents = documents or Documents(1)

    def steps(self) -> list[Step]:
        """Changes that hold, the oldest first."""
        return [step for step in self._all() if not step.change.undone]

    def keep(
        self,
        by: Command,
        what: str,
        after: Storyboard | None,
        grid: tuple[GridChange, ...],
        done: Sequence[str] = (),
        grid_after: tuple[GridChange, ...] | None = None,
    ) -> Step:
        """Store the plan as it is, and as it is about to be.

        Args:
            by: The command.
            what: Its options.
            after: The new plan.
            grid: Corrections of the grid up to now.
            done: What is done, a sentence each.
            grid_after: Corrections from now on, where they are others.

        Raises:
            MachineError: The folder cannot be written.
        """
        known = self._all()
        number = known[-1].number + 1 if known else 1
        on = next((step.number for step in reversed(known) if not step.change.undone), 0)
        folder = self._folder / f"{number:03d}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._project.plan.is_file():
                copy(self._project.plan, folder / BEFORE)
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
        if after is not None:
            after.save(folder / AFTER)
        # Only now is it a change: a folder without this file is left over from a crash.
        change = PlanChange(
            by=by, what=what, done=tuple(done), grid=grid, grid_after=grid_after, after=on
        )
        change.save(folder / CHANGE)
        return Step(folder)

    def to_undo(self) -> Step | None:
        """The change that `undo` takes back.

        None where none holds, or the last one was made when there was no plan yet: the plan that
        was made since stands on it.
        """
        steps = self.steps()
        if not steps:
            return None
        unplanned = not (steps[-1].folder / BEFORE).is_file()
        return None if unplanned and self._project.plan.is_file() else steps[-1]

    def to_redo(self) -> Step | None:
        """The change that `redo` makes again.

        None where none was undone, or the plan is another by now than undoing has left.
        """
        known = self._all()
        on = next((step.number for step in reversed(known) if not step.change.undone), 0)
        step = next((s for s in reversed(known) if s.change.undone and s.change.after == on), None)
        if step is None:
            return None
        before, plan = step.folder / BEFORE, self._project.plan
        if not before.is_file() or not plan.is_file():
            return step if before.is_file() == plan.is_file() else None
        return step if self._documents.digest(before) == self._documents.digest(plan) else None

    def undo(self) -> Step:
        """Bring back the plan before the last change, byte for byte.

        A plan that was edited since is kept beside it. The caller restores the grid's corrections.

        Raises:
            InvalidInput: There is no change to undo.
        """
        last, plan = self.to_undo(), self._project.plan
        if last is None:
            raise InvalidInput(
                f"{self._project.folder}: there is nothing to undo; no command has changed the "
                "plan here"
            )
        try:
            now = plan.read_bytes() if plan.is_file() else b""
            left = last.folder / AFTER
            if now and not (left.is_file() and left.read_bytes() == now):
                copy(plan, last.folder / EDITED)
            elif (last.folder / EDITED).is_file():
                (last.folder / EDITED).replace(_free(last.folder / EDITED))
            if (last.folder / BEFORE).is_file():
                copy(last.folder / BEFORE, plan)
        except OSError as error:
            raise MachineError(f"cannot write {plan}: {error.strerror or error}") from error
        last.change.model_copy(update={"undone": True}).save(last.folder / CHANGE)
        return last

    def redo(self) -> Step:
        """Bring back the plan as it was when its last undone change was undone, byte for byte.

        The caller restores the grid's corrections.

        Raises:
            InvalidInput: There is nothing to make again.
        """
        step, plan = self.to_redo(), self._project.plan
        if step is None:
            raise InvalidInput(
                f"{self._project.folder}: there is nothing to redo: nothing was undone, or the "
                "plan was changed since"
            )
        try:
            for name in (EDITED, AFTER):
                if (step.folder / name).is_file():
                    copy(step.folder / name, plan)
                    break
        except OSError as error:
            raise MachineError(f"cannot write {plan}: {error.strerror or error}") from error
        step.change.model_copy(update={"undone": False}).save(step.folder / CHANGE)
        return step

    def _all(self) -> list[Step]:
        return sorted(self._found(), key=lambda step: step.number)

    def _found(self) -> Iterator[Step]:
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            if folder.name.isdecimal():
                step = self._documents.load(folder / CHANGE, lambda path: Step(path.parent))
                if step is not None:
                    yield step


def replace_plan(
    project: Project,
    before: Storyboard | None,
    after: Storyboard,
    by: Command,
    what: str,
    done: Sequence[str] = (),
) -> None:
    """Store a plan in the place of the one that it was made from, which is kept.

    Raises:
        InvalidInput: The plan was changed meanwhile.
        MachineError: The folder cannot be written: the plan is as it was.
    """
    if after == before:
        return
    with changing(project.folder):
        now = Storyboard.load(project.plan) if project.plan.is_file() else None
        if now != before:
            raise InvalidInput(
                f"{project.plan} was changed meanwhile: it stays as it is, and what was worked out "
                "for the plan before is left out; run the same again"
            )
        if before is not None:
            History(project).keep(by, what, after, project.state.grid, done)
        after.save(project.plan)


def copy(source: Path, target: Path) -> None:
    """Write `target` as `source` is, whole or not at all."""
    content = source.read_bytes()
    with whole(target) as partial:
        partial.write_bytes(content)


def _free(path: Path) -> Path:
    """A name beside `path` that is not taken."""
    number = 1
    while (free := path.with_name(f"{path.stem} {number}{path.suffix}")).exists():
        number += 1
    return free
