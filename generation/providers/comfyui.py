"""Clips from the user's own ComfyUI server: `ComfyUI`.

A prompt is known at the server by our request's fingerprint, so that it is asked for once: whatever
was lost on the way, what waits, runs or has ended there is found again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.legal import given_by, inputs
from songreel.generation.catalogue.pack import made_by, missing, pack, source_of
from songreel.generation.catalogue.served import another_seed, named, too_short
from songreel.generation.comfy import config
from songreel.generation.comfy.answers import PROVIDER, Refused
from songreel.generation.comfy.gather import Gathering, path_for
from songreel.generation.comfy.listen import Listener
from songreel.generation.comfy.prompts import LAG, Prompts, Sent
from songreel.generation.comfy.results import files_of, seconds_of
from songreel.generation.comfy.server import Server
from songreel.generation.comfy.trouble import refusal
from songreel.generation.comfy.workflow import Value, Workflow
from songreel.generation.hosted.image import Prepared
from songreel.generation.hosted.upload import Uploaded, Uploads
from songreel.generation.provider import Context, Standing, Traits
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, JobState, Portion
from songreel.models.errors import InvalidInput, MachineError, ProviderError, SongreelError
from songreel.models.local import Effort
from songreel.models.money import FREE, Quote

MOMENT = httpx.Timeout(0.7)
"""For `describe`, which a person waits for."""

_FETCHING = 0.95
"""Progress once the server is done."""


class ComfyUI:
    """Workflows of the user's on the user's server.

    Where nothing of this run has come of it yet, what is wrong with server or workflow is wrong
    with all clips: then it is a `MachineError`, which ends the run with one sentence, and not a
    film without the pictures that were asked for.

    Args:
        context: Where it works; `context.model` is a name in `comfyui.toml`.
        transport: In place of the network, for tests.
        timeout: Of each step of an exchange; None: as for any server.
        lag: Seconds for which the server may not show what it has taken.
        clock: Seconds.
    """

    def __init__(
        self,
        context: Context,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | None = None,
        lag: float = LAG,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setup = setup = config.setup(context.model)
        self._entry, self._clock, self._scratch = setup.entry, clock, context.scratch
        self.name = self._entry.key
        self.traits = Traits(
            local=False,
            hears_music=False,
            costs_money=False,
            deterministic=self._entry.takes("seed"),
            max_concurrent=self._entry.concurrent,
            dialect=self._entry.dialect,
            takes_start=self._entry.accepts("start"),
            takes_end=self._entry.accepts("end"),
            patient=True,
        )
        more = {} if timeout is None else {"timeout": timeout}
        self._server = Server(
            setup.url, header=setup.header, key=setup.key, transport=transport, **more
        )
        # The same after a crash, so that the socket tells of what an earlier run has sent.
        client = uuid5(NAMESPACE_URL, f"{context.scratch.absolute()} {self.name}").hex
        self._listener = Listener(
            setup.url, client, self._server.headers(setup.url), direct=self._server.local,
            clock=clock,
        )  # fmt: skip
        self._prompts = Prompts(self._server, self._listener, client, lag=lag, clock=clock)
        self._uploads = Uploads(self._upload)
        self._jobs: dict[str, Sent] = {}
        self._gathered: dict[str, Gathering] = {}
        self._greeted = ""
        self._made = 0
        self._final: set[str] = set()
        """Fingerprints of requests after which no other seed is tried."""
        self._film: Mapping[str, Portion] = {}
        self._lacking: tuple[str, ...] = ()
        self._deaf = ""

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready where a server answers for a workflow; it is given a moment to do so."""
        summary = "your own ComfyUI server with your own workflows; free"
        try:
            names = config.names()
            if not context.model and len(names) > 1:
                summary = f"{summary}: {', '.join(names)}"
                setups = [config.setup(name) for name in names]
            else:
                setups = [config.setup(context.model)]
                summary = f"{setups[0].name} on your own ComfyUI server ({setups[0].url}); free"
            for url, setup in {setup.url: setup for setup in setups}.items():
                server = Server(url, header=setup.header, key=setup.key, timeout=MOMENT)
                try:
                    server.stats()
                finally:
                    server.close()
        except SongreelError as error:
            return Standing(ready=False, summary=summary, reason=str(error))
        return Standing(ready=True, summary=summary)

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """Clips of the lengths and sizes that the workflow makes, shared by the shots of a take."""
        self._film = pack(requests, self._entry)
        self._lacking = tuple(
            shot for shot, asked in requests.items() if missing(self._entry, asked)
        )
        return self._film

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """Another seed, where the workflow takes one and that can help."""
        entry = made_by(self._entry, request)
        if request.fingerprint in self._final or not entry.takes("seed"):
            return ()
        return (request.model_copy(update={"seed": another_seed(request)}),)

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Workflow with the start of its hash, length, seed, images."""
        entry, given = made_by(self._entry, request), given_by(request)
        kept = [f"workflow {entry.name} ({entry.version[:8]})", f"{request.seconds:.2f} s"]
        if entry.takes("seed"):
            kept.append(f"seed {request.seed}")
        kept += [f"with the {role} image" for role in ("start", "end") if role in given]
        return tuple(kept)

    def notices(self) -> Sequence[str]:
        """Shots that the workflow cannot serve wholly, and a socket that is not to be had."""
        told: list[str] = []
        told += too_short(self.name, self._film)
        if self._lacking:
            told.append(f"{self.name} makes nothing without an image: {named(self._lacking)}")
        if not self._entry.takes("seed"):
            told.append(f"{self.name} has no place for a seed: another take is the same picture")
        if self._deaf:
            told.append(
                f"the socket of {self._setup.url} is not to be had ({self._deaf}): it is asked "
                "every few seconds, and does not tell how far a clip is"
            )
        return tuple(told)

    def quote(self, request: ClipRequest) -> Quote:  # noqa: ARG002 (part of the Protocol)
        """Free."""
        return FREE

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        """Have the workflow run, unless the server has it already or its clip is still there."""
        entry, workflow = self._asked(request)
        self._greet()
        send = self._sender(entry, workflow, request, images)
        id_ = self._prompts.find(request.fingerprint)
        if id_ is None or not self._still_there(id_, workflow):
            try:
                id_ = send()
            except Refused as error:
                raise self._broken(
                    f"{self._setup.url} refuses the workflow {workflow.path}: {refusal(error.body)}"
                ) from error
        self._jobs[id_] = Sent(id_, request.fingerprint, workflow.nodes, send)
        return Job(provider=self.name, id=id_, request=request)

    def find(self, job: Job) -> Job | None:
        """Look for it in the server's queue and history."""
        found = self._prompts.find(job.request.fingerprint, fresh=True)
        return None if found is None else job.model_copy(update={"id": found})

    def poll(self, job: Job) -> JobState:
        """Where a prompt stands; once it has ended, how much of its files is here."""
        sent = self._jobs.setdefault(job.id, Sent(job.id, job.request.fingerprint, {}))
        if (gathering := self._gathered.get(job.id)) is not None:
            return self._fetched(job, gathering)
        standing = self._prompts.look(sent)
        self._deaf = self._listener.trouble
        if standing.lost:
            return self._lost(sent)
        if standing.failed is not None:
            if standing.failed.memory and self._room(sent):
                return JobState(status="waiting", detail=sent.told[-1])
            return self._failed(job, standing.failed.text, final=standing.failed.stopped)
        if standing.entry is not None:
            return self._ended(job, sent, standing.entry)
        if sent.running is not None and self._clock() - sent.running > self._setup.timeout:
            self._prompts.cancel(sent.id)
            text = f"no clip after {self._setup.timeout:g} s (`timeout` in comfyui.toml)"
            return self._failed(job, text, final=True)
        return JobState(
            status="waiting", progress=standing.progress, eta=standing.eta, detail=standing.detail
        )

    def headers(self, url: str) -> Mapping[str, str]:
        """The key, for the server alone."""
        return self._server.headers(url)

    def cancel(self, job: Job) -> None:
        """Take it out of the queue, or stop it if it is what runs; others' prompts are left."""
        if not job.id:
            return
        gathering = self._gathered.pop(job.id, None)
        if gathering is not None:
            gathering.close()
        sent = self._jobs.get(job.id)
        self._prompts.cancel(sent.id if sent else job.id)

    def close(self) -> None:
        """Let go of threads and connections; prompts go on at the server."""
        for gathering in self._gathered.values():
            gathering.close()
        self._listener.close()
        self._server.close()

    def _asked(self, request: ClipRequest) -> tuple[Entry, Workflow]:
        """The entry and workflow for which `request` was planned."""
        entry = made_by(self._entry, request)
        if request.source != source_of(entry):
            raise InvalidInput(
                f"{self.name} has another workflow by now than this clip was planned for"
            )
        return entry, self._setup.workflows[entry.name]

    def _greet(self) -> None:
        """Ask the server who it is, before the first clip."""
        if self._greeted:
            return
        try:
            found = self._server.stats()
        except ProviderError as error:
            raise MachineError(f"{self.name}: {error}") from error
        system, devices = found["system"], found.get("devices")
        version = str(system.get("comfyui_version") or "of unknown version")
        names = [str(each.get("name")) for each in devices or () if isinstance(each, Mapping)]
        device = f" on {names[0].split(' : ')[0]}" if names else ""
        self._greeted = f"ComfyUI {version}{device}"

    def _sender(
        self, entry: Entry, workflow: Workflow, request: ClipRequest, images: Images
    ) -> Callable[[], str]:
        """What sends a request and tells its id; it may be called again."""

        def send(*, again: bool = False) -> str:
            asked = inputs(entry, request, self._uploads.links(request, images))
            values = {name: value for name, value in asked.items() if isinstance(value, Value)}
            # Of its own, so that the clip is saved anew although the server may know all of it.
            mark = f"{request.fingerprint[:8]}_{uuid4().hex[:6]}"
            nodes = workflow.filled(values, mark=mark)
            try:
                return self._prompts.send(nodes, request.fingerprint, workflow.output)
            except Refused as error:
                if again or "Invalid image" not in refusal(error.body):
                    raise
            # The server's input folder was emptied: what this run has uploaded is gone.
            self._uploads = Uploads(self._upload)
            return send(again=True)

        return send

    def _upload(self, image: Prepared) -> Uploaded:
        return Uploaded(self._server.upload(image))

    def _still_there(self, id_: str, workflow: Workflow) -> bool:
        """Whether what was found still runs, or its files are still handed out."""
        entry = self._server.ended(id_)
        if entry is None:
            return True
        try:
            _, files = files_of(entry, workflow.output)
        except ProviderError:
            return False
        return all(self._server.is_there(left.url(self._server)) for left in files[:1])

    def _lost(self, sent: Sent) -> JobState:
        """The server does not know a prompt: it is looked for, and asked for anew."""
        found = self._prompts.find(sent.mark, fresh=True)
        if found is not None and found != sent.id:
            sent.id, sent.looked, sent.since = found, None, 0
            return JobState(status="waiting", detail="found again")
        why = "the server had lost it (a restart, or a queue that was cleared): asked for again"
        if self._prompts.anew(sent, why):
            return JobState(status="waiting", detail=why)
        return JobState(
            status="failed",
            detail=f"{self._setup.url} does not know the clip any more: it was restarted, or its "
            "queue was cleared",
        )

    def _room(self, sent: Sent) -> bool:
        """After the device ran out of memory: once more, with nothing else in it."""
        if sent.tries:
            return False
        with suppress(ProviderError):
            self._server.make_room()
        return self._prompts.anew(
            sent, "the server ran out of memory at first; asked for again with its models unloaded"
        )

    def _ended(self, job: Job, sent: Sent, entry: Mapping[str, object]) -> JobState:
        """Begin to fetch what a prompt has left."""
        _, workflow = self._asked(job.request)
        try:
            kind, files = files_of(entry, workflow.output)
        except ProviderError as error:
            return self._failed(job, str(error))
        sent.seconds = seconds_of(entry)
        path = path_for(self._scratch, sent.id)
        self._gathered[job.id] = Gathering(self._server, job.request, kind, files, path)
        return JobState(status="waiting", progress=_FETCHING, detail="fetches the clip")

    def _fetched(self, job: Job, gathering: Gathering) -> JobState:
        if not gathering.ended:
            done = _FETCHING + (1 - _FETCHING) * gathering.done
            return JobState(status="waiting", progress=min(done, 0.99), detail="fetches the clip")
        try:
            path = gathering.result()
        except ProviderError as error:
            del self._gathered[job.id]
            if error.retryable:
                raise
            return self._failed(job, str(error))
        self._made += 1
        sent = self._jobs[job.id]
        effort = Effort(
            device=self._greeted or "ComfyUI",
            placement=self._setup.name,
            seconds={} if sent.seconds is None else {"server": sent.seconds},
            notices=tuple(sent.told),
        )
        return JobState(status="done", progress=1.0, result=str(path.absolute()), effort=effort)

    def _failed(self, job: Job, why: str, *, final: bool = False) -> JobState:
        """A prompt has ended without a clip."""
        sent = self._jobs.get(job.id)
        if final:
            self._final.add(job.request.fingerprint)
        elif not self._made and sent is not None and sent.again is not None:
            raise self._broken(f"the workflow {self._setup.name} at {self._setup.url}: {why}")
        return JobState(status="failed", detail=why)

    def _broken(self, text: str) -> SongreelError:
        """What is wrong with the workflow: with all clips, unless some have come of it."""
        if self._made:
            return ProviderError(text, provider=PROVIDER)
        return MachineError(f"{self.name}: {text}")
