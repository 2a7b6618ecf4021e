"""What all sources of clips on this machine have in common: `Local`."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from songreel.generation.provider import Context, Traits
from songreel.generation.workshop import Workshop
from songreel.models.clip import ClipRequest, Job, JobState
from songreel.models.money import FREE, Quote


class Local:
    """A source whose clips are free and made here, so that its jobs die with the process.

    Args:
        context: Where it works.
        hears_music: Whether its pictures move with the music.
        takes_stills: Whether it shows start and end images.
    """

    name: ClassVar[str]

    def __init__(
        self, context: Context, *, hears_music: bool = False, takes_stills: bool = False
    ) -> None:
        self.traits = Traits(
            local=True,
            hears_music=hears_music,
            costs_money=False,
            deterministic=True,
            max_concurrent=context.workers,
            takes_start=takes_stills,
            takes_end=takes_stills,
        )
        self._workshop = Workshop(self.name, context.scratch, context.workers)

    def notices(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def quote(self, request: ClipRequest) -> Quote:  # noqa: ARG002 (part of the Protocol)
        """Free."""
        return FREE

    def find(self, job: Job) -> Job | None:  # noqa: ARG002
        """No job of this machine outlives its process."""
        return None

    def poll(self, job: Job) -> JobState:
        """Where `job` stands; material that cannot be decoded has failed."""
        return self._workshop.poll(job)

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        """Results are files."""
        return {}

    def cancel(self, job: Job) -> None:
        """Stop `job` at its next frame."""
        self._workshop.cancel(job)

    def close(self) -> None:
        """Stop all jobs."""
        self._workshop.close()
