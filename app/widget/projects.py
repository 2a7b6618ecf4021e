"""A project's timeline in a notebook: what is done to it changes the project's plan."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from songreel.models.board import Board
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.project import Project
    from songreel.widget.timeline import Timeline
    from songreel.workspace import Workspace

    T = TypeVar("T", bound=Timeline)


PICTURED = 150
"""Shots of the longest film whose pictures go into a notebook: 1.5 MB. Others show colours."""


def bound(
    kind: "type[T]",
    project: "str | Path | Project",
    workspace: "Workspace | None",
    traits: Mapping[str, Any],
) -> "T":
    """A timeline of class `kind` on a project; `Timeline.of` says what goes in."""
    from songreel.settings import Settings
    from songreel.widget.sound import address
    from songreel.workspace import Workspace

    work = workspace or Workspace(Settings.load(), actor="notebook")
    name = _known(project, work)
    editing = work.editing

    pictures: dict[str, str] = {}

    def shown(board: Board) -> Board:
        # Addresses of the studio's server are of no use in a notebook.
        media = editing.media(name)
        shots = []
        for shot in board.shots:
            if shot.thumb and shot.thumb not in pictures and len(board.shots) <= PICTURED:
                content = media[f"thumb-{shot.id}"].path.read_bytes()
                pictures[shot.thumb] = f"data:image/jpeg;base64,{b64encode(content).decode()}"
            shots.append(shot.model_copy(update={"thumb": pictures.get(shot.thumb or "")}))
        return board.model_copy(update={"shots": tuple(shots)})

    board = editing.board(name, settle=True)
    if not board.shots:
        raise InvalidInput(f"{board.title} has no plan yet; `songreel plan` or `make` makes one")
    if "audio" not in traits:
        opened = work.projects.open(name)
        traits = {**traits, "audio": address(opened.folder / opened.state.song)}
    timeline = kind(shown(board), **traits)
    timeline.on_edit(lambda edits, revision: shown(editing.edit(name, edits, revision)))
    timeline.on_undo(lambda: shown(editing.undo(name)), lambda: shown(editing.redo(name)))
    return timeline


def _known(project: "str | Path | Project", work: "Workspace") -> str:
    """The id under which the workspace knows the project."""
    from songreel.project import Project

    if isinstance(project, str) and not Path(project).exists():
        return work.projects.find(project).id
    found = project if isinstance(project, Project) else Project.open(Path(project))
    return work.projects.note(found).id
