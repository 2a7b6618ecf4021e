"""The queue beside the page: what waits, what is being done, what went wrong. `QueuePanel`."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import context, ui

from songreel.models.errors import SongreelError
from songreel.models.queued import ENDED, JobEvent, QueuedJob
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.icons import icon
from songreel.web.studio.job_view import JobView
from songreel.web.studio.job_words import name_of, stood_in
from songreel.web.studio.kit import Button, Text, element, heading, toast
from songreel.web.studio.pulse import Pulse
from songreel.workspace import Workspace

JOBS_READ = 300
"""Jobs that are read at most, those that have not ended first."""
ENDED_SHOWN = 12
"""Jobs that have ended and are still shown."""


def queue_panel(workspace: Workspace, pulse: Pulse, button: ui.element) -> None:
    """Build the panel and the button that opens it; it fills whenever the page is connected."""
    panel = QueuePanel(workspace, pulse, button)
    # Not by a timer: the first answer would be sent as soon as that waits for the connection.
    context.client.on_connect(panel.begin)


class QueuePanel:
    """The queue as one page shows it.

    Every page reads it from the workspace, so that a reload or another server shows the same.
    """

    def __init__(self, workspace: Workspace, pulse: Pulse, button: ui.element) -> None:
        self.workspace, self.pulse, self.button = workspace, pulse, button
        self.jobs: dict[str, QueuedJob] = {}
        self.titles: dict[str, str] = {}
        self.views: dict[str, JobView] = {}
        self.held = self.failed = self._listens = False
        button.on("click", self._looked)
        with button:
            icon("queue")
            Text("Queue", "span", "sr-wide")
            self.badge = Text("", "span", "sr-badge")
            self.badge.set_visibility(False)
        with element("div", "sr-queue-head"):
            heading("Queue", 2)
            self.hold = Button("Hold all", self._hold, icon="pause", kind="quiet")
            self.hold.classes("sr-button--small")
            close = Button(icon="close", kind="quiet", label="Close the queue")
            close.classes("sr-button--small")._props["data-sr"] = "queue-close"
        self.told = element("div", "sr-queue-told")
        self.open = element("ol", "sr-jobs", aria_label="Jobs in their order")
        self.open.on(
            "songreel_move",
            lambda event: self._placed(event.args),
            js_handler="(e) => emit(e.detail)",
        )
        self.rest = element("details", "sr-fold sr-queue-ended")
        with self.rest:
            Text("Ended", "summary")
            self.ended = element("ol", "sr-jobs", aria_label="Jobs that have ended")
        self.live = Text("", "p", "sr-unseen")
        self.live._props["aria-live"] = "polite"

    async def begin(self) -> None:
        """Read the queue, and follow it from then on."""
        try:
            if not self._listens:
                self._listens = True
                await self.pulse.listen(self.open, self._happened)
            await self.read()
        except SongreelError as error:
            with self.told:
                Text(frame().told(error), "p", "sr-error")

    async def read(self) -> None:
        """Read the whole queue anew, and draw it."""
        jobs, titles, held = await blocking(self._all)
        self.jobs = {job.id: job for job in jobs}
        self.titles, self.held = titles, held
        self.draw()

    def _all(self) -> tuple[Sequence[QueuedJob], dict[str, str], bool]:
        queue = self.workspace.queue
        jobs = queue.all(limit=JOBS_READ)
        titles = self.workspace.projects.titles({job.project for job in jobs})
        return jobs, titles, queue.held

    def draw(self) -> None:
        """Draw what there is."""
        going = [job for job in self.jobs.values() if job.state not in ENDED]
        ended = [job for job in self.jobs.values() if job.state in ENDED][:ENDED_SHOWN]
        self.views.clear()
        self.open.clear()
        movable = [job.id for job in going if job.state != "working"]
        with self.open:
            for job in going:
                self._view(job, movable)
        self.ended.clear()
        with self.ended:
            for job in ended:
                self._view(job, ())
        self.rest.set_visibility(bool(ended))
        self.hold.set_text("Release" if self.held else "Hold all")
        self.hold.picture("play" if self.held else "pause")
        self.told.clear()
        with self.told:
            if self.held:
                with element("div", "sr-notice sr-notice--warn"):
                    Text("The queue is held: what is being done goes on, nothing new begins.")
            elif not going:
                Text(
                    "Nothing waits. What you ask for is done here one after the other, and goes "
                    "on when this page is closed.",
                    "p",
                    "sr-prose",
                )
        self._count(len(going))

    def _view(self, job: QueuedJob, movable: Sequence[str]) -> None:
        title = self.titles.get(job.project, "") or str(job.result.get("title", ""))
        self.views[job.id] = JobView(job, title, movable, self._act)

    def _count(self, going: int) -> None:
        """Say at the button how many jobs there are, or that one has failed unseen."""
        failed = self.failed and not going
        self.badge.set_text("!" if failed else str(going))
        self.badge.set_visibility(bool(going) or failed)
        self.badge.classes(
            add="sr-badge--bad" if failed else "", remove="" if failed else "sr-badge--bad"
        )
        told = f"Queue, {going} job{'' if going == 1 else 's'}"
        self.button._props["aria-label"] = told + (", one has failed" if self.failed else "")
        self.button.update()

    def _looked(self) -> None:
        """Somebody opened the queue: what has failed is seen."""
        self.failed = False
        self._count(sum(job.state not in ENDED for job in self.jobs.values()))

    async def _happened(self, events: Sequence[JobEvent]) -> None:
        for event in events:
            if event.kind == "progress" and event.job in self.views:
                self.views[event.job].progress(event.data)
            if event.kind == "notice" and event.job in self.views:
                self.views[event.job].notice(str(event.data.get("text") or event.data))
        states = [event for event in events if event.kind == "state"]
        if not states:
            return
        for event in states:
            before = self.jobs.get(event.job)
            state = event.data.get("state")
            if before is not None and before.state != state and state in ("done", "failed"):
                what = f"{name_of(before.work)} of {self.titles.get(before.project, 'a film')}"
                self.failed = self.failed or state == "failed"
                error = frame().told(str(event.data.get("error") or ""))
                other = frame().told(stood_in(event.data.get("result")))
                ended = f"{what} is done" if state == "done" else f"{what} failed: {error}"
                ended += f", {other}" if other else ""
                self.live.set_text(ended)
                # A film's own page shows what has come; elsewhere nobody would see it.
                elsewhere = not before.project or frame().project != before.project
                if state == "failed" or other or elsewhere:
                    toast(ended, "bad" if state == "failed" else "warn" if other else "good")
        await self.read()

    async def _hold(self) -> None:
        queue = self.workspace.queue
        await self._try(queue.release if self.held else queue.hold)

    async def _act(self, act: str, job: str) -> None:
        """What a job's buttons do."""
        queue = self.workspace.queue
        order = [one.id for one in self.jobs.values() if one.state in ("waiting", "paused")]
        match act:
            case "up" if job in order and order.index(job) > 0:
                before = order[order.index(job) - 1]
                await self._try(lambda: queue.move(job, before))
            case "down" if job in order:
                later = order[order.index(job) + 2 :]
                await self._try(lambda: queue.move(job, later[0] if later else None))
            case "pause" | "resume" | "cancel" | "again":
                call: Callable[[str], Any] = getattr(queue, act)
                await self._try(lambda: call(job))

    async def _placed(self, told: Any) -> None:
        """A job was let go of before another one, or at the end."""
        job, before = str(told.get("job")), told.get("before")
        if job in self.jobs and (before is None or before in self.jobs):
            await self._try(lambda: self.workspace.queue.move(job, before))

    async def _try(self, call: Callable[[], Any]) -> None:
        try:
            await blocking(call)
        except SongreelError as error:
            toast(frame().told(error), "bad")
        await self.read()
