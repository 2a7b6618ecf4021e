"""A source that is paid for, a purse that keeps books, and crashes at any step between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

from songreel.generation.encode import write_clip
from songreel.generation.letters import DeadLetter
from songreel.generation.provider import Provider
from songreel.generation.runner import Patience, generate
from songreel.models.clip import NO_IMAGES, Clip, ClipRequest, Images, Job, JobState, Portion
from songreel.models.errors import BudgetExceeded, ProviderError
from songreel.models.money import Charge, Quote
from songreel.models.progress import silent
from songreel.models.storyboard import CameraMove, ShotSize
from support.boards import SONG, SPEC, board
from support.makers import Clock, Elsewhere, Fault, Painter
from support.pictures import numbered

RATE = Fraction(24)
PRICE = Decimal("0.10")
"""USD for three seconds or what there is of them."""

ALONE = ("s00",)
THREE_CENTS = Charge(usd=Decimal("0.03"), basis="metered", measured=True)


class Shop(Elsewhere):
    """A source beyond this process whose clips cost money and come in few lengths.

    `world` is the service: a file for each job it has taken, with its request's fingerprint, the
    polls that are left, and what it bills. Frame n of a clip shows n; the shots of one take share
    clips.
    """

    def __init__(
        self,
        world: Path,
        *,
        name: str = "shop:tape",
        lengths: Sequence[int] = (3, 7),
        polls: int = 1,
        faults: Mapping[tuple[str, int], list[Fault | None]] | None = None,
        charged: Decimal | None = None,
        spread: Decimal = Decimal(1),
    ) -> None:
        super().__init__(world, name=name, polls=polls, faults=faults)
        self.traits = Painter.traits.model_copy(
            update={
                "local": False, "hears_music": False, "costs_money": True,
                "deterministic": False, "max_concurrent": 3, "takes_start": True,
            }
        )  # fmt: skip
        self.lengths, self.charged, self.spread = lengths, charged, spread
        self.seen: list[Images] = []
        self.prompts: list[str] = []
        self.slack = 0
        """Frames by which its clips are shorter than asked."""

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        groups: dict[Any, list[str]] = {}
        for shot, asked in requests.items():
            alike = asked.take or shot, asked.prompt, asked.seed, asked.start
            groups.setdefault(alike, []).append(shot)
        planned = {}
        for shots in groups.values():
            needed = sum(requests[shot].frames / requests[shot].rate for shot in shots)
            seconds = next((s for s in self.lengths if s >= needed), self.lengths[-1])
            first, request = 0, self._levelled(requests[shots[0]], seconds)
            for shot in shots:
                asked = requests[shot]
                planned[shot] = Portion(
                    request=request, first=first, frames=asked.frames, head=asked.head,
                    rate=asked.rate,
                )  # fmt: skip
                first += asked.frames
        return {shot: planned[shot] for shot in requests}

    def _levelled(self, asked: ClipRequest, seconds: int) -> ClipRequest:
        levelled = {
            "motif": "", "camera": CameraMove.STATIC, "size": ShotSize.WIDE, "energy": 0.0,
            "motion": 0.0, "palette": board().shots[0].palette, "width": 128, "height": 72,
            "rate": RATE, "frames": int(seconds * RATE), "head": 0, "drive": None, "end": None,
            "references": (), "take": None, "source": (self.name, "v1"),
        }  # fmt: skip
        return ClipRequest.model_validate(asked.model_copy(update=levelled).model_dump())

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        other = request.model_copy(update={"source": (self.name, "other model")})
        seeded = request.model_copy(update={"seed": request.seed + 100})
        return (seeded, other) if "v1" in request.source else (seeded,)

    def quote(self, request: ClipRequest) -> Quote:
        usd = PRICE * ceil(request.frames / (3 * RATE))
        return Quote(low=usd, likely=usd, high=usd * self.spread, basis="by three seconds")

    @property
    def bill(self) -> Decimal:
        """USD that the service bills in all."""
        return sum(
            (Decimal(path.read_text().split()[2]) for path in self.world.glob("job-*")), Decimal(0)
        )

    @property
    def sold(self) -> int:
        """Jobs it has taken."""
        return len(list(self.world.glob("job-*")))

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        self._fault("submit", request.seed)
        self.made.append(request.seed)
        self.prompts.append(request.prompt)
        self.seen.append(images)
        job = Job(provider=self.name, id=f"job-{self.sold}", request=request)
        self._write(job, self.polls, self.quote(request).likely)
        self._fault("answer", request.seed)
        return job

    def find(self, job: Job) -> Job | None:
        self._fault("find", job.request.seed)
        for path in sorted(self.world.glob("job-*"), reverse=True):
            if path.read_text().split()[0] == job.request.fingerprint:
                return job.model_copy(update={"id": path.name})
        return None

    def poll(self, job: Job) -> JobState:
        self.polled[job.id] = self.polled.get(job.id, 0) + 1
        answer = self._fault("poll", job.request.seed)
        if answer is not None:
            if answer.charge is None and answer.status == "failed":
                self._write(job, 0, Decimal(0))
            return answer
        path = self.world / job.id
        if not path.exists():
            raise ProviderError(f"{self.name}: no job {job.id}", provider=self.name)
        left = int(path.read_text().split()[1])
        if left:
            self._write(job, left - 1, Decimal(path.read_text().split()[2]))
            return JobState(status="waiting", progress=1 - left / (self.polls + 1))
        request, result = job.request, self.world / f"result-{job.id}.mp4"
        write_clip(
            (numbered(n % 256, 128, 72) for n in range(request.frames)), result,
            width=128, height=72, rate=request.rate, count=request.frames - self.slack,
        )  # fmt: skip
        charge = None
        if self.charged is not None:
            self._write(job, 0, self.charged)
            charge = Charge(usd=self.charged, basis="metered", measured=True)
        return JobState(status="done", progress=1.0, result=str(result), charge=charge)

    def cancel(self, job: Job) -> None:
        self.cancelled.append(job.id)

    def _write(self, job: Job, polls: int, usd: Decimal) -> None:
        (self.world / job.id).write_text(f"{job.request.fingerprint} {polls} {usd}")


class Wallet:
    """A purse that keeps its books, and outlives the runs it pays for."""

    def __init__(self, limit: Decimal | str = "1000") -> None:
        self.limit = Decimal(limit)
        self.set_aside: dict[str, Decimal] = {}
        self.charges: dict[str, Charge] = {}
        self.released: list[str] = []

    def reserve(
        self,
        key: str,
        quote: Quote,
        *,
        provider: str,
        shot: str,
        request: ClipRequest,  # noqa: ARG002
    ) -> None:
        if key in self.set_aside or key in self.charges:
            return
        if self.spent() + quote.high > self.limit:
            raise BudgetExceeded(f"shot {shot}: {provider} would pass {self.limit} USD")
        self.set_aside[key] = quote.high

    def settle(self, key: str, charge: Charge) -> None:
        self.set_aside.pop(key, None)
        self.charges.setdefault(key, charge)

    def release(self, key: str, reason: str) -> None:
        if self.set_aside.pop(key, None) is not None:
            self.released.append(reason)

    def spent(self) -> Decimal:
        return self.paid + sum(self.set_aside.values(), Decimal(0))

    @property
    def paid(self) -> Decimal:
        return sum((charge.usd for charge in self.charges.values()), Decimal(0))


class Crash(BaseException):
    """The end of the process, as far as anything that catches errors can tell."""


class Fuse:
    """Crashes at the `at`th of the moments before and after the calls that it is wired to."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.moments = at, 0
        self.where = ""

    def tick(self, where: str) -> None:
        if self.moments == self.at:
            self.where = where
            raise Crash(where)
        self.moments += 1

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wired(*args: Any, **more: Any) -> Any:
            self.tick(f"before {call.__qualname__}")
            answer = call(*args, **more)
            self.tick(f"after {call.__qualname__}")
            return answer

        return wired


def run(
    folder: Path, maker: Provider, wallet: Wallet | None = None, film: Any = None, **more: Any
) -> dict[str, Clip]:
    """Have a film's clips with a clock that only sleepers move; `figures` are of its patience."""
    clock = Clock()
    figures = more.pop("figures", {})
    patience = more.pop("patience", Patience(clock=clock, sleep=clock.sleep, **figures))
    return generate(
        film or board(), SONG, more.pop("spec", SPEC), provider=maker,
        others=more.pop("others", {}), folder=folder, progress=more.pop("progress", silent),
        purse=wallet, patience=patience, **more,
    )  # fmt: skip


def alike(*shots: str, **more: Any) -> dict[str, dict[str, Any]]:
    """The shots of one take."""
    same = {"take": "t", "seed": 7, "prompt": "the sea", **more}
    return {shot: dict(same) for shot in shots}


def letters(folder: Path) -> list[DeadLetter]:
    """The dead letters in a folder of clips."""
    return [DeadLetter.load(path) for path in sorted(folder.glob("*.failed.json"))]


def lost() -> JobState:
    """The job was taken and the answer did not come."""
    raise ProviderError("shop: the connection broke off", provider="shop:tape", ambiguous=True)


def untold() -> JobState:
    """Nobody knows whether it was taken."""
    raise ProviderError("shop: the list does not reach back so far", provider="shop:tape")


def failing(**more: Any) -> Fault:
    """A job that ends without a clip."""
    return lambda: JobState(status="failed", detail="shop: it failed", **more)


def telling(**more: Any) -> Fault:
    """A call that is answered with an error."""

    def fault() -> JobState:
        raise ProviderError("shop: told off", provider="shop:tape", **more)

    return fault


def forever(fault: Fault) -> "Endless":
    """A fault that does not end."""
    return Endless(fault)


class Endless(list):  # type: ignore[type-arg]
    """A list of one thing without end."""

    def __init__(self, item: Any) -> None:
        super().__init__([item])

    def pop(self, index: Any = 0) -> Any:  # noqa: ARG002
        return self[0]

    def __iter__(self) -> Iterator[Any]:
        return iter([self[0]])
