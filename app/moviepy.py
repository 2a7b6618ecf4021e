"""A project in a notebook, beside MoviePy: `edit`, `clip`, `render`.

from songreel import moviepy as songs
film = songs.clip("song.songreel")           # a MoviePy VideoClip with the song's audio
film.subclipped(30, 40).preview()

edit = songs.edit("song.songreel")           # the edit, to change and to render
edit = with_effect(edit, "s03", vfx.MirrorX())
songs.render("song.songreel", edit, "mirrored.mp4")
"""

from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, RenderSpec
from songreel.models.timeline import Timeline
from songreel.project import Project

if TYPE_CHECKING:
    from moviepy import Effect, VideoClip

    from songreel.models.sound import Sound


def edit(folder: Path | str) -> Timeline:
    """The edit of a project's film as it was last cut.

    Raises:
        InvalidInput: There is no project, or it has not been cut yet.
    """
    return _edit(Project.open(Path(folder)))


def clip(folder: Path | str, timeline: Timeline | None = None) -> "VideoClip":
    """A project's film as a MoviePy clip with the song's audio, decoded as it is asked for.

    Args:
        folder: The project.
        timeline: An edit of its clips; None for that of its film.

    Raises:
        InvalidInput: MoviePy is not installed, there is no film, or a clip has changed.
    """
    from songreel.assembly.moviepy import film_clip

    project = Project.open(Path(folder))
    return film_clip(timeline or _edit(project), _song(project), project=project.folder)


def with_effect(
    timeline: Timeline, shot: str, effect: "Effect", *, key: str | None = None
) -> Timeline:
    """`timeline` with a MoviePy effect on one of its shots: see `by_moviepy.with_effect`.

    Raises:
        InvalidInput: There is no such shot, or the effect changes its length.
    """
    from songreel.assembly.effects import by_moviepy
    from songreel.assembly.moviepy import need_moviepy

    need_moviepy()
    return by_moviepy.with_effect(timeline, shot, effect, key=key)


def render(
    folder: Path | str,
    timeline: Timeline,
    output: Path | str,
    *,
    workers: int = 2,
    progress: Progress = silent,
) -> Render:
    """Write the film of an edit of a project's clips; segments that are there are used.

    Args:
        folder: The project.
        timeline: The edit.
        output: File to write, `.mp4`, `.mkv` or `.mov`; one that exists is refused.
        workers: Segments made at the same time.
        progress: Told what is being done.

    Raises:
        InvalidInput: The file exists or has another ending, or a clip has changed.
    """
    from songreel.assembly.render import render as rendered

    path, project = Path(output), Project.open(Path(folder))
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("mp4", "mkv", "mov"):
        raise InvalidInput(f"{path} is no film's name: it must end in .mp4, .mkv or .mov")
    if path.exists():
        raise InvalidInput(f"{path} exists already; choose another name or remove it")
    spec = RenderSpec(width=timeline.width, height=timeline.height, rate=timeline.rate, format=kind)  # type: ignore[arg-type]
    with project.held():
        return rendered(timeline, _song(project), spec, project=project.folder, output=path,
                        workers=workers, progress=progress)  # fmt: skip


def _edit(project: Project) -> Timeline:
    if not project.timeline.is_file():
        raise InvalidInput(
            f"{project.folder} has not been cut yet; run `songreel assemble {project.folder}`"
        )
    return Timeline.load(project.timeline)


def _song(project: Project) -> "Sound":
    from songreel.analysis.audio import open_sound

    return open_sound(project.song)
