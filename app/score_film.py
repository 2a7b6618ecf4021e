"""Films without a song: scenes get their music, and are cut to it. `ScoreFilms`."""

import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from songreel.desk import NOTHING, Spending, sources_exist
from songreel.ears import there_is, uncorrected
from songreel.film import Bill, Film, Timings
from songreel.filming import Filming
from songreel.history import replace_plan
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.order import fingerprint
from songreel.models.progress import Progress, silent
from songreel.models.scenes import SceneList
from songreel.models.score import ScorePlan
from songreel.models.storyboard import Storyboard
from songreel.planning import Direction, agree_with, for_source, show_stills
from songreel.project import Project
from songreel.score_place import place_in
from songreel.score_plans import MusicWish, scored_scenes
from songreel.scored_film import ScoredFilm, film_file
from songreel.scoring import Scored, ScoreWish, Scoring
from songreel.wording import worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songreel.models.sound import Sound
    from songreel.prompting.by_scene import Ends

RATE = 48_000
"""Samples a second of the silence in the place of music: the rate of finished scores."""
_NO_MUSIC = "the film has no music"
"""How the notice begins that says why."""
_MUSIC = "music: "
"""How notices begin that are of it."""


@dataclass(frozen=True)
class SceneFilm:
    """What a film without a song is made from."""

    scenes: Path
    music: MusicWish = field(default_factory=MusicWish)
    wish: ScoreWish = field(default_factory=ScoreWish)

    @property
    def title(self) -> str:
        """The film's title, fit for a file's name.

        Raises:
            InvalidInput: The scenes cannot be read.
        """
        from songreel.prompting.scenes.reading import read_scenes

        return title_of(read_scenes(self.scenes), self.scenes)

    def read(self) -> "tuple[SceneList, Mapping[str, tuple[Path | None, Path | None]]]":
        """The scenes, and their images by scene.

        Raises:
            InvalidInput: The file cannot be used, or an image is not there.
        """
        from songreel.prompting.scenes.images import find_images
        from songreel.prompting.scenes.reading import read_scenes

        scenes = read_scenes(self.scenes)
        return scenes, find_images(scenes, self.scenes.parent)


def title_of(scenes: SceneList, path: Path) -> str:
    """The film's title, fit for a file's name."""
    title = re.sub(r"[\\/:*?\"<>|\x00-\x1f]+", " ", scenes.title).strip(" .")
    return title or path.stem


class ScoreFilms(Filming):
    """Scenes to music to film."""

    def make_scored(
        self,
        film: SceneFilm,
        folder: Path,
        *,
        direction: Direction,
        changes: Mapping[str, object],
        replan: bool = False,
        spending: Spending = NOTHING,
        progress: Progress = silent,
    ) -> Film:
        """The whole way from scenes to a finished film, going on where an earlier run stopped.

        The music is made first, and the film is cut to it as to any song. Where the music cannot
        be had, the film is delivered without: its sound is silent, its scenes begin where the
        planned tempo has them, the report says why, and the next run puts the music in.

        Args:
            film: Scenes, and what is to play.
            folder: The project; made if it does not exist.
            direction: How to plan.
            changes: Fields of `ProjectFile` to set.
            replan: Plan anew although the project has a plan; its locked shots stay.
            spending: What may be spent, on music and clips together.
            progress: Told what is being done.

        Raises:
            SongreelError: One sentence; what was finished stays, and the next call goes on.
        """
        sources_exist(changes, self.settings)
        there_is(changes)
        scenes, photos = film.read()
        score_plan = scored_scenes(scenes, film.music)
        score_plan = score_plan.model_copy(update={"title": title_of(scenes, film.scenes)})
        timings = Timings()
        project = self._started(folder, score_plan)
        with project.held():
            uncorrected(project, changes)
            project.change(**changes)
            with timings.stage("music"):
                scored, missing = self._music(project, score_plan, film.wish, spending, progress)
            with timings.stage("analysis"):
                sound = self.sound(project.song, progress)
                analysis = self._project_analysis(project, sound, progress)
                if not missing:
                    # Here: it brings SciPy's signals, for which all other commands would wait.
                    from songreel.score_grid import counted_as_written

                    analysis = counted_as_written(project, analysis, score_plan)
            with timings.stage("storyboard"):
                progress("planning the cuts", 0.0)
                storyboard = _Staging(
                    self, project, scenes, score_plan, photos, missing, scored
                ).plan(sound, analysis, direction, replan, progress)
            made = self._film(project, sound, analysis, storyboard, timings, spending, progress)
        return made if scored is None else replace(made, bill=_both(made, scored))

    def _started(self, folder: Path, plan: ScorePlan) -> Project:
        """The project, made with silence for a song where it is new.

        Raises:
            InvalidInput: The folder holds the film of a song, or other things.
        """
        project = Project(folder)
        if project.file.is_file():
            if not (folder / "score").is_dir():
                raise InvalidInput(
                    f"{folder} holds the film of a song ({project.state.song}); choose another "
                    "folder with --project"
                )
            return project
        with _silence(plan) as song:
            started = Project.start(folder, song, sha256_of(song))
        (folder / "score").mkdir(exist_ok=True)
        return started

    def _music(
        self,
        project: Project,
        plan: ScorePlan,
        wish: ScoreWish,
        spending: Spending,
        progress: Progress,
    ) -> tuple[Scored | None, str]:
        """Have the project's song be the score; the reason where it cannot be had.

        Raises:
            InvalidInput: The source cannot play it, or nobody agreed to the price.
        """
        place = place_in(project)
        place = replace(place, output=place.folder / f"{project.state.title}.wav")
        place.checked(force=False)
        ordered = Scoring(self.settings).ordered(place, plan, wish, spending, "--source-of-music")
        with place.held(), ordered as order:
            try:
                scored = order.play(progress)
            except SongreelError as error:
                with _silence(plan, project.state.title) as song:
                    self._sing(project, song)
                return None, str(error)
        self._sing(project, place.output)
        return scored, ""

    @staticmethod
    def _sing(project: Project, song: Path) -> None:
        digest = sha256_of(song)
        if project.state.song_sha256 != digest or not project.song.is_file():
            project.put_song(song, digest)
            project.change(grid=())  # corrections were of the music before
            project.heard.unlink(missing_ok=True)


class _Staging:
    """Plans a film of scenes on the music that there is."""

    def __init__(
        self,
        served: ScoreFilms,
        project: Project,
        scenes: SceneList,
        score: ScorePlan,
        photos: "Mapping[str, tuple[Path | None, Path | None]]",
        missing: str,
        scored: Scored | None,
    ) -> None:
        self._settings, self._project = served.settings, project
        self._scenes, self._score, self._photos = scenes, score, photos
        self._missing, self._scored = missing, scored
        self._file = film_file(project.folder)
        self._before: Storyboard | None = None

    def plan(
        self,
        sound: "Sound",
        analysis: Analysis,
        direction: Direction,
        replan: bool,
        progress: Progress,
    ) -> Storyboard:
        """The plan there is, where it still holds; else a new one.

        Raises:
            InvalidInput: The plan was edited and no longer fits, or options ask for another one.
        """
        from songreel.prompting.by_scene import Ends

        project = self._project
        images = {name: Ends(*map(self._kept, ends)) for name, ends in self._photos.items()}
        seen = self._scenes.model_dump(
            mode="json", exclude={"sound": True, "scenes": {"__all__": {"sound"}}}
        )
        shown = fingerprint([seen, {k: list(v) for k, v in images.items()}])
        basis = fingerprint([shown, sound.track.sha256])
        existing = Storyboard.load(project.plan) if project.plan.is_file() else None
        self._before = existing
        known = ScoredFilm.load(self._file) if self._file.is_file() else None
        edited = known is None or existing is None or sha256_of(project.plan) != known.plan
        if existing is not None and not replan:
            if known is not None and known.basis == basis:
                agree_with(existing, direction, project.plan, self._settings)
                if (known.sound, known.sounds) != self._words:
                    known = self._film(basis, shown, known.plan)
                    known.save(self._file)
                return self._stored(existing, worded(existing, direction.words), known)
            if edited and known is not None and known.scenes == shown:
                return self._carried(existing, analysis, self._film(basis, shown, known.plan))
            if edited:
                raise InvalidInput(
                    f"{project.plan} was edited, and the scenes have changed since it was planned; "
                    "add --replan to plan anew (locked shots stay)"
                )
        keep = self._onto(existing, analysis) if existing is not None and replan else None
        planned = self._planned(analysis, images, direction, keep, progress)
        self._store(planned, self._film(basis, shown, "0" * 64))
        return planned

    @property
    def _words(self) -> tuple[str, tuple[str, ...]]:
        """What the film sounds like, and each of its scenes."""
        return self._scenes.sound, tuple(scene.sound for scene in self._scenes.scenes)

    def _film(self, basis: str, shown: str, plan: str) -> ScoredFilm:
        sound, sounds = self._words
        return ScoredFilm(basis=basis, scenes=shown, plan=plan, sound=sound, sounds=sounds)

    def _planned(
        self,
        analysis: Analysis,
        images: "Mapping[str, Ends]",
        direction: Direction,
        keep: Storyboard | None,
        progress: Progress,
    ) -> Storyboard:
        from songreel.prompting.by_scene import plan_scenes, staged
        from songreel.score_hearing import planned_grid

        nominal = planned_grid(self._score) if self._missing else None
        planner = partial(
            plan_scenes, scenes=self._scenes, score=self._score, images=images,
            unheard=bool(self._missing),
        )  # fmt: skip
        heard = staged(analysis, self._scenes, self._score, nominal)
        if direction.look is None and self._scenes.look:
            direction = replace(direction, look=self._scenes.look)
        planned = for_source(
            self._project, heard, direction, keep, self._settings, progress, planner
        )
        shown = {shot.id for shot in planned.shots if shot.start_image and not shot.locked}
        planned = show_stills(planned, shown, self._project.state.visuals, self._settings)
        notices = [t for t in planned.notices if not t.startswith((_NO_MUSIC, _MUSIC))]
        return planned.model_copy(update={"notices": (*self._reason(), *notices)})

    def _carried(self, plan: Storyboard, analysis: Analysis, film: ScoredFilm) -> Storyboard:
        """An edited plan over other sound of the same length: cuts stay where they are."""
        moved = self._onto(plan, analysis)
        kept = [t for t in moved.notices if not t.startswith((_NO_MUSIC, _MUSIC))]
        told = (
            "plan.json was edited before this music was there: its cuts stay where they are; "
            "--replan cuts the film to the music (locked shots stay)"
        )
        notices = (*self._reason(), *kept, *(() if self._missing else (told,)))
        moved = moved.model_copy(update={"notices": tuple(dict.fromkeys(notices))})
        self._replace(moved, "music", "carried over to other music")
        film.save(self._file)  # as before: only what was planned here is planned anew unasked
        return moved

    def _onto(self, plan: Storyboard, analysis: Analysis) -> Storyboard:
        """A plan whose track is the one that there is now."""
        return plan.model_copy(update={"track": analysis.track})

    def _reason(self) -> tuple[str, ...]:
        """Who plays and on what terms, or why nobody does."""
        if self._scored is not None:
            report = self._scored.report
            terms = [text for text in report.notices if "licence" in text]
            played = f"played by {report.source}; score/report.json says the rest"
            return tuple(f"{_MUSIC}{text}" for text in (played, *terms))
        return (
            f"{_NO_MUSIC}: {self._missing.removesuffix('.')}; the same command puts it in once it "
            "can be had",
        )

    def _kept(self, image: Path | None) -> str | None:
        from songreel.generation.pairs.apply import keep_image

        return None if image is None else keep_image(image, self._project.folder)

    def _stored(self, before: Storyboard, plan: Storyboard, film: ScoredFilm) -> Storyboard:
        """`plan`, kept where it differs; one that was as we left it is so again."""
        if plan != before:
            ours = sha256_of(self._project.plan) == film.plan
            self._replace(plan, "--words", "other words shown")
            if ours:
                self._store(plan, film)
        return plan

    def _replace(self, plan: Storyboard, what: str, told: str) -> None:
        replace_plan(self._project, self._before, plan, "plan", what, (told,))
        self._before = plan

    def _store(self, plan: Storyboard, film: ScoredFilm) -> None:
        self._replace(plan, "--replan", "planned anew")
        film.model_copy(update={"plan": sha256_of(self._project.plan)}).save(self._file)


@contextmanager
def _silence(plan: ScorePlan, title: str = "") -> "Iterator[Path]":
    """A silent file as long as the score, to the sample."""
    from songreel.sound.pcm import write_wav

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{title or plan.title}.wav"
        samples = np.zeros((2, round(plan.seconds * RATE)), np.float32)
        write_wav(path, samples, RATE, bits=16)
        yield path


def _both(film: Film, scored: Scored) -> Bill | None:
    """What was paid for clips and for music."""
    if scored.bill is None or film.bill is None:
        return film.bill or scored.bill
    return Bill(film.bill.run + scored.bill.run, film.bill.project)
