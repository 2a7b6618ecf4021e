"""What songreel does, one method a use case. The command line, notebooks and pages call these."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.analysis_store import AnalysisStore
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, SyncReport
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.planning import Direction, direct, planned, project_plan
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.generation.provider import Provider, Standing
    from songreel.models.sound import Sound


@dataclass
class Timings:
    """Wall seconds by stage, in the order they ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 3)


@dataclass(frozen=True)
class Film:
    """A finished film and what is known of it."""

    project: Project
    render: Render
    report: SyncReport
    timings: Timings
    set_aside: Path | None
    """Where the film went that this one replaces."""

    @property
    def video(self) -> Path:
        """The file."""
        return self.project.folder / self.render.file


class Services:
    """The use cases."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._analyses = AnalysisStore(settings.workspace)

    def sound(self, song: Path, progress: Progress = silent) -> "Sound":
        """Open a song."""
        from songreel.analysis.audio import open_sound

        progress("reading the song", 0.0)
        return open_sound(song)

    def analyze(self, song: Path, progress: Progress = silent) -> Analysis:
        """Hear a song; a song heard before is read from the workspace."""
        return self._hear(self.sound(song, progress), progress)

    def plot(self, song: Path, analysis: Analysis, picture: Path) -> None:
        """Draw what was heard into a PNG."""
        from songreel.analysis.plots import plot

        plot(analysis, self.sound(song), picture)

    def plan(
        self, song: Path, direction: Direction, keep: Storyboard | None, progress: Progress = silent
    ) -> Storyboard:
        """Plan a film for a song; locked shots of `keep` stay."""
        return direct(self.analyze(song, progress), direction, keep, self.settings, progress)

    def make(
        self,
        song: Path,
        folder: Path,
        *,
        direction: Direction,
        changes: Mapping[str, object],
        plan: Path | None = None,
        replan: bool = False,
        progress: Progress = silent,
    ) -> Film:
        """The whole way from a song to a finished film, going on where an earlier run stopped.

        Args:
            song: Any audio file, or a video for its sound.
            folder: The project; made if it does not exist.
            direction: How to plan.
            changes: Fields of `ProjectFile` to set.
            plan: A storyboard to film instead of one of our own.
            replan: Plan anew although the project has a plan; its locked shots stay.
            progress: Told what is being done.

        Raises:
            SongreelError: One sentence; what was finished stays, and the next call goes on.
        """
        timings = Timings()
        with timings.stage("analysis"):
            sound = self.sound(song, progress)  # before anything is made: it may be no song
        project = Project.start(folder, song, sound.track.sha256)
        with project.held():
            project.change(**changes)
            with timings.stage("analysis"):
                analysis = self._project_analysis(project, sound, progress)
            with timings.stage("storyboard"):
                progress("planning the cuts", 0.0)
                storyboard = project_plan(
                    project, analysis, direction, plan, replan, self.settings, progress
                )
            return self._film(project, sound, analysis, storyboard, timings, progress)

    def generate(self, folder: Path, progress: Progress = silent) -> dict[str, Clip]:
        """Make the clips of a planned project that are not there yet, by shot."""
        project = Project.open(folder)
        with project.held():
            storyboard = planned(project)
            analysis = self._project_analysis(project, self.sound(project.song, progress), progress)
            return self._clips(project, analysis, storyboard, progress)[0]

    def assemble(
        self, folder: Path, changes: Mapping[str, object], progress: Progress = silent
    ) -> Film:
        """Cut a project's clips to its song; clips that are missing or stale are made first."""
        project = Project.open(folder)
        with project.held():
            project.change(**changes)
            storyboard = planned(project)
            sound = self.sound(project.song, progress)
            analysis = self._project_analysis(project, sound, progress)
            return self._film(project, sound, analysis, storyboard, Timings(), progress)

    def report(self, folder: Path, progress: Progress = silent) -> SyncReport:
        """Measure a project's film again, and write its report page.

        Raises:
            InvalidInput: The project has no film yet.
        """
        project = Project.open(folder)
        if not (project.render.is_file() and project.timeline.is_file()):
            raise InvalidInput(f"{folder} has no film yet; `songreel assemble {folder}` makes it")
        with project.held():
            rendered = Render.load(project.render)
            sound = self.sound(project.song, progress)
            timeline = Timeline.load(project.timeline)
            return self._check(project, rendered, timeline, planned(project), sound, progress)

    def providers(self, footage: Path | None = None) -> "dict[str, Standing]":
        """Where clips can come from, by name, and what each needs."""
        from songreel.generation.provider import Context
        from songreel.generation.registry import describe, providers

        context = Context(
            scratch=self.settings.workspace, footage=footage, workers=self.settings.workers
        )
        return {name: describe(name, context) for name in providers()}

    def _hear(self, sound: "Sound", progress: Progress) -> Analysis:
        known = self._analyses.find(sound.track)
        if known is not None:
            return known
        from songreel.analysis.analyze import analyze

        analysis = analyze(sound, progress)
        self._analyses.keep(analysis)
        return analysis

    def _project_analysis(self, project: Project, sound: "Sound", progress: Progress) -> Analysis:
        analysis = self._hear(sound, progress)
        if not project.analysis.is_file() or Analysis.load(project.analysis) != analysis:
            analysis.save(project.analysis)
        return analysis

    def _clips(
        self, project: Project, analysis: Analysis, storyboard: Storyboard, progress: Progress
    ) -> tuple[dict[str, Clip], tuple[str, ...]]:
        """The film's clips by shot, and what their providers had to leave out."""
        from songreel.generation.provider import Context
        from songreel.generation.registry import create
        from songreel.generation.runner import generate

        state = project.state
        try:
            project.clips.mkdir(exist_ok=True)
        except OSError as error:
            raise MachineError(f"cannot write {project.clips}: {error.strerror}") from error
        context = Context(
            scratch=project.clips,
            footage=Path(state.footage) if state.footage else None,
            workers=self.settings.workers,
            seed=storyboard.seed,
        )
        names = {state.visuals, "builtin"} | {s.provider for s in storyboard.shots if s.provider}
        providers: dict[str, Provider] = {}
        try:
            for name in sorted(names):
                providers[name] = create(name, context)
            clips = generate(
                storyboard,
                analysis,
                state.spec,
                provider=providers[state.visuals],
                others=providers,
                folder=project.clips,
                progress=progress,
            )
            return clips, tuple(text for p in providers.values() for text in p.notices())
        finally:
            for provider in providers.values():
                provider.close()

    def _film(
        self,
        project: Project,
        sound: "Sound",
        analysis: Analysis,
        storyboard: Storyboard,
        timings: Timings,
        progress: Progress,
    ) -> Film:
        from songreel.assembly.edit import edit
        from songreel.assembly.render import render, render_fingerprint

        with timings.stage("clips"):
            clips, left_out = self._clips(project, analysis, storyboard, progress)
        with timings.stage("cut"):
            spec = project.state.spec
            edited = edit(storyboard, clips, spec)
            timeline = edited.model_copy(update={"notices": (*edited.notices, *left_out)})
            fingerprint = render_fingerprint(timeline, sound, spec)
            before = Render.load(project.render) if project.render.is_file() else None
            output, set_aside = project.video(), None
            if before and before.fingerprint == fingerprint and project.has(before):
                rendered = before
            else:
                set_aside = project.set_aside(output)
                timeline.save(project.timeline)
                rendered = render(
                    timeline,
                    sound,
                    spec,
                    project=project.folder,
                    output=output,
                    workers=self.settings.workers,
                    progress=progress,
                )
                rendered.save(project.render)
        with timings.stage("check"):
            report = self._known_report(project, rendered)
            if report is None:
                report = self._check(project, rendered, timeline, storyboard, sound, progress)
        return Film(project, rendered, report, timings, set_aside)

    def _known_report(self, project: Project, rendered: Render) -> SyncReport | None:
        """The report that was measured on this very file, if there is one."""
        if not (project.report.is_file() and project.page.is_file()):
            return None
        report = SyncReport.load(project.report)
        return report if report.video_sha256 == rendered.sha256 else None

    def _check(
        self,
        project: Project,
        rendered: Render,
        timeline: Timeline,
        storyboard: Storyboard,
        sound: "Sound",
        progress: Progress,
    ) -> SyncReport:
        from songreel.assembly.check import check
        from songreel.assembly.report import write_page

        video = project.folder / rendered.file
        stills: dict[int, bytes] = {}
        report = check(video, timeline, sound, rendered.spec, progress, stills=stills)
        report.save(project.report)
        write_page(report, timeline, project.page, storyboard=storyboard, stills=stills)
        return report
