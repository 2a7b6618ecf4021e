"""Where the sound of a film is kept, and what there is to make it of: `Place`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from songreel.assembly.mixing.mix import FILMS, SOUNDS
from songreel.holding import hold
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.foley_track import FoleyTrack
from songreel.models.render import Render
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.outputs import free
from songreel.project import Project
from songreel.scored_film import ScoredFilm, film_file
from songreel.sound_folder import id_of


@dataclass(frozen=True)
class Place:
    """What is made from what, where.

    The takes of a project lie in `PROJECT/foley`, those of any other film in `NAME.sound` beside
    the file that is delivered, where they stay: they may have been paid for.
    """

    title: str
    film: Path | None
    """Whose pictures want sound; None for sound without a picture."""
    folder: Path
    """Of takes."""
    output: Path
    project: Project | None = None

    @property
    def alone(self) -> bool:
        """Whether the sound is delivered without a picture."""
        return self.output.suffix.lower() in SOUNDS

    @property
    def report(self) -> Path:
        """`NAME.foley.json`, beside what is delivered."""
        name = self.output.stem.removesuffix(".foley")
        return self.output.with_name(f"{name}.foley.json")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, made if need be, for this process.

        Raises:
            InvalidInput: Another process works in it.
            MachineError: It cannot be written.
        """
        with ExitStack() as both:
            if self.project is not None:
                both.enter_context(self.project.held())
            both.enter_context(hold(self.folder))
            yield

    def known_as(self) -> str:
        """Under what the ledger knows it; given out on the first call."""
        if self.project is not None:
            return self.project.known_as()
        return id_of(self.folder, self.title)

    def plan(self) -> tuple[Storyboard, Timeline] | None:
        """Of a project's film, where they are there."""
        project = self.project
        if project is None or not (project.plan.is_file() and project.timeline.is_file()):
            return None
        return Storyboard.load(project.plan), Timeline.load(project.timeline)

    def told(self) -> ScoredFilm | None:
        """What the scenes of a project's film say of it; None for other films."""
        if self.project is None or not film_file(self.project.folder).is_file():
            return None
        return ScoredFilm.load(film_file(self.project.folder))

    def checked(self, force: bool) -> None:
        """Refuse to write where that would replace what somebody may want.

        What an earlier run delivered with sound missing is replaced by the run that goes on, as
        long as nobody has changed it since.

        Raises:
            InvalidInput: The file is there, or is the film itself, or there is no folder.
        """
        if not self.output.parent.is_dir():
            raise InvalidInput(
                f"there is no folder {self.output.parent} to write {self.output.name} in"
            )
        if self.film is not None and _same(self.film, self.output):
            raise InvalidInput(f"{self.output} is the film itself; choose another name with --out")
        if not (force or self._unfinished()):
            free(self.output, force=False)
        elif self.output.is_dir():
            free(self.output, force)

    def delivered(self) -> FoleyTrack | None:
        """The report of what an earlier run delivered, if nobody has changed it since."""
        if not (self.output.is_file() and self.report.is_file()):
            return None
        try:
            before = FoleyTrack.load(self.report)
            same = sha256_of(self.output) == before.output_sha256
        except (InvalidInput, OSError):
            return None
        return before if before.output == self.output.name and same else None

    def _unfinished(self) -> bool:
        before = self.delivered()
        return before is not None and before.outcome != "whole"


def place_of(target: Path, out: Path | None) -> Place:
    """The place of a project's film, or of any film.

    Args:
        target: A project folder or a video file.
        out: What is to be delivered; None: beside the film, `NAME.foley`.

    Raises:
        InvalidInput: It is neither, or the project has no film yet.
    """
    if target.is_dir():
        project = Project.open(target)
        if not project.render.is_file():
            raise InvalidInput(
                f"{target} has no film yet; `songreel assemble {target}` makes it first"
            )
        film = target / Render.load(project.render).file
        if not film.is_file():
            raise InvalidInput(f"{film} is gone; `songreel assemble {target}` makes the film again")
        folder = target / "foley"
        return Place(project.state.title, film, folder, _output(film, out), project)
    if not target.is_file():
        raise InvalidInput(f"there is no film and no project at {target}")
    output = _output(target, out)
    return Place(target.stem, target, output.parent / f"{target.stem}.sound", output)


def place_at(name: Path, out: Path | None) -> Place:
    """The place of a film that is still to come, called `name`.

    Raises:
        InvalidInput: `out` says no kind of file.
    """
    output = _output(name, out)
    return Place(name.stem, None, output.parent / f"{name.stem}.sound", output)


def place_without_film(out: Path) -> Place:
    """The place of sound without a picture.

    Raises:
        InvalidInput: The name says no kind of sound.
    """
    if out.suffix.lower() not in SOUNDS:
        raise InvalidInput(
            f"{out} says no kind of sound; name it {', '.join(SOUNDS)}, as in waves.wav"
        )
    return Place(out.stem, None, out.parent / f"{out.stem}.sound", out)


def _output(film: Path, out: Path | None) -> Path:
    if out is None:
        suffix = film.suffix if film.suffix.lower() in FILMS else ".mkv"
        return film.with_name(f"{film.stem}.foley{suffix}")
    if out.suffix.lower() not in FILMS | SOUNDS:
        raise InvalidInput(
            f"{out} says no kind of film or sound; name it {', '.join((*FILMS, *SOUNDS))}, as in "
            f"{film.stem}.foley.mp4"
        )
    return out


def _same(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)
