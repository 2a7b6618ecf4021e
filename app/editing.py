"""Plans changed by hand, by project: `Editing`, what pages, REST and notebooks edit through.

It does what the commands do, by the same steps, and stores the same bytes. What it reads it keeps
while the files stay as they are, so that an edit of a long film takes no longer than a blink.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.changing import changing
from songreel.editing_board import board_of
from songreel.editing_media import Media
from songreel.editing_open import Opened
from songreel.history import History
from songreel.models.board import Board, BoardShot
from songreel.models.edits import (
    CorrectGrid,
    EditPrompt,
    PlanEdit,
    SetSource,
    Snap,
    UseTake,
)
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.music import Analysis
from songreel.models.names import fit_name
from songreel.models.storyboard import Anchor, Storyboard

if TYPE_CHECKING:
    from songreel.generation.quote import FilmQuote
    from songreel.models.workspace import ProjectEntry
    from songreel.prompting.snap import Counted
    from songreel.takes import Take
    from songreel.workspace import Workspace

FILMS = 16
"""Films of which it is remembered how their shots stood when that was certain."""


class Stale(InvalidInput):
    """An edit was made on a plan that is not the one that is there any more."""


class Editing:
    """Plans changed by hand.

    Args:
        workspace: Whose projects; it is told of every change.
    """

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._documents = workspace.documents
        self._settled: dict[str, Mapping[str, BoardShot]] = {}
        self._untold: dict[str, str] = {}

    def create(self, song: str | Path, title: str = "") -> "ProjectEntry":
        """Make a project of a song, in a folder of its own under `Workspace.films`.

        Args:
            song: The asset that it was uploaded as (SHA-256), or a file.
            title: Of the film; empty for the song's name.

        Raises:
            InvalidInput: It is no song, or there is no such asset.
            MachineError: The folder cannot be written.
        """
        from songreel.editing_create import create

        return create(self._workspace, song, title)

    def rename(self, project_id: str, title: str) -> "ProjectEntry":
        """Give a project another title; its film is called so when it is cut again.

        Raises:
            InvalidInput: It cannot be the name of a file.
        """
        fit = fit_name(title)
        if fit != " ".join(title.split()):
            raise InvalidInput(
                f"{title!r} cannot be a title, because the film's file is called so; {fit!r} can"
            )
        project = self._workspace.projects.open(project_id)
        project.change(title=fit)
        return self._workspace.projects.note(project)

    def heard(self, project_id: str) -> Analysis | None:
        """What was heard in a project's song, as it is corrected; None while nothing was."""
        return self._open(project_id).analysis

    def plan(self, project_id: str) -> Storyboard | None:
        """A project's plan; None before there is one."""
        return self._open(project_id).plan

    def board(self, project_id: str, *, settle: bool = False) -> Board:
        """A project as a timeline shows it.

        Args:
            project_id: Which.
            settle: Whether to plan all clips anew, so that the state of each is certain (a second
                for hundreds of shots).

        Raises:
            InvalidInput: There is no such project, or a document of it cannot be read.
        """
        return self._board(self._open(project_id), settle=settle)

    def edit(
        self, project_id: str, edits: Sequence[PlanEdit], revision: str | None = None
    ) -> Board:
        """Do what is asked, in order, as one change that `undo` takes back.

        Args:
            project_id: Which project.
            edits: At least one. One that cannot be done leaves the plan as it is. Corrections of
                the grid do not go with other edits.
            revision: Of the board on which they were made; None: whatever there is.

        Raises:
            Stale: The plan or grid has changed since.
            InvalidInput: An edit cannot be done; the text says why.
        """
        if not edits:
            raise InvalidInput("no edit was given")
        opened = self._open(project_id)
        with changing(opened.project.folder):
            opened = self._fresh(opened, revision)
            corrections = [edit.change for edit in edits if isinstance(edit, CorrectGrid)]
            plan: Storyboard | None
            if not corrections:
                plan, what = self._revised(opened, edits)
            elif len(corrections) == len(edits):
                done = opened.grids.correct(opened.project.folder, corrections, quick=True)
                plan, what = done.grid.plan, f"grid {' '.join(map(str, corrections))}"
            else:
                raise InvalidInput("corrections of the grid do not go with other edits; undo and "
                                   "redo take them one by one")  # fmt: skip
        self._tell(project_id, plan, what)
        return self._board(self._open(project_id))

    def undo(self, project_id: str, revision: str | None = None) -> Board:
        """Take the last change back.

        Raises:
            Stale: The plan or grid has changed since `revision`.
            InvalidInput: There is nothing to undo.
        """
        return self._step(project_id, revision, again=False)

    def redo(self, project_id: str, revision: str | None = None) -> Board:
        """Make the change again that was taken back last.

        Raises:
            Stale: The plan or grid has changed since `revision`.
            InvalidInput: There is nothing to redo.
        """
        return self._step(project_id, revision, again=True)

    def reset_grid(self, project_id: str) -> Board:
        """Take all corrections of the grid back, as one change that `undo` takes back.

        Raises:
            InvalidInput: Nothing of it was corrected.
        """
        opened = self._open(project_id)
        opened.grids.reset(opened.project.folder)
        now = self._open(project_id)
        self._tell(project_id, now.plan, "grid --reset")
        return self._board(now)

    def snap(self, song: "Counted", seconds: float, how: Snap) -> Anchor:
        """The moment to which a cut goes that is let go of at `seconds`."""
        from songreel.prompting.snap import snap

        return snap(song, seconds, how)

    def quote(self, project_id: str) -> "FilmQuote":
        """What the clips that a project lacks will cost; nothing is asked of the network.

        It can be told while a job works on the film.

        Raises:
            InvalidInput: There is no plan, or a source lacks what it needs.
        """
        with self._open(project_id).desk() as desk:
            return desk.quote()

    def takes(self, project_id: str) -> tuple["Take", ...]:
        """All clips that were made for a project's shots, and which of them the film shows."""
        from songreel.takes import takes_of

        opened = self._open(project_id)
        with opened.desk() as desk:
            return takes_of(opened.project, opened.planned, desk.wanted())

    def media(self, project_id: str) -> Media:
        """The files of a project that may be fetched, by key."""
        return Media(self._open(project_id))

    def _open(self, project_id: str) -> Opened:
        project = self._workspace.projects.open(project_id)
        return Opened(project_id, project, self._workspace.services, self._documents)

    def _fresh(self, opened: Opened, revision: str | None) -> Opened:
        """The project as it is now that nobody else changes it."""
        now = Opened(opened.known_as, opened.project, self._workspace.services, self._documents)
        if revision is not None and revision != now.revision:
            raise Stale(
                f"{now.state.title} was changed elsewhere since this was shown; look at it again, "
                "then edit"
            )
        return now

    def _revised(self, opened: Opened, edits: Sequence[PlanEdit]) -> tuple[Storyboard, str]:
        from songreel import plan_edits
        from songreel.revising import revise

        settings, project = self._workspace.settings, opened.project

        def rework(plan: Storyboard) -> tuple[Storyboard, list[str]]:
            told: list[str] = []
            for edit in edits:
                plan, more = plan_edits.done(plan, edit, project, settings)
                told += more
            return plan, told

        command = plan_edits.command_of(edits)
        what = " ".join(plan_edits.said(edit) for edit in edits)
        # Who edits a prompt, a source or a take wants another clip.
        let_go = {e.shot for e in edits if isinstance(e, EditPrompt | SetSource | UseTake)}
        revised = revise(
            settings, project, opened.planned, opened.heard, rework, command, what,
            let_go=let_go, documents=self._documents,
        )  # fmt: skip
        return revised.plan, f"{command} {what}"

    def _step(self, project_id: str, revision: str | None, *, again: bool) -> Board:
        opened = self._open(project_id)
        with changing(opened.project.folder):
            opened = self._fresh(opened, revision)
            history = History(opened.project, self._documents)
            step = history.redo() if again else history.undo()
            opened.grids.follow(opened.project, step, again=again)
        now = self._open(project_id)
        self._tell(project_id, now.plan, f"{'redo' if again else 'undo'}: {step.change}")
        return self._board(now)

    def _tell(self, project_id: str, plan: Storyboard | None, what: str) -> None:
        """Have the workspace know. The folder is the truth: what it cannot note is not lost."""
        try:
            if plan is not None:
                self._workspace.plans.record(project_id, plan, what, self._workspace.actor)
            else:
                self._workspace.trail.add("grid.changed", project_id, "", {"what": what})
        except SongreelError:
            self._untold[project_id] = (
                "the last change is stored in the film, but not noted in the workspace's history: "
                "its database cannot be written; see whether its disk is full"
            )
        else:
            self._untold.pop(project_id, None)

    def _board(self, opened: Opened, *, settle: bool = False) -> Board:
        before = self._settled.get(opened.known_as, {})
        shown = opened.shown(before, settle=settle)
        board = board_of(shown)
        if untold := self._untold.get(opened.known_as):
            board = board.model_copy(update={"notices": (untold, *board.notices)})
        if board.settled or shown.as_cut:
            self._settled.pop(opened.known_as, None)  # the latest goes last
            self._settled[opened.known_as] = {shot.id: shot for shot in board.shots}
            for old in list(self._settled)[:-FILMS]:
                self._settled.pop(old, None)
        return board
