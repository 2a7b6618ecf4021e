"""What the workspace holds, and what nothing refers to any more."""

from collections import Counter
from functools import partial

from sqlalchemy.engine import make_url

from songreel.models.errors import SongreelError
from songreel.models.money import dollars
from songreel.models.sizes import told_bytes
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Button, Text, ask, element, panel, toast
from songreel.workspace import Workspace

SHOWN = 12
"""Files named one by one before they are removed."""


async def storage_part(workspace: Workspace) -> None:
    """Build the part."""
    settings = workspace.settings
    entries = await blocking(workspace.assets.all)
    held = await blocking(workspace.assets.held)
    cost = await blocking(lambda: workspace.trail.cost(price=settings.storage_price))
    with panel("Workspace"):
        with element("dl", "sr-sum"):
            where = frame().told(f"{settings.workspace.absolute()}")
            _line("Folder", where)
            _line("Database", frame().told(without_password(settings.database)))
            _line("Files", frame().told(settings.assets))
        Text(
            "It knows your films, and holds uploads, plans and what was heard. The films "
            "themselves are folders of their own: losing the workspace loses no film.",
            "p",
            "sr-prose",
        )
    with panel("What it holds"):
        kinds = Counter(entry.media_type.partition("/")[0] for entry in entries)
        with element("dl", "sr-facts"):
            _fact(
                "Files", f"{len(entries)}", ", ".join(f"{n} {k}" for k, n in kinds.most_common(3))
            )
            _fact("Size", told_bytes(held), "")
            told = f"{dollars(cost.storage)} USD" if cost.storage is not None else "not counted"
            note = (
                ""
                if cost.storage is not None
                else "SONGREEL_STORAGE_USD_PER_GB_MONTH says the price"
            )
            _fact("Storage cost", told, note)
        with element("div", "sr-actions"):
            Button("Look for what nothing uses", partial(_look, workspace), icon="search")


async def _look(workspace: Workspace) -> None:
    """Say what would be removed, and remove it if somebody agrees."""
    try:
        found = await blocking(lambda: workspace.assets.collect(dry_run=True))
    except SongreelError as error:
        toast(frame().told(error), "bad")
        return
    if not found.bytes and not found.entries:
        toast("Everything is in use, or younger than a day", "good")
        return
    names = ", ".join(entry.name for entry in found.entries[:SHOWN])
    more = f" and {len(found.entries) - SHOWN} more" if len(found.entries) > SHOWN else ""
    files = f"{len(found.entries)} files, {told_bytes(found.bytes)}"
    if await ask(
        "Remove what nothing uses?", f"{files}: {names}{more}. No film refers to them.",
        "Remove them", kind="danger",
    ):  # fmt: skip
        try:
            gone = await blocking(lambda: workspace.assets.collect(dry_run=False))
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        toast(f"{told_bytes(gone.bytes)} are free again", "good")


def without_password(url: str) -> str:
    """A database's URL as it may be shown."""
    return make_url(url).render_as_string(hide_password=True)


def _line(label: str, value: str) -> None:
    with element("div"):
        Text(label, "dt")
        Text(value, "dd", "sr-path")


def _fact(label: str, value: str, note: str) -> None:
    with element("div", "sr-fact"):
        Text(label, "dt", "sr-hint")
        Text(value, "dd", "sr-fact-value")
        Text(note, "dd", "sr-fact-note")
