"""One browser's work on one project: what it shows, what it asks for. `Bench`."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from nicegui import background_tasks

from songreel.models.board import Board, BoardShot
from songreel.models.edits import PlanEdit
from songreel.models.errors import SongreelError
from songreel.models.queued import ENDED, JobEvent, QueuedJob
from songreel.models.storyboard import Storyboard
from songreel.models.work import Work
from songreel.project import Project, ProjectFile
from songreel.web.studio.blocking import blocking
from songreel.web.studio.editor.film_state import FilmState, film_state
from songreel.web.studio.editor.sources import Sources, sources
from songreel.web.studio.job_words import name_of, stood_in
from songreel.workspace import Workspace

REST = 0.8
"""Seconds after an edit before clips are compared with the plan: that takes long in a long film."""
T = TypeVar("T")
Topic = Literal["board", "shots", "film", "files", "selection", "jobs", "said"]
"""`board`: the plan or grid is another; `shots`: states of clips; `film`: the film or its plan;
`files`: work has ended and may have left some; `selection`; `jobs`: where work stands; `said`:
something to tell the user."""
Handler = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True)
class Seen:
    """A project as it is at one moment."""

    state: ProjectFile
    board: Board
    plan: Storyboard | None
    film: FilmState | None
    animatic: str
    """Stamp of the preview's file; empty: there is none."""


class Bench:
    """What one page shows of a project, and the only way in which it changes anything.

    Args:
        workspace: The workspace.
        project_id: Of the project.
    """

    def __init__(self, workspace: Workspace, project_id: str) -> None:
        self.workspace, self.project_id = workspace, project_id
        self.selected: tuple[str, ...] = ()
        self.position = 0.0
        self.jobs: dict[str, QueuedJob] = {}
        self.ended: list[QueuedJob] = []
        """Jobs that ended while this page looked on, the latest last."""
        self.said = ""
        self.said_wrong = False
        self._seen: Seen | None = None
        self._stamp: tuple[object, ...] = ()
        self._handlers: dict[Topic, list[Handler]] = {}
        self._one = asyncio.Lock()
        self._settling = ""
        self._away = ""
        """Why the project cannot be looked at just now, as it was told."""
        self._sources: Sources | None = None

    @property
    def seen(self) -> Seen:
        """What was last looked at."""
        assert self._seen is not None, "open() comes first"
        return self._seen

    @property
    def board(self) -> Board:
        """The board that is shown."""
        return self.seen.board

    @property
    def plan(self) -> Storyboard | None:
        """The plan; None before there is one."""
        return self.seen.plan

    def on(self, topic: Topic, handler: Handler) -> None:
        """Have `handler` called whenever something of `topic` has changed."""
        self._handlers.setdefault(topic, []).append(handler)

    async def tell(self, *topics: Topic) -> None:
        """Call the handlers of `topics`."""
        for topic in topics:
            for handler in self._handlers.get(topic, ()):
                waits = handler()
                if inspect.isawaitable(waits):
                    await waits

    async def open(self) -> None:
        """Look at the project for the first time; events are listened to already.

        Raises:
            SongreelError: It is not known, or its folder is gone.
        """
        for job in await blocking(self.read):
            self.jobs.setdefault(job.id, job)

    def read(self) -> tuple[QueuedJob, ...]:
        """Look at the project, in whatever thread this is; its jobs that have not ended."""
        self._stamp, self._seen = self._stamp_now(), self._look()
        return self._open_jobs()

    def _open_jobs(self) -> tuple[QueuedJob, ...]:
        found = self.workspace.queue.all(project=self.project_id)
        return tuple(job for job in found if job.state not in ENDED)

    def _look(self, *, settle: bool = False) -> Seen:
        project = self.workspace.projects.open(self.project_id)
        board = self.workspace.editing.board(self.project_id, settle=settle)
        plan = self.workspace.editing.plan(self.project_id)
        preview = project.folder / "preview.mp4"
        return Seen(
            state=project.state,
            board=board,
            plan=plan,
            film=film_state(project, plan, board.shots),
            animatic=f"{preview.stat().st_mtime_ns:x}" if preview.is_file() else "",
        )

    async def reload(self, *, settle: bool = False) -> None:
        """Look again, and tell whatever has changed.

        Args:
            settle: Whether to find out for sure how each shot's clip stands to the plan. That
                takes longer, so it is done afterwards where it is not asked for.
        """
        async with self._one:
            before = self.seen
            stamp, now = await blocking(lambda: (self._stamp_now(), self._look(settle=settle)))
            self._seen, self._stamp = now, stamp
        known = {shot.id for shot in now.board.shots}
        left = tuple(shot for shot in self.selected if shot in known)
        if left != self.selected:
            self.selected = left
        topics: list[Topic] = []
        if now.board.revision != before.board.revision or now.plan != before.plan:
            topics += ["board", "selection"]
        elif now.board != before.board:
            topics += ["shots"]
        if (now.film, now.animatic, now.state) != (before.film, before.animatic, before.state):
            topics += ["film"]
        await self.tell(*topics)
        if not settle:
            self.settle_soon()

    def settle_soon(self) -> None:
        """Find out in the background how the clips stand to the plan, where that is not known."""
        if not self.board.settled and self._settling != self.board.revision:
            self._settling = self.board.revision
            work = self._settle(self.board.revision)
            background_tasks.create(work, name="clips are compared with the plan")

    async def _settle(self, revision: str) -> None:
        await asyncio.sleep(REST)
        if self.board.revision != revision:
            return  # somebody goes on editing: the last edit is the one that counts
        try:
            await self.reload(settle=True)
        except SongreelError as error:
            await self.say(str(error), wrong=True)

    async def look(self) -> None:
        """Ask whether somebody has changed the project since: another tab, a command."""
        if self._seen is None or self._one.locked():
            return
        try:
            stamp = await blocking(self._stamp_now)
            if stamp != self._stamp:
                await self.reload()
        except SongreelError as error:
            # Looked for again and again, told once: its folder may come back.
            if self._away != str(error):
                self._away = str(error)
                await self.say(self._away, wrong=True)
            return
        if self._away:
            self._away = ""
            await self.say("the project is there again")

    async def heard(self, events: Sequence[JobEvent]) -> None:
        """Take in what happened to the project's jobs."""
        for event in events:
            if event.kind == "state":
                job = QueuedJob.model_validate(event.data)
                self.jobs.pop(job.id, None)
                if job.state in ENDED:
                    self.ended.append(job)
                    self._tell_end(job)
                else:
                    self.jobs[job.id] = job
            elif event.kind == "progress" and event.job in self.jobs:
                self.jobs[event.job] = self.jobs[event.job].model_copy(
                    update={key: event.data[key] for key in _PROGRESS if key in event.data}
                )
            elif event.kind == "notice":
                self._say(str(event.data.get("text", "")), wrong=False)
        await self.tell("jobs", "said")
        if self._seen is not None and any(_ended(event) for event in events):
            await self.reload()
            await self.tell("files")

    def _tell_end(self, job: QueuedJob) -> None:
        done = ", ".join(filter(None, ("done", stood_in(job.result))))
        end = {"failed": job.error, "cancelled": "cancelled"}.get(job.state, done)
        self._say(f"{name_of(job.work)}: {end}", wrong=False)

    @property
    def making(self) -> bool:
        """Whether work on the film itself is under way."""
        return any(job.work.kind in _MAKING for job in self.jobs.values())

    def _stamp_now(self) -> tuple[object, ...]:
        """Changes whenever a document of the project is written, by anybody."""
        project = self.workspace.projects.open(self.project_id)
        return tuple(_stamp(path) for path in _documents(project))

    async def edit(self, *edits: PlanEdit, revision: str | None = None) -> str:
        """Change the plan; why it was refused, or an empty text.

        Args:
            edits: Done in one step, undone in one step.
            revision: Of the board that they were made on; None for the one that is shown.
        """
        asked = revision if revision is not None else self.board.revision
        editing = self.workspace.editing
        return await self._changed(lambda: editing.edit(self.project_id, edits, asked))

    async def undo(self) -> str:
        """Take the last change back; why that cannot be, or an empty text."""
        return await self._changed(lambda: self.workspace.editing.undo(self.project_id))

    async def redo(self) -> str:
        """Do again what was undone; why that cannot be, or an empty text."""
        return await self._changed(lambda: self.workspace.editing.redo(self.project_id))

    async def _changed(self, do: Callable[[], object]) -> str:
        refused = ""
        try:
            await blocking(do)
        except SongreelError as error:
            refused = str(error)
            await self.say(refused, wrong=True)
        try:
            await self.reload()
        except SongreelError as error:
            refused = refused or str(error)
        return refused

    async def ask(self, work: Work) -> QueuedJob | None:
        """Put work into the queue; None where it is refused, which is told."""
        try:
            job = await blocking(lambda: self.workspace.queue.add(work, actor="studio"))
        except SongreelError as error:
            await self.say(str(error), wrong=True)
            return None
        self.jobs[job.id] = job
        self._say(f"{name_of(work)}: queued", wrong=False)
        await self.tell("jobs", "said")
        return job

    async def do(self, call: Callable[[], T]) -> T | None:
        """Do something that blocks; None where it is refused, which is told."""
        try:
            return await blocking(call)
        except SongreelError as error:
            await self.say(str(error), wrong=True)
            return None

    async def say(self, text: str, *, wrong: bool = False) -> None:
        """Tell the user something."""
        self._say(text, wrong=wrong)
        await self.tell("said")

    def _say(self, text: str, *, wrong: bool) -> None:
        self.said, self.said_wrong = text, wrong

    async def select(self, shots: Sequence[str]) -> None:
        """Have these shots be the selected ones."""
        if tuple(shots) != self.selected:
            self.selected = tuple(shots)
            await self.tell("selection")

    async def sources(self) -> Sources:
        """Where clips can come from, found out when it is first asked for."""
        film = self.seen.state.visuals
        if self._sources is None or self._sources.film != film:
            self._sources = await blocking(sources, self.workspace, film)
        return self._sources

    def media(self, key: str, stamp: str = "") -> str:
        """URL of a file of the project, by its key."""
        url = f"/api/projects/{self.project_id}/media/{key}"
        return f"{url}?v={stamp}" if stamp else url

    def shot(self, shot_id: str) -> BoardShot | None:
        """A shot as the board has it."""
        return next((shot for shot in self.board.shots if shot.id == shot_id), None)

    def working(self) -> Mapping[str, float]:
        """Shots that are being made anew, with how far each is."""
        found = {}
        for job in self.jobs.values():
            if job.work.kind == "retake":
                found[job.work.shot] = job.progress
        return found


_MAKING = ("make", "make-scenes", "generate", "assemble", "retake")
_PROGRESS = ("doing", "progress", "eta")


def _ended(event: JobEvent) -> bool:
    return event.kind == "state" and event.data.get("state") in ENDED


def _documents(project: Project) -> tuple[Any, ...]:
    return (
        project.file, project.plan, project.analysis, project.render, project.report,
        project.folder / "preview.mp4",
    )  # fmt: skip


def _stamp(path: Any) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
