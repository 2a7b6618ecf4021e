"""Built-in visuals as a source of clips: scenes drawn in code that move with the music."""

from collections.abc import Mapping, Sequence
from functools import cache

from songreel.generation.local import Local
from songreel.generation.provider import Context, Standing
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.files import code_version


class Builtin(Local):
    """Scenes rendered on this machine; needs nothing else and can make any clip."""

    name = "builtin"

    def __init__(self, context: Context) -> None:
        super().__init__(context, hears_music=True)

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

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        """Start drawing; the scenes' kernels are compiled here on their first use."""
        from songreel.generation.visuals.render import planes

        return self._workshop.submit(request, lambda: planes(request))


@cache
def _version() -> str:
    return code_version("songreel.generation.visuals", "songreel.generation.visuals.scenes")
