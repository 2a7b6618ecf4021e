"""A camera move over a still picture: `view`."""

from math import cos, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

from songreel.models.storyboard import CameraMove

MARGIN = 1.3
"""A picture is drawn this much larger than it is shown, so that there is somewhere to go."""

_WAY: dict[CameraMove, tuple[float, float]] = {
    CameraMove.PAN_LEFT: (-1, 0),
    CameraMove.PAN_RIGHT: (1, 0),
    CameraMove.TRACK_LEFT: (-1, 0),
    CameraMove.TRACK_RIGHT: (1, 0),
    CameraMove.TILT_UP: (0, -1),
    CameraMove.TILT_DOWN: (0, 1),
    CameraMove.CRANE_UP: (0, -1),
    CameraMove.CRANE_DOWN: (0, 1),
    CameraMove.ORBIT: (1, 0),
}


def view(
    move: CameraMove, share: float, motion: float, seconds: float
) -> tuple[float, float, float, float]:
    """What the camera sees of the drawn picture.

    Args:
        move: The shot's.
        share: How far the shot has gone, 0 to 1.
        motion: How much is to move, 0 to 1.
        seconds: Since the shot began, for what trembles.

    Returns:
        (width seen as a share of the picture shown, across, down, degrees): the middle of the
        view is `across` and `down` away from the picture's, as shares of the drawn margin.
    """
    far = 0.45 + 0.55 * motion
    ease = share * share * (3 - 2 * share)
    along = (2 * ease - 1) * far
    if move in (CameraMove.PUSH_IN, CameraMove.PULL_OUT):
        near = ease if move == CameraMove.PUSH_IN else 1 - ease
        return 1.12 - 0.36 * far * near, 0, 0, 0
    if move == CameraMove.ROLL:
        return 0.9, 0, 0, 7 * along
    if move == CameraMove.HANDHELD:
        shake = 0.16 * far
        across = sin(2 * pi * 0.9 * seconds) + 0.5 * sin(2 * pi * 2.3 * seconds + 1)
        down = cos(2 * pi * 0.7 * seconds) + 0.5 * sin(2 * pi * 1.9 * seconds)
        return 0.98, shake * across, shake * down, 0.7 * far * sin(2 * pi * 0.6 * seconds)
    across, down = _WAY.get(move, (0, 0))
    zoom = 1.0 if move != CameraMove.ORBIT else 1.02 - 0.1 * far * sin(pi * ease)
    return zoom, 0.85 * along * across, 0.85 * along * down, 0


def matrix(
    seen: tuple[float, float, float, float], shown: tuple[int, int], drawn: tuple[int, int]
) -> NDArray[np.float64]:
    """Affine map from pixels that are shown to pixels that were drawn, shape (2, 3)."""
    zoom, across, down, degrees = seen
    turn, (width, height), (wide, tall) = radians(degrees), shown, drawn
    middle = (
        wide / 2 + across * (wide - width) / 2,
        tall / 2 + down * (tall - height) / 2,
    )
    a, b = zoom * cos(turn), zoom * sin(turn)
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [
            [a, -b, middle[0] - 0.5 - a * x + b * y],
            [b, a, middle[1] - 0.5 - b * x - a * y],
        ]
    )
