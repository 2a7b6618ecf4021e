"""A project: a folder a person can see, move, copy and delete."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from songreel.changing import changing, there
from songreel.holding import hold
from songreel.models.clip import Sha256
from songreel.models.document import Document
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import PARTIAL, sha256_of, whole
from songreel.models.grid_change import GridChange, Octave
from songreel.models.local import LocalOptions
from songreel.models.names import Bare, Inside
from songreel.models.render import Render, RenderSpec


class ProjectFile(Document):
    """`project.json`: the song and the choices that are not in the plan."""

    kind: ClassVar[str] = "songreel.project"
    version: ClassVar[int] = 1

    title: Bare
    song: Inside
    """Path of the song's copy in the project folder. It keeps its name, in a folder of its own:
    the sound of `film.mp4` must not be taken for the film."""
    song_sha256: Sha256
    spec: RenderSpec = RenderSpec()
    visuals: str = "builtin"
    """Where clips come from: a provider's name."""
    footage: str | None = None
    """Folder of the user's clips and photos."""
    stand_ins: tuple[str, ...] = ()
    """Sources that may serve where the first one cannot, e.g. `replicate:hailuo-02`; best first."""
    grade: str = ""
    """How the user's own pictures are brought into the film's light and colour: `none`,
    `palette:0.4`, `duotone` …; empty for what suits the film (`songreel.grade`)."""
    local: LocalOptions = LocalOptions()
    """Wishes for models on this machine, where clips come from one."""
    tracker: str = "songreel"
    """Who hears the song's beats."""
    octave: Octave = "as heard"
    """At which octave of its tempo they are counted."""
    grid: tuple[GridChange, ...] = ()
    """What a person has corrected of them since, in order (`songreel grid`)."""
    id: str = ""
    """Under which the workspace's ledger knows the project, wherever its folder is moved."""


class Project:
    """The folder and where things are in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "project.json"
        self.analysis = folder / "analysis.json"
        self.heard = folder / "heard.json"
        """The analysis before a person corrected its grid; only where somebody has."""
        self.plan = folder / "plan.json"
        self.clips = folder / "clips"
        self.timeline = folder / "timeline.json"
        self.render = folder / "render.json"
        self.report = folder / "report.json"
        self.page = folder / "report.html"
        self.earlier = folder / "earlier"
        self.plans = folder / "earlier plans"
        self.shown = folder / "studio"
        """What pages show and is made again when it is missing: outlines, small pictures."""

    @classmethod
    def open(cls, folder: Path) -> "Project":
        """The project at `folder`.

        Raises:
            InvalidInput: There is none.
        """
        project = cls(folder)
        if not project.file.is_file():
            raise InvalidInput(
                f"{folder} is not a songreel project (it has no project.json); "
                "`songreel make SONG` makes one"
            )
        return project

    @classmethod
    def start(
        cls,
        folder: Path,
        song: Path,
        sha256: str,
        *,
        name: str | None = None,
        title: str | None = None,
    ) -> "Project":
        """The project at `folder`, made there with a copy of `song` if it does not exist.

        Args:
            folder: Where.
            song: A file that was opened as a song.
            sha256: Of the song's bytes.
            name: Of the song's copy; None: as `song` is called.
            title: Of the film; None: the song's name.

        Raises:
            InvalidInput: The folder holds another song or other things.
            MachineError: The folder cannot be written.
        """
        project, name = cls(folder), name or song.name
        if project.file.is_file():
            found = project.state
            if found.song_sha256 != sha256:
                raise InvalidInput(
                    f"{folder} already holds a film of another song ({found.song}); "
                    "choose another folder with --project"
                )
            return project
        if folder.exists() and not (folder.is_dir() and _only_begun(folder, name)):
            raise InvalidInput(
                f"{folder} exists and is not a songreel project; choose another with --project"
            )
        try:
            copied = folder / "song" / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            with whole(copied) as partial:
                shutil.copyfile(song, partial)
        except (OSError, MachineError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise MachineError(
                f"cannot write the project folder {folder}: {reason}; choose another with --project"
            ) from error
        ProjectFile(
            title=title or Path(name).stem,
            song=f"song/{name}",
            song_sha256=sha256,
            id=uuid4().hex,
        ).save(project.file)
        return project

    def put_song(self, song: Path, sha256: str) -> None:
        """Have the film's song be another file; a copy takes the place of the one before.

        The project is held by the caller. What is made of the song before is stale and is found to
        be so: nothing is deleted.

        Raises:
            MachineError: The folder cannot be written.
        """
        copied = self.folder / "song" / song.name
        try:
            copied.parent.mkdir(exist_ok=True)
            with whole(copied) as partial:
                shutil.copyfile(song, partial)
        except OSError as error:
            raise MachineError(f"cannot write {copied}: {error.strerror or error}") from error
        self.change(song=f"song/{song.name}", song_sha256=sha256)

    def known_as(self) -> str:
        """The project's id; one that was made without gets it now."""
        if found := self.state.id:
            return found
        with changing(self.folder):
            return self.state.id or self.change(id=uuid4().hex).id

    def part_from(self, known_as: str) -> str:
        """Have a copy of the project `known_as` be a project of its own; its id from now on.

        Clips that were ordered stay with the project that has ordered them, and pays for them.

        Raises:
            MachineError: The folder cannot be written.
        """
        from songreel.generation.jobs import SUFFIX

        with changing(self.folder):
            if self.state.id != known_as:
                return self.known_as()  # another process was faster
            try:
                for order in self.folder.rglob(f"*{SUFFIX}"):
                    order.unlink(missing_ok=True)
            except OSError as error:
                reason = error.strerror or error
                raise MachineError(f"cannot write {self.folder}: {reason}") from error
            return self.change(id=uuid4().hex).id

    @property
    def state(self) -> ProjectFile:
        """`project.json` as it is now."""
        return ProjectFile.load(self.file)

    def change(self, **fields: object) -> ProjectFile:
        """Set fields of `project.json`; untouched if they already hold."""
        with changing(self.folder):
            before = self.state
            after = ProjectFile.model_validate(before.model_copy(update=fields).model_dump())
            if after != before:
                after.save(self.file)
        return after

    @property
    def song(self) -> Path:
        """The project's copy of the song."""
        return self.folder / self.state.song

    def video(self) -> Path:
        """Where the finished film goes."""
        state = self.state
        return self.folder / f"{state.title}.{state.spec.format}"

    def has(self, rendered: Render) -> bool:
        """Whether the film's file is there as it was rendered, byte for byte."""
        video = self.folder / rendered.file
        return video.is_file() and _sha256(video) == rendered.sha256

    def set_aside(self, video: Path) -> Path | None:
        """Move a film that is about to be replaced into `earlier`; None where there is none."""
        if not video.exists():
            return None
        self.earlier.mkdir(exist_ok=True)
        number = 1
        while (kept := self.earlier / f"{video.stem} {number}{video.suffix}").exists():
            number += 1
        video.replace(kept)
        return kept

    def held(self) -> AbstractContextManager[None]:
        """Hold the project for this process, to make and replace its files.

        Its documents may be changed meanwhile (`songreel.changing`).

        Raises:
            InvalidInput: Another process works on it, or its folder is not there any more.
        """
        there(self.folder)
        return hold(self.folder)


def _only_begun(folder: Path, song: str) -> bool:
    """Whether `folder` holds nothing, or only what `start` leaves when it is broken off."""
    own = {"song", f"song/{song}", f"song/{song}{PARTIAL}", f"project.json{PARTIAL}"}
    return all(path.relative_to(folder).as_posix() in own for path in folder.rglob("*"))


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
