"""From one picture to another: a camera move where both show one place, else a dissolve."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, logm

from songreel.generation.encode import Picture
from songreel.generation.footage.fit import Fit, fit
from songreel.generation.footage.kinship import Kinship, Matrix, features_of, kinship
from songreel.generation.footage.moves import eased
from songreel.generation.footage.photo import focus_of, small_grey
from songreel.generation.footage.still import fineness, moving_photo, scaled
from songreel.models.clip import ClipRequest

_LOOKED_AT = 640
"""Pixels of the longer side in which points are looked for."""

_OVERLAP = 0.35
"""Share of the picture that both must show; below it a move would cross what neither has seen."""

_GRID = 8
"""Frame pixels between the points at which a move is worked out; it is smooth in between."""

_FLOW_WIDTH = 480
_FLOW_MOST = 0.06
"""Widths that depth may move something after the whole picture is laid onto the other."""

_FEATHER = 0.12
"""Widths over which the edge of one picture fades into the other."""

Field = NDArray[np.float32]
"""Shape (height, width, 2): across and down."""


def between(first: Picture, last: Picture, request: ClipRequest) -> Iterator[Picture]:
    """Frames that begin with one picture and end with another.

    Where both show one place (see `kinship`) the camera goes from the one view to the other, and
    what stands at another depth is carried along by optical flow (DIS, Kroeger et al. 2016).
    Otherwise both move as the request says and the one dissolves into the other.

    The array may be used again for the next frame.
    """
    frame = (request.width, request.height)
    greys = [small_grey(picture, _LOOKED_AT) for picture in (first, last)]
    focuses = [focus_of(grey) for grey in greys]
    places = [
        fit((picture.shape[1], picture.shape[0]), frame, focus)
        for picture, focus in zip((first, last), focuses, strict=True)
    ]
    kin = kinship(*(features_of(grey) for grey in greys))
    if kin is not None and kin.overlap >= _OVERLAP and all(place.fills for place in places):
        boards = [_Board(first, places[0], frame), _Board(last, places[1], frame)]
        whole = _in_frames(kin, boards)
        step = _logarithm(whole)
        if step is not None:
            yield from _travel(boards, step, request)
            return
    yield from _dissolve((first, last), focuses, request)


class _Board:
    """A picture laid out finely, and where the frame lies on it."""

    def __init__(self, photo: Picture, place: Fit, frame: tuple[int, int]) -> None:
        native = photo.shape[1] / place.width
        self.fine = fineness(native, place.width * place.height)
        size = round(place.width * self.fine), round(place.height * self.fine)
        self.picture = scaled(photo, *size)
        self.place, self.frame = place, frame

    @property
    def from_photo(self) -> Matrix:
        """Takes photo points (widths, from the centre) to the frame's (widths, from its centre)."""
        (width, height), place = self.frame, self.place
        scale = place.width / width
        x = (place.left + place.width / 2 - width / 2) / width
        y = (place.top + place.height / 2 - height / 2) / width
        return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1.0]])

    def places(self, where: Field) -> tuple[Field, NDArray[np.float32]]:
        """Board pixels of points of the frame (widths, from its centre), and how far inside.

        Returns:
            The pixels, and the cover, shape (height, width): 1 well inside, 0 beyond the edge.
        """
        (width, height), place = self.frame, self.place
        x = (where[..., 0] * width + width / 2 - place.left) * self.fine - 0.5
        y = (where[..., 1] * width + height / 2 - place.top) * self.fine - 0.5
        wide, high = self.picture.shape[1] - 1, self.picture.shape[0] - 1
        edge = np.minimum(np.minimum(x, wide - x), np.minimum(y, high - y))
        cover = np.clip(edge / (_FEATHER * width * self.fine), 0, 1)
        return np.stack([x, y], axis=-1).astype(np.float32), cover.astype(np.float32)

    def seen(self, pixels: Field) -> Picture:
        """The board at `pixels`."""
        x, y = pixels[..., 0], pixels[..., 1]
        return np.asarray(
            cv2.remap(self.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT),
            dtype=np.uint8,
        )


def _in_frames(kin: Kinship, boards: list[_Board]) -> Matrix:
    """The kinship between the pictures as the frame shows them."""
    whole = boards[1].from_photo @ kin.matrix @ np.linalg.inv(boards[0].from_photo)
    return np.asarray(whole / np.cbrt(np.linalg.det(whole)))


def _logarithm(matrix: Matrix) -> Matrix | None:
    """What the matrix does in an instant, if it does it gradually; None if it turns over."""
    result = logm(matrix)
    if np.abs(np.imag(result)).max() > 1e-6 or not np.isfinite(result).all():
        return None
    return np.asarray(np.real(result), dtype=np.float64)


def _travel(boards: list[_Board], step: Matrix, request: ClipRequest) -> Iterator[Picture]:
    """The camera goes from the first board's frame to the second's."""
    width, height = request.width, request.height
    flow, gain = _depth_flow(boards, step, width, height)
    rough = (width // _GRID + 2, height // _GRID + 2)
    corners = _points(width, height, *rough)
    flow = np.asarray(cv2.resize(flow, rough, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    size = (rough[0] * _GRID, rough[1] * _GRID)

    def fine(field: NDArray[np.float32]) -> NDArray[np.float32]:
        full = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[:height, :width], dtype=np.float32)

    for index in range(request.frames):
        p = eased(index / max(request.frames - 1, 1))
        middle = _moved(expm((0.5 - p) * step), corners)
        (first, cover), (last, other) = (
            board.places(_moved(expm(back * step), middle + np.float32(along) * flow))
            for board, along, back in ((boards[0], -p, -0.5), (boards[1], 1 - p, 0.5))
        )
        weight = fine(_share(_smooth((p - 0.25) / 0.5), cover, other))
        start, end = (
            cv2.LUT(board.seen(fine(pixels)), _toned(gain ** np.float32(along)))
            for board, pixels, along in ((boards[0], first, p), (boards[1], last, p - 1))
        )
        yield np.asarray(cv2.blendLinear(start, end, 1 - weight, weight), dtype=np.uint8)


def _share(
    share: float, cover: NDArray[np.float32], other: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Share of the second picture at each point: `share` where both are, all where it is alone."""
    second = other * (1 - (1 - share) * cover) + 1e-6 * share
    first = cover * (1 - share * other) + 1e-6 * (1 - share)
    return np.asarray(second / (first + second), dtype=np.float32)


def _toned(gain: NDArray[np.float32]) -> Picture:
    """A table that takes the code values of each colour times `gain`: shape (256, 1, 3)."""
    table = np.arange(256, dtype=np.float32)[:, None, None] * gain
    return np.asarray(np.clip(np.rint(table), 0, 255), dtype=np.uint8)


def _points(width: int, height: int, across: int, down: int) -> Field:
    """Centres of cells of `_GRID` pixels from the frame's corner on, in widths from its centre."""
    x = ((np.arange(across) + 0.5) * _GRID - width / 2) / width
    y = ((np.arange(down) + 0.5) * _GRID - height / 2) / width
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def _moved(matrix: Matrix, points: Field) -> Field:
    moved = cv2.perspectiveTransform(points.reshape(1, -1, 2), np.asarray(matrix))
    return np.asarray(moved, dtype=np.float32).reshape(points.shape)


def _depth_flow(
    boards: list[_Board], step: Matrix, width: int, height: int
) -> tuple[Field, NDArray[np.float32]]:
    """What is left of a difference once the one picture is laid onto the other, seen from halfway.

    Returns:
        Where parts of the first are in the second, in widths: what another depth has moved;
        nothing where the two do not tell, or it would not help. And the second's light over the
        first's, by colour, shape (3,).
    """
    small = (_FLOW_WIDTH, max(32, round(_FLOW_WIDTH * height / width)))
    x = (np.arange(small[0]) + 0.5) / small[0] - 0.5
    y = ((np.arange(small[1]) + 0.5) / small[1] - 0.5) * height / width
    points = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)
    found = [
        board.places(_moved(expm(back * step), points))
        for board, back in zip(boards, (-0.5, 0.5), strict=True)
    ]
    pictures = [board.seen(pixels) for board, (pixels, _) in zip(boards, found, strict=True)]
    covers = [cover for _, cover in found]
    shared = np.minimum(*covers) > 0.02
    gain = np.ones(3, dtype=np.float32)
    if shared.any():
        lights = [picture[shared].mean(axis=0) + 4 for picture in pictures]
        gain = np.clip(lights[1] / lights[0], 0.6, 1.7).astype(np.float32)
    greys = []
    for picture in pictures:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        seen = grey[shared] if shared.any() else grey
        even = (grey - seen.mean()) / (seen.std() + 1) * 45 + 128
        greys.append(np.clip(even, 0, 255).astype(np.uint8))
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there = search.calc(greys[0], greys[1], None)
    back = search.calc(greys[1], greys[0], None)
    grid = np.stack(np.meshgrid(np.arange(small[0]), np.arange(small[1])), axis=-1)
    at = grid.astype(np.float32) + there
    returned = cv2.remap(back, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    off = np.linalg.norm(there + returned, axis=-1)
    size = np.linalg.norm(there, axis=-1)
    trust = (off < 1.5) & (size < _FLOW_MOST * small[0]) & shared
    weight = trust.astype(np.float32) + np.float32(1e-4)
    soft = (0, 0), 5.0
    total = cv2.GaussianBlur(weight, *soft)
    mean = cv2.GaussianBlur(there * weight[..., None], *soft) / total[..., None]
    # Where little is to be trusted nearby, the picture stays with the whole.
    mean = mean * np.clip(total * 2, 0, 1)[..., None]
    to = np.asarray(grid + mean, dtype=np.float32)
    carried = cv2.remap(greys[1], to[..., 0], to[..., 1], cv2.INTER_LINEAR)
    before = float(np.abs(greys[0].astype(np.float32) - greys[1])[trust].sum())
    after = float(np.abs(greys[0].astype(np.float32) - carried)[trust].sum())
    flow = mean / small[0] if after < before else mean * 0
    return np.asarray(flow, dtype=np.float32), gain


def _dissolve(
    pictures: tuple[Picture, Picture],
    focuses: list[tuple[float, float]],
    request: ClipRequest,
) -> Iterator[Picture]:
    """Both under the request's move, the first giving way to the second in the middle."""
    first, second = (
        moving_photo(picture, focus, request)
        for picture, focus in zip(pictures, focuses, strict=True)
    )
    for index, (start, end) in enumerate(zip(first, second, strict=True)):
        share = _smooth((index / max(request.frames - 1, 1) - 0.3) / 0.4)
        if share in (0.0, 1.0):
            yield end if share else start
        else:
            weight = np.full(start.shape[:2], share, dtype=np.float32)
            yield _mixed(start, end, weight)


def _smooth(u: float) -> float:
    """0 to 1, soft at both ends."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


def _mixed(first: Picture, second: Picture, weight: NDArray[np.float32]) -> Picture:
    """`weight` of the second picture and the rest of the first, mixed as light.

    Mixed as code values a dissolve sinks into grey halfway; squares are near enough to light.
    """
    a, b = first.astype(np.float32), second.astype(np.float32)
    mixed = cv2.sqrt(a * a * (1 - weight[..., None]) + b * b * weight[..., None])
    return np.asarray(np.rint(mixed), dtype=np.uint8)
