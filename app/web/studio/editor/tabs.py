"""Panels beside each other, one in sight; each is built when it is first looked at. `Tabs`."""

import inspect
from collections.abc import Callable
from typing import Any

from songreel.web.studio.editor.elements import Root
from songreel.web.studio.kit import Button, element


class Tabs:
    """A list of tabs and their panels.

    Args:
        root: Is told which one is in front; on a phone the timeline is one of them.
        panels: Text and builder by name, in order.
    """

    def __init__(self, root: Root, panels: dict[str, tuple[str, Callable[[], Any]]]) -> None:
        self._root, self._builders = root, {name: build for name, (_, build) in panels.items()}
        self._buttons: dict[str, Button] = {}
        self._panels: dict[str, Any] = {}
        self.chosen = ""
        with element("div", "ed-tabs", role="tablist", aria_label="Tools") as self.list:
            self._tab("timeline", "Timeline").classes("ed-tab-phone")
            for name, (text, _) in panels.items():
                self._tab(name, text)
        with element("div", "ed-panels"):
            for name in panels:
                panel = element(
                    "div", "ed-panel", role="tabpanel", id=f"ed-panel-{name}",
                    aria_labelledby=f"ed-tab-{name}", tabindex="0",
                )  # fmt: skip
                panel.set_visibility(False)
                self._panels[name] = panel

    def _tab(self, name: str, text: str) -> Button:
        made = Button(text, lambda: self.choose(name), kind="quiet")
        made._props |= {
            "role": "tab", "id": f"ed-tab-{name}", "aria-selected": "false", "tabindex": "-1",
            "aria-controls": f"ed-panel-{name}",
        }  # fmt: skip
        self._buttons[name] = made.classes("ed-tab")
        return made

    async def choose(self, name: str) -> None:
        """Bring a panel to the front."""
        if name == self.chosen:
            return
        self.chosen = name
        for key, button in self._buttons.items():
            button._props["aria-selected"] = str(key == name).lower()
            button._props["tabindex"] = "0" if key == name else "-1"
            button.update()
        self._root.set_tab(name)
        if name not in self._panels:
            return
        for key, panel in self._panels.items():
            panel.set_visibility(key == name)
        build = self._builders.pop(name, None)
        if build is not None:
            with self._panels[name]:
                waits = build()
                if inspect.isawaitable(waits):
                    await waits
