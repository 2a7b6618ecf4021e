"""Films, sounds and pictures inside a notebook's page: `video`, `audio`, `picture`."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from songreel.models.shown.markup import Markup, joined, tag
from songreel.stills import still

EMBEDDED = 12 * 2**20
"""Bytes of the largest file that is kept inside the notebook: base64 makes it 16 MiB of a document
that editors load whole and version control keeps for ever."""

_POSTER = 1.0
"""Second of a film of which a picture stands in the player; many begin in black."""
_FILMS = {".mp4": "video/mp4", ".webm": "video/webm"}
_SOUNDS = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
           ".m4a": "audio/mp4"}  # fmt: skip
_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
             ".webp": "image/webp", ".svg": "image/svg+xml"}  # fmt: skip
MEDIA = _FILMS | _SOUNDS | _PICTURES | {".mov": "", ".mkv": ""}
"""What can be shown, by ending; empty where no browser plays it."""


def medium(path: Path, label: str = "") -> Markup:
    """A film, a sound or a picture, by its ending."""
    kind = path.suffix.lower()
    if kind in _SOUNDS:
        return audio(path, label)
    return picture(path, label or path.stem) if kind in _PICTURES else video(path, label)


def video(path: Path, label: str = "") -> Markup:
    """A film to be played: kept in the page where it is small, else played from its file.

    Args:
        path: Of the film.
        label: What it shows, for those who do not see it.
    """
    label = label or path.stem
    if not path.is_file():
        return _gone(path)
    kind, size = _FILMS.get(path.suffix.lower()), path.stat().st_size
    if kind is None:
        told = f"Browsers do not play {path.suffix} files; this is a picture of it. "
        return joined((_poster(path, label), tag("p", told, _link(path), class_="small")))
    inside = size <= EMBEDDED
    first = still(path, _POSTER, 640)
    player = tag(
        "video", controls=True, preload="metadata", width=960, title=label, aria_label=label,
        poster=_inside(first, "image/jpeg") if first else None,
        src=_inside(path.read_bytes(), kind) if inside else _beside(path),
    )  # fmt: skip
    return player if inside else _from_file(path, size, player)


def audio(path: Path, label: str = "") -> Markup:
    """A sound to be played, likewise."""
    label = label or path.stem
    if not path.is_file():
        return _gone(path)
    kind, size = _SOUNDS.get(path.suffix.lower(), "audio/wav"), path.stat().st_size
    if size <= EMBEDDED:
        return tag("audio", controls=True, preload="metadata", title=label, aria_label=label,
                   src=_inside(path.read_bytes(), kind))  # fmt: skip
    return _from_file(path, size, tag("audio", controls=True, preload="metadata", title=label,
                                      aria_label=label, src=_beside(path)))  # fmt: skip


def picture(source: Path | bytes, label: str, width: int | None = None) -> Markup:
    """A picture, always kept in the page; bytes are a JPEG's."""
    if isinstance(source, Path):
        if not source.is_file():
            return _gone(source)
        kind = _PICTURES.get(source.suffix.lower(), "image/png")
        return tag("img", alt=label, width=width, src=_inside(source.read_bytes(), kind))
    return tag("img", alt=label, width=width, src=_inside(source, "image/jpeg"))


def _from_file(path: Path, size: int, player: Markup) -> Markup:
    told = (
        f"{size / 2**20:.0f} MiB are not kept inside a notebook ({EMBEDDED // 2**20} MiB at most): "
    )
    if _below(path):
        told += "it is played from its file, "
        return joined((player, tag("p", told, _link(path), ".", class_="small")))
    label = path.stem
    return joined((_poster(path, label) if path.suffix.lower() in _FILMS else None,
                   tag("p", f"{told}open ", _link(path), ".", class_="small")))  # fmt: skip


def _poster(path: Path, label: str) -> Markup | None:
    shown = still(path, _POSTER, 640)
    return None if shown is None else picture(shown, f"picture of {label}")


def _link(path: Path) -> Markup:
    if _below(path):
        return tag("a", path.name, href=_beside(path), target="_blank")
    return tag("code", path)


def _below(path: Path) -> bool:
    """Whether Jupyter, which serves the folders below the notebook's own, can serve it."""
    return path.resolve().is_relative_to(Path.cwd().resolve())


def _beside(path: Path) -> str:
    return (
        quote(path.resolve().relative_to(Path.cwd().resolve()).as_posix()) if _below(path) else ""
    )


def _inside(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _gone(path: Path) -> Markup:
    return tag("p", f"{path.name} is not there any more.")
