"""A film of scenes while its music is composed and its cuts are planned: `composing`."""

from collections.abc import Awaitable, Callable, Sequence

from songreel.models.errors import SongreelError
from songreel.models.queued import ENDED, JobEvent, QueuedJob
from songreel.models.work_sound import MakeScenes
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.job_words import left_text
from songreel.web.studio.kit import Button, Link, Meter, Text, element, heading, toast
from songreel.workspace import Workspace

Over = Callable[[QueuedJob], Awaitable[bool]]


async def composing(workspace: Workspace, job: QueuedJob, over: Over) -> None:
    """Show how far the work is.

    Args:
        workspace: The workspace.
        job: Makes a film of scenes.
        over: Asked with the job whenever it has gone on; true: another page took this one's place.
    """
    await _Composing(workspace, job, over).build()


def job_of_scenes(workspace: Workspace, project_id: str) -> QueuedJob | None:
    """The latest work on a project's film of scenes; None: it is none, or that has gone well."""
    jobs = [job for job in workspace.queue.all(project=project_id) if job.work.kind == _KIND]
    return jobs[0] if jobs and jobs[0].state != "done" else None


_KIND = "make-scenes"


class _Composing:
    def __init__(self, workspace: Workspace, job: QueuedJob, over: Over) -> None:
        self.workspace, self.job, self._over, self._gone = workspace, job, over, False

    async def build(self) -> None:
        with element("section", "sr-panel sr-hearing", aria_label="How far the film is") as self.at:
            self.title = heading("Composing the music", 2)
            with element("div", "sr-hearing-state", aria_live="polite"):
                self.doing = Text("", "p", "sr-hint")
                self.meter = Meter(0, "the film of scenes")
            self.wrong = element("div", "sr-stack")
            self.note = Text(
                "The film opens here by itself once its cuts are planned. It goes on if you leave.",
                "p", "sr-hint",
            )  # fmt: skip
        await frame().pulse.listen(self.at, self._happened)
        await self._stands()

    async def _happened(self, events: Sequence[JobEvent]) -> None:
        if not self._gone and any(event.job == self.job.id for event in events):
            await self._stands()

    async def _stands(self) -> None:
        self.job = await blocking(self.workspace.queue.get, self.job.id)
        if self._gone or await self._over(self.job):
            self._gone = True
            return
        job = self.job
        self.meter.set(job.progress)
        waits = {"waiting": "waits in the queue", "paused": "is paused; the queue resumes it"}
        told = waits.get(job.state, job.doing or "begins")
        self.doing.set_text(", ".join(filter(None, (told, left_text(job.eta)))))
        self.wrong.clear()
        if job.state in ENDED:
            self._ended(job)

    def _ended(self, job: QueuedJob) -> None:
        self.title.set_text("The film was not made")
        self.doing.set_text("")
        self.note.set_visibility(False)
        with self.wrong:
            with element("div", "sr-notice sr-notice--bad", role="alert"):
                Text(frame().told(job.error or "it was cancelled"), "p", "sr-error")
            with element("div", "sr-actions"):
                Button("Try again", self._again, kind="primary", icon="again")
                Link("Change the scenes", "/scenes", icon="edit",
                     classes="sr-button sr-button--plain")  # fmt: skip

    async def _again(self) -> None:
        """The same work; what was made of it stays."""
        work = self.job.work
        assert isinstance(work, MakeScenes)
        wanted = work.model_copy(update={"project": self.job.project or None})
        try:
            self.job = await blocking(lambda: self.workspace.queue.add(wanted, actor="studio"))
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        self.title.set_text("Composing the music")
        self.note.set_visibility(True)
        await self._stands()
