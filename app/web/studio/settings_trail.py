"""Who did what: the audit trail, the latest first."""

from songreel.models.money import dollars
from songreel.models.workspace import TrailEntry
from songreel.web.studio.blocking import blocking
from songreel.web.studio.cards import when
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Text, element, panel
from songreel.workspace import Workspace

SHOWN = 200


async def trail_part(workspace: Workspace) -> None:
    """Build the part."""
    entries = await blocking(lambda: workspace.trail.entries(limit=SHOWN))
    titles = {entry.id: entry.title for entry in await blocking(workspace.projects.all)}
    with panel("What was done"):
        Text(
            f"The last {SHOWN} lines of the workspace's audit trail, the latest first; lines are "
            "only ever added. “songreel workspace trail” tells them all.",
            "p",
            "sr-prose",
        )
        with (
            element("div", "sr-scroll", tabindex="0", role="region", aria_label="Audit trail"),
            element("table", "sr-table"),
        ):
            with element("thead"), element("tr"):
                for title in ("When", "Who", "What", "Film", "USD"):
                    Text(title, "th")._props["scope"] = "col"
            with element("tbody"):
                for entry in reversed(entries):
                    with element("tr"):
                        Text(when(entry.at), "td", "sr-number")._props["title"] = f"{entry.at}"
                        Text(entry.actor, "td")
                        Text(frame().told(told(entry)), "td")
                        Text(titles.get(entry.project, ""), "td")
                        usd = dollars(entry.usd) if entry.usd is not None else ""
                        Text(usd, "td", "sr-number")


def told(entry: TrailEntry) -> str:
    """What was done, and to what."""
    subject = entry.subject
    short = subject[:12] if len(subject) in (32, 64) and subject.isalnum() else subject
    return f"{entry.action.replace('.', ' ')} {short}".strip()
