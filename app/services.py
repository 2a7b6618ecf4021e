"""What songreel does, one method a use case. The command line, notebooks and pages call these."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.changing import changing
from songreel.desk import NOTHING, Desk, Spending, sources_exist
from songreel.ears import Ears, agree, there_is, uncorrected
from songreel.film import Film, Timings
from songreel.history import replace_plan
from songreel.listening import OUR_EARS
from songreel.models.edits import UseTake
from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, SyncReport
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.noting import note
from songreel.plan_edits import done, said
from songreel.planning import Direction, direct, planned, project_plan, show_stills
from songreel.project import Project
from songreel.purchase import spend
from songreel.score_film import ScoreFilms
from songreel.takes import Change, Clips, Takes, retaken, shot_of, takes_of

if TYPE_CHECKING:
    from songreel.generation.budget import Allotment
    from songreel.generation.pairs.plan import PairPlan
    from songreel.generation.provider import Context, Standing
    from songreel.generation.quote import FilmQuote


class Services(ScoreFilms):
    """The use cases: hearing songs, and everything about films."""

    def plan(
        self,
        song: Path,
        direction: Direction,
        keep: Storyboard | None,
        progress: Progress = silent,
        ears: Ears = OUR_EARS,
    ) -> Storyboard:
        """Plan a film for a song; locked shots of `keep` stay."""
        heard = self.analyze(song, progress, ears)
        return direct(heard, direction, keep, self.settings, progress)

    def make(
        self,
        song: Path,
        folder: Path,
        *,
        direction: Direction,
        changes: Mapping[str, object],
        plan: Path | None = None,
        replan: bool = False,
        spending: Spending = NOTHING,
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
            spending: What may be spent on clips.
            progress: Told what is being done.

        Raises:
            SongreelError: One sentence; what was finished stays, and the next call goes on.
        """
        sources_exist(changes, self.settings)
        there_is(changes)
        timings = Timings()
        with timings.stage("analysis"):
            sound = self.sound(song, progress)  # before anything is made: it may be no song
        project = Project.start(folder, song, sound.track.sha256)
        with project.held():
            uncorrected(project, changes)
            if plan is None and not replan:
                agree(project, changes)
            project.change(**changes)
            told = note(self.settings, project)
            with timings.stage("analysis"):
                analysis = self._project_analysis(project, sound, progress)
            with timings.stage("storyboard"):
                progress("planning the cuts", 0.0)
                storyboard = project_plan(
                    project, analysis, direction, plan, replan, self.settings, progress
                )
            return self._film(
                project, sound, analysis, storyboard, timings, spending, progress, told=told
            )

    def generate(
        self, folder: Path, spending: Spending = NOTHING, progress: Progress = silent
    ) -> Clips:
        """Make the clips of a planned project that are not there yet, by shot."""
        with (
            self.opened(folder, progress) as (project, _, analysis, storyboard),
            Desk.of(self.settings, project, analysis, storyboard) as desk,
        ):
            note(self.settings, project, storyboard)
            made = desk.clips(desk.purse(spending), spending, progress)
            return Clips(made, project.clips)

    def assemble(
        self,
        folder: Path,
        changes: Mapping[str, object],
        spending: Spending = NOTHING,
        progress: Progress = silent,
    ) -> Film:
        """Cut a project's clips to its song; clips that are missing or stale are made first."""
        sources_exist(changes, self.settings)
        with self.opened(folder, progress) as (project, sound, analysis, storyboard):
            project.change(**changes)
            return self._film(project, sound, analysis, storyboard, Timings(), spending, progress)

    def quote(self, folder: Path, progress: Progress = silent) -> "FilmQuote":
        """What the clips that a project lacks will cost; nothing is asked of the network."""
        with (
            self.opened(folder, progress) as (project, _, analysis, storyboard),
            Desk.of(self.settings, project, analysis, storyboard) as desk,
        ):
            return desk.quote()

    def allot(
        self,
        folder: Path,
        usd: Decimal,
        *,
        sources: Collection[str] = (),
        keep_plan: bool = False,
        progress: Progress = silent,
    ) -> "Allotment":
        """Plan the best film for a sum: which shots are bought where, and which share a take.

        Args:
            folder: The project.
            usd: The sum.
            sources: Models to choose among; empty: all that need no image or sound and whose
                service is ready here.
            keep_plan: Leave the plan as it is.
            progress: Told what is being done.

        Raises:
            InvalidInput: No service is ready, or a source is not known.
            BudgetExceeded: What the plan has settled already costs more.
        """
        with self.opened(folder, progress) as (project, _, _, storyboard):
            spread = spend(storyboard, project.state, usd, sources, self.settings)
            if not keep_plan:
                replace_plan(project, storyboard, spread.storyboard, "budget", f"{usd} USD")
            return spread.allotment

    def retake(
        self,
        folder: Path,
        shot: str,
        change: Change,
        spending: Spending = NOTHING,
        progress: Progress = silent,
    ) -> Film:
        """One new clip for one shot, cut in; the clips before stay as takes.

        The plan is changed once the price is agreed to.

        Raises:
            InvalidInput: There is no such shot, or nobody agreed to the price.
        """
        with self.opened(folder, progress) as (project, sound, analysis, before):
            storyboard = retaken(before, shot, change)

            def store() -> None:
                with changing(project.folder):
                    now = planned(project)  # it may have been edited since
                    after = retaken(now, shot, change)
                    replace_plan(project, now, after, "retake", f"{shot} {change}".strip())

            return self._film(
                project, sound, analysis, storyboard, Timings(), spending, progress, store=store
            )

    def takes(self, folder: Path, progress: Progress = silent) -> Takes:
        """All clips that were made for a project's shots, and which of them the film shows."""
        with (
            self.opened(folder, progress) as (project, _, analysis, storyboard),
            Desk.of(self.settings, project, analysis, storyboard) as desk,
        ):
            return takes_of(project, storyboard, desk.wanted())

    def use_take(self, folder: Path, shot: str, take: str | None) -> None:
        """Have a shot show `take` whatever the plan says; None: what the plan asks for.

        Raises:
            InvalidInput: There is no such shot or take.
        """
        project = Project.open(folder)
        with changing(project.folder):
            before = planned(project)
            edit = UseTake(shot=shot_of(before, shot).id, take=take)
            after, told = done(before, edit, project, self.settings)
            replace_plan(project, before, after, "takes", said(edit), told)

    def pairs(
        self,
        folder: Path,
        photos: Path,
        *,
        count: int | None = None,
        shots: Sequence[str] = (),
        sheet: Path | None = None,
        keep_plan: bool = False,
        progress: Progress = silent,
    ) -> "PairPlan":
        """Choose start and end images for a project's shots from a folder of photos.

        Args:
            folder: The project.
            photos: The folder.
            count: How many shots get a pair; None: one a section.
            shots: Their ids; empty: the shots where pictures matter most.
            sheet: PNG to draw the pairs into.
            keep_plan: Leave the plan as it is.
            progress: Told what is being done.
        """
        from songreel.generation.pairs.apply import apply_pairs
        from songreel.generation.pairs.choose import choose_pairs
        from songreel.generation.pairs.sheet import sheet as draw

        project = Project.open(folder)
        with project.held():
            storyboard = planned(project)
            state = project.state
            workers = self.settings.workers
            chosen = choose_pairs(
                storyboard, photos, count, state.spec, progress, shots=shots, workers=workers
            )
            if sheet is not None:
                draw(chosen, photos, sheet)
            if not keep_plan:
                paired = apply_pairs(storyboard, chosen, project.folder)
                shown = {pair.shot for pair in chosen.pairs}
                after = show_stills(paired, shown, state.visuals, self.settings)
                replace_plan(project, storyboard, after, "pairs", photos.name)
            return chosen

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
            heard = self._project_analysis(project, sound, progress)
            return self._check(
                project, rendered, timeline, planned(project), sound, heard, progress
            )

    def providers(self, footage: Path | None = None) -> "dict[str, Standing]":
        """Where clips can come from, by name, and what each needs."""
        from songreel.generation.registry import standings

        return standings(self._bare(footage))

    def sounds(self) -> "dict[str, Standing]":
        """Where music and effects can come from, by name, and what each needs."""
        from songreel.generation.sound.registry import standings

        return standings(self._bare())

    def _bare(self, footage: Path | None = None) -> "Context":
        """What a source is given to tell of itself."""
        from songreel.generation.provider import Context

        return Context(
            scratch=self.settings.workspace,
            footage=footage,
            workers=self.settings.workers,
            catalogue=self.settings.catalogue,
            models=self.settings.models,
        )
