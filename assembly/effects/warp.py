"""Effects that move the picture: `Warp`, `Move`. Several in a row are one resampling."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.effects.kernels import resample
from songreel.assembly.pictures import Picture, planes
from songreel.models.effect import Beat

_NOTHING = 2e-4
"""Share of a side: a quarter of a pixel at the edge of 1280 that nobody sees, and up to a second
more of each dying movement."""


@dataclass(frozen=True)
class Axis:
    """Where along one side of the picture, 0 to 1, each place of the new picture comes from.

    Place u shows what was at `span` × u + `first`. Both ends lie within the picture, so that no
    border is ever seen.
    """

    span: float = 1.0
    first: float = 0.0

    @classmethod
    def zoomed(cls, scale: float, at: float, shift: float = 0.0) -> "Axis":
        """Enlarged by `scale` ≥ 1 around `at`, then moved by `shift` as far as there is picture."""
        span = 1 / max(scale, 1.0)
        return cls(span, min(max(at * (1 - span) + shift, 0.0), 1 - span))

    def after(self, earlier: "Axis") -> "Axis":
        """Both, `earlier` first."""
        return Axis(earlier.span * self.span, earlier.span * self.first + earlier.first)


@dataclass(frozen=True)
class Move:
    """What is seen of a picture: a part of it, across and down."""

    across: Axis = Axis()
    down: Axis = Axis()

    @property
    def moves(self) -> bool:
        """Whether anything changes."""
        sides = (self.across, self.down)
        return any(abs(s.span - 1) > _NOTHING or abs(s.first) > _NOTHING for s in sides)

    def after(self, earlier: "Move") -> "Move":
        """Both, `earlier` first."""
        return Move(self.across.after(earlier.across), self.down.after(earlier.down))


class Warp:
    """An effect that says how the picture moves.

    Neighbouring ones in a chain are carried out as one, so that the picture is only once made
    soft, and only a little: with cubic weights (Catmull-Rom). Measured at 1280×720 on one core:
    3 ms a frame.
    """

    def move(self, beat: Beat) -> Move:
        """How it moves at `beat`."""
        raise NotImplementedError

    def idle(self, beat: Beat) -> bool:
        """See `Effect`."""
        return not self.move(beat).moves

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        return moved(picture, self.move(beat))


def moved(picture: Picture, move: Move) -> Picture:
    """`picture` with `move` carried out on its three planes, at parts of a pixel.

    Chroma lies on every second luma column and between two rows (BT.709, 4:2:0).
    """
    if not move.moves:
        return picture
    changed = np.empty_like(picture)
    for i, (plane, out) in enumerate(zip(planes(picture), planes(changed), strict=True)):
        rows, columns = plane.shape
        left = 0.5 if i == 0 else 0.25
        resample(plane, *_taps(move.across, columns, left), *_taps(move.down, rows, 0.5), out)
    return changed


@lru_cache(maxsize=64)
def _taps(axis: Axis, count: int, middle: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """First of four pixels and their weights for each of `count` places along `axis`.

    `middle` is where in its pixel a sample lies.
    """
    places = (np.arange(count) + middle) / count
    source = (axis.span * places + axis.first) * count - middle
    whole = np.floor(source)
    t = source - whole
    weights: Any = np.stack(
        [
            ((2 - t) * t - 1) * t,
            (3 * t - 5) * t * t + 2,
            ((4 - 3 * t) * t + 1) * t,
            (t - 1) * t * t,
        ],
        axis=1,
    )
    return whole.astype(np.int64) - 1, (weights / 2).astype(np.float32)
