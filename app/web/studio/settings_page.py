"""Settings: keys, money, storage, what this machine can do, who did what, about."""

from collections.abc import Awaitable, Callable

from songreel.models.errors import SongreelError
from songreel.web.studio.frame import frame
from songreel.web.studio.icons import icon
from songreel.web.studio.kit import Link, Text, element, heading
from songreel.web.studio.settings_about import about_part
from songreel.web.studio.settings_keys import keys_part
from songreel.web.studio.settings_machine import machine_part
from songreel.web.studio.settings_money import money_part
from songreel.web.studio.settings_storage import storage_part
from songreel.web.studio.settings_trail import trail_part
from songreel.workspace import Workspace

Part = Callable[[Workspace], Awaitable[None]]
PARTS: dict[str, tuple[str, str, Part]] = {
    "keys": ("Keys", "key", keys_part),
    "money": ("Money", "coin", money_part),
    "storage": ("Storage", "box", storage_part),
    "machine": ("This machine", "server", machine_part),
    "trail": ("What was done", "queue", trail_part),
    "about": ("About", "info", about_part),
}


async def settings_page(workspace: Workspace, part: str = "keys") -> None:
    """Build the page."""
    frame().begin("Settings")
    chosen = part if part in PARTS else "keys"
    with element("div", "sr-page"):
        heading("Settings", 1)
        with element("div", "sr-settings"):
            with element("nav", "sr-settings-parts", aria_label="Settings"):
                for name, (title, picture, _) in PARTS.items():
                    link = Link(title, f"/settings/{name}", icon=picture, classes="sr-part")
                    if name == chosen:
                        link._props["aria-current"] = "page"
            with element("div", "sr-settings-part"):
                try:
                    await PARTS[chosen][2](workspace)
                except SongreelError as error:
                    with element("div", "sr-notice sr-notice--bad", role="alert"):
                        icon("alert")
                        Text(frame().told(error), "p", "sr-error")
