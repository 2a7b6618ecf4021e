"""A project's timeline: looked at, edited, undone: `/api/projects/{project}/board` and beside."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from songreel.models.board import Board
from songreel.models.document import Frozen
from songreel.models.edits import PlanEdit
from songreel.web.routes.here import Entry, Here

router = APIRouter(prefix="/api/projects/{project}", tags=["editing"])


class Edits(Frozen):
    """Edits that are made together, or not at all."""

    edits: Annotated[
        tuple[Annotated[PlanEdit, Field(discriminator="kind")], ...],
        Field(min_length=1, max_length=2000),
    ]
    revision: Annotated[str, Field(max_length=200)] | None = None
    """Of the board that they were made on; another one by now: 409. None: whatever there is."""


@router.get("/board")
def get_board(here: Here, entry: Entry) -> Board:
    """What a timeline shows: song, grid, sections and shots."""
    return here.editing.board(entry.id)


@router.post("/edits")
def edit_plan(here: Here, entry: Entry, wanted: Edits) -> Board:
    """Change the plan by hand; the board afterwards."""
    return here.editing.edit(entry.id, wanted.edits, wanted.revision)


@router.post("/undo")
def undo_edit(here: Here, entry: Entry) -> Board:
    """Take the last change of the plan back."""
    return here.editing.undo(entry.id)


@router.post("/redo")
def redo_edit(here: Here, entry: Entry) -> Board:
    """Make the change again that was taken back last."""
    return here.editing.redo(entry.id)
