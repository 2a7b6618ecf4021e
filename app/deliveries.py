"""What a project gives besides its film: files for editors, a contact sheet, a preview."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput, MachineError, SongreelError
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import PREVIOUS, Storyboard
from songreel.models.timeline import Timeline
from songreel.outputs import free
from songreel.planning import Direction, planned
from songreel.project import Project
from songreel.services import Services

if TYPE_CHECKING:
    from songreel.assembly.exports.events import EditList
    from songreel.models.sound import Sound


@dataclass(frozen=True)
class Written:
    """Files that are there now, and what is worth knowing of them."""

    files: tuple[Path, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportChoices:
    """How an edit is written for editors."""

    beats: bool = True
    """Whether each beat gets a marker; bars, sections and drops always do."""
    relative: bool = False
    """Media by paths relative to the file, not by absolute file URLs."""
    drop: bool = False
    """Drop-frame timecode in EDLs."""
    force: bool = False
    """Replace files that exist."""


@dataclass(frozen=True)
class PreviewChoices:
    """How an animatic is made."""

    beeps: bool = True
    direction: Direction = field(default_factory=Direction)
    """How a song is planned that has no project."""
    spec: RenderSpec | None = None
    """Aspect and rate of a film that has no project."""
    force: bool = False
    """Replace a file that exists."""


class Deliveries:
    """The use cases around what leaves a project."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def export(
        self,
        folder: Path,
        names: Sequence[str],
        choices: ExportChoices,
        progress: Progress = silent,
    ) -> Written:
        """Write a project's edit and music for other programs.

        Args:
            folder: The project.
            names: Files, whose endings say what they hold, or folders (that exist, or end in a
                slash), which get one of each kind.
            choices: How.
            progress: Told what is being done.

        Raises:
            InvalidInput: An ending says nothing, a file exists, the project has no film yet, or a
                file that was asked for by name cannot hold this film.
            MachineError: A folder cannot be written or a library is missing.
        """
        from songreel.analysis.exports import formats as music
        from songreel.assembly.exports import formats as edits

        project = Project.open(folder)
        wanted, gathered = _named(names, project.state.title, project.folder)
        for path in wanted:
            free(path, choices.force)
        order = edits.Order(relative=choices.relative, drop=choices.drop)
        of_edit = [path for path in wanted if edits.ending_of(path) is not None]
        notices: list[str] = []
        written: list[Path] = []
        with self._services.opened(folder, progress) as (held, _, analysis, storyboard):
            film: EditList | None = None
            if of_edit:
                try:
                    film, told = _edit(held, analysis, storyboard, choices)
                    notices.extend(told)
                except SongreelError as error:
                    if not gathered.issuperset(of_edit):
                        raise
                    notices.append(f"left out the edit: {error}")
            for i, path in enumerate(wanted):
                progress("exporting", i / len(wanted))
                try:
                    if path not in of_edit:
                        music.export(analysis, path)
                    elif film is not None:
                        edits.write(film, storyboard, path, order)
                    else:
                        continue
                except SongreelError as error:
                    if path not in gathered:
                        raise
                    notices.append(f"left out {path.name}: {error}")
                    continue
                written.append(path)
        return Written(tuple(written), tuple(notices))

    def preview(
        self,
        target: Path,
        output: Path | None,
        choices: PreviewChoices,
        progress: Progress = silent,
    ) -> Written:
        """Make an animatic of a project's plan, or of the plan that a song would get.

        Args:
            target: A project's folder, or a song.
            output: An .mp4; None for `preview.mp4` in the project, or beside where one is.
            choices: How.
            progress: Told what is being done.

        Raises:
            InvalidInput: The file exists or is no .mp4, or options do not go with a project.
        """
        is_project = target.is_dir()
        path = output or (
            target / "preview.mp4" if is_project else Path(f"{target.stem} preview.mp4")
        )
        if path.suffix.lower() != ".mp4":
            raise InvalidInput(f"a preview is an .mp4 file, not {path.name}; end its name in .mp4")
        if not path.parent.is_dir():
            raise InvalidInput(f"there is no folder {path.parent} to write {path.name} in")
        free(path, choices.force)
        if is_project:
            if choices.direction != Direction() or choices.spec is not None:
                raise InvalidInput(
                    f"{target} has its plan and format; leave --look, --style, --seed, --aspect "
                    "and --fps out, or give the song instead"
                )
            with self._services.opened(target, progress) as (project, sound, analysis, plan):
                spec, sources = project.state.spec, pictures_on_hand(project, plan)
                made = self._animatic(plan, sound, analysis, spec, sources, path, choices, progress)
        else:
            plan = self._services.plan(target, choices.direction, None, progress)
            analysis = self._services.analyze(target, progress)
            sound = self._services.sound(target, progress)
            spec = choices.spec or RenderSpec()
            made = self._animatic(plan, sound, analysis, spec, {}, path, choices, progress)
        return made

    def contact_sheet(
        self, folder: Path, output: Path, *, force: bool = False, progress: Progress = silent
    ) -> Written:
        """Write every shot of a project on one sheet: .png, .pdf (A4 pages) or .html.

        Raises:
            InvalidInput: The ending says nothing, or the file exists.
        """
        from songreel.assembly.sheet.gather import gather
        from songreel.assembly.sheet.page import page
        from songreel.assembly.sheet.paper import paper, picture_width

        if output.suffix.lower() not in (".png", ".pdf", ".html", ".htm"):
            raise InvalidInput(f"a contact sheet is a .png, .pdf or .html file, not {output.name}")
        if not output.parent.is_dir():
            raise InvalidInput(f"there is no folder {output.parent} to write {output.name} in")
        free(output, force)
        project = Project.open(folder)
        with project.held():
            plan, spec = planned(project), project.state.spec
            film = None
            if project.render.is_file() and project.timeline.is_file():
                rendered = Render.load(project.render)
                if (project.folder / rendered.file).is_file():
                    film = (project.folder / rendered.file, Timeline.load(project.timeline))
            ratio = spec.width / spec.height
            on_page = output.suffix.lower() in (".html", ".htm")
            sheet = gather(
                plan,
                spec,
                title=project.state.title,
                width=(320 if ratio > 1 else 220) if on_page else picture_width(ratio),
                film=film,
                sources=pictures_on_hand(project, plan),
                progress=progress,
            )
            progress("drawing the sheet", 0.0)
            if on_page:
                page(sheet, output)
            else:
                paper(sheet, output)
        return Written((output,), (sheet.pictures,))

    def _animatic(
        self,
        plan: Storyboard,
        sound: "Sound",
        analysis: Analysis,
        spec: RenderSpec,
        sources: dict[str, Path],
        path: Path,
        choices: PreviewChoices,
        progress: Progress,
    ) -> Written:
        from songreel.assembly.preview.make import preview

        preview(
            plan,
            sound,
            path,
            aspect=Fraction(spec.width, spec.height),
            rate=spec.rate,
            lead=spec.lead,
            energy=analysis.energy,
            loudness=analysis.loudness.integrated,
            beeps=choices.beeps,
            sources=sources,
            workers=self._services.settings.workers,
            progress=progress,
        )
        notices = list(plan.notices)
        if choices.beeps and not plan.beat_locked:
            notices.append("no beeps: the beats of this song are not trusted, and cuts claim none")
        return Written((path,), tuple(notices))


def _named(names: Sequence[str], title: str, project: Path) -> tuple[list[Path], set[Path]]:
    """Files to write, and those of them that a folder stands for."""
    from songreel.analysis.exports import formats as music
    from songreel.assembly.exports import formats as edits

    if not names:
        raise InvalidInput("say what to write: FILE.otio, FILE.fcpxml, FILE.edl … or DIR/")
    wanted: list[Path] = []
    gathered: set[Path] = set()
    for name in names:
        path = Path(name)
        if name.endswith(("/", os.sep)) or path.is_dir():
            if path.resolve() == project.resolve():
                raise InvalidInput(
                    f"{path} is the project itself; name a folder of its own, e.g. {path}/editors/"
                )
            try:
                path.mkdir(exist_ok=True)
            except OSError as error:
                reason = error.strerror or error
                raise MachineError(f"cannot make the folder {path}: {reason}") from error
            files = [path / f"{title}{ending}" for ending in edits.KINDS]
            files += music.all_names(path, title)
            gathered.update(files)
            wanted += files
            continue
        if edits.ending_of(path) is None:
            _known(path)
        if not path.parent.is_dir():
            raise InvalidInput(f"there is no folder {path.parent} to write {path.name} in")
        wanted.append(path)
    twice = next((path for path in wanted if wanted.count(path) > 1), None)
    if twice is not None:
        raise InvalidInput(f"{twice} is asked for twice; give each file a name of its own")
    return wanted, gathered


def _known(path: Path) -> None:
    """Refuse an ending that neither the edit nor the music goes by."""
    from songreel.analysis.exports import formats as music
    from songreel.assembly.exports import formats as edits

    alike = [e for e in edits.KINDS if path.suffix and e.endswith(path.suffix.lower())]
    try:
        music.ending_of(path)
    except InvalidInput as error:
        ends = [*(e for e in edits.KINDS if e.count(".") == 1), ".markers.edl", ".chapters.txt"]
        if alike:
            raise InvalidInput(
                f"{path} does not say what it is to hold: end its name in {' or '.join(alike)}, "
                f"or, for the music, as {error.args[0].rpartition('end its name in ')[2]}"
            ) from error
        raise InvalidInput(
            f"cannot export to {path}: its name must end in {', '.join(dict.fromkeys(ends))}, or "
            f"in {error.args[0].rpartition('must end in ')[2]} for the music"
        ) from error


def _edit(
    project: Project, analysis: Analysis, storyboard: Storyboard, choices: ExportChoices
) -> "tuple[EditList, list[str]]":
    """The film's edit as it was last cut, and where the plan has gone on since."""
    from songreel.assembly.exports.events import read_edit

    if not project.timeline.is_file():
        raise InvalidInput(
            f"{project.folder} has no film yet; `songreel assemble {project.folder}` makes it"
        )
    timeline = Timeline.load(project.timeline)
    film = read_edit(
        timeline,
        storyboard,
        project.folder,
        project.song,
        title=project.state.title,
        beats=choices.beats,
        music=analysis.events,
    )
    notices = list(film.notices)
    if not _as_planned(timeline, storyboard, project):
        notices.insert(
            0,
            "the plan has changed since the film was cut, and the film's edit is written; "
            f"`songreel assemble {project.folder}` cuts it anew",
        )
    return film, notices


def _as_planned(timeline: Timeline, storyboard: Storyboard, project: Project) -> bool:
    frames = schedule(storyboard, timeline.rate, project.state.spec.lead)
    return [(s.shot, s.start) for s in frames] == [(c.shot, c.start) for c in timeline.cuts]


def clips_on_hand(project: Project, storyboard: Storyboard) -> dict[str, Path]:
    """Files of clips that were made for the plan as it is, by shot; nothing is asked or made."""
    from songreel.generation.shelf import Shelf

    if not project.clips.is_dir():
        return {}
    shelf = Shelf(project.clips)
    found: dict[str, Path] = {}
    for shot in storyboard.shots:
        takes = shelf.takes(shot.id)
        kept = [c for c in takes if shot.keep and c.request.fingerprint.startswith(shot.keep)]
        # A scene that is drawn in code has no motif in its request: it was cast by it.
        alike = [
            c for c in takes
            if c.request.seed == shot.seed and c.request.motif in ("", shot.motif)
        ]  # fmt: skip
        chosen = kept or alike
        if chosen and (path := project.clips / chosen[-1].file).is_file():
            found[shot.id] = path
    return found


def pictures_on_hand(project: Project, storyboard: Storyboard) -> dict[str, Path]:
    """Clips that are there for the plan as it is, else start images, by shot."""
    found = clips_on_hand(project, storyboard)
    for shot in storyboard.shots:
        named = shot.start_image
        if shot.id not in found and named is not None and named != PREVIOUS:
            path = project.folder / named  # an absolute path stays what it is
            if path.is_file():
                found[shot.id] = path
    return found
