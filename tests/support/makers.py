"""Sources of clips for tests: real clips of numbered frames, with faults on demand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import sleep

from songreel.generation.encode import Picture, write_clip
from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.workshop import Workshop
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, JobState, Portion
from songreel.models.errors import ProviderError
from songreel.models.money import FREE, Quote
from support.pictures import numbered


def frames(request: ClipRequest, slow: float = 0.0) -> Iterator[Picture]:
    """Frames that hold the request's seed, a bar for every bit."""
    for _ in range(request.frames):
        sleep(slow)
        yield numbered(request.seed % 256, request.width, request.height)


class Painter:
    """A local source: numbered frames, `slow` seconds each."""

    name = "painter"
    traits = Traits(
        local=True, hears_music=True, costs_money=False, deterministic=True, max_concurrent=2
    )

    def __init__(self, context: Context, *, name: str = "painter", slow: float = 0.0) -> None:
        self.name, self.slow = name, slow
        self.made: list[int] = []
        """Seeds of the requests that were submitted."""
        self._workshop = Workshop(name, context.scratch, context.workers)

    @classmethod
    def describe(cls, context: Context) -> Standing:
        return Standing(ready=True, summary=f"numbers, for {context.workers} workers")

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        return {
            shot: Portion.whole(request.model_copy(update={"source": (self.name,)}))
            for shot, request in requests.items()
        }

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:  # noqa: ARG002
        return ()

    def notes(self, request: ClipRequest) -> Sequence[str]:
        return (f"number {request.seed % 256}",)

    def notices(self) -> Sequence[str]:
        return ()

    def quote(self, request: ClipRequest) -> Quote:  # noqa: ARG002
        return FREE

    def find(self, job: Job) -> Job | None:  # noqa: ARG002
        return None

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        self.made.append(request.seed)
        return self._workshop.submit(request, lambda: frames(request, self.slow))

    def poll(self, job: Job) -> JobState:
        return self._workshop.poll(job)

    def cancel(self, job: Job) -> None:
        self._workshop.cancel(job)

    def close(self) -> None:
        self._workshop.close()


Fault = Callable[[], JobState]
"""Called in place of an answer; raises or returns one."""


class Elsewhere(Painter):
    """A source beyond this process: its jobs live on in `world`, which outlasts the object.

    `faults` are by seed, in the order in which the calls for that seed meet them; a fault that
    stands under `"submit"` hits the submission instead.
    """

    def __init__(
        self,
        world: Path,
        *,
        name: str = "elsewhere",
        polls: int = 2,
        faults: Mapping[tuple[str, int], list[Fault | None]] | None = None,
    ) -> None:
        self.name, self.slow = name, 0.0
        self.traits = Painter.traits.model_copy(update={"local": False, "max_concurrent": 3})
        self.world, self.polls = world, polls
        self.faults = dict(faults or {})
        self.made: list[int] = []
        self.polled: dict[str, int] = {}
        self.cancelled: list[str] = []
        self.most_at_once = 0
        world.mkdir(exist_ok=True)

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        other = request.model_copy(update={"source": (*request.source, "other")})
        return () if "other" in request.source else (other,)

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        self._fault("submit", request.seed)
        self.made.append(request.seed)
        job = Job(
            provider=self.name, id=f"job-{len(list(self.world.glob('job-*')))}", request=request
        )
        (self.world / job.id).write_text(str(self.polls))
        under_way = sum(path.read_text() != "ended" for path in self.world.glob("job-*"))
        self.most_at_once = max(self.most_at_once, under_way)
        return job

    def poll(self, job: Job) -> JobState:
        self.polled[job.id] = self.polled.get(job.id, 0) + 1
        answer = self._fault("poll", job.request.seed)
        record = self.world / job.id
        if answer is not None:
            record.write_text("ended")
            return answer
        if not record.exists() or record.read_text() == "ended":
            raise ProviderError(f"{self.name}: no job {job.id}", provider=self.name)
        left = int(record.read_text())
        if left:
            record.write_text(str(left - 1))
            return JobState(status="waiting", progress=1 - left / (self.polls + 1))
        request = job.request
        result = self.world / f"result-{job.id}.mp4"
        write_clip(
            frames(request), result, width=request.width, height=request.height,
            rate=request.rate, count=request.frames,
        )  # fmt: skip
        record.write_text("ended")
        return JobState(status="done", progress=1.0, result=str(result))

    def cancel(self, job: Job) -> None:
        self.cancelled.append(job.id)

    def close(self) -> None:
        pass

    def _fault(self, call: str, seed: int) -> JobState | None:
        waiting = self.faults.get((call, seed), [])
        fault = waiting.pop(0) if waiting else None
        return fault() if fault is not None else None


def busy() -> JobState:
    """A fault that passes."""
    raise ProviderError("elsewhere: too many requests", provider="elsewhere", retryable=True)


def refused() -> JobState:
    """A fault that stays."""
    return JobState(status="failed", detail="elsewhere: the prompt was refused")


def broken() -> JobState:
    """A fault of the provider's own code."""
    raise KeyError("urls")


class Clock:
    """Time that passes only when somebody sleeps, and threads get on with their work a little."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        sleep(0.001)
