"""What the first page would wait for, done once the studio has opened its port: `warm`."""

import asyncio
import json
import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from songreel.models.errors import SongreelError
from songreel.workspace import Workspace

if TYPE_CHECKING:
    from songreel.web.app import Studio

PACE = 0.01
"""Seconds between two files, so that whoever asks meanwhile comes between."""
_MAP = re.compile(r'<script type="importmap"[^>]*>(.*?)</script>', re.DOTALL)
_FILE = re.compile(r'/(?:_nicegui|_songreel|studio-files)/[^"\'\s)]+')
_MODULES = ("dompurify", "songreel-sync")
"""Of the map of modules that NiceGUI writes into its pages, those that ours load."""

log = logging.getLogger("songreel.web")


async def warm(app: "Studio") -> None:
    """Load the code of the pages, the film that was open last, and the files that pages load.

    Nothing is written. What cannot be had is told by the page that needs it.
    """
    try:
        if app.pages is not None:
            await asyncio.to_thread(_load, app.pages)
            await _fetch(app)
    except Exception as error:  # of every kind: pages are only slower without it
        log.warning("the first page will take longer: %s", error, exc_info=error)


def _load(workspace: Workspace) -> None:
    """Import what is imported where it is used, and read what will be asked for first."""
    import nicegui.elements.timer  # noqa: F401

    import songreel.editing_thumbs  # noqa: F401
    from songreel.web.studio.editor.bench import Bench
    from songreel.web.studio.editor.sources import sources
    from songreel.web.studio.theme import css

    with suppress(SongreelError):  # told by the page that needs it
        sources(workspace, "builtin")
        for entry in workspace.projects.all(1):
            bench = Bench(workspace, entry.id)
            bench.read()
            if bench.plan is not None:
                css(bench.plan.look.palette)


async def _fetch(app: "Studio") -> None:
    """Have the first page built for nobody, and its files kept (`Kept`)."""
    import httpx

    from songreel.web.studio.timeline_element import FILES

    headers = {"accept-encoding": "gzip"}  # as browsers ask
    behind = httpx.ASGITransport(app.behind)
    async with httpx.AsyncClient(
        transport=behind, base_url="http://localhost", headers=headers
    ) as browser:
        page = (await browser.get("/")).text
        found = _MAP.search(page)
        modules = json.loads(found[1])["imports"] if found else {}
        named = [modules[name] for name in _MODULES if name in modules]
        for url in dict.fromkeys([*_FILE.findall(_MAP.sub("", page)), *named, *FILES]):
            await browser.get(url)
            await asyncio.sleep(PACE)
