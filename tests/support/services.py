"""Hosted sources of clips against the local server, what a test needs for each service."""

import importlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx

from songreel.generation.provider import Context, Provider
from songreel.models.clip import NO_IMAGES, ClipRequest, Job, JobState
from songreel.models.errors import ProviderError
from songreel.models.storyboard import CameraMove, ShotSize
from support.cloud.server import Cloud

CLASSES = {
    "replicate": ("songreel.generation.providers.replicate", "Replicate"),
    "fal": ("songreel.generation.providers.fal", "Fal"),
}
PALETTE = ((0.2, 0.1, 250), (0.5, 0.1, 300), (0.8, 0.1, 30))


def wanted(seconds: float = 2.0, **more: Any) -> ClipRequest:
    """What a shot asks for, before any source has seen it."""
    fields: dict[str, Any] = {
        "prompt": "a coast at dusk, waves roll in, the camera pushes in slowly",
        "camera": CameraMove.PUSH_IN, "size": ShotSize.WIDE, "palette": PALETTE, "energy": 0.5,
        "motion": 0.5, "seed": 7, "width": 1280, "height": 720, "rate": Fraction(24),
        "frames": round(seconds * 24),
    }  # fmt: skip
    return ClipRequest(**(fields | more))


def provider_of(
    service: str, scratch: Path, model: str = "", *, wait: float, lag: float | None, **context: Any
) -> Any:
    """A provider of the class under test; see `Hosted.provider`."""
    place, name = CLASSES[service]
    options: dict[str, Any] = {"timeout": httpx.Timeout(wait)}
    if lag is not None:
        options["lag"] = lag
    maker = getattr(importlib.import_module(place), name)
    return maker(Context(scratch=scratch, model=model, **context), **options)


@dataclass
class Hosted:
    """One service: its name, the server behind it, and providers made for it."""

    name: str
    cloud: Cloud
    scratch: Path
    made: list[Provider] = field(default_factory=list)

    def provider(
        self, model: str = "", *, wait: float = 5.0, lag: float | None = 0.0, **context: Any
    ) -> Any:
        """A provider of the class under test.

        Args:
            model: Of the catalogue; the default one if empty.
            wait: Seconds it waits for an answer.
            lag: Seconds for which a list that does not show a job means nothing; its own if None.
            context: Further fields of its `Context`.
        """
        self.scratch.mkdir(exist_ok=True)
        made = provider_of(self.name, self.scratch, model, wait=wait, lag=lag, **context)
        self.made.append(made)
        return made

    def close(self) -> None:
        for provider in self.made:
            provider.close()

    @property
    def creates(self) -> int:
        """How often a job was asked for."""
        return len(self.cloud.requests("create"))


def plan_one(provider: Any, seconds: float = 2.0, **more: Any) -> ClipRequest:
    """The planned request of a film of one shot."""
    request: ClipRequest = provider.plan({"s01": wanted(seconds, **more)})["s01"].request
    return request


def await_end(provider: Any, job: Job, within: float = 60.0) -> JobState:
    """Poll until the job has ended; calls that may be repeated are."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state: JobState = provider.poll(job)
        except ProviderError as error:
            if not error.retryable:
                raise
            state = JobState(status="waiting")
        if state.status != "waiting":
            return state
        time.sleep(0.01)
    raise AssertionError(f"not ended after {within} s")


def intent(provider: Any, request: Any) -> Any:
    """What is stored before a request is sent."""
    return Job[type(request)](  # type: ignore[misc]
        provider=provider.name, id="", request=request, key="a-key", sent=datetime.now(UTC)
    )  # fmt: skip


def refused_submit(provider: Any, request: Any, files: Any = NO_IMAGES) -> ProviderError:
    """The error of a submission that must fail."""
    try:
        job = provider.submit(request, files)
    except ProviderError as error:
        return error
    raise AssertionError(f"it was taken as {job.id}")


@contextmanager
def closed_port() -> Iterator[str]:
    """The address of a port that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
