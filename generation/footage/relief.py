"""A photo's depth laid under a moving frame: near things move more than far ones.

The picture is never cut apart: every pixel of the frame looks it up a little beside where the
flat move would, by its nearness times the camera's way. What moves is smooth and never folds, so
there are no holes and no torn edges; at the edge of something near, the ground behind it stretches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.depth import Depth
from songreel.generation.footage.moves import View
from songreel.models.storyboard import CameraMove

_STEEPEST = 0.4
"""Of the displacement, per pixel: at 1 the picture would fold, from about 0.5 on what stretches
beside a thing is seen. Looked for on 27 photos."""

_BESIDE = {
    CameraMove.PAN_LEFT: 0.3, CameraMove.PAN_RIGHT: 0.3, CameraMove.TILT_UP: 0.3,
    CameraMove.TILT_DOWN: 0.3, CameraMove.HANDHELD: 1.5,
}  # fmt: skip
_BESIDE_OTHERS = 0.6
"""Share of the flat way by which the nearest moves more than the farthest: a camera that turns
shows little depth, one that travels much."""

_CLOSER = 0.8
"""Likewise of a zoom."""

_DRIFT = 0.032
"""Frame widths that a camera which only comes closer goes aside: the eye reads depth from that
better than from sizes."""

_SWINGS = frozenset(
    {CameraMove.STATIC, CameraMove.PUSH_IN, CameraMove.PULL_OUT, CameraMove.ORBIT, CameraMove.ROLL}
)

_FADE = 0.12
"""Share of a picture shown whole over which depth fades towards its edges, which stay straight."""

_FINER = 6
"""Points of the field from one of the mesh to the next."""

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Way:
    """What depth adds to the view at each frame, all shape (frames,)."""

    across: NDArray[np.float64]
    """Frame widths by which the nearest moves against the farthest."""
    down: NDArray[np.float64]
    """Likewise, in frame widths too."""
    closer: NDArray[np.float64]
    """Log of the zoom by which the nearest grows against the farthest."""

    def scaled(self, by: float) -> "Way":
        """All of it, less or more."""
        return Way(self.across * by, self.down * by, self.closer * by)

    def with_push(self, push: NDArray[np.float64]) -> "Way":
        """With what the music adds to `closer`."""
        return Way(self.across, self.down, self.closer + push)

    @property
    def most(self) -> float:
        """Largest displacement between nearest and farthest, in frame widths."""
        sizes = np.hypot(self.across, self.down) + 0.6 * np.abs(self.closer)
        return float(sizes.max(initial=0.0))


def way_of(
    move: CameraMove, views: Sequence[View], aspect: float, motion: float, trust: float, seed: int
) -> Way:
    """What depth adds along a path.

    In its middle it is nothing, so that the picture is as it was taken where the eye has settled.

    Args:
        move: The camera's.
        views: The path over the flat picture.
        aspect: Frame width over height.
        motion: 0 still to 1 wild.
        trust: Of the depth.
        seed: Says to which side a camera goes that has none of its own.
    """
    middle = views[len(views) // 2]
    x, y, zoom = (np.array([getattr(view, name) for view in views]) for name in ("x", "y", "zoom"))
    share = _BESIDE.get(move, _BESIDE_OTHERS) * trust
    across, down = share * (x - middle.x), share * (y - middle.y) / aspect
    if move in _SWINGS:
        side = 1.0 if seed % 2 else -1.0
        along = np.linspace(-0.5, 0.5, len(views)) if len(views) > 1 else np.zeros(1)
        # As soft at its ends as the moves are.
        along = along * (1.25 - along * along)
        drift = side * _DRIFT * (0.5 + motion) * trust * min(1.0, len(views) / 72)
        across = across + drift * along
    return Way(across, down, _CLOSER * trust * np.log(zoom / middle.zoom))


class Relief:
    """The depth of a photo on its board.

    Args:
        depth: Of the photo.
        place: Left, top, width and height of the photo on the board, in board pixels.
        still: Point of the photo that stays where it is, across and down, 0 to 1.
        fills: Whether the photo's edges are beyond the frame.
    """

    def __init__(
        self,
        depth: Depth,
        place: tuple[float, float, float, float],
        still: tuple[float, float],
        fills: bool,
    ) -> None:
        near = _finer(depth.near)
        size = near.shape
        at = (
            min(int(still[1] * size[0]), size[0] - 1),
            min(int(still[0] * size[1]), size[1] - 1),
        )
        field = near - near[at]
        if not fills:
            edge = [np.clip(_from_edge(n) / _FADE, 0, 1) for n in size]
            window = edge[0][:, None] * edge[1][None, :]
            field = field * window * window * (3 - 2 * window)
        self._field = np.ascontiguousarray(field, dtype=np.float32)
        self._place, self._fills = place, fills

    @property
    def reach(self) -> float:
        """Largest nearness against the point that stays."""
        return float(np.abs(self._field).max())

    def steepest(self, unit: float) -> float:
        """Largest change of nearness over `unit` board pixels."""
        _, _, width, height = self._place
        rows, columns = self._field.shape
        down, across = np.gradient(self._field)
        slope = np.hypot(across * (columns - 1) / width, down * (rows - 1) / height)
        return float(slope.max()) * unit

    def within(self, way: Way, unit: float) -> Way:
        """`way`, as much of it as neither folds nor stretches the picture visibly.

        Args:
            way: As wanted.
            unit: Board pixels of a frame's width at zoom 1.
        """
        most = way.most * max(self.steepest(unit), 1e-6)
        return way.scaled(min(1.0, _STEEPEST / most)) if most > 0 else way

    def at(self, points: Field) -> Field:
        """Nearness at board pixels, shape (rows, columns), against the point that stays."""
        left, top, width, height = self._place
        rows, columns = self._field.shape
        # Board pixels are counted at their centres, the field's points from the edge.
        x = (points[..., 0] + np.float32(0.5 - left)) * np.float32((columns - 1) / width)
        y = (points[..., 1] + np.float32(0.5 - top)) * np.float32((rows - 1) / height)
        border = cv2.BORDER_REPLICATE if self._fills else cv2.BORDER_CONSTANT
        found = cv2.remap(self._field, x, y, cv2.INTER_LINEAR, borderMode=border, borderValue=0)
        return np.asarray(found, dtype=np.float32)


def _from_edge(count: int) -> NDArray[np.float64]:
    at = np.linspace(0, 1, count)
    return np.minimum(at, 1 - at)


def _finer(near: Field) -> Field:
    """`near` with more points between, smooth; what is linear stays so up to the very edge."""
    padded = near.astype(np.float32)
    for axis in (0, 1):
        padded = np.moveaxis(padded, axis, 0)
        ends = [padded[:1] * (1 + k) - padded[1:2] * k for k in (2, 1)]
        others = [padded[-1:] * (1 + k) - padded[-2:-1] * k for k in (1, 2)]
        padded = np.moveaxis(np.concatenate([*ends, padded, *others]), 0, axis)
    rows, columns = ((n - 1) * _FINER + 1 for n in near.shape)
    x, y = np.meshgrid(
        2 + np.arange(columns, dtype=np.float32) / _FINER,
        2 + np.arange(rows, dtype=np.float32) / _FINER,
    )
    return np.asarray(cv2.remap(padded, x, y, cv2.INTER_CUBIC), dtype=np.float32)
