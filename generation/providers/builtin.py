"""Built-in visuals as a source of clips: scenes drawn in code that move with the music."""

from collections.abc import Mapping, Sequence
from functools import cache

from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.workshop import Workshop
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, JobState, Portion
from songreel.models.files import code_version
from songreel.models.money import FREE, Quote


class Builtin:
    """Scenes rendered on this machine; needs nothing else and can make any clip."""

    name = "builtin"

    def __init__(self, context: Context) -> None:
        self.traits = Traits(
            local=True,
            hears_music=True,
            costs_money=False,
            deterministic=True,
            max_concurrent=context.workers,
        )
        self._workshop = Workshop(self.name, context.scratch, context.workers)

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003 (part of the Protocol)
        """It is always ready."""
        return Standing(
            ready=True,
            summary="scenes drawn in code that move with the music; needs no key, GPU or network",
        )

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """The requests with the state of the scenes' code in `source`: better scenes age clips."""
        source = (f"builtin {_version()}",)
        planned = {"source": source, "start": None, "end": None, "references": (), "take": None}
        return {
            shot: Portion.whole(request.model_copy(update=planned))
            for shot, request in requests.items()
        }

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:  # noqa: ARG002
        """None: what fails here once fails always."""
        return ()

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """The scene's name."""
        from songreel.generation.visuals.render import describe

        return (f"built-in visuals, scene {describe(request)}",)

    def notices(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def quote(self, request: ClipRequest) -> Quote:  # noqa: ARG002 (part of the Protocol)
        """Free."""
        return FREE

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        """Start drawing; the scenes' kernels are compiled here on their first use."""
        from songreel.generation.visuals.render import frames

        return self._workshop.submit(request, lambda: frames(request))

    def poll(self, job: Job) -> JobState:
        """Where `job` stands."""
        return self._workshop.poll(job)

    def find(self, job: Job) -> Job | None:  # noqa: ARG002
        """No job of this machine outlives its process."""
        return None

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002
        """Results are files."""
        return {}

    def cancel(self, job: Job) -> None:
        """Stop `job` at its next frame."""
        self._workshop.cancel(job)

    def close(self) -> None:
        """Stop all jobs."""
        self._workshop.close()


@cache
def _version() -> str:
    return code_version("songreel.generation.visuals")
