"""How a project becomes a film: `Filming`, which the use cases share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.changing import changing
from songreel.desk import Desk, Spending
from songreel.ears import Ears, agree, there_is, uncorrected
from songreel.film import Film, Timings
from songreel.grids import heard_and_corrected
from songreel.listening import Listening
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.found import Found, untold
from songreel.models.music import Analysis
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, SyncReport
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.noting import note
from songreel.planning import planned
from songreel.project import Project

if TYPE_CHECKING:
    from songreel.models.sound import Sound


class Filming(Listening):
    """A project held, and its clips, cut and proof."""

    @contextmanager
    def opened(
        self, folder: Path, progress: Progress
    ) -> "Iterator[tuple[Project, Sound, Analysis, Storyboard]]":
        """A planned project with its song and what is heard in it, held while it is in use.

        Raises:
            InvalidInput: There is no project or no plan, or another process is at work on it.
        """
        project = Project.open(folder)
        with project.held():
            planned(project)
            sound = self.sound(project.song, progress)
            self._project_analysis(project, sound, progress)
            with changing(project.folder):  # both as they are at one moment
                analysis, storyboard = Analysis.load(project.analysis), planned(project)
            yield project, sound, analysis, storyboard

    def listen(
        self, folder: Path, progress: Progress = silent, found: Found = untold, **changes: object
    ) -> Analysis:
        """Hear a project's song.

        Args:
            folder: The project.
            progress: Told how far it is.
            found: Told each part as soon as it is known, and again what a person has corrected.
            changes: Fields of `ProjectFile` to set first: `tracker`, `octave`.

        Raises:
            InvalidInput: There is no project, another process is at work on it, or it has a plan
                that stands on beats heard otherwise.
        """
        there_is(changes)
        project = Project.open(folder)
        with project.held():
            uncorrected(project, changes)
            agree(project, changes)
            project.change(**changes)
            sound = self.sound(project.song, progress)
            analysis = self._project_analysis(project, sound, progress, found)
            if project.state.grid and found is not untold:
                from songreel.analysis.findings import tell_all

                tell_all(analysis, found)
            return analysis

    def _project_analysis(
        self, project: Project, sound: "Sound", progress: Progress, found: Found = untold
    ) -> Analysis:
        """What is heard in a project's song, as a person has corrected it up to now."""
        state = project.state
        ears = Ears(state.tracker, state.octave)
        heard: list[Analysis] = []

        def hear() -> Analysis:
            if not heard:
                heard.append(self.hear(sound, progress, ears, found))
            return heard[0]

        if found is not untold or not (state.grid and project.heard.is_file()):
            hear()  # it takes minutes, in which a person may go on correcting
        with changing(project.folder):
            _, analysis = heard_and_corrected(project, hear)
            if not project.analysis.is_file() or Analysis.load(project.analysis) != analysis:
                analysis.save(project.analysis)
        return analysis

    def _film(
        self,
        project: Project,
        sound: "Sound",
        analysis: Analysis,
        storyboard: Storyboard,
        timings: Timings,
        spending: Spending,
        progress: Progress,
        *,
        store: Callable[[], None] | None = None,
        told: tuple[str, ...] = (),
    ) -> Film:
        """Clips, cut and proof; `store` is called once the price of the clips is agreed to.

        `told` is what the workspace said of the project before.

        The plan may be edited meanwhile: this film is of the one given.
        """
        from songreel.assembly.edit import edit
        from songreel.assembly.effects.direct import check_cues
        from songreel.assembly.exports.chapters import in_film
        from songreel.assembly.focus import followed
        from songreel.assembly.motion import motions
        from songreel.assembly.render import render, render_fingerprint
        from songreel.assembly.soundtrack import kept_meanwhile
        from songreel.grade import in_one_light

        check_cues(storyboard)  # before anything is made or paid for
        began = _mark(project)
        with (
            timings.stage("clips"),
            Desk.of(self.settings, project, analysis, storyboard) as desk,
        ):
            untold = (*told, *note(self.settings, project))
            purse = desk.purse(spending)
            if store is not None:
                store()
                began = _mark(project)
                untold = (*untold, *note(self.settings, project, storyboard, "retake"))
            with kept_meanwhile(project.folder / "segments", sound, project.state.spec.format):
                clips = desk.clips(purse, spending, progress)
            left_out = desk.notices()
        with timings.stage("cut"):
            spec, wish, workers = project.state.spec, project.state.grade, self.settings.workers
            storyboard = in_one_light(storyboard, clips, project.clips, wish, workers)
            moving = motions(clips, project.clips, workers, progress)
            edited = edit(storyboard, clips, spec, analysis=analysis, motions=moving)
            edited = followed(edited, clips.values(), project.clips, workers, progress)
            untold = tuple(dict.fromkeys(untold))
            told = (*edited.notices, *left_out, *untold, *storyboard.notices)
            timeline = edited.model_copy(update={"notices": told})
            chapters = in_film(storyboard)
            fingerprint = render_fingerprint(timeline, sound, spec, chapters)
            before = Render.load(project.render) if project.render.is_file() else None
            output, set_aside = project.video(), None
            known = Timeline.load(project.timeline) if project.timeline.is_file() else None
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
                    workers=workers,
                    progress=progress,
                    chapters=chapters,
                )
                rendered.save(project.render)
        with timings.stage("check"):
            # The same pictures may come with other reasons, notes and prices.
            report = self._known_report(project, rendered) if timeline == known else None
            if report is None:
                report = self._check(
                    project, rendered, timeline, storyboard, sound, analysis, progress
                )
                timeline.save(project.timeline)
        bill, edited_since = desk.bill(purse), _mark(project) != began
        return Film(project, rendered, report, timings, set_aside, bill, edited_since)

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
        analysis: Analysis,
        progress: Progress,
    ) -> SyncReport:
        from songreel.assembly.check import check
        from songreel.assembly.report import write_page
        from songreel.assembly.stills import Gallery

        video = project.folder / rendered.file
        gallery = Gallery()
        report = check(
            video, timeline, sound, rendered.spec, progress, analysis=analysis, gallery=gallery
        )
        report.save(project.report)
        write_page(
            report,
            timeline,
            project.page,
            storyboard=storyboard,
            analysis=analysis,
            gallery=gallery,
        )
        return report


def _mark(project: Project) -> str:
    """Of the plan as it is stored."""
    try:
        return sha256_of(project.plan)
    except OSError as error:
        raise InvalidInput(f"cannot read {project.plan}: {error.strerror or error}") from error
