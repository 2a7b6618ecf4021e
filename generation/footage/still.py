"""A photo as a moving picture: laid out once, then seen through a moving frame."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, sqrt

import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.depth import Depth, depth_of
from songreel.generation.footage.dust import Dust
from songreel.generation.footage.fit import Fit, backdrop, compose, fit, interest, shade
from songreel.generation.footage.frame import Frame, closer
from songreel.generation.footage.listen import answers
from songreel.generation.footage.moves import path
from songreel.generation.footage.relief import Relief, way_of
from songreel.models.clip import ClipRequest
from songreel.models.storyboard import CameraMove

_OVERSCAN = 0.14
"""Backdrop beyond the frame on each side, for the camera to move over."""

_MOST_PIXELS = 24_000_000
"""Of the laid-out picture: 72 MB."""

_UPRIGHT = {CameraMove.ORBIT: CameraMove.TRACK_RIGHT, CameraMove.ROLL: CameraMove.PUSH_IN}
"""Moves for a picture whose edges are seen: one that leans looks like a mistake."""

_DEEPER = 1.5
"""Times its zoom by which a push of the music brings near things closer than far ones."""

_FINEST = 2.0
"""Picture pixels for each of the frame's. With bilinear sampling at 1 a pan alternates between
sharp and soft as it passes from pixel to pixel; at 2, low-passed, that is not seen."""


def moving_photo(
    photo: Picture,
    focus: tuple[float, float],
    request: ClipRequest,
    depth: Depth | None = None,
) -> Iterator[Picture]:
    """Frames of `photo` under the request's camera move, in its depth, with its music.

    The same array is used for every frame.

    Args:
        photo: The picture.
        focus: Centre of interest, across and down, 0 to 1.
        request: The clip.
        depth: Of the picture; guessed here where left out. A flat one gets the flat move.
    """
    depth = depth_of(photo, focus) if depth is None else depth
    width, height = request.width, request.height
    place = fit((photo.shape[1], photo.shape[0]), (width, height), focus)
    native = photo.shape[1] / place.width
    across, down = interest(focus)
    if place.fills:
        fine = fineness(native, place.width * place.height)
        board = scaled(photo, round(place.width * fine), round(place.height * fine))
        lies = (0.0, 0.0, float(board.shape[1]), float(board.shape[0]))
        room = (place.width / width, place.height / height)
        goal = ((across - 0.5) * room[0], (down - 0.5) * room[1])
        move = request.camera
    else:
        side = 1 + 2 * _OVERSCAN
        fine = fineness(native, width * height * side * side)
        board, lies = _mounted(photo, place, width, height, fine)
        room = (board.shape[1] / fine / width, board.shape[0] / fine / height)
        # The picture is in the middle and is seen whole: the camera stays with it.
        goal = (0.0, 0.0)
        move = _UPRIGHT.get(request.camera, request.camera)
    views = path(
        move, request.frames, request.seconds, request.motion, room,
        goal,
        request.seed, native,
    )  # fmt: skip
    answer = answers(request)
    relief = None if depth.flat else Relief(depth, lies, (across, down), place.fills)
    seen = Frame(board, width, height, fine)
    way = None
    if relief is not None:
        way = way_of(move, views, width / height, request.motion, depth.trust, request.seed)
        way = relief.within(way.with_push(answer.push * _DEEPER * depth.trust), width * fine)
        if place.fills:
            views = closer(views, way.most * relief.reach, width / height)
    dust = Dust(request, answer, views) if answer.amount > 0 and not depth.page else None
    for index, view in enumerate(views):
        pushed = replace(view, zoom=view.zoom * exp(float(answer.push[index])))
        if relief is None or way is None:
            frame = seen.flat(pushed)
        else:
            frame = seen.deep(pushed, relief, way, index)
        if dust is not None:
            dust.over(frame, index)
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


def _mounted(
    photo: Picture, place: Fit, width: int, height: int, fine: float
) -> tuple[Picture, tuple[float, float, float, float]]:
    """The photo on its backdrop with overscan, `fine` pixels for each of the frame's.

    Returns:
        The board, and where the photo lies on it: left, top, width, height.
    """
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
    lies = (on_board.left, on_board.top, on_board.width, on_board.height)
    return compose(sized, on_board, shaded), lies
