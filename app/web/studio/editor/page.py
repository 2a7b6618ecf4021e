"""The page of one project: viewer, timeline, and all that is done to a film. `editor_page`."""

from contextlib import suppress
from typing import Any

from nicegui import ui

from songreel.models.errors import InvalidInput, SongreelError
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import Root
from songreel.web.studio.editor.film_panel import FilmPanel
from songreel.web.studio.editor.grid_panel import GridPanel
from songreel.web.studio.editor.make_panel import MakePanel
from songreel.web.studio.editor.plan_panel import PlanPanel
from songreel.web.studio.editor.retake import retake
from songreel.web.studio.editor.shot_panel import ShotPanel
from songreel.web.studio.editor.tabs import Tabs
from songreel.web.studio.editor.takes_dialog import compare
from songreel.web.studio.editor.viewer import Viewer
from songreel.web.studio.editor.work_strip import WorkStrip
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Button, element, toast
from songreel.web.studio.timeline_element import TimelineElement
from songreel.widget.traits import Commanded, Edited, Undone, read_message
from songreel.workspace import Workspace

LOOK = 1.5
"""Seconds between two looks at whether a command has changed the project's files."""


async def editor_page(workspace: Workspace, project_id: str) -> None:
    """Build the page of the project.

    Raises:
        SongreelError: There is no such project, or it is gone.
    """
    bench = Bench(workspace, project_id)
    await bench.open()
    with element("div", "ed-place"):
        await _Page(bench).build()


class _Page:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def build(self) -> None:
        bench = self._bench
        palette = bench.plan.look.palette if bench.plan is not None else None
        frame().begin(bench.board.title, palette, project=bench.project_id)
        with Root() as self._root:
            with element("div", "ed-upper"):
                self._viewer = Viewer(bench, self._cut_again)
                with element("section", "ed-side sr-panel", aria_label="Tools"):
                    self._strip = WorkStrip(bench)
                    self._tabs = Tabs(
                        self._root,
                        {
                            "shot": ("Shot", self._shot_panel),
                            "grid": ("Grid", self._grid_panel),
                            "plan": ("Plan", self._plan_panel),
                            "make": ("Make", self._make_panel),
                            "film": ("Film", self._film_panel),
                        },
                    )
            with element("section", "ed-timeline", aria_label="Timeline"):
                self._timeline = TimelineElement(
                    bench.media("song"), bench.board, global_keys=True
                ).classes("ed-timeline-widget")
        self._root.set_timeline(self._timeline)
        self._timeline.on_message(self._message)
        self._timeline.on_trait("selection", self._selected)
        self._timeline.on_trait("position", self._moved)
        bench.on("board", self._show_board)
        bench.on("shots", self._show_board)
        bench.on("jobs", self._show_jobs)
        bench.on("said", self._say)
        self._actions()
        await frame().pulse.listen(self._root, bench.heard, bench.project_id)
        self._viewer.refresh()
        await self._tabs.choose("shot")
        self._show_jobs()
        ui.timer(LOOK, bench.look, immediate=False)
        ui.timer(0.3, self._warm, once=True)
        bench.settle_soon()

    async def _warm(self) -> None:
        """Find out where clips can come from before the first shot is clicked: that takes long."""
        with suppress(SongreelError):  # told where it is asked for
            await self._bench.sources()

    def _actions(self) -> None:
        with frame().actions:
            self._make = Button("Make film", self._make_film, kind="primary", icon="film")
            self._make.classes("ed-bar-make")
        self._bench.on("film", self._show_actions)
        self._bench.on("jobs", self._show_actions)
        self._show_actions()

    def _show_actions(self) -> None:
        film = self._bench.seen.film
        self._make.set_text("Make film" if film is None else "Cut again")
        # What is being made already is told above the tools, and need not be asked for twice.
        kinds = {job.work.kind for job in self._bench.jobs.values()}
        self._make.set_visibility(not kinds & {"make", "make-scenes", "generate", "assemble"})
        wanted = film is None or bool(film.changed)
        self._make.classes(
            add="sr-button--primary" if wanted else "sr-button--plain",
            remove="sr-button--plain" if wanted else "sr-button--primary",
        )

    async def _make_film(self) -> None:
        """Make it at once; where it costs something, the price is put before them first."""
        film = self._bench.seen.film
        await self._tabs.choose("make")
        if film is None or film.changed:  # else there is nothing to be done but other formats
            await self._maker.make()

    async def _cut_again(self) -> None:
        await self._tabs.choose("make")
        await self._maker.make()

    async def _shot_panel(self) -> None:
        self._shots = ShotPanel(self._bench, self._retake, self._compare)
        await self._shots.refresh()

    def _grid_panel(self) -> None:
        self._grid = GridPanel(self._bench)
        self._grid.refresh()

    async def _plan_panel(self) -> None:
        await PlanPanel(self._bench, self._go).refresh()

    async def _make_panel(self) -> None:
        self._maker = MakePanel(self._bench)
        await self._maker.refresh()

    async def _film_panel(self) -> None:
        await FilmPanel(self._bench).refresh()

    async def _message(self, content: Any) -> None:
        try:
            message = read_message(content)
        except InvalidInput as error:
            await self._bench.say(str(error), wrong=True)
            return
        match message:
            case Edited():
                before = self._bench.board.revision
                refused = await self._bench.edit(*message.edits, revision=message.revision)
                self._answer(refused, before)
            case Undone():
                before = self._bench.board.revision
                undo = message.type == "undo"
                refused = await (self._bench.undo() if undo else self._bench.redo())
                self._answer(refused, before)
            case Commanded():
                await self._command(message.name, message.shots)

    def _answer(self, refused: str, before: str) -> None:
        if refused:
            self._timeline.send({"type": "refused", "text": frame().told(refused)})
        elif self._bench.board.revision == before:
            self._timeline.send({"type": "settled"})

    async def _command(self, name: str, shots: tuple[str, ...]) -> None:
        if not shots:
            await self._bench.say("select a shot first")
            return
        if name == "retake":
            await self._retake(shots[0])
        elif name == "compare":
            await self._compare(shots[0])
        elif name == "edit-prompt":
            await self._bench.select(shots)
            self._timeline.assign(selection=list(shots))
            await self._tabs.choose("shot")
            self._shots.focus_words()

    async def _retake(self, shot: str) -> None:
        with self._root:
            await retake(self._bench, shot)

    async def _compare(self, shot: str) -> None:
        with self._root:
            await compare(self._bench, shot)

    async def _go(self, shot: str) -> None:
        card = self._bench.shot(shot)
        if card is None:
            return
        self._timeline.assign(selection=[shot])
        self._timeline.send({"type": "seek", "seconds": card.start})
        await self._bench.select((shot,))
        await self._tabs.choose("shot")

    async def _selected(self, value: Any) -> None:
        await self._bench.select(tuple(str(shot) for shot in value))

    def _moved(self, value: Any) -> None:
        self._bench.position = float(value)

    def _show_board(self) -> None:
        self._timeline.board = self._bench.board

    def _show_jobs(self) -> None:
        self._strip.refresh()
        working = dict(self._bench.working())
        if working != self._timeline["working"]:
            self._timeline.assign(working=working)

    def _say(self) -> None:
        bench = self._bench
        if not bench.said:
            return
        text, wrong = frame().told(bench.said[:1].upper() + bench.said[1:]), bench.said_wrong
        bench.said = ""
        if wrong:
            with self._root:
                toast(text, "bad")
        self._viewer.say("" if wrong else text)
