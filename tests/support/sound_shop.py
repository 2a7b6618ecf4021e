"""A source of sound that is paid for, for tests: tones whose pitch tells the seed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.sound.source import Task
from songreel.models.clip import Job, JobState
from songreel.models.errors import ProviderError
from songreel.models.money import Quote
from songreel.models.sound_request import SoundFiles, SoundRequest
from songreel.sound.pcm import read, write_wav
from support.makers import Fault

RATE = 8000
PRICE = Decimal("0.10")


def asked(seed: int = 7, seconds: float = 0.5, **more: object) -> SoundRequest:
    """A piece of music."""
    fields = {"task": "music", "prompt": "a tone", "seconds": seconds, "seed": seed}
    return SoundRequest.model_validate(fields | more)


class SoundShop:
    """A service whose jobs live on in `world`; `faults` as with `support.makers.Elsewhere`."""

    tasks: tuple[Task, ...] = ("music", "effects")
    longest = 30.0
    hears = sees = True

    def __init__(
        self,
        world: Path,
        *,
        name: str = "shop:tone",
        polls: int = 1,
        paid: bool = True,
        faults: Mapping[tuple[str, int], list[Fault | None]] | None = None,
    ) -> None:
        self.name, self.world, self.polls = name, world, polls
        self.faults = dict(faults or {})
        self.traits = Traits(
            local=False, hears_music=False, costs_money=paid, deterministic=False, max_concurrent=2
        )
        self.files: list[SoundFiles] = []
        self.slack = 0.0
        """Seconds by which its files are shorter than ordered."""
        world.mkdir(exist_ok=True)

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003
        return Standing(ready=True, summary="tones")

    def plan(self, request: SoundRequest) -> SoundRequest:
        return request.model_copy(update={"source": (self.name, "v1")})

    def alternatives(self, request: SoundRequest) -> Sequence[SoundRequest]:
        return (request.model_copy(update={"seed": request.seed + 100}),)

    def notes(self, request: SoundRequest) -> Sequence[str]:
        return (f"tone {request.seed}",)

    def notices(self) -> Sequence[str]:
        return ()

    def quote(self, request: SoundRequest) -> Quote:  # noqa: ARG002
        return Quote.exactly(PRICE, "a piece")

    @property
    def sold(self) -> int:
        """Jobs it has taken."""
        return len(list(self.world.glob("job-*")))

    def submit(self, request: SoundRequest, files: SoundFiles, /) -> Job[SoundRequest]:
        self._fault("submit", request.seed)
        self.files.append(files)
        job = Job[SoundRequest](provider=self.name, id=f"job-{self.sold}", request=request)
        (self.world / job.id).write_text(f"{request.fingerprint} {self.polls}")
        self._fault("answer", request.seed)
        return job

    def find(self, job: Job[SoundRequest]) -> Job[SoundRequest] | None:
        self._fault("find", job.request.seed)
        for path in sorted(self.world.glob("job-*"), reverse=True):
            if path.read_text().split()[0] == job.request.fingerprint:
                return job.model_copy(update={"id": path.name})
        return None

    def poll(self, job: Job[SoundRequest]) -> JobState:
        answer = self._fault("poll", job.request.seed)
        if answer is not None:
            return answer
        path = self.world / job.id
        if not path.exists():
            raise ProviderError(f"{self.name}: no job {job.id}", provider=self.name)
        mark, left = path.read_text().split()
        if int(left):
            path.write_text(f"{mark} {int(left) - 1}")
            return JobState(status="waiting")
        request = job.request
        time = np.arange(round((request.total - self.slack) * RATE)) / RATE
        tone = 0.3 * np.sin(2 * np.pi * (200 + request.seed) * time).astype(np.float32)
        if self.files and self.files[-1].heard is not None:
            before = read(self.files[-1].heard, RATE, 1).samples[0]
            tone[: before.size] = before[: tone.size]
        result = self.world / f"result-{job.id}.wav"
        write_wav(result, tone[None], RATE, bits=16)
        return JobState(status="done", progress=1.0, result=str(result))

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def cancel(self, job: Job[SoundRequest]) -> None:
        pass

    def close(self) -> None:
        pass

    def _fault(self, call: str, seed: int) -> JobState | None:
        waiting = self.faults.get((call, seed), [])
        fault = waiting.pop(0) if waiting else None
        return fault() if fault is not None else None
