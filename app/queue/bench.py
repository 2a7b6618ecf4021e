"""What a job works with: the workspace, its project, a folder of its own, and whom it tells."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from songreel.editing_media import word_of
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.names import fit_name
from songreel.models.queued import QueuedJob
from songreel.project import Project
from songreel.settings import Settings
from songreel.workspace import Workspace

if TYPE_CHECKING:
    from songreel.services import Services

Result = dict[str, JsonValue]
"""What a job came to, as plain data: for people and pages, without paths of the server."""


class Teller(Protocol):
    """Whom a job tells how it goes."""

    def progress(self, what: str, done: float) -> None:
        """A stage is so far; may raise KeyboardInterrupt to stop the work."""

    def found(self, part: str, value: JsonValue) -> None:
        """A part of an analysis was heard."""

    def notice(self, text: str) -> None:
        """Something worth knowing."""

    def belongs(self, project: str) -> None:
        """The job works on this project, which it has made."""


GIVEN = "given"
"""Folder of a job for what it was given; taken away once it is done."""
LONGEST = 255
"""Bytes of a file's name that disks take."""
_KEYS = {"preview.mp4": "animatic", "report.html": "report", "report.json": "report-json"}


@dataclass(frozen=True)
class Bench:
    """Where one job is done."""

    workspace: Workspace
    job: QueuedJob
    tell: Teller

    @property
    def settings(self) -> Settings:
        """Of this run."""
        return self.workspace.settings

    @property
    def services(self) -> "Services":
        """The use cases on folders."""
        return self.workspace.services

    @property
    def folder(self) -> Path:
        """The job's own: what it makes without a project, and keeps between attempts."""
        return self.settings.workspace / "jobs" / self.job.id

    def project(self) -> Project:
        """The project that the job works on.

        Raises:
            InvalidInput: It works on none, or its folder is gone.
        """
        if not self.job.project:
            raise InvalidInput("this work is on no project")
        return self.workspace.projects.open(self.job.project)

    def given(self, sha256: str, folder: str = "given", name: str = "") -> Path:
        """An asset as a file under its own name, in a folder of the job.

        Raises:
            InvalidInput: There is no such asset.
            MachineError: The disk is full.
        """
        called = name or fit_name(self.workspace.assets.get(sha256).name)
        return fetched(self.workspace, sha256, self.folder / folder, called)

    def text(self, content: str, name: str) -> Path:
        """A text as a file of the job; a name that no disk takes is made shorter."""
        short = len(name.encode()) <= LONGEST
        path = made(self.folder / GIVEN) / (name if short else fit_name(name))
        path.write_text(content, encoding="utf-8", newline="")
        return path

    def remembered(self, name: str, value: str = "") -> str:
        """What an earlier attempt has kept under `name`; `value`, kept now, where it has not."""
        path = self.folder / name
        if not path.is_file() and value:
            made(path.parent)
            path.write_text(value, encoding="utf-8")
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Take what was given to the job away once it is done, and its folder if that is empty."""
        yield
        rmtree(self.folder / GIVEN, ignore_errors=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def file_in(self, project: Project, path: Path) -> Result:
        """A file of a project as a result tells of it, with the key by which it is fetched."""
        inside = path.absolute().relative_to(project.folder.absolute())
        told: Result = {"name": path.name, "file": inside.as_posix(), "size": path.stat().st_size}
        word = word_of(inside.parts[0] if len(inside.parts) == 2 else "", path.name)
        key = f"{word}-{path.name}" if word else _KEYS.get(inside.as_posix(), "")
        return told | {"key": key} if key else told

    def loose(self, path: Path) -> Result:
        """A file without a project as an asset, so that it can be fetched."""
        entry = self.workspace.assets.put(path, path.name)
        return {
            "name": path.name, "asset": entry.sha256, "size": entry.size,
            "media_type": entry.media_type,
        }  # fmt: skip


def fetched(workspace: Workspace, sha256: str, folder: Path, name: str) -> Path:
    """An asset in a folder; one of the same name with other content gets a number."""
    from songreel.models.files import sha256_of

    made(folder)
    stem, suffix = Path(name).stem, Path(name).suffix
    path, number = folder / name, 1
    while path.exists():
        if sha256_of(path) == sha256:
            return path
        number += 1
        path = folder / f"{stem} {number}{suffix}"
    workspace.assets.fetch(sha256, path)
    return path


def made(folder: Path) -> Path:
    """A folder, made if it is not there.

    Raises:
        MachineError: It cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    return folder


def free_name(folder: Path, stem: str, ending: str) -> Path:
    """The first of `STEM.ending`, `STEM 2.ending` … that nothing has."""
    path, number = folder / f"{stem}{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}{ending}"
    return path


def strings(values: Mapping[str, object]) -> Result:
    """Plain data whose numbers, texts and lists JSON has; all else as its text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)
