"""Work on this project, where it stands, in place: `WorkStrip`."""

from songreel.models.queued import QueuedJob
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.job_words import left_text, name_of
from songreel.web.studio.kit import Button, Meter, Text, element

_WAITS = {"waiting": "waits in the queue", "paused": "paused"}


class WorkStrip:
    """One line a job, with its stage, how far it is and how long it takes yet; each can be stopped.

    Args:
        bench: The project.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lines: dict[str, _Line] = {}
        self._place = element("div", "ed-work", role="group", aria_label="Work on this film")
        bench.on("jobs", self.refresh)

    def refresh(self) -> None:
        """Show the jobs as they are now."""
        jobs = self._bench.jobs
        for gone in [job for job in self._lines if job not in jobs]:
            self._lines.pop(gone).delete()
        for job in jobs.values():
            if job.id not in self._lines:
                with self._place:
                    self._lines[job.id] = _Line(self._bench, job)
            self._lines[job.id].show(job)
        self._place.set_visibility(bool(jobs))


class _Line:
    def __init__(self, bench: Bench, job: QueuedJob) -> None:
        self._bench = bench
        self._box = element("div", "ed-job")
        with self._box:
            with element("div", "ed-job-words"):
                Text(name_of(job.work), "strong")
                self._doing = Text("", "span", "sr-hint")
                self._left = Text("", "span", "sr-value")
            self._meter = Meter(label=name_of(job.work))
            self._hold = Button(icon="pause", kind="quiet", label="Pause").on(
                "click", lambda: self._turn(job.id)
            )
            Button(
                icon="close", kind="quiet", label=f"Cancel {name_of(job.work)}",
                on_click=lambda: bench.do(lambda: bench.workspace.queue.cancel(job.id)),
            )  # fmt: skip

    def show(self, job: QueuedJob) -> None:
        """Where it stands."""
        self._doing.set_text(doing_text(job))
        self._left.set_text(left_text(job.eta) if job.state == "working" else "")
        self._meter.set(job.progress)
        self._paused = job.state == "paused"
        self._hold._props["aria-label"] = self._hold._props["title"] = (
            "Go on" if self._paused else "Pause"
        )
        self._hold.update()

    async def _turn(self, job: str) -> None:
        queue = self._bench.workspace.queue
        await self._bench.do(lambda: queue.resume(job) if self._paused else queue.pause(job))

    def delete(self) -> None:
        """Take the line away."""
        self._box.delete()


def doing_text(job: QueuedJob) -> str:
    """What a job is at, in a few words."""
    if job.wish:
        return "stopping" if job.wish == "cancel" else "pausing"
    if job.state in _WAITS:
        return _WAITS[job.state]
    return job.doing or "beginning"
