"""A photo as a moving picture: laid out once, then seen through a moving frame."""

from collections.abc import Iterator
from math import cos, radians, sin, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.fit import Fit, backdrop, compose, fit, interest, shade
from songreel.generation.footage.moves import View, path
from songreel.models.clip import ClipRequest
from songreel.models.storyboard import CameraMove

_OVERSCAN = 0.14
"""Backdrop beyond the frame on each side, for the camera to move over."""

_MOST_PIXELS = 24_000_000
"""Of the laid-out picture: 72 MB."""

_UPRIGHT = {CameraMove.ORBIT: CameraMove.TRACK_RIGHT, CameraMove.ROLL: CameraMove.PUSH_IN}
"""Moves for a picture whose edges are seen: one that leans looks like a mistake."""

_FINEST = 2.0
"""Picture pixels for each of the frame's. With bilinear sampling at 1 a pan alternates between
sharp and soft as it passes from pixel to pixel; at 2, low-passed, that is not seen."""


def moving_photo(
    photo: Picture, focus: tuple[float, float], request: ClipRequest
) -> Iterator[Picture]:
    """Frames of `photo` under the request's camera move.

    The same array is used for every frame.
    """
    width, height = request.width, request.height
    place = fit((photo.shape[1], photo.shape[0]), (width, height), focus)
    native = photo.shape[1] / place.width
    if place.fills:
        fine = fineness(native, place.width * place.height)
        board = scaled(photo, round(place.width * fine), round(place.height * fine))
        room = (place.width / width, place.height / height)
        across, down = interest(focus)
        goal = ((across - 0.5) * room[0], (down - 0.5) * room[1])
        move = request.camera
    else:
        side = 1 + 2 * _OVERSCAN
        fine = fineness(native, width * height * side * side)
        board = _mounted(photo, place, width, height, fine)
        room = (board.shape[1] / fine / width, board.shape[0] / fine / height)
        # The picture is in the middle and is seen whole: the camera stays with it.
        goal = (0.0, 0.0)
        move = _UPRIGHT.get(request.camera, request.camera)
    views = path(
        move, request.frames, request.seconds, request.motion, room,
        goal,
        request.seed, native,
    )  # fmt: skip
    frame = np.empty((height, width, 3), dtype=np.uint8)
    for view in views:
        cv2.warpAffine(
            board,
            _matrix(view, board, width, height, fine),
            (width, height),
            dst=frame,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        yield frame


def fineness(native: float, pixels: float) -> float:
    """Board pixels for each of the frame's.

    Args:
        native: Photo pixels for each of the frame's.
        pixels: Of the frame that the board covers.
    """
    return float(np.clip(min(native, sqrt(_MOST_PIXELS / pixels)), 1.0, _FINEST))


def scaled(photo: Picture, width: int, height: int) -> Picture:
    """The photo at a size, without what the frame could not show steadily."""
    shrinks = width < photo.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    board = cv2.resize(photo, (width, height), interpolation=method)
    # Takes 2/3 off the finest pattern and nothing to speak of off what 720 lines can show.
    return np.asarray(cv2.GaussianBlur(board, (0, 0), 0.6), dtype=np.uint8)


def _mounted(photo: Picture, place: Fit, width: int, height: int, fine: float) -> Picture:
    """The photo on its backdrop with overscan, `fine` pixels for each of the frame's."""
    margin_x, margin_y = round(width * _OVERSCAN), round(height * _OVERSCAN)
    wide, high = round((width + 2 * margin_x) * fine), round((height + 2 * margin_y) * fine)
    sized = scaled(photo, round(place.width * fine), round(place.height * fine))
    # An upright photo reaches over the frame's edge; the overscan shows more of it.
    on_board = Fit(
        sized.shape[1],
        sized.shape[0],
        round((place.left + margin_x) * fine),
        round((place.top + margin_y) * fine),
        fills=False,
    )
    ground = backdrop(photo, wide, high)
    dark = shade(wide, high, on_board)
    shaded = np.asarray(cv2.multiply(ground, dark, scale=1 / 255), dtype=np.uint8)
    return compose(sized, on_board, shaded)


def _matrix(
    view: View, board: Picture, width: int, height: int, fine: float
) -> NDArray[np.float64]:
    """Frame pixel to board pixel, both counted at their centres."""
    step = fine / view.zoom
    across, down = step * cos(radians(view.turn)), step * sin(radians(view.turn))
    centre_x = board.shape[1] / 2 + view.x * width * fine - 0.5
    centre_y = board.shape[0] / 2 + view.y * height * fine - 0.5
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [
            [across, -down, centre_x - across * middle_x + down * middle_y],
            [down, across, centre_y - down * middle_x - across * middle_y],
        ]
    )
