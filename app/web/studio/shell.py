"""The page around all pages: bar, queue, and the place where pages come and go without a reload."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from songreel.models.errors import SongreelError
from songreel.web.safety.safety import Safety
from songreel.web.studio import frame
from songreel.web.studio.home import home_page
from songreel.web.studio.icons import MARK
from songreel.web.studio.kit import Button, Link, Text, element, heading
from songreel.web.studio.project_page import project_page
from songreel.web.studio.pulse import Pulse
from songreel.web.studio.queue_panel import queue_panel
from songreel.web.studio.scenes_page import scenes_page
from songreel.web.studio.settings_page import settings_page
from songreel.workspace import Workspace

AT_FIRST = 0.7
"""Seconds for which the first answer waits for its page."""
Builder = Callable[..., Any]


async def shell(workspace: Workspace, pulse: Pulse, safety: Safety) -> None:
    """Build the frame of one client, and in it the page that its address names.

    What is built within `AT_FIRST` goes with the first answer, the rest as it is ready.
    """
    ui.query(".nicegui-content").classes("sr-app")
    with element("header", "sr-bar"):
        with Link("", "/", classes="sr-brand") as brand:
            brand._props["aria-label"] = "songreel, all films"
            ui.html(MARK, sanitize=False, tag="span").classes("sr-mark")
            Text("songreel", "span", "sr-wordmark")
        crumb = Text("", "span", "sr-crumb")
        actions = element("div", "sr-bar-actions")
        with element("nav", "sr-bar-tools", aria_label="studio"):
            queue_button = element(
                "button", "sr-button sr-button--quiet sr-queue-button", type="button",
                aria_expanded="false", aria_controls="sr-queue", data_sr="queue",
            )  # fmt: skip
            theme = Button(icon="moon", kind="quiet", label="Dark or light")
            theme._props["data-sr"] = "theme"
            theme.classes("sr-theme-button")
            Link("", "/settings", icon="gear", classes="sr-button sr-button--quiet "
                 "sr-button--icon").props('aria-label="Settings" title="Settings"')  # fmt: skip
    frame.keep(frame.Frame(workspace, pulse, crumb, actions, safety))
    with element("div", "sr-stage"):
        with element("main", "sr-main", tabindex="-1") as main:
            pages = _Pages(
                {
                    "/": _page(home_page, workspace),
                    "/projects/{project_id}": _page(project_page, workspace),
                    "/scenes": _page(scenes_page, workspace),
                    "/settings": _page(settings_page, workspace),
                    "/settings/{part}": _page(settings_page, workspace),
                }
            )
        with element("aside", "sr-queue", id="sr-queue", aria_label="Queue"):
            queue_panel(workspace, pulse, queue_button)
    element("div", "sr-scrim", data_sr="queue-close")
    element("div", "sr-offline", role="status")
    ui.skip_link("Skip to the page", target=main)
    await pages.built()


class _Pages(ui.sub_pages):
    """Pages by address; what is not there says so in our words."""

    async def built(self) -> None:
        """Wait a little for the page to be built."""
        if self._active_tasks:
            await asyncio.wait(set(self._active_tasks), timeout=AT_FIRST)

    def _render_404(self) -> None:
        lost("There is no such page", "Its address may be mistyped, or the film was forgotten.")

    def _render_error(self, error: Exception) -> None:
        lost("This page cannot be shown", frame.frame().told(f"{type(error).__name__}: {error}"))


def lost(title: str, text: str) -> None:
    """What is shown in the place of a page that is not there."""
    frame.frame().begin(title)
    with element("div", "sr-empty sr-empty--page"):
        heading(title, 1)
        Text(text, "p", "sr-prose")
        Link("All films", "/", icon="back", classes="sr-button sr-button--plain")


def _page(builder: Builder, workspace: Workspace) -> Builder:
    """`builder(workspace, …)` as a page; what a person can act on is told in its place."""

    async def shown(**named: str) -> None:
        try:
            made = builder(workspace, **named)
            if isinstance(made, Awaitable):
                await made
        except SongreelError as error:
            lost("This cannot be shown", frame.frame().told(error))

    parameters = list(inspect.signature(builder).parameters.values())[1:]
    shown.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return shown
