"""A song being heard, part by part as it is found: `Hearing`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element

from songreel.models.errors import SongreelError
from songreel.models.queued import JobEvent, QueuedJob
from songreel.models.work import Hear
from songreel.web.studio.blocking import blocking
from songreel.web.studio.cards import clock, palette_of
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Button, Meter, Text, element, heading, toast
from songreel.workspace import Workspace

Done = Callable[[], Awaitable[None] | None]
PARTS = ("waveform", "beats", "energy", "key", "mood", "sections")
"""What is told to come, in the order in which it does."""


class Live(Element, component="live.js"):
    """The picture of what was found, over the song that can be played meanwhile."""

    def __init__(self, song: str, duration: float = 0.0) -> None:
        super().__init__()
        self._props["song"], self._props["duration"] = song, duration

    def found(self, part: str, value: Any) -> None:
        """Draw a part."""
        self.run_method("found", part, value)


class Hearing:
    """The view of a project whose song is being heard.

    Args:
        workspace: The workspace.
        project_id: The project.
        heard: Called when all is heard.
    """

    def __init__(self, workspace: Workspace, project_id: str, heard: Done) -> None:
        self.workspace, self.project_id, self._heard_all = workspace, project_id, heard
        self.job: QueuedJob | None = None
        self._found: dict[str, Any] = {}
        self._facts: dict[str, tuple[Text, Text]] = {}

    async def build(self) -> None:
        """Build the view; work that is not asked for yet is asked for."""
        with element("section", "sr-panel sr-hearing", aria_label="What is heard") as self.panel:
            with element("div", "sr-row sr-row--between"):
                self.title = heading("Listening to the song", 2)
                with element("div", "sr-row sr-row--tight"):
                    self.play = Button("Play", icon="play", on_click=lambda: self.live.run_method(
                        "toggle"))  # fmt: skip
            self.live = Live(f"/api/projects/{self.project_id}/media/song")
            self.live.on("playing", self._playing)
            with element("div", "sr-hearing-state", aria_live="polite") as self.state:
                self.doing = Text("", "p", "sr-hint")
                self.meter = Meter(0, "hearing the song")
            self.wrong = element("div", "sr-hearing-wrong")
            with element("dl", "sr-facts"):
                for name, label in (
                    ("tempo", "Tempo"), ("key", "Key"), ("mood", "Mood"), ("form", "Form"),
                    ("beats", "Beats"), ("loudness", "Loudness"),
                ):  # fmt: skip
                    with element("div", "sr-fact sr-fact--open"):
                        Text(label, "dt", "sr-hint")
                        value = Text("…", "dd", "sr-fact-value")
                        self._facts[name] = value, Text("", "dd", "sr-fact-note")
        await self._begin()

    async def _begin(self) -> None:
        try:
            self.job = await blocking(self._job)
            # Heard first, then read: what is found between the two is taken twice, not lost.
            await frame().pulse.listen(self.panel, self._happened, self.project_id)
            past = await blocking(self._past, self.job.id)
        except SongreelError as error:
            self._refused(frame().told(error))
            return
        for event in past:
            self._take(event)
        await self._stands(await blocking(self.workspace.queue.get, self.job.id))

    def _job(self) -> QueuedJob:
        """The job that hears the song: the one that is there, or a new one."""
        jobs = self.workspace.queue.all(project=self.project_id)
        hearing = [job for job in jobs if isinstance(job.work, Hear)]
        if hearing and hearing[0].state not in ("done", "cancelled"):
            return hearing[0]
        if hearing and self.workspace.editing.heard(self.project_id) is not None:
            return hearing[0]
        return self.workspace.queue.add(Hear(project=self.project_id), actor="studio")

    def _past(self, job: str) -> Sequence[JobEvent]:
        return self.workspace.queue.events(0, job=job, limit=5000)

    async def _happened(self, events: Sequence[JobEvent]) -> None:
        if self.job is None:
            return
        for event in events:
            if event.job == self.job.id:
                self._take(event)
        if any(event.job == self.job.id and event.kind == "state" for event in events):
            await self._stands(await blocking(self.workspace.queue.get, self.job.id))

    def _take(self, event: JobEvent) -> None:
        if event.kind == "found":
            self._tell(str(event.data.get("part")), event.data.get("value"))
        elif event.kind == "progress":
            self.doing.set_text(str(event.data.get("doing") or ""))
            self.meter.set(float(str(event.data.get("progress") or 0)))

    async def _stands(self, job: QueuedJob) -> None:
        self.job = job
        self.wrong.clear()
        match job.state:
            case "waiting":
                held = await blocking(lambda: self.workspace.queue.held)
                self.doing.set_text(
                    "The queue is held: release it and the song is heard." if held
                    else "Waits for its turn in the queue."
                )  # fmt: skip
            case "working":
                self.doing.set_text(job.doing or "opening the song")
                self.meter.set(job.progress)
            case "paused":
                self.doing.set_text("Paused in the queue.")
            case "done":
                self.title.set_text("What is heard")
                self.doing.set_text("")
                self.state.set_visibility(False)
                answer = self._heard_all()
                if answer is not None:
                    await answer
            case "failed" | "cancelled":
                self.doing.set_text("")
                self._refused(job.error or "The song was not heard: the work was cancelled.")

    def _refused(self, text: str) -> None:
        self.wrong.clear()
        with self.wrong, element("div", "sr-notice sr-notice--bad", role="alert"):
            Text(frame().told(text), "p", "sr-error")
            if self.job is not None:
                Button("Try again", self._again, icon="again").classes("sr-button--small")

    async def _again(self) -> None:
        assert self.job is not None
        try:
            self.job = await blocking(self.workspace.queue.again, self.job.id)
        except SongreelError as error:
            toast(frame().told(error), "bad")
            return
        await self._stands(self.job)

    def _playing(self, event: Any) -> None:
        self.play.set_text("Pause" if event.args else "Play")

    def _tell(self, part: str, value: Any) -> None:
        self._found[part] = value
        self.live.found(part, value)
        told = facts(self._found)
        for name, (text, note) in told.items():
            shown, small = self._facts[name]
            shown.set_text(text)
            small.set_text(note)
            parent = shown.parent_slot.parent if shown.parent_slot else None
            if parent is not None:
                parent.classes(remove="sr-fact--open")
        if part in ("key", "mood"):
            key = (self._found.get("key") or {}).get("name")
            mood = self._found.get("mood")
            plain = {k: mood[k] for k in ("valence", "arousal", "words")} if mood else None
            frame().palette(palette_of(key, plain))


def facts(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What was found, in words, with how sure that is."""
    told: dict[str, tuple[str, str]] = {}
    if tempo := found.get("tempo"):
        trust = tempo["trust"]
        value = f"{tempo['bpm']:.1f} bpm, {tempo['meter']}" if tempo["bpm"] else "none to be told"
        note = sure(trust)
        if trust < 0.5:
            note = f"{note}: cuts will not claim to be on beats"
        told["tempo"] = value, note
    if key := found.get("key"):
        told["key"] = key["name"] or "none to be told", sure(key["trust"])
    if mood := found.get("mood"):
        valence = f"valence {mood['valence']:+.2f}, arousal {mood['arousal']:+.2f}"
        told["mood"] = ", ".join(mood["words"][:2]) or "neutral", _minus(valence)
    if sections := found.get("sections"):
        trust = sum(section["trust"] for section in sections) / len(sections)
        form = "".join(section["letter"] for section in sections)
        count = f"{len(sections)} section{'' if len(sections) == 1 else 's'}"
        told["form"] = count, f"{form[:24]}, {sure(trust)}"
    if beats := found.get("beats"):
        bars = len(found.get("downbeats") or ())
        told["beats"] = f"{len(beats)} beats", f"in {bars} bars" if bars else "no bars yet"
    if loudness := found.get("loudness"):
        span = found.get("waveform") or {}
        length = f"{clock(span['duration'])} long" if span.get("duration") else ""
        level = loudness["integrated"]
        told["loudness"] = _minus(f"{level:.1f} LUFS" if level is not None else "silent"), length
    return told


def _minus(text: str) -> str:
    """`text` with minus signs, which are as wide as its digits, for its hyphens."""
    return text.replace("-", "\N{MINUS SIGN}")


def sure(trust: float) -> str:
    """A trust from 0 to 1 in words."""
    for least, words in ((0.85, "very sure"), (0.65, "sure"), (0.5, "fairly sure")):
        if trust >= least:
            return words
    return "unsure" if trust >= 0.25 else "a guess"
