"""`planes` and `frames`: the moving picture of a request, drawn and finished."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from songreel.generation.planes import Planes
from songreel.generation.visuals.choose import choose_scene
from songreel.generation.visuals.contract import Watched
from songreel.generation.visuals.guard import FlashGuard
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest


def planes(request: ClipRequest, scene_type: type[Scene] | None = None) -> Iterator[Planes]:
    """Every frame of `request`, in order, as the encoder takes it.

    The object is used again for the next frame: encode or copy it first. The same request
    gives the same bytes, in any thread and on any number of cores.

    Args:
        request: What is wanted.
        scene_type: The scene to draw; chosen by the request's words where left out.

    Raises:
        InvalidInput: The scene failed, or drew what is no light.
    """
    stage = Stage(request)
    watched = Watched(scene_type or choose_scene(request), stage)
    scene = watched.scene
    field = (scene.height, scene.width)
    size, guard = (stage.height, stage.width), FlashGuard(stage.rate)
    finisher = Finisher(field, size, scene.finish, stage.seed, guard)
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
    """Name of the scene that `request` gets."""
    return choose_scene(request).name
