"""Built-in visuals as a source of clips: scenes drawn in code that move with the music."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from songreel.generation.local import Local
from songreel.generation.provider import Context, Standing
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.files import code_version

if TYPE_CHECKING:
    from songreel.generation.planes import Planes
    from songreel.generation.visuals.scene import Scene

_TOLD = 2
"""Reasons for a scene that a report tells; `songreel visuals cast` tells all."""


class Builtin(Local):
    """Scenes rendered on this machine; needs nothing else and can make any clip."""

    name = "builtin"

    def __init__(self, context: Context) -> None:
        super().__init__(context, hears_music=True, final=True)
        self._why: dict[str, str] = {}

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003 (part of the Protocol)
        """It is always ready."""
        return Standing(
            ready=True,
            summary="scenes drawn in code that move with the music; needs no key, GPU or network",
        )

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """The requests with scene, settings and the state of the scene's code in `source`.

        A request that has scene and settings already, of a clip that is drawn anew, keeps them.

        What a scene does not hear is levelled, so that it does not age its clips. Better scenes
        age the clips that show them.
        """
        from songreel.generation.visuals.registry import scenes

        return self._planned(requests, scenes())

    def _planned(
        self, requests: Mapping[str, ClipRequest], known: "Mapping[str, type[Scene]]"
    ) -> dict[str, Portion]:
        from songreel.generation.visuals.cast import Cast
        from songreel.generation.visuals.casting import Casting, cast, levelled
        from songreel.generation.visuals.edition import edition

        had = {shot: Cast.of(request) for shot, request in requests.items()}
        kept = {
            shot: Casting(own.scene, own.settings, ("as the clip before it",))
            for shot, own in had.items()
            if own.scene in known
        }
        cast_anew = {shot: request for shot, request in requests.items() if shot not in kept}
        castings = kept | (cast(cast_anew, known) if cast_anew else {})
        planned = {}
        for shot in requests:
            casting = castings[shot]
            source = (f"{self.name} {edition(casting.scene)}", *casting.cast.to_source())
            request = levelled(requests[shot], known[casting.scene])
            if request.final is not None and request.final.worn:
                source = (*source, f"worn {_worn()}")
            request = request.model_copy(update={"source": source})
            planned[shot] = Portion.whole(request)
            self._why[request.fingerprint] = "; ".join(casting.reasons[:_TOLD])
        return planned

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """Another scene in place of one that another package brings; of our own none.

        What fails here once fails always, so a scene that failed is not asked again.
        """
        from songreel.generation.visuals.cast import Cast
        from songreel.generation.visuals.registry import SCENES, find_scene

        if Cast.of(request).scene in SCENES:
            return ()
        ours = {key: find_scene(key) for key in SCENES}
        bare = request.model_copy(update={"source": ()})
        return (self._planned({"": bare}, ours)[""].request,)

    def notices(self) -> Sequence[str]:
        """Scenes of other packages that cannot be used, where this source was asked for any."""
        if not self._why:
            return ()
        from songreel.generation.visuals.registry import offer

        return tuple(offer().broken.values())

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """The scene, its settings, why (known of what was planned here), and what it leaves out."""
        from songreel.generation.visuals.render import describe, remarks

        why = self._why.get(request.fingerprint)
        return (f"built-in visuals, scene {describe(request)}" + (f": {why}" if why else ""),
                *remarks(request))  # fmt: skip

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        """Start drawing; the scenes' kernels are compiled here on their first use."""
        return self._workshop.submit(request, lambda: _pictures(request))


def _pictures(request: ClipRequest) -> "Iterator[Planes]":
    """What the encoder gets: the scene, and over it what the clip wears."""
    from songreel.generation.visuals.render import planes
    from songreel.grading.worn import Coat

    coat = Coat(request.final.worn if request.final else ())
    for index, shown in enumerate(planes(request)):
        coat.put_on(shown.y, shown.cb, shown.cr, index)
        yield shown


@cache
def _worn() -> str:
    """State of the code that draws what clips wear."""
    return code_version("songreel.grading")
