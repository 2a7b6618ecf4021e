"""A film without a song: its scenes are written, their music is composed. `scenes_page`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from songreel.models.errors import SongreelError
from songreel.models.queued import QueuedJob
from songreel.models.workspace import AssetEntry
from songreel.queue.quoting import quote
from songreel.web.studio.blocking import blocking
from songreel.web.studio.cards import clock
from songreel.web.studio.composing import composing
from songreel.web.studio.direction_view import ASPECTS, SIZES
from songreel.web.studio.drafts import Draft
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import (
    Button,
    Choice,
    Text,
    element,
    heading,
    number_field,
    panel,
    select,
    text_area,
    text_field,
)
from songreel.web.studio.scene_agreed import agreed
from songreel.web.studio.scene_sheet import Sheet, Sources, sources
from songreel.web.studio.terms import terms
from songreel.web.studio.uploading import Drop
from songreel.workspace import Workspace

LISTS = ".yaml,.yml,.json,.txt,text/*,application/json"


async def scenes_page(workspace: Workspace) -> None:
    """Build the page."""
    frame().begin("Write the scenes")
    draft = Draft(workspace.settings.workspace / "studio" / "scenes.json")
    sheet = Sheet.of(await blocking(draft.read))
    found = await blocking(sources, workspace)
    _Scenes(workspace, draft, sheet, found).build()


class _Scenes:
    def __init__(self, workspace: Workspace, draft: Draft, sheet: Sheet, found: Sources) -> None:
        self.workspace, self.draft, self.sheet, self.found = workspace, draft, sheet, found
        self._texts: dict[str, Text] = {}

    def build(self) -> None:
        with element("div", "sr-page sr-page--new") as self.page:
            heading("A film from scenes", 1)
            Text(
                "No song yet? Write what is seen, scene by scene. songreel composes the music, "
                "which grows and turns with the scenes, and cuts the film to it.",
                "p", "sr-prose",
            )  # fmt: skip
            self.place = element("div")
            with self.place:
                self._form()

    def _form(self) -> None:
        with element("div", "sr-direction"):
            with element("div", "sr-direction-main"):
                self._scenes()
                self._music()
                self._pictures()
            with element("div", "sr-direction-side"), panel("Your film"):
                self._texts = terms(
                    {
                        "length": "Length", "music": "Music", "pictures": "Pictures",
                        "format": "Format",
                    }
                )  # fmt: skip
                self.wrong = element("div", "", aria_live="polite")
                with element("div", "sr-side-actions"):
                    self.go = Button("Make film", self._make, kind="primary", icon="film")
                    self.go.classes("sr-button--large")
                Text(
                    "The music is composed first. Then the film opens on the timeline, where "
                    "everything can be changed as in any other.",
                    "p", "sr-hint",
                )  # fmt: skip
        self._summary()

    def _scenes(self) -> None:
        with panel("Scenes"):
            self.rows = element("div", "sr-stack", role="list", aria_label="Scenes in their order")
            with element("div", "sr-actions"):
                Button("Add a scene", self._add, icon="plus")
            with element("div", "sr-columns"):
                Drop(
                    "Drop a scene list", "YAML or JSON, as “songreel make --scenes” takes it",
                    accept=LISTS, kinds=("text", "document"), arrived=self._taken,
                    purpose="scenes", anywhere=False, small=True,
                )  # fmt: skip
                Drop(
                    "Drop pictures", "That scenes begin with; models animate them",
                    accept="image/*", kinds=("image",), arrived=self._pictured,
                    purpose="stills", anywhere=False, several=True, small=True,
                )  # fmt: skip
        self._draw()

    def _draw(self) -> None:
        self.rows.clear()
        at = 0.0
        with self.rows:
            for number, scene in enumerate(self.sheet.scenes):
                self._row(number, scene, at)
                at += float(scene.get("seconds") or 0)

    def _row(self, number: int, scene: dict[str, Any], at: float) -> None:
        count = len(self.sheet.scenes)
        label = f"Scene {number + 1}"
        with element("section", "sr-scene sr-stack", role="listitem", aria_label=label):
            with element("div", "sr-row sr-row--between"):
                with element("div", "sr-row sr-row--tight"):
                    heading(label, 3)
                    Text(f"from {clock(at)}", "span", "sr-hint sr-number")
                with element("div", "sr-row sr-row--tight"):
                    earlier = Button(
                        icon="up", kind="quiet", label=f"{label} earlier",
                        on_click=partial(self._move, number, -1),
                    )  # fmt: skip
                    earlier.enable(number > 0)
                    Button(
                        icon="down", kind="quiet", label=f"{label} later",
                        on_click=partial(self._move, number, 1),
                    ).enable(number + 1 < count)  # fmt: skip
                    Button(
                        icon="trash", kind="quiet", label=f"Remove scene {number + 1}",
                        on_click=partial(self._remove, number),
                    ).enable(count > 1)  # fmt: skip
            text_area("What is seen", scene.get("prompt", ""), self._of(scene, "prompt"))
            with element("div", "sr-columns"):
                text_field("Mood", scene.get("mood", ""), self._of(scene, "mood"),
                           placeholder="calm, hopeful")  # fmt: skip
                number_field("Lasts", scene.get("seconds"), self._of(scene, "seconds"),
                             low=0.5, high=600, step=0.5, unit="s")  # fmt: skip
                if self.sheet.images:
                    names = {"": "what the words say", "previous": "the scene before"}
                    names |= {name: name for name in self.sheet.images}
                    chosen = str(scene.get("start") or "")
                    select("Begins with", {chosen: chosen, **names}, chosen,
                           self._of(scene, "start"))  # fmt: skip

    def _music(self) -> None:
        whole = self.sheet.whole
        with panel("Music"):
            text_field("What plays", whole.get("music", ""), self._of(whole, "music"),
                       placeholder="warm acoustic folk, fingerpicked guitar")  # fmt: skip
            with element("div", "sr-columns"):
                number_field("Tempo", whole.get("bpm"), self._of(whole, "bpm"), low=30, high=300,
                             step=1, unit="bpm", placeholder="by the mood")  # fmt: skip
                text_field("Key", whole.get("key", ""), self._of(whole, "key"),
                           placeholder="by the mood, or A minor")  # fmt: skip
            self._chosen("Played by", self.found.players, "player")

    def _pictures(self) -> None:
        with panel("Film"):
            text_field("Title", self.sheet.whole.get("title", ""),
                       self._of(self.sheet.whole, "title"))  # fmt: skip
            self._chosen("Pictures", self.found.pictures, "visuals")
            output = self.sheet.output
            with element("div", "sr-columns"):
                Choice("Shape", ASPECTS, output.get("aspect", "16:9"), self._output("aspect"))
                select("Short side, pixels", SIZES, output.get("size", 720),
                       lambda e: self._output("size")(e.value))  # fmt: skip

    def _chosen(self, label: str, named: Any, name: str) -> None:
        """A list of sources; one that is not ready any more is told by the first that is."""
        if getattr(self.sheet, name) not in named:
            setattr(self.sheet, name, "builtin")

        def picked(event: Any) -> None:
            setattr(self.sheet, name, str(event.value))
            self._changed()

        select(label, dict(named), getattr(self.sheet, name), picked)

    def _of(self, where: dict[str, Any], name: str) -> Callable[[Any], None]:
        """What puts a field's value into the sheet."""

        def changed(event: Any) -> None:
            if event.value in (None, ""):
                where.pop(name, None)
            else:
                where[name] = event.value
            self._changed()

        return changed

    def _output(self, name: str) -> Callable[[Any], None]:
        def changed(value: Any) -> None:
            self.sheet.output[name] = value
            self._changed()

        return changed

    def _changed(self) -> None:
        self.draft.keep(self.sheet.data())
        self._summary()

    def _summary(self) -> None:
        if not self._texts:
            return
        sheet, count = self.sheet, len(self.sheet.scenes)
        told = {
            "length": f"{clock(sheet.seconds)}, {count} scene{'' if count == 1 else 's'}",
            "music": self.found.players[sheet.player],
            "pictures": self.found.pictures[sheet.visuals],
            "format": f"{sheet.output.get('aspect', '16:9')}, {sheet.output.get('size', 720)} px",
        }
        for name, text in told.items():
            self._texts[name].set_text(text)

    def _add(self) -> None:
        last = self.sheet.scenes[-1] if self.sheet.scenes else {}
        self.sheet.scenes.append({"seconds": last.get("seconds") or 8.0})
        self._again()

    def _remove(self, number: int) -> None:
        del self.sheet.scenes[number]
        self._again()

    def _move(self, number: int, by: int) -> None:
        scenes = self.sheet.scenes
        scenes[number], scenes[number + by] = scenes[number + by], scenes[number]
        self._again()

    def _again(self) -> None:
        self._draw()
        self._changed()

    async def _taken(self, asset: AssetEntry) -> None:
        try:
            content = await blocking(self.workspace.assets.read, asset.sha256)
            self.sheet.take(content, asset.name)
        except SongreelError as error:
            self._refuse(str(error))
            return
        self.place.clear()  # every field has another value
        self._texts.clear()
        with self.place:
            self._form()
        self._changed()

    def _pictured(self, asset: AssetEntry) -> None:
        self.sheet.images[asset.name] = asset.sha256
        self._again()

    def _refuse(self, text: str) -> None:
        self.wrong.clear()
        with self.wrong, element("div", "sr-notice sr-notice--bad", role="alert"):
            Text(frame().told(text), "p", "sr-error")

    async def _make(self) -> None:
        """The price first, then the film."""
        self.wrong.clear()
        self.go.enable(False)
        try:
            work = self.sheet.work()
            usd = await agreed(await blocking(quote, self.workspace, work))
            if usd is None:
                return
            work = self.sheet.work(usd)
            job = await blocking(lambda: self.workspace.queue.add(work, actor="studio"))
        except SongreelError as error:
            self._refuse(str(error))
            return
        finally:
            if not self.page.is_deleted:
                self.go.enable()
        await self.draft.drop()
        self.place.clear()
        with self.place:
            await composing(self.workspace, job, self._known)

    async def _known(self, job: QueuedJob) -> bool:
        """Whether the film has a page of its own, which takes over."""
        if job.project:
            ui.navigate.to(f"/projects/{job.project}")
        return bool(job.project)
