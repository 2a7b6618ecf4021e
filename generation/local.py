"""What sources of clips on this machine have in common: `Here`, `ByWorkers`, `Local`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic

from typing_extensions import TypeVar

from songreel.generation.provider import Context, Traits
from songreel.generation.tasks import Tasks, state_of
from songreel.generation.workshop import Workshop
from songreel.models.clip import ClipRequest, Job, JobState
from songreel.models.money import FREE, Quote
from songreel.models.order import Order

R = TypeVar("R", bound=Order, default=ClipRequest)


class Here(Generic[R]):
    """What costs nothing but electricity; jobs end with the process, and results are files."""

    def quote(self, request: R) -> Quote:  # noqa: ARG002 (part of the Protocol)
        """Free."""
        return FREE

    def find(self, job: Job[R]) -> Job[R] | None:  # noqa: ARG002
        """No job of this machine outlives its process."""
        return None

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        """Results are files."""
        return {}


class ByWorkers(Here[R]):
    """Clips, or sounds, made by worker processes, which start with the first one."""

    _crew: Tasks[Any] | None

    def poll(self, job: Job[R]) -> JobState:
        """Where `job` stands: the step, and seconds until it is there.

        Raises:
            ProviderError: The job is not known here.
            MachineError: This machine cannot make it, nor anything else of this model.
        """
        return state_of(self._crew.task(job.id) if self._crew is not None else None, job)

    def cancel(self, job: Job[R]) -> None:
        """Stop `job` within its step, or end the worker that cannot."""
        if self._crew is not None:
            self._crew.cancel(job.id)

    def close(self) -> None:
        """End the workers."""
        if self._crew is not None:
            self._crew.close()


class Local(Here):
    """A source whose clips are made by threads of this process.

    Args:
        context: Where it works.
        hears_music: Whether its pictures move with the music.
        takes_stills: Whether it shows start and end images.
        final: Whether its clips come as the film shows them.
    """

    name: ClassVar[str]

    def __init__(
        self,
        context: Context,
        *,
        hears_music: bool = False,
        takes_stills: bool = False,
        final: bool = False,
    ) -> None:
        self.traits = Traits(
            local=True,
            hears_music=hears_music,
            costs_money=False,
            deterministic=True,
            # One waits for the thread that is free next, which else idles while a finished clip is
            # noticed, inspected and shelved: 50 ms of each clip's second or two.
            max_concurrent=context.workers + 1,
            takes_start=takes_stills,
            takes_end=takes_stills,
            final=final,
        )
        self._workshop = Workshop(self.name, context.scratch, context.workers)

    def notices(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def poll(self, job: Job) -> JobState:
        """Where `job` stands; material that cannot be decoded has failed."""
        return self._workshop.poll(job)

    def cancel(self, job: Job) -> None:
        """Stop `job` at its next frame."""
        self._workshop.cancel(job)

    def close(self) -> None:
        """Stop all jobs."""
        self._workshop.close()
