"""Camera moves over a still picture: where the frame lies on it at each moment."""

from dataclasses import dataclass
from math import cos, exp, log, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

from songreel.models.storyboard import CameraMove

_STEADY = 0.55
"""Share of a move at constant speed. The rest eases in and out: a move that stands still at
both cuts reads as hesitation, one without any ease as a machine."""


@dataclass(frozen=True)
class View:
    """The frame on the picture. Units are the frame's own width and height at zoom 1."""

    x: float
    y: float
    """Centre, from the centre of the picture."""
    zoom: float
    """Above 1 is closer."""
    turn: float = 0.0
    """Degrees."""


def eased(u: float) -> float:
    """Progress of a move at time `u`, both 0 to 1: mostly steady, soft at both ends."""
    return _STEADY * u + (1 - _STEADY) * (3 * u**2 - 2 * u**3)


def path(
    move: CameraMove,
    frames: int,
    seconds: float,
    motion: float,
    room: tuple[float, float],
    focus: tuple[float, float],
    seed: int,
    detail: float = 1.0,
) -> list[View]:
    """The view at each frame.

    Args:
        move: The shot's camera move.
        frames: How many views, at least 1.
        seconds: Length of the clip: longer moves go further, at the same speed.
        motion: 0 still to 1 wild.
        room: Width and height of the picture in frames, at least 1: what can be seen at zoom 1.
        focus: Centre of interest on the picture, in frames from its centre.
        seed: For the hand that holds the camera and the side an orbit goes to.
        detail: Picture pixels for each of the frame's at zoom 1; below 1 zooms are smaller.
    """
    # Rates in frame widths a second: 2 % drifts, 6 % is a decided move (documentary stills
    # go at 2–4 % a second); the sum is bounded so that a long hold does not leave the picture.
    sharp = float(np.clip(detail, 0.4, 1.0))
    reach = float(np.clip(seconds * (0.018 + 0.05 * motion), 0.03, 0.24))
    zoom = 1 + reach * sharp
    shift = reach * 0.8
    hand = _hand(seed, frames, seconds)
    side = 1.0 if seed % 2 else -1.0
    views = []
    for index in range(frames):
        p = eased(index / max(frames - 1, 1))
        match move:
            case CameraMove.STATIC:
                # A frozen picture reads as a fault: it breathes by 1.5 to 5 %.
                view = _towards(focus, room, _zoomed(1.0, 1.01 + reach * 0.15, p))
            case CameraMove.PUSH_IN:
                view = _towards(focus, room, _zoomed(1.0, zoom, p))
            case CameraMove.PULL_OUT:
                view = _towards(focus, room, _zoomed(zoom, 1.0, p))
            case CameraMove.PAN_LEFT | CameraMove.TRACK_LEFT:
                view = _slide(p, 0, -shift, room, focus, move is CameraMove.TRACK_LEFT)
            case CameraMove.PAN_RIGHT | CameraMove.TRACK_RIGHT:
                view = _slide(p, 0, shift, room, focus, move is CameraMove.TRACK_RIGHT)
            case CameraMove.TILT_UP | CameraMove.CRANE_UP:
                view = _slide(p, 1, -shift, room, focus, move is CameraMove.CRANE_UP)
            case CameraMove.TILT_DOWN | CameraMove.CRANE_DOWN:
                view = _slide(p, 1, shift, room, focus, move is CameraMove.CRANE_DOWN)
            case CameraMove.ORBIT:
                at = _towards(focus, room, _zoomed(1.0, 1 + reach * 0.5, p))
                along = side * (p - 0.5)
                view = View(at.x + shift * 0.4 * along, at.y, at.zoom, 14 * reach * along)
            case CameraMove.ROLL:
                at = _towards(focus, room, _zoomed(1.0, zoom, p))
                view = View(at.x, at.y, at.zoom, side * 28 * reach * (p - 0.5))
            case CameraMove.HANDHELD:
                at = _towards(focus, room, _zoomed(1.0, 1 + reach * 0.4, p))
                x, y, turn = hand[index] * (0.5 + motion)
                view = View(at.x + x, at.y + y, at.zoom, turn)
        views.append(view)
    return _inside(views, room)


def _zoomed(start: float, end: float, p: float) -> float:
    """Zoom at `p` of the way; equal ratios in equal times look steady."""
    return exp(log(start) + (log(end) - log(start)) * p)


def _towards(focus: tuple[float, float], room: tuple[float, float], zoom: float) -> View:
    """Closer by `zoom`, around the focus: what is there keeps its place in the frame."""
    x, y = (
        start + (to - start) * (1 - 1 / zoom)
        for to, start in zip(focus, _first(focus, room), strict=True)
    )
    return View(x, y, zoom)


def _first(focus: tuple[float, float], room: tuple[float, float]) -> tuple[float, ...]:
    """Centre of the frame at zoom 1, as near the focus as the picture reaches."""
    return tuple(
        float(np.clip(to, -(size - 1) / 2, (size - 1) / 2))
        for to, size in zip(focus, room, strict=True)
    )


def _slide(
    p: float,
    axis: int,
    shift: float,
    room: tuple[float, float],
    focus: tuple[float, float],
    closer: bool,
) -> View:
    """By `shift` along `axis` (0 across, 1 down), zoomed in as far as the way asks for."""
    # At zoom z there is room − 1/z to go.
    zoom = max(1.0, 1 / max(room[axis] - abs(shift), 0.5))
    spare = max(room[axis] - 1 / zoom - abs(shift), 0.0) / 2
    start = _zoomed(zoom, zoom * (1 + abs(shift) * 0.5), p) if closer else zoom
    at = _towards(focus, room, start)
    along = float(np.clip(focus[axis], -spare, spare)) + shift * (p - 0.5)
    return View(along, at.y, start) if axis == 0 else View(at.x, along, start)


def _inside(views: list[View], room: tuple[float, float]) -> list[View]:
    """The same path, all of it closer by as much as keeps the picture's edge out of every view.

    One factor for the whole path: a limit on each view alone would break the move. A turned
    frame is taken as 16:9, which asks for a little more than needed on others.
    """
    factor = 1.0
    for view in views:
        angle = radians(abs(view.turn))
        grown = cos(angle) + 16 / 9 * sin(angle)
        for centre, size in ((view.x, room[0]), (view.y, room[1])):
            factor = max(factor, grown / max(size - 2 * abs(centre), 0.2) / view.zoom)
    return [View(view.x, view.y, view.zoom * factor, view.turn) for view in views]


def _hand(seed: int, frames: int, seconds: float) -> NDArray[np.float64]:
    """Sway of a held camera, shape (frames, 3): across and down in frames, turn in degrees.

    Sums of sines from 0.3 to 1.9 Hz, weaker as they get faster: what remains of a hand's
    movement once a person tries to hold still is mostly below 2 Hz.
    """
    rng = np.random.default_rng([seed, 7])
    times = np.linspace(0.0, seconds, frames)[:, None, None]
    pitch = np.array([0.31, 0.53, 0.83, 1.27, 1.9])[:, None]
    phase = rng.uniform(0, 2 * pi, (5, 3))
    weight = (0.3 / pitch) ** 0.8
    sway = (np.sin(2 * pi * pitch * times + phase) * weight).sum(axis=1)
    return np.asarray(sway * np.array([0.006, 0.006, 0.25]), dtype=np.float64)
