"""The timeline in a notebook: `Timeline`, an anywidget."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Self

import anywidget
import traitlets

from songreel.models.board import Board
from songreel.models.edits import PlanEdit
from songreel.models.errors import SongreelError
from songreel.widget.source import module, sheet
from songreel.widget.traits import DEFAULTS, Commanded, Edited, checked, read_message

if TYPE_CHECKING:
    from pathlib import Path

    from songreel.project import Project
    from songreel.workspace import Workspace

OnEdit = Callable[[tuple[PlanEdit, ...], str | None], Board | None]
OnUndo = Callable[[], Board | None]
OnCommand = Callable[[str, tuple[str, ...]], None]


def _ours(_: object, widget: "Timeline") -> dict[str, Any]:
    """What a browser sends as the board is not believed."""
    return dict(widget.board)


class _Told(traitlets.TraitType[Any, Any]):
    """A trait of the timeline, with its own default and its own reasons to refuse a value."""

    def make_dynamic_default(self) -> Any:
        return deepcopy(DEFAULTS[str(self.name)])

    def validate(self, obj: Any, value: object) -> Any:  # noqa: ARG002
        return checked(str(self.name), value)


class Timeline(anywidget.AnyWidget):
    """A board to look at, listen to and edit.

    Args:
        board: What is shown: a `Board`, its JSON, or None for an empty timeline.
        audio: URL or data URL of the song; empty for none.
        traits: Others by name: `position` and `scroll` (seconds), `zoom` (pixels a second, 0 the
            whole song), `snap`, `theme`, `editable`, `selection` (shots), `working` (progress of
            shots that are being made, 0 to 1).

    Raises:
        InvalidInput: A trait cannot be that.
    """

    _esm = module()
    _css = sheet()

    board = _Told().tag(sync=True, from_json=_ours)
    position = _Told().tag(sync=True)
    playing = _Told().tag(sync=True)
    selection = _Told().tag(sync=True)
    zoom = _Told().tag(sync=True)
    scroll = _Told().tag(sync=True)
    snap = _Told().tag(sync=True)
    audio = _Told().tag(sync=True)
    theme = _Told().tag(sync=True)
    editable = _Told().tag(sync=True)
    working = _Told().tag(sync=True)

    def __init__(self, board: Board | dict[str, Any] | None = None, **traits: object) -> None:
        for name in traits.keys() - {"layout"}:
            checked(name, traits[name])  # traitlets would pass over a name that it does not know
        super().__init__(board=board, **traits)
        self._edit: OnEdit | None = None
        self._undo: OnUndo | None = None
        self._redo: OnUndo | None = None
        self._commands: list[OnCommand] = []
        self.on_msg(self._heard)

    @classmethod
    def of(
        cls,
        project: "str | Path | Project",
        workspace: "Workspace | None" = None,
        **traits: object,
    ) -> Self:
        """A project's timeline; what is done to it changes the project's plan.

        The song goes along, coded small, and the shots' pictures where there are at most 150.

        Args:
            project: Its folder, its id in the workspace, or the project.
            workspace: Where it is known; by default the one of the settings.
            traits: As of `Timeline`; `audio` instead of the song, `audio=""` for silence.

        Raises:
            InvalidInput: There is no such project, or it has no plan.
        """
        from songreel.widget.projects import bound

        return bound(cls, project, workspace, traits)

    def on_edit(self, handler: OnEdit) -> None:
        """Call `handler(edits, revision)` for every edit; the board it returns is shown.

        A `SongreelError` that it raises is shown as the reason why the edit was refused.
        """
        self._edit = handler

    def on_undo(self, undo: OnUndo, redo: OnUndo) -> None:
        """Call `undo` and `redo` when they are asked for; the boards they return are shown."""
        self._undo, self._redo = undo, redo

    def on_command(self, handler: OnCommand) -> None:
        """Call `handler(name, shots)` for what others do: `retake`, `edit-prompt`, `compare`."""
        self._commands.append(handler)

    def seek(self, seconds: float) -> None:
        """Put the playhead at `seconds`."""
        self.send({"type": "seek", "seconds": checked("position", seconds)})

    def play(self) -> None:
        """Play from the playhead; browsers want a click on the page before they sound."""
        self.send({"type": "play"})

    def pause(self) -> None:
        """Stop where it is."""
        self.send({"type": "pause"})

    def refuse(self, reason: str) -> None:
        """Take back what is shown of edits that wait for an answer, and say why."""
        self.send({"type": "refused", "text": reason})

    def _heard(self, _: object, content: object, __: Sequence[bytes]) -> None:
        try:
            message = read_message(content)
            if isinstance(message, Commanded):
                for handler in self._commands:
                    handler(message.name, message.shots)
                return
            if isinstance(message, Edited):
                self._settle(self._edit and self._edit(message.edits, message.revision))
            else:
                asked = self._undo if message.type == "undo" else self._redo
                self._settle(asked and asked())
        except SongreelError as error:
            self.refuse(str(error))

    def _settle(self, board: Board | None) -> None:
        """Show the board that an edit led to. One that is as before would not be sent."""
        if board is not None:
            self.board = board
        self.send({"type": "settled"})
