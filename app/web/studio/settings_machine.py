"""What songreel needs of this machine, and what it finds."""

from songreel.doctor import Check, examine
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.icons import icon
from songreel.web.studio.kit import Button, Text, element, panel
from songreel.workspace import Workspace


async def machine_part(workspace: Workspace) -> None:
    """Build the part."""
    with panel("This machine"):
        lead = Text("Looking …", "p", "sr-prose")
        lead._props["aria-live"] = "polite"
        place = element("ul", "sr-checks")

        async def look() -> None:
            again.enable(False)
            lead.set_text("Looking …")
            checks = await blocking(examine, workspace.settings)
            lead.set_text(summary(checks))
            place.clear()
            with place:
                for check in sorted(checks, key=lambda check: (check.ok, not check.needed)):
                    _check(check)
            again.enable()

        with element("div", "sr-actions"):
            again = Button("Look again", look, icon="again")
        await look()


def summary(checks: list[Check]) -> str:
    """How it stands, in a sentence."""
    missing = [check.name for check in checks if check.needed and not check.ok]
    if missing:
        return f"songreel cannot do without: {', '.join(missing)}."
    optional = sum(not check.ok for check in checks)
    return f"Everything needed is there; {optional} things that can be had besides are not."


def _check(check: Check) -> None:
    tone = "good" if check.ok else "bad" if check.needed else ""
    picture, said = ("check", "there") if check.ok else ("close", "missing")
    if not check.ok and not check.needed:
        picture, said = "minus", "not there, and not needed"
    with element("li", f"sr-check sr-check--{tone or 'open'}"):
        icon(picture, said)
        with element("div", "sr-line-words"):
            Text(check.name, "h3", "sr-h3")
            Text(frame().told(check.detail), "p", "sr-hint")
