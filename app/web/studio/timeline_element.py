"""The timeline in the studio: `TimelineElement`, the widget of the notebooks as a NiceGUI element.

NiceGUI's own `ui.anywidget` (3.18) sends every trait, the whole board with it, at each change, and
cannot send messages; this one sends what changed. Module and style sheet come from one address
each, which changes with their content, so that a browser fetches them once.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

from fastapi import Response
from nicegui import app, ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments, handle_event

from songreel.models.board import Board
from songreel.models.errors import InvalidInput
from songreel.widget.source import mark, module, sheet
from songreel.widget.traits import DEFAULTS, checked, differing

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_MODULE = f"/_songreel/timeline-{mark(module())}.js"
_SHEET = f"/_songreel/timeline-{mark(sheet())}.css"
FILES = (_MODULE, _SHEET)
"""What a page with a timeline loads besides."""
_BROWSERS = frozenset(DEFAULTS) - {"board", "audio", "working", "editable", "theme"}
"""Traits that a browser may set."""


@app.get(_MODULE)
def _module() -> Response:
    return Response(module(), media_type="text/javascript", headers=_FOR_EVER)


@app.get(_SHEET)
def _sheet() -> Response:
    return Response(sheet(), media_type="text/css", headers=_FOR_EVER)


class TimelineElement(Element, component="timeline_element.js", default_style="width: 100%"):
    """A board to look at, listen to and edit, in a page of the studio.

    Args:
        audio: URL of the song; empty for none.
        board: What is shown first.
        global_keys: Whether its keys act wherever the focus is on the page, except in fields.
        traits: Others by name, as of `songreel.widget.timeline.Timeline`.

    Raises:
        InvalidInput: A trait cannot be that.
    """

    def __init__(
        self,
        audio: str = "",
        board: Board | Mapping[str, Any] | None = None,
        *,
        global_keys: bool = False,
        **traits: object,
    ) -> None:
        super().__init__()
        self._traits: dict[str, Any] = dict(DEFAULTS)
        for name, value in {"audio": audio, "board": board, **traits}.items():
            self._traits[name] = checked(name, value)
        self._ready = False
        self._on_message: list[Callable[..., Any]] = []
        self._on_trait: dict[str, list[Callable[..., Any]]] = {}
        self._props["module_url"], self._props["style_url"] = _MODULE, _SHEET
        # The board comes when the browser asks: props are sent again with every change of style.
        self._props["traits"] = {**self._traits, "board": {}}
        if global_keys:
            self._props["data-global-keys"] = True
        if not self.client.has_socket_connection:  # loaded beside all else, not after it
            ui.add_head_html(
                f'<link rel="modulepreload" href="{_MODULE}">'
                f'<link rel="preload" as="style" href="{_SHEET}">'
            )
        self.on("ready", self._begin, [])
        self.on("traits", self._changed)
        self.on("message", self._heard)

    def __getitem__(self, name: str) -> Any:
        """A trait as it is now."""
        return self._traits[name]

    @property
    def board(self) -> dict[str, Any]:
        """What is shown, as JSON. A `Board` or its JSON can be assigned."""
        board: dict[str, Any] = self._traits["board"]
        return board

    @board.setter
    def board(self, board: Board | Mapping[str, Any] | None) -> None:
        self.assign(board=board)

    def assign(self, **traits: object) -> None:
        """Set traits by name; all go to the browser at once.

        Raises:
            InvalidInput: A trait cannot be that.
        """
        sent = {name: checked(name, value) for name, value in traits.items()}
        before = self.board
        self._traits.update(sent)
        self._props["traits"] = {**self._traits, "board": {}}
        if not self._ready:
            return
        if before and sent.get("board"):
            # An edit changes the shots; the waveform is half of the board and stays.
            del sent["board"]
            if fields := differing(before, self.board):
                self.run_method("patch", fields)
        if sent:
            self.run_method("assign", sent)

    def on_message(self, handler: Callable[..., Any]) -> Self:
        """Call `handler(message)`, or await it, for each message: edit, undo, redo, command.

        `songreel.widget.traits.read_message` makes an object of a message.
        """
        self._on_message.append(handler)
        return self

    def on_trait(self, name: str, handler: Callable[..., Any]) -> Self:
        """Call `handler(value)`, or await it, when the browser changes the trait `name`."""
        checked(name, self._traits.get(name))
        self._on_trait.setdefault(name, []).append(handler)
        return self

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message: `seek` with `seconds`, `play`, `pause`, `refused` with `text`, `settled`.

        Send `settled` after an edit that left the board as it was: the next one waits for it.
        """
        self.run_method("receive", dict(message))

    def _begin(self) -> None:
        # All of it: what was set since the page was sent did not go with it.
        self._ready = True
        self.run_method("assign", dict(self._traits))

    def _changed(self, event: GenericEventArguments) -> None:
        for name, value in event.args.items():
            if name not in _BROWSERS:
                raise InvalidInput(f"a browser cannot set the timeline's {name}")
            self._traits[name] = checked(name, value)
            for handler in self._on_trait.get(name, ()):
                handle_event(handler, self._traits[name])

    def _heard(self, event: GenericEventArguments) -> None:
        for handler in self._on_message:
            handle_event(handler, event.args)
