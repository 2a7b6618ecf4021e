"""Earlier plans of a project: every change made by command keeps the plan before it. `History`."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

from songreel.models.document import Document
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.models.grid_change import GridChange
from songreel.models.storyboard import Storyboard
from songreel.project import Project

Command = Literal["grid", "cuts", "effects", "captions"]
BEFORE, AFTER, EDITED, CHANGE = "before.json", "after.json", "edited.json", "change.json"


class PlanChange(Document):
    """`change.json`: what was done to a plan, and the corrections of the grid before it."""

    kind: ClassVar[str] = "songreel.plan-change"
    version: ClassVar[int] = 1

    by: Command
    what: str
    """As the command's options."""
    grid: tuple[GridChange, ...] = ()
    undone: bool = False


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
    def before(self) -> Storyboard | None:
        """The plan before; None where there was none."""
        path = self.folder / BEFORE
        return Storyboard.load(path) if path.is_file() else None

    @property
    def after(self) -> Storyboard | None:
        """The plan it left."""
        path = self.folder / AFTER
        return Storyboard.load(path) if path.is_file() else None


class History:
    """The folder of earlier plans. Nothing in it is ever removed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.plans

    def steps(self) -> list[Step]:
        """Changes that hold, the oldest first."""
        return [step for step in self._all() if not step.change.undone]

    def keep(
        self,
        by: Command,
        what: str,
        after: Storyboard | None,
        grid: tuple[GridChange, ...],
    ) -> None:
        """Store the plan as it is, and as it is about to be.

        Args:
            by: The command.
            what: Its options.
            after: The new plan.
            grid: Corrections of the grid up to now.

        Raises:
            MachineError: The folder cannot be written.
        """
        number = max((int(step.folder.name) for step in self._all()), default=0) + 1
        folder = self._folder / f"{number:03d}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._project.plan.is_file():
                _copy(self._project.plan, folder / BEFORE)
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
        if after is not None:
            after.save(folder / AFTER)
        PlanChange(by=by, what=what, grid=grid).save(folder / CHANGE)

    def undo(self) -> Step:
        """Bring back the plan before the last change, byte for byte.

        A plan that was edited since is kept beside it. The caller restores the grid's corrections.

        Raises:
            InvalidInput: There is no change to undo.
        """
        steps = self.steps()
        if not steps:
            raise InvalidInput(
                f"{self._project.folder}: there is nothing to undo; `songreel grid`, "
                "`cuts`, `effects` and `captions` have changed nothing here"
            )
        last, plan = steps[-1], self._project.plan
        try:
            now = plan.read_bytes() if plan.is_file() else b""
            left = last.folder / AFTER
            if now and not (left.is_file() and left.read_bytes() == now):
                _copy(plan, last.folder / EDITED)
            if (last.folder / BEFORE).is_file():
                _copy(last.folder / BEFORE, plan)
        except OSError as error:
            raise MachineError(f"cannot write {plan}: {error.strerror or error}") from error
        last.change.model_copy(update={"undone": True}).save(last.folder / CHANGE)
        return last

    def _all(self) -> list[Step]:
        return sorted(self._found(), key=lambda step: int(step.folder.name))

    def _found(self) -> Iterator[Step]:
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            if folder.name.isdecimal() and (folder / CHANGE).is_file():
                yield Step(folder)


def _copy(source: Path, target: Path) -> None:
    content = source.read_bytes()
    with whole(target) as partial:
        partial.write_bytes(content)
