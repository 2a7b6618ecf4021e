"""A project as it is read for a page: `Opened`, its documents remembered while they stay."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from songreel.desk import Desk
from songreel.editing_board import Shown
from songreel.editing_clips import Clips, Made, clips_of
from songreel.grids import Grids
from songreel.history import History
from songreel.models.board import BoardShot
from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.music import Analysis
from songreel.models.schedule import schedule
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Timeline
from songreel.outlines import Outlines
from songreel.project import Project, ProjectFile
from songreel.unchanged import Documents, Identity

if TYPE_CHECKING:
    from songreel.analysis.peaks import Outline
    from songreel.services import Services


class _Cut(NamedTuple):
    start: int
    """Frames of the film."""
    end: int
    sha256: str


class Opened:
    """A project and what is in it, read when it is first asked for.

    Args:
        known_as: The project's id.
        project: Its folder.
        services: The use cases on folders.
        documents: What was read before.
    """

    def __init__(
        self, known_as: str, project: Project, services: "Services", documents: Documents
    ) -> None:
        self.known_as, self.project = known_as, project
        self._services, self.documents = services, documents

    @cached_property
    def state(self) -> ProjectFile:
        """`project.json`."""
        found = self.documents.load(self.project.file, ProjectFile.load)
        if found is None:
            raise InvalidInput(f"{self.project.folder} is not a songreel project any more")
        return found

    @cached_property
    def plan(self) -> Storyboard | None:
        """The plan, where there is one."""
        return self.documents.alike(self.project.plan, Storyboard.load)

    @property
    def planned(self) -> Storyboard:
        """The plan.

        Raises:
            InvalidInput: There is none yet.
        """
        if self.plan is None:
            raise InvalidInput(f"{self.state.title} has no plan yet: it is to be planned first")
        return self.plan

    @cached_property
    def analysis(self) -> Analysis | None:
        """What was heard, as it is corrected; None while nothing was of this very song."""
        found = self.documents.alike(self.project.analysis, Analysis.load)
        return found if found and found.track.sha256 == self.state.song_sha256 else None

    def heard(self) -> Analysis:
        """What was heard, as it is corrected.

        Raises:
            InvalidInput: Nothing was yet.
        """
        if self.analysis is None:
            raise InvalidInput(f"{self.state.title} was not heard yet: its song is heard first")
        return self.analysis

    @property
    def grids(self) -> Grids:
        """Corrects the grid."""
        return Grids(self._services, self.documents)

    @cached_property
    def revision(self) -> str:
        """Of plan and grid: another whenever one of them is another."""
        digest = sha256(self.state.song_sha256.encode())
        digest.update(repr([str(change) for change in self.state.grid]).encode())
        for path in (self.project.plan, self.project.analysis):
            digest.update((self.documents.digest(path) or "none").encode())
        return digest.hexdigest()[:16]

    @cached_property
    def clips(self) -> Clips:
        """Clips made and ordered."""
        return clips_of(self.project, self.documents)

    def takes_of(self, shot: str) -> tuple[Made, ...]:
        """The clips of one shot whose files are there, the newest last."""
        return clips_of(self.project, self.documents, shot).takes.get(shot, ())

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk at which the plan's clips are asked for.

        Raises:
            InvalidInput: There is no plan, nothing was heard, or a source lacks what it needs.
        """
        settings = self._services.settings
        with Desk.of(settings, self.project, self.heard(), self.planned) as desk:
            yield desk

    def shown(self, before: Mapping[str, BoardShot], *, settle: bool) -> Shown:
        """All that a board is made from."""
        history = History(self.project, self.documents)
        undo, redo = history.to_undo(), history.to_redo()
        notices = self._notices()
        return Shown(
            id=self.known_as,
            title=self.state.title,
            duration=self._duration(),
            revision=self.revision,
            analysis=self.analysis,
            plan=self.plan,
            outline=self.outline,
            clips=self.clips,
            cut=self.cut,
            as_cut=self._as_cut(),
            wanted=self._settled(notices, settle=settle),
            before=before,
            undo=str(undo.change) if undo else "",
            redo=str(redo.change) if redo else "",
            notices=tuple(notices),
        )

    @cached_property
    def cut(self) -> Mapping[str, str]:
        """Hash of the clip that the film as it was last cut shows, by shot."""
        return {shot: cut.sha256 for shot, cut in self._film.items()}

    def _as_cut(self) -> bool:
        """Whether plan, analysis and settings are older than the film as it was last cut."""
        project = self.project
        try:
            cut = project.timeline.stat().st_mtime_ns
            deciding = (project.plan, project.analysis, project.file)
            return all(path.stat().st_mtime_ns <= cut for path in deciding)
        except OSError:
            return False

    @cached_property
    def _film(self) -> Mapping[str, "_Cut"]:
        """The film as it was last cut, by shot."""

        def read(path: Path) -> Mapping[str, _Cut]:
            cuts = Timeline.load(path).cuts
            return {cut.shot: _Cut(cut.start, cut.end, cut.clip_sha256) for cut in cuts}

        return self.documents.load(self.project.timeline, read) or {}

    def _notices(self) -> list[str]:
        """What is worth knowing of film and plan."""
        if self.plan is None:
            return []
        spec, film = self.state.spec, self._film
        told = list(self.plan.notices)
        if film:
            planned = {s.shot: (s.start, s.end) for s in schedule(self.plan, spec.rate, spec.lead)}
            if planned != {shot: (cut.start, cut.end) for shot, cut in film.items()}:
                told.insert(0, "the film was cut from an earlier plan; cutting it anew follows it")
        return told

    @cached_property
    def outline(self) -> "Outline | None":
        """The song's outline, kept in the project and in the workspace."""
        mark, kept = self.state.song_sha256, Outlines(self.project.shown)
        found = self.documents.alike(kept.path(mark), lambda _: kept.find(mark))
        if found is None:
            found = self._services.outlines.find(mark)
            if found is None:
                try:
                    found = self._services.outline(self._services.sound(self.project.song))
                except SongreelError:
                    return None  # the song is gone or spoilt: who hears it says so
            kept.keep(mark, found)
        return found

    def _duration(self) -> float:
        from songreel.analysis.peaks import RATE

        for known in (self.analysis, self.plan):
            if known is not None:
                return known.track.duration
        return self.outline.shape[1] / RATE if self.outline is not None else 0.0

    @property
    def wanted(self) -> Mapping[str, str] | None:
        """Fingerprint of the clip that the plan asks for, by shot; None while it is not known."""
        return cast("Mapping[str, str] | None", self.documents.noted(self._mark))

    @property
    def _mark(self) -> str:
        """Of all that the clips depend on."""
        return f"{self.known_as} {self.revision} {Identity.of(self.project.file)}"

    def _settled(self, notices: list[str], *, settle: bool) -> Mapping[str, str] | None:
        """The same; planned now where that is asked for, empty where there is no clip yet."""
        if self.plan is None or not self.clips.takes:
            return {}
        if not settle or self.wanted is not None:
            return self.wanted
        try:
            with self.desk() as desk:
                wanted = desk.wanted()
        except SongreelError as error:
            notices.append(f"how the clips stand to the plan cannot be told: {error}")
            return None
        self.documents.note(self._mark, wanted)
        return wanted
