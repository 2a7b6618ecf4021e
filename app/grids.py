"""The grid in the user's hand: a project's beats and bars corrected, its plan re-timed. `Grids`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from songreel.anew import Anew, keeping, to_make
from songreel.changing import changing
from songreel.ears import Ears
from songreel.history import HEARD_AFTER, HEARD_BEFORE, History, Step
from songreel.listening import Listening
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import GridChange, Move, composed
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.unchanged import Documents


@dataclass(frozen=True)
class Grid(Shows):
    """A project's grid as it stands."""

    shown_by: ClassVar[str] = "songreel.shown:grid"

    analysis: Analysis
    """Corrected."""
    heard: Analysis
    """Before anything was corrected."""
    changes: tuple[GridChange, ...]
    plan: Storyboard | None


@dataclass(frozen=True)
class Corrected(Shows):
    """What a correction has done."""

    shown_by: ClassVar[str] = "songreel.shown:corrected"

    grid: Grid
    before: Grid
    notices: tuple[str, ...] = ()
    anew: Anew | None = None

    @property
    def moved(self) -> int:
        """How many shots begin at another time."""
        old, new = self.before.plan, self.grid.plan
        if old is None or new is None:
            return 0
        were = dict(zip((shot.id for shot in old.shots), old.starts, strict=True))
        return sum(
            abs(were.get(shot.id, -1.0) - start) > 5e-4
            for shot, start in zip(new.shots, new.starts, strict=True)
        )


def heard_and_corrected(
    project: Project, hear: Callable[[], Analysis]
) -> tuple[Analysis, Analysis]:
    """A project's analysis as it was heard, and with what a person has corrected since.

    Corrections are of what was heard when they were made; that is kept in the project.
    """
    changes = project.state.grid
    if not changes:
        heard = hear()
        return heard, heard
    from songreel.analysis.regrid import corrected

    heard = Analysis.load(project.heard) if project.heard.is_file() else hear()
    return heard, corrected(heard, changes)


class Grids:
    """Corrections of the grids of projects.

    Args:
        listening: Hears a song where a project has no analysis any more.
        documents: Knows what was read from files before.
    """

    def __init__(self, listening: Listening, documents: Documents | None = None) -> None:
        self._listening, self._documents = listening, documents or Documents(1)

    def show(self, folder: Path, progress: Progress = silent) -> Grid:
        """The grid of the project at `folder`."""
        return self.of(Project.open(folder), progress)

    def correct(
        self,
        folder: Path,
        wanted: Sequence[GridChange],
        *,
        keep_plan: bool = False,
        quick: bool = False,
        progress: Progress = silent,
    ) -> Corrected:
        """Correct the grid, and re-time the plan.

        Args:
            folder: The project.
            wanted: Corrections, in the order in which they are made.
            keep_plan: Only say what would be.
            quick: Do not work out what is to be made anew.
            progress: Told what is being done.

        Raises:
            InvalidInput: A correction cannot be made.
        """
        from songreel.analysis.regrid import corrected, expanded, regrid

        project = Project.open(folder)
        with changing(project.folder):
            before = self.of(project, progress)
            heard, analysis, plan = before.heard, before.analysis, before.plan
            changes, notices = before.changes, list[str]()
            if plan is not None and plan.grid != analysis.grid:
                heard = analysis = _on_the_plans(analysis, plan)
                changes = ()
                notices.append("the plan has a grid of its own: that is what is corrected")
            progress("moving the grid", 0.0)
            for asked in wanted:
                for change in expanded(analysis, asked):
                    step = regrid(analysis, change)
                    more = composed((*changes, change))
                    after = corrected(heard, more) if len(more) < len(changes) else step.analysis
                    notices += step.notices
                    if plan is not None:
                        plan, told = _retimed(plan, analysis, after, step.move)
                        notices += told
                    analysis, changes = after, more
            grid = Grid(analysis, heard, changes, plan)
            what = " ".join(str(change) for change in wanted)
            return self._store(
                project, before, grid, what, tuple(notices), keep_plan=keep_plan, quick=quick
            )

    def reset(
        self, folder: Path, *, keep_plan: bool = False, progress: Progress = silent
    ) -> Corrected:
        """Take all corrections back. The plan has its moments again; what was edited since stays.

        Raises:
            InvalidInput: Nothing was corrected.
        """
        from songreel.prompting.restore import restored

        project = Project.open(folder)
        with changing(project.folder):
            before = self.of(project, progress)
            if not before.changes:
                raise InvalidInput(f"{folder}: nothing of the grid was corrected")
            plan, notices = before.plan, tuple[str, ...]()
            if plan is not None:
                first, last = _run(project)
                back = restored(plan, last, first) if first and last else None
                if back is not None:
                    plan = back
                else:
                    move = Move("weight")
                    plan, notices = _retimed(plan, before.analysis, before.heard, move)
            grid = Grid(before.heard, before.heard, (), plan)
            return self._store(project, before, grid, "--reset", notices, keep_plan=keep_plan)

    def undo(self, folder: Path) -> str:
        """Undo the last change of the plan or the grid, whoever made it; what it was.

        Raises:
            InvalidInput: There is none.
        """
        return self._back(Project.open(folder), again=False)

    def redo(self, folder: Path) -> str:
        """Make the change again that was undone last; what it is.

        Raises:
            InvalidInput: There is none, or the plan was changed since.
        """
        return self._back(Project.open(folder), again=True)

    def _back(self, project: Project, *, again: bool) -> str:
        with changing(project.folder):
            history = History(project, self._documents)
            step = history.redo() if again else history.undo()
            self.follow(project, step, again=again)
            return f"{step.change.by} {step.change.what}"

    def follow(self, project: Project, step: Step, *, again: bool) -> None:
        """Have the corrections be those before a change that was undone, or after one made again.

        Args:
            project: Its documents are the caller's.
            step: The change.
            again: Whether it was made again.
        """
        change = step.change
        after = change.grid if change.grid_after is None else change.grid_after
        corrections = after if again else change.grid
        kept = step.heard(after=again)
        if kept is None and corrections == project.state.grid:
            return
        heard = Analysis.load(kept) if kept is not None else self.of(project, silent).heard
        remember(project, heard, corrections)

    def of(self, project: Project, progress: Progress) -> Grid:
        """The grid of an open project."""
        state = project.state

        def hear() -> Analysis:
            # What the plan was made from, whoever hears better now.
            known = self._documents.alike(project.analysis, Analysis.load)
            if known is not None:
                return known
            ears = Ears(state.tracker, state.octave)
            return self._listening.analyze(project.song, progress, ears)

        heard, analysis = heard_and_corrected(project, hear)
        plan = self._documents.alike(project.plan, Storyboard.load)
        return Grid(analysis, heard, state.grid, plan)

    def _store(
        self,
        project: Project,
        before: Grid,
        grid: Grid,
        what: str,
        notices: tuple[str, ...],
        *,
        keep_plan: bool,
        quick: bool = False,
    ) -> Corrected:
        anew = None
        if grid.plan is not None and before.plan is not None:
            settings, was, now = self._listening.settings, before.analysis, grid.analysis
            plan, kept = keeping(
                settings, project, before.plan, grid.plan, lambda: was, lambda: now
            )
            if not quick:
                anew = to_make(settings, project, (before.plan, was), (plan, now), kept)
            grid = Grid(grid.analysis, grid.heard, grid.changes, plan)
        if not keep_plan:
            step = History(project, self._documents).keep(
                "grid", what, grid.plan, before.changes, grid_after=grid.changes
            )
            if grid.heard != before.heard:
                before.heard.save(step.folder / HEARD_BEFORE)
                grid.heard.save(step.folder / HEARD_AFTER)
            remember(project, grid.heard, grid.changes, grid.analysis)
            if grid.plan is not None and grid.plan != before.plan:
                grid.plan.save(project.plan)
                self._documents.know_text(grid.plan)
        return Corrected(grid, before, tuple(dict.fromkeys(notices)), anew)


def remember(
    project: Project,
    heard: Analysis,
    changes: tuple[GridChange, ...],
    analysis: Analysis | None = None,
) -> None:
    """Have the project's documents say what holds."""
    from songreel.analysis.regrid import corrected

    if changes and not (project.heard.is_file() and Analysis.load(project.heard) == heard):
        heard.save(project.heard)
    project.change(grid=changes)
    if not changes:
        project.heard.unlink(missing_ok=True)  # analysis.json says the same again
    (analysis or corrected(heard, changes)).save(project.analysis)


def _retimed(
    plan: Storyboard, before: Analysis, after: Analysis, move: Move
) -> tuple[Storyboard, tuple[str, ...]]:
    from songreel.prompting.regrid import retime
    from songreel.prompting.titles import re_placed

    found = retime(plan, before, after, move)
    titles = re_placed(plan, found.storyboard)
    return found.storyboard.model_copy(update={"titles": titles}), found.notices


def _on_the_plans(analysis: Analysis, plan: Storyboard) -> Analysis:
    """The analysis on the plan's own grid: heard by an earlier songreel, or edited."""
    tempo = 60 / plan.grid.period(len(plan.grid.beats) // 2) if plan.grid.beats else None
    return analysis.model_copy(
        update={
            "beats": plan.grid.beats,
            "downbeats": plan.grid.downbeat_times,
            "tempo": round(tempo, 3) if tempo else None,
        }
    )


def _run(project: Project) -> tuple[Storyboard | None, Storyboard | None]:
    """The plan before the first of the corrections that hold, and the one the last of them left."""
    steps = [step for step in History(project).steps() if step.change.by == "grid"]
    first = max((i for i, step in enumerate(steps) if not step.change.grid), default=None)
    if first is None:
        return None, None
    return steps[first].before, steps[-1].after
