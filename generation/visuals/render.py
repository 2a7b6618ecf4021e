"""`planes` and `frames`: the moving picture of a request, drawn and finished."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from songreel.generation.planes import Planes
from songreel.generation.visuals.cast import Cast
from songreel.generation.visuals.casting import alone
from songreel.generation.visuals.contract import Watched
from songreel.generation.visuals.guard import FlashGuard
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.registry import find_scene
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest


def planes(request: ClipRequest, scene_type: type[Scene] | None = None) -> Iterator[Planes]:
    """Every frame of `request`, in order, as the encoder takes it.

    The object is used again for the next frame: encode or copy it first. The same request
    gives the same bytes, in any thread and on any number of cores.

    Args:
        request: What is wanted.
        scene_type: The scene to draw; where left out, the one that the request was cast with,
            else the one that it is cast with alone.

    Raises:
        InvalidInput: The scene failed, or drew what is no light.
    """
    request = alone(request, scene_type)
    stage = Stage(request)
    watched = Watched(scene_type or find_scene(stage.cast.scene), stage)
    scene = watched.scene
    field = (scene.height, scene.width)
    size, guard = (stage.height, stage.width), FlashGuard(stage.rate)
    finisher = Finisher(field, size, scene.finishing(), stage.seed, guard)
    light = np.zeros((*field, 3), np.float32)
    shown = Planes(stage.width, stage.height)
    for moment in Moments(stage):
        watched.draw(moment, light)
        finisher(light, moment.index, shown)
        yield shown


def frames(
    request: ClipRequest, scene_type: type[Scene] | None = None
) -> Iterator[NDArray[np.uint8]]:
    """The same pictures as `planes`, as a player shows them: sRGB, shape (height, width, 3).

    For previews, notebooks and tests: a new array for each.
    """
    for shown in planes(request, scene_type):
        yield shown.rgb()


def describe(request: ClipRequest) -> str:
    """The scene that `request` shows and how it is set: "ocean swell at dusk (sky=storm)"."""
    chosen = Cast.of(alone(request))
    settings = ", ".join(f"{name}={option}" for name, option in sorted(chosen.settings.items()))
    return find_scene(chosen.scene).name + (f" ({settings})" if settings else "")


def remarks(request: ClipRequest) -> tuple[str, ...]:
    """What the scene that `request` shows says of this clip; see `Scene.remarks`."""
    stage = Stage(alone(request))
    return find_scene(stage.cast.scene).remarks(stage)
