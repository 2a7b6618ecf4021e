"""The files of a project that a browser may fetch, by key and never by path: `Media`."""

import mimetypes
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from songreel.editing_open import Opened
from songreel.models.render import Render

FOLDERS = {
    "exports": "export", "editors": "export", "formats": "format", "excerpts": "excerpt",
    "loops": "loop", "earlier": "earlier", "score": "score",
}  # fmt: skip
"""Folders of what was made of a film besides, and the word that keys of their files begin with."""
FOLEY = ".foley."
"""In the names of films with their sound and of what is told of it, which the command puts beside
the film."""
SHEET = "contact sheet"
"""In the names of contact sheets."""
AUDIO = {
    ".mp3": "audio/mpeg", ".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg",
    ".opus": "audio/ogg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
}  # fmt: skip
VIDEO = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska",
         ".webm": "video/webm"}  # fmt: skip
PLAIN = {".json": "application/json", ".html": "text/html", ".htm": "text/html",
         ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif",
         ".pdf": "application/pdf", ".zip": "application/zip"}  # fmt: skip
KNOWN = AUDIO | VIDEO | PLAIN


class MediaFile(NamedTuple):
    """A file, what it holds, and under which name it is saved."""

    path: Path
    media_type: str
    name: str


class Media(Mapping[str, MediaFile]):
    """The files of a project by key; small pictures are made when they are first asked for.

    Keys: `song`; `film`; `report` (a page) and `report-json`; `plan`; `analysis`; `animatic`;
    `sheet` (the contact sheet made last); `take-SHOT-NAME`; `thumb-SHOT`; `export-NAME`,
    `format-NAME`, `excerpt-NAME`, `loop-NAME`, `earlier-NAME` and `score-NAME` for what lies in the
    folders for them; `foley-NAME` for films with their sound that lie beside the film.

    Every file is a file inside the project's folder: one that leads out of it is not there.

    Args:
        opened: The project.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._folder = opened.project.folder

    def __getitem__(self, key: str) -> MediaFile:
        found = self._found(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        files = (*self._named, *self._gathered)
        yield from (key for key in files if self._found(key) is not None)
        for shot, takes in self._opened.clips.takes.items():
            for made in takes:
                key = f"take-{shot}-{made.take}"
                if self._found(key) is not None:
                    yield key
        for shot in self._shots:
            yield f"thumb-{shot}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        word, _, rest = key.partition("-")
        return rest in self._shots if word == "thumb" else self._found(key) is not None

    def _found(self, key: str) -> MediaFile | None:
        word, _, rest = key.partition("-")
        if word == "thumb":
            return self._thumb(rest) if rest in self._shots else None
        if word == "take":
            return self._take(*rest.rpartition("-")[::2])
        path, name = self._named.get(key) or self._gathered.get(key) or (None, "")
        return None if path is None else self._file(path, name)

    @cached_property
    def _named(self) -> dict[str, tuple[Path, str]]:
        """What every project may have: where, and under which name it is saved."""
        project, state = self._opened.project, self._opened.state
        title = state.title
        known = {
            "song": (self._folder / state.song, Path(state.song).name),
            "report": (project.page, f"{title} report.html"),
            "report-json": (project.report, f"{title} report.json"),
            "plan": (project.plan, f"{title} plan.json"),
            "analysis": (project.analysis, f"{title} analysis.json"),
            "animatic": (self._folder / "preview.mp4", f"{title} preview.mp4"),
        }
        rendered = self._opened.documents.load(project.render, Render.load)
        if rendered is not None:
            path = self._folder / rendered.file
            known["film"] = path, f"{title}{path.suffix}"
        return known

    @cached_property
    def _gathered(self) -> dict[str, tuple[Path, str]]:
        """What lies in folders."""
        known: dict[str, tuple[Path, str]] = {}
        for folder, word in FOLDERS.items():
            for path in _files(self._folder / folder):
                known.setdefault(f"{word}-{path.name}", (path, path.name))
        for path in _files(self._folder):
            if word := word_of("", path.name):
                known[f"{word}-{path.name}"] = path, path.name
        sheets = [path for path, _ in known.values() if SHEET in path.stem]
        if sheets:
            newest = max(sheets, key=lambda path: path.lstat().st_mtime)
            known["sheet"] = newest, newest.name
        return known

    @cached_property
    def _shots(self) -> dict[str, None]:
        """Ids in the film's order."""
        plan = self._opened.plan
        return dict.fromkeys(shot.id for shot in plan.shots) if plan is not None else {}

    def _take(self, shot: str, take: str) -> MediaFile | None:
        made = next((made for made in self._opened.takes_of(shot) if made.take == take), None)
        if made is None:
            return None
        title = self._opened.state.title
        return self._file(made.file, f"{title} {shot} {take}{made.file.suffix}")

    def _thumb(self, shot: str) -> MediaFile | None:
        from songreel.editing_thumbs import thumb

        path = thumb(self._opened, shot)
        return self._file(path, f"{shot}{path.suffix}")

    def _file(self, path: Path, name: str) -> MediaFile | None:
        """The file, if it is one and lies in the project's folder."""
        try:
            real, folder = path.resolve(strict=True), self._folder.resolve(strict=True)
        except (OSError, ValueError):
            return None
        if not real.is_relative_to(folder) or not real.is_file():
            return None
        return MediaFile(real, type_of(path), name)


def word_of(folder: str, name: str) -> str:
    """The word that the key of a file begins with; none where it has no such key.

    Args:
        folder: Of the project, in which it lies; empty: beside the film.
        name: Of the file.
    """
    if folder:
        return FOLDERS.get(folder, "")
    return "foley" if FOLEY in name else ""


def _files(folder: Path) -> list[Path]:
    """What lies in a folder, in order; nothing where it is none, or leads elsewhere."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    hidden = (".", "~")
    return sorted(path for path in folder.iterdir() if not path.name.startswith(hidden))


def type_of(path: Path) -> str:
    """The media type of one of songreel's own files, by its ending."""
    ending = path.suffix.lower()
    return KNOWN.get(ending) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
