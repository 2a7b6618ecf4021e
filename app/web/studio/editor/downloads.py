"""What can be taken away from a project: `Download`, `downloads`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from songreel.editing_media import MediaFile
from songreel.models.sizes import told_bytes
from songreel.workspace import Workspace

_ABOUT = {
    "film": "the film", "report": "what was measured, as a page", "animatic": "the animatic",
    "plan": "the plan", "report-json": "what was measured, as data",
}  # fmt: skip
_WORDS = {
    "export": "for other programs", "format": "another shape", "excerpt": "an excerpt",
    "loop": "a loop", "sheet": "a contact sheet", "sound": "sound", "earlier": "an earlier film",
}  # fmt: skip
_ORDER = (*_ABOUT, *_WORDS)


@dataclass(frozen=True)
class Download:
    """One file."""

    key: str
    name: str
    about: str
    """What it is, and its size."""
    url: str
    """Saves the file."""


def downloads(workspace: Workspace, project_id: str) -> tuple[Download, ...]:
    """Everything of a project that is worth taking away, the film first."""
    media = workspace.editing.media(project_id)
    found = []
    for key in media:
        kind = kind_of(key)
        if kind is not None:
            found.append((_ORDER.index(kind), _download(project_id, key, kind, media[key])))
    return tuple(item for _, item in sorted(found, key=lambda row: (row[0], row[1].name)))


def kind_of(key: str) -> str | None:
    """What kind of file a key is of; None for those that nobody takes away by themselves."""
    if key in _ABOUT:
        return key
    word = key.partition("-")[0]
    return word if word in _WORDS else None


def _download(project_id: str, key: str, kind: str, file: MediaFile) -> Download:
    told: Mapping[str, str] = _ABOUT | _WORDS
    return Download(
        key=key,
        name=file.name,
        about=f"{told[kind]}, {told_bytes(_size(file.path))}",
        url=f"/api/projects/{project_id}/media/{quote(key)}?download=true",
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
