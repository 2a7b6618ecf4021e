"""The front for notebooks: `session`, `progress`, `show`, `timeline`, `studio` and more.

    from songreel import notebook

    work = notebook.session()
    with notebook.progress() as tell:
        heard = work.services.analyze(Path("song.mp3"), tell)
    heard                                       # shows itself below the cell

Analyses, storyboards, clips, takes, quotes, films and scores show themselves; `show` is for files
and palettes, which cannot.
"""

import sys
import wave
from collections.abc import Mapping, Sequence
from importlib import invalidate_caches
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.models.shown.shows import Shows
from songreel.models.storyboard import Oklch
from songreel.notebook_bar import Bar
from songreel.settings import Settings
from songreel.workspace import Workspace

if TYPE_CHECKING:
    from songreel.film import Film
    from songreel.models.shown.card import Card
    from songreel.notebook_studio import Studio
    from songreel.project import Project
    from songreel.widget.timeline import Timeline

__all__ = ["demo_song", "package", "progress", "session", "show", "studio", "timeline"]


def session(workspace: Path | None = None) -> Workspace:
    """The workspace that this notebook works in; `.services` are the use cases.

    Args:
        workspace: Its folder; None: the one of the command line, `SONGREEL_WORKSPACE` or the
            platform's, so that a song heard there is not heard again.
    """
    return Workspace(Settings.load(workspace), actor="notebook")


def progress() -> Bar:
    """A bar below the cell, to be told how far work is.

        with notebook.progress() as tell:
            services.make(..., progress=tell)

    Without ipywidgets it writes a line for each step, and says once how to have the bar.
    """
    return Bar()


def show(what: "Path | str | Film | Sequence[Oklch]") -> Shows:
    """Something that does not show itself: a film, sound or picture on disk, or a palette.

    A small film is kept inside the notebook, a large one (over 12 MiB) is played from its file.

    Raises:
        InvalidInput: There is no such file, or it is none of these.
    """
    if isinstance(what, Shows):
        return what
    if isinstance(what, Path | str):
        return File(Path(what))
    if not all(isinstance(one, Oklch) for one in what):
        raise InvalidInput("a palette is shown by its colours, and a file by its path")
    return Colours(tuple(what))


def timeline(project: "Project | Path | str", work: Workspace | None = None) -> "Timeline":
    """The storyboard of a project on its beat grid, to be listened to and edited.

    Args:
        project: The project, or its folder.
        work: Where its edits are recorded; None: `session()`.

    Raises:
        InvalidInput: There is no project there, or it has no plan yet.
        MachineError: anywidget is not installed.
    """
    from songreel.project import Project

    found = project if isinstance(project, Project) else Project.open(Path(project))
    try:
        from songreel.widget.timeline import Timeline
    except ImportError as error:
        raise MachineError(
            f"the timeline needs a package that is not installed ({error.name}): "
            "pip install 'songreel[notebooks]'"
        ) from error
    return Timeline.of(found, work or session())


def studio(work: Workspace | None = None, *, pages: bool = True) -> "Studio":
    """A studio of this kernel's own, for its client and for a browser on this machine.

    Args:
        work: Its workspace; None: `session()`.
        pages: Whether it has the pages for a browser too; without them it starts at once.

    Raises:
        InvalidInput: The workspace has a studio already.
        MachineError: What it needs is not installed.
    """
    from songreel.notebook_studio import Studio

    return Studio((work or session()).settings, pages=pages)


def demo_song(folder: Path, seconds: float | None = None) -> Path:
    """The song that comes with songreel, as a WAV file in `folder`; one that is there is used.

    Args:
        folder: Made if it does not exist.
        seconds: Of an excerpt around the first chorus, in whole bars; None: all of it.
    """
    from songreel.demo import score
    from songreel.demo.song import TITLE, write_song

    folder.mkdir(parents=True, exist_ok=True)
    song = folder / f"{TITLE}.wav"
    if not song.is_file():
        write_song(song)
    if seconds is None:
        return song
    bar = score.seconds(4) - score.seconds(0)
    bars = max(1, round(seconds / bar))
    first = score.seconds(4 * max(0, score.CHORUS - bars // 2))
    part = folder / f"{TITLE} {bars} bars.wav"
    with wave.open(str(song)) as played, whole(part) as partial, partial.open("wb") as raw:
        played.setpos(round(first * played.getframerate()))
        with wave.open(raw, "wb") as cut:
            cut.setparams(played.getparams())
            cut.writeframes(played.readframes(round(bars * bar * played.getframerate())))
    return part


def package(folder: Path, name: str, points: Mapping[str, Mapping[str, str]]) -> None:
    """Have modules in `folder` found as an installed package of this kernel would be.

    It leaves what an installer leaves, the package's description, and puts the folder on the path.
    For what is to last, write a `pyproject.toml` with the same entry points and install it.

    Args:
        folder: With the modules.
        name: Of the package.
        points: `module:Class` by name, by group: `{"songreel.effects": {"mine": "mine:Mine"}}`.

    Raises:
        MachineError: The folder cannot be written.
    """
    groups = "".join(
        f"[{group}]\n" + "".join(f"{key} = {place}\n" for key, place in named.items())
        for group, named in points.items()
    )
    modules = {place.partition(":")[0] for named in points.values() for place in named.values()}
    info = folder / f"{name.replace('-', '_')}-0.dist-info"
    try:
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
        (info / "entry_points.txt").write_text(groups)
    except OSError as error:
        raise MachineError(f"cannot write {info}: {error.strerror or error}") from error
    path = str(folder.resolve())
    if path not in sys.path:
        sys.path.insert(0, path)
    for module in modules:
        sys.modules.pop(module, None)  # as it was before the cell was run again
    invalidate_caches()


class File(Shows):
    """A film, a sound or a picture on disk."""

    shown_by: ClassVar[str] = "songreel.notebook:file_card"

    def __init__(self, path: Path) -> None:
        from songreel.shown_media import MEDIA

        if not path.is_file():
            raise InvalidInput(f"there is no file {path}")
        if path.suffix.lower() not in MEDIA:
            known = ", ".join(sorted(MEDIA))
            raise InvalidInput(f"{path.name} cannot be shown; films, sounds and pictures: {known}")
        self.path = path


class Colours(Shows):
    """A palette."""

    shown_by: ClassVar[str] = "songreel.notebook:colours_card"

    def __init__(self, palette: tuple[Oklch, ...]) -> None:
        self.palette = palette


def file_card(file: File) -> "Card":
    """The file's name and size, and what is in it."""
    from songreel.models.shown.card import Card
    from songreel.models.sizes import told_bytes
    from songreel.shown_media import medium

    return Card(file.path.name, (told_bytes(file.path.stat().st_size),), (medium(file.path),))


def colours_card(colours: Colours) -> "Card":
    """The palette's swatches."""
    from songreel.models.shown.plan import colours as card

    return card(colours.palette)
