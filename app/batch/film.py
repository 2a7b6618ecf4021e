"""One film of a batch, made in this process: `make_film`, and how far it is believed finished."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.batch.record import Outcome
from songreel.batch.wishes import Wishes
from songreel.desk import NOTHING, Spending
from songreel.models.document import Frozen
from songreel.models.errors import SongreelError
from songreel.models.files import sha256_of, whole
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, SyncReport
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.settings import Settings
from songreel.stills import still

if TYPE_CHECKING:
    from songreel.film import Film
    from songreel.generation.farm.order import Made

THUMBNAIL = 320
"""Pixels of its long side."""
THUMBNAIL_FILE = "thumbnail.jpg"
"""In the film's folder."""


class Task(Frozen):
    """A film as the process that makes it is told of it."""

    name: str
    song: Path
    folder: Path
    wishes: Wishes
    replan: bool = False
    retakes: int = 0
    sources: tuple[str, ...] = ()
    """Those whose clips the farm makes."""
    workspace: Path
    config: Path
    database: str
    cores: int
    """Segments that are cut at a time."""
    allowance: str | None = None
    """USD that it may spend at most; None: nothing."""

    def settings(self) -> Settings:
        """Of the process that makes it."""
        return Settings(
            workspace=self.workspace, workers=self.cores, database=self.database,
            config=self.config,
        )  # fmt: skip


def make_film(
    task: Task,
    settings: Settings,
    spending: Spending = NOTHING,
    progress: Progress = silent,
) -> "Film":
    """The film of `task`, by the ordinary way from a song to a film.

    Raises:
        SongreelError: It cannot be made; what was finished stays, and the next call goes on.
    """
    from songreel.services import Services

    project = Project(task.folder)
    return Services(settings).make(
        task.song,
        task.folder,
        direction=task.wishes.direction(),
        changes=task.wishes.changes(project),
        replan=task.replan,
        spending=replace(spending, retakes=task.retakes),
        progress=progress,
    )


def outcome_of(film: "Film", made: "tuple[Made, ...]" = ()) -> Outcome:
    """A finished film in figures, and by whom its clips were made."""
    from songreel.assembly.summary import verdict

    project, report = film.project, film.report
    storyboard = Storyboard.load(project.plan)
    new = [each for each in made if not each.found]
    write_thumbnail(film.video, 0.4 * film.render.seconds, project.folder / THUMBNAIL_FILE)
    return Outcome(
        video=film.render.file,
        report=project.page.name,
        render=film.render.fingerprint,
        plan=sha256_of(project.plan),
        ok=report.ok,
        verdict=verdict(report),
        seconds=film.render.seconds,
        cuts=len(report.cuts),
        on_frame=report.on_frame,
        look=storyboard.look.name,
        style=storyboard.style,
        substitutions=report.substitutions,
        notices=report.notices,
        timings=film.timings.seconds,
        clips=len(made),
        found=len(made) - len(new),
        workers=dict(sorted(Counter(each.worker for each in new).items())),
        making=round(sum(each.seconds for each in new), 3),
        paid=film.bill.project if film.bill is not None else None,
    )


def finished(folder: Path, song: str, known: Outcome | None) -> bool:
    """Whether the film in `folder` is the one that `known` tells of, and nobody changed it since.

    Args:
        folder: Of the film.
        song: SHA-256 of the song it is to be of.
        known: As it was when it was finished.
    """
    project = Project(folder)
    if known is None or not (project.file.is_file() and project.render.is_file()):
        return False
    try:
        rendered = Render.load(project.render)
        report = SyncReport.load(project.report)
        return (
            project.state.song_sha256 == song
            and rendered.fingerprint == known.render
            and report.video_sha256 == rendered.sha256
            and sha256_of(project.plan) == known.plan
            and project.has(rendered)
        )
    except (SongreelError, OSError):
        return False  # gone or spoilt: it is made again


def write_thumbnail(video: Path, seconds: float, path: Path) -> None:
    """Write a film's picture at a moment as a JPEG; none where it cannot be read.

    Raises:
        MachineError: The folder cannot be written.
    """
    picture = still(video, seconds, THUMBNAIL)
    if picture is not None:
        with whole(path, lasting=False) as partial:
            partial.write_bytes(picture)


def spoken(error: BaseException) -> str:
    """Why a film failed, in a sentence; of our own mistakes the kind too."""
    if isinstance(error, SongreelError):
        return str(error)
    return f"{type(error).__name__}: {error}"
