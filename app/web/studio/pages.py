"""The studio's pages in a FastAPI application: `mount`."""

import secrets
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response
from nicegui import core, ui
from nicegui.storage import Storage

from songreel.models.errors import MachineError
from songreel.models.files import whole
from songreel.web.happenings import Happenings
from songreel.web.safety.safety import Safety
from songreel.web.studio.icons import MARK
from songreel.web.studio.pulse import Pulse
from songreel.web.studio.shell import shell
from songreel.web.studio.theme import HOUSE, css
from songreel.workspace import Workspace

FILES_URL = "/studio-files"
FILES = Path(str(files("songreel.web.studio")))
ROUTES = ("/", "/projects/{project_id}", "/scenes", "/settings", "/settings/{part}")
PATIENCE = 30.0
"""Seconds that a page may take to be built on a machine that is busy filming."""
RECONNECT = 20.0
"""Seconds for which the server keeps the page of a browser that is not heard of: a laptop's lid,
a phone in a tunnel. Later the page is built anew; nothing is lost by that, as it only shows."""


def mount(app: FastAPI, workspace: Workspace, safety: Safety, happenings: Happenings) -> Workspace:
    """Add the studio's pages to `app`, below everything that it serves already.

    NiceGUI is one to a process: the pages of the last call are the ones that are served.

    Args:
        app: The server.
        workspace: Shown and worked in.
        safety: What people may be told, and how large files may be; the gate is the caller's.
        happenings: Tells what happens to jobs.

    Returns:
        What the pages work through: the workspace, acting as `studio`.

    Raises:
        MachineError: The workspace cannot be written.
    """
    workspace = workspace.acting("studio")
    pulse = Pulse(workspace, happenings)
    head = _head()

    async def page() -> None:
        ui.add_head_html(head)
        await shell(workspace, pulse, safety)

    Storage.path = workspace.settings.workspace / "studio" / "sessions"
    if core.app.middleware_stack is not None:  # another application of this process is over
        core.app.middleware_stack = None
        core.app.user_middleware.clear()
    core.app.remove_route(FILES_URL + "/{name}")
    for route in ROUTES:
        # Each route a function of its own, by which NiceGUI tells pages apart.
        ui.page(route, response_timeout=PATIENCE)(partial(page))
    core.app.add_api_route(FILES_URL + "/{name}", _file, include_in_schema=False)
    ui.run_with(
        app,
        title="songreel",
        favicon=MARK,
        dark=None,
        language="en-US",
        tailwind=False,
        storage_secret=_secret(workspace.settings.workspace / "studio" / "secret"),
        session_middleware_kwargs={"same_site": "strict", "session_cookie": "songreel_studio"},
        reconnect_timeout=RECONNECT,
        show_welcome_message=False,
    )
    return workspace


@cache
def _files() -> dict[str, bytes]:
    """What every page loads, by the name in its URL: all styles as one sheet, and the script."""
    sheets = sorted(
        [*FILES.glob("*.css"), *(FILES / "editor").glob("*.css")], key=lambda path: path.name
    )
    return {
        "studio.css": b"\n".join(sheet.read_bytes() for sheet in sheets),
        "studio.js": (FILES / "studio.js").read_bytes(),
    }


def _file(name: str) -> Response:
    """The styles or the script."""
    content = _files().get(name)
    if content is None:
        return Response(status_code=404)
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    # Its URL changes with its content.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=kind, headers=headers)


def _head() -> str:
    """Styles and the script, each named by its content, so that browsers keep them for good."""
    sheet, script = (
        f"{FILES_URL}/{name}?{sha256(content).hexdigest()[:12]}"
        for name, content in _files().items()
    )
    return (
        '<meta name="color-scheme" content="dark light">'
        # Before the first paint, so that nothing flashes.
        '<script>(()=>{let t=null;try{t=localStorage.getItem("songreel.theme")}catch{}'
        'if(t==="dark"||t==="light")document.documentElement.dataset.theme=t})()</script>'
        f"<style data-sr-palette>{css(HOUSE)}</style>"
        f'<link rel="stylesheet" href="{sheet}"><script src="{script}" defer></script>'
    )


def _secret(path: Path) -> str:
    """The secret that signs session cookies, made on first use, for nobody else to read."""
    try:
        if path.is_file():
            return path.read_text(encoding="ascii").strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        made = secrets.token_urlsafe(32)
        with whole(path) as partial:
            partial.touch(mode=0o600)
            partial.chmod(0o600)  # it may be there already, held under its name
            partial.write_text(made + "\n", encoding="ascii")
        return made
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error
