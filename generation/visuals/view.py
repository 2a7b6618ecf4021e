"""Where things of the scene are on the field, as the moment's camera sees them."""

from math import cos, sin
from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import Field, f32, kernel
from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.stage import Stage

_NEARING = 0.25
"""Share of `Moment.forward` by which the nearest things grow, as in the built-in scenes."""


def seen_from(stage: Stage, moment: Moment, field: tuple[int, int]) -> Field:
    """The camera, for `to_pixel` and `to_scene` in kernels: shape (12,).

    Args:
        stage: Of the clip.
        moment: Of the frame.
        field: (height, width) of what is drawn on.
    """
    height, width = field
    m = moment
    return np.array(
        [
            m.cam_x, m.cam_y, m.truck, m.lift, m.zoom, m.forward * _NEARING, cos(m.roll),
            sin(m.roll), 0.5 * width / stage.half_x, 0.5 * height / stage.half_y,
            0.5 * (width - 1), 0.5 * (height - 1),
        ],
        np.float32,
    )  # fmt: skip


@kernel
def size_at(camera: Field, near: Any) -> Any:
    """Pixels that one scene unit takes at depth `near`: 0 at the horizon, 1 before the camera."""
    return camera[9] * camera[4] * (f32(1) + camera[5] * near)


@kernel
def to_pixel(camera: Field, x: Any, y: Any, near: Any) -> Any:
    """Where a place of the scene is on the field: (column, row), whole numbers at pixels' middles.

    `near` is its depth: what is nearer shifts more as the camera travels, and grows more as it
    comes nearer.
    """
    grow = camera[4] * (f32(1) + camera[5] * near)
    u = (x - camera[0] - camera[2] * near) * grow
    v = (y - camera[1] - camera[3] * near) * grow
    px = camera[10] + (u * camera[6] - v * camera[7]) * camera[8]
    return px, camera[11] - (u * camera[7] + v * camera[6]) * camera[9]


@kernel
def to_scene(camera: Field, column: Any, row: Any, near: Any) -> Any:
    """The place of the scene, (x, y), that is seen at a pixel at depth `near`."""
    inverse = f32(1) / (camera[4] * (f32(1) + camera[5] * near))
    u = (column - camera[10]) / camera[8] * inverse
    v = (camera[11] - row) / camera[9] * inverse
    x = u * camera[6] + v * camera[7] + camera[0] + camera[2] * near
    return x, v * camera[6] - u * camera[7] + camera[1] + camera[3] * near
