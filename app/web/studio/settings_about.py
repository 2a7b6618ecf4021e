"""What this is, and on what terms."""

from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution
from typing import cast

import songreel
from songreel.web.studio.blocking import blocking
from songreel.web.studio.kit import Link, Text, element, panel
from songreel.workspace import Workspace

PARTS = {
    "nicegui": "pages", "fastapi": "REST", "uvicorn": "the server", "av": "FFmpeg with x264",
    "numpy": "arrays", "scipy": "signals", "numba": "compiled kernels",
    "opencv-python-headless": "pictures", "pillow": "letters", "sqlalchemy": "the database",
    "pydantic": "documents", "soxr": "resampling", "anywidget": "the timeline in notebooks",
}  # fmt: skip
"""What songreel is built on, as a package is called, and what it does here."""


async def about_part(workspace: Workspace) -> None:  # noqa: ARG001
    """Build the part."""
    rows = await blocking(lambda: [(name, what, *known(name)) for name, what in PARTS.items()])
    with panel(f"songreel {songreel.__version__}"):
        Text(
            "Give it a song, get a music video whose pictures move, change and cut with the music. "
            "Apache License 2.0. Everything on these pages comes from this server.",
            "p",
            "sr-prose",
        )
        with element("div", "sr-row"):
            for text, to in (("REST interface", "/docs"), ("Its description", "/openapi.json")):
                link = Text(text, "a", "sr-link")
                link._props |= {"href": to, "target": "_blank", "rel": "noopener"}
            Link("Keys of services", "/settings/keys")
    with panel("Built on"):
        with (
            element("div", "sr-scroll", tabindex="0", role="region", aria_label="Licences"),
            element("table", "sr-table"),
        ):
            with element("thead"), element("tr"):
                for title in ("Package", "For", "Version", "Licence"):
                    Text(title, "th")._props["scope"] = "col"
            with element("tbody"):
                for name, what, version, licence in rows:
                    with element("tr"):
                        Text(name, "th")._props["scope"] = "row"
                        for value in (what, version, licence):
                            Text(value, "td")
        Text(
            "PyAV's wheels hold FFmpeg with x264 under the GPL; films that are coded with it are "
            "yours.",
            "p",
            "sr-hint",
        )


def known(package: str) -> tuple[str, str]:
    """Version and licence of a package, as it says itself."""
    try:
        found = cast(Message, distribution(package).metadata)
    except PackageNotFoundError:
        return "not installed", ""
    words = found.get("License-Expression") or ""
    if not words:
        classified = [
            line.rpartition(" :: ")[2]
            for line in found.get_all("Classifier") or ()
            if line.startswith("License :: ")
        ]
        words = ", ".join(classified) or (found.get("License") or "").partition("\n")[0][:60]
    return found["Version"], words
