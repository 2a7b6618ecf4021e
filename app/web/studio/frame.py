"""What every page shares: `Frame`, the bar above, the queue beside, the place between."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from nicegui import context, ui
from nicegui.client import Client

from songreel.models.sizes import told_bytes
from songreel.models.storyboard import Palette
from songreel.web.safety.safety import Safety
from songreel.web.studio.kit import Text
from songreel.web.studio.pulse import Pulse
from songreel.web.studio.theme import HOUSE, css
from songreel.workspace import Workspace

NAME = "songreel"


@dataclass
class Frame:
    """The frame of one open page; pages reach theirs by `frame()`."""

    workspace: Workspace
    pulse: Pulse
    crumb: Text
    """Title of the page, in the bar."""
    actions: ui.element
    """Place in the bar for the buttons of the page; it is emptied when the page changes."""
    safety: Safety
    project: str = ""
    """Id of the project whose page is shown; empty on the others."""

    def told(self, error: Exception | str) -> str:
        """A sentence as it may be shown here: remote people are told no paths of the server."""
        return self.safety.veil(str(error))

    @property
    def upload_limit(self) -> str:
        """How large a file may be."""
        return told_bytes(self.safety.upload_limit)

    def title(self, text: str) -> None:
        """Name the page, in the bar and in the browser's tab."""
        self.crumb.set_text(text)
        ui.page_title(f"{text} · {NAME}" if text else NAME)

    def palette(self, palette: Palette | None) -> None:
        """Colour the studio after a song's palette; None: as it is without a song."""
        rules = css(palette or HOUSE)
        if context.client.has_socket_connection:
            ui.run_javascript(f"songreel.palette({json.dumps(rules)})")
        else:  # with the first answer, so that nothing flashes
            ui.add_head_html(f"<style data-sr-palette>{rules}</style>")

    def begin(self, title: str = "", palette: Palette | None = None, *, project: str = "") -> None:
        """A page begins: its title and colours, and no actions of the page before."""
        self.project = project
        self.actions.clear()
        self.title(title)
        self.palette(palette)


_frames: "WeakKeyDictionary[Client, Frame]" = WeakKeyDictionary()


def keep(made: Frame) -> None:
    """Remember the frame of the page that is being built."""
    _frames[context.client] = made


def frame() -> Frame:
    """The frame of this page."""
    return _frames[context.client]


def sentences(lines: Sequence[str]) -> str:
    """Lines as one text."""
    return " ".join(line.rstrip(".") + "." for line in lines if line)
