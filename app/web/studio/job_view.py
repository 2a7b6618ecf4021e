"""A job as the queue shows it: `JobView`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from songreel.models.queued import QueuedJob
from songreel.web.studio.cards import clock, when
from songreel.web.studio.frame import frame
from songreel.web.studio.icons import icon
from songreel.web.studio.job_words import left_text, name_of, stood_in
from songreel.web.studio.kit import Button, Link, Meter, Text, Tone, chip, element

STATES: Mapping[str, tuple[str, Tone]] = {
    "waiting": ("waits", ""), "paused": ("paused", "warn"), "working": ("at work", "accent"),
    "done": ("done", "good"), "failed": ("failed", "bad"), "cancelled": ("cancelled", ""),
}  # fmt: skip
Act = Callable[[str, str], Awaitable[None]]


class JobView:
    """A job in the list.

    Args:
        job: As it stands.
        title: Of its project; empty where it has none.
        movable: Ids of the jobs that can change places, in order.
        act: Called with what to do and the job's id.
    """

    def __init__(self, job: QueuedJob, title: str, movable: Sequence[str], act: Act) -> None:
        self.job, self._act = job, act
        self._meter: Meter | None = None
        self._doing: Text | None = None
        name = name_of(job.work)
        with element(
            "li", f"sr-job sr-job--{job.state}", aria_label=f"{name} {title}"
        ) as self.root:
            self.root._props["data-job"] = job.id
            with element("div", "sr-job-head"):
                if job.id in movable:
                    self.root._props["draggable"] = "true"
                    icon("drag").classes("sr-job-grip")
                with element("div", "sr-job-words"):
                    Text(name, "span", "sr-job-name")
                    if job.project and title:
                        Link(title, f"/projects/{job.project}", classes="sr-link sr-job-film")
                wish = {"pause": "is pausing", "cancel": "is being cancelled"}.get(job.wish)
                words, tone = STATES[job.state]
                chip(wish or words, tone)
            if job.state == "working" or (job.state == "paused" and job.progress):
                self._meter = Meter(job.progress, f"progress of {name} {title}")
                self._doing = Text(told(job.doing, job.progress, job.eta), "p", "sr-hint sr-number")
            if job.error:
                Text(frame().told(job.error), "p", "sr-error sr-job-error")
            if other := stood_in(job.result):
                Text(frame().told(other), "p", "sr-hint")
            if job.ended:
                Text(ended(job), "p", "sr-hint")
            self._notice = Text("", "p", "sr-hint")
            self._notice.set_visibility(False)
            self._buttons(movable)

    def progress(self, data: Mapping[str, Any]) -> None:
        """It has gone on."""
        if self._meter is not None and self._doing is not None:
            share, eta = float(data.get("progress") or 0), data.get("eta")
            self._meter.set(share)
            self._doing.set_text(told(str(data.get("doing") or ""), share, eta))

    def notice(self, text: str) -> None:
        """It has something to say."""
        self._notice.set_text(frame().told(text))
        self._notice.set_visibility(True)

    def _buttons(self, movable: Sequence[str]) -> None:
        job = self.job
        acts: list[tuple[str, str, str]] = []
        if job.id in movable and len(movable) > 1:
            if job.id != movable[0]:
                acts.append(("up", "up", "Earlier"))
            if job.id != movable[-1]:
                acts.append(("down", "down", "Later"))
        if job.state in ("waiting", "working") and job.wish != "pause":
            acts.append(("pause", "pause", "Pause"))
        if job.state == "paused" or job.wish == "pause":
            acts.append(("resume", "play", "Go on"))
        if job.state in ("waiting", "working", "paused") and job.wish != "cancel":
            acts.append(("cancel", "stop", "Cancel"))
        if job.state in ("failed", "cancelled"):
            acts.append(("again", "again", "Try again"))
        if not acts:
            return
        name = name_of(job.work)
        with element("div", "sr-job-acts"):
            for act, picture, label in acts:
                Button(
                    icon=picture, kind="quiet", label=f"{label}: {name}",
                    on_click=lambda act=act: self._act(act, job.id),
                ).classes("sr-button--small")  # fmt: skip


def told(doing: str, progress: float, eta: float | None) -> str:
    """`drawing clips · 42 % · about 3 min left`."""
    return " · ".join(
        filter(None, (doing or "beginning", f"{100 * progress:.0f} %", left_text(eta)))
    )


def ended(job: QueuedJob) -> str:
    """When it ended, and how long it took."""
    assert job.ended is not None
    took = ""
    if job.began is not None:
        took = f", took {clock((job.ended - job.began).total_seconds())}"
    return f"{when(job.ended)}{took}"
