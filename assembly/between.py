"""A picture between two pictures of a clip: `Mixer`, `blended`, `carried`.

Pictures are packed yuv420p (`songreel.assembly.pictures`), of whatever range and matrix.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.pictures import Picture, packed, planes

Field = NDArray[np.float32]
"""Shape (height, width, 2): across and down, in pixels."""

_SEARCHED = 480
"""Pixels of the longer side in which motion is looked for."""

_OFF = 1.5
"""Pixels of the small picture by which the way there and back may differ: beyond it the flow
is wrong or the point is hidden in one of the pictures."""

_HELPS = 0.9
"""The flow must leave at most this share of the difference; else nothing is moved."""

_SOFT = 2.0
"""Blur of the trust in the flow, small pixels: it must not change from one pixel to the next."""


def blended(one: Picture, other: Picture, share: float) -> Picture:
    """`share` of `other` and the rest of `one`, luma mixed as light, chroma as coded.

    Squares of coded values stand for light; the cost is a third of the exact power (BT.1886).
    """
    rows = one.shape[0] * 2 // 3
    a, b = one[:rows].astype(np.float32), other[:rows].astype(np.float32)
    mixed = np.empty_like(one)
    light = cv2.addWeighted(cv2.multiply(a, a), 1 - share, cv2.multiply(b, b), share, 0)
    mixed[:rows] = np.rint(cv2.sqrt(light))
    mixed[rows:] = cv2.addWeighted(one[rows:], 1 - share, other[rows:], share, 0)
    return mixed


class Mixer:
    """Makes pictures between two, the motion between them found once for each pair."""

    def __init__(self) -> None:
        self._search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._pair: tuple[Picture, Picture] | None = None
        self._motion: _Motion | None = None

    def carried(self, one: Picture, other: Picture, share: float) -> Picture:
        """What is seen `share` of the way from `one` to `other`, as what moves moves.

        Where the flow cannot be trusted both are laid over each other.
        """
        if self._pair is None or self._pair[0] is not one or self._pair[1] is not other:
            self._pair = (one, other)
            self._motion = _motion(self._search, one, other)
        if self._motion is None:
            return blended(one, other, share)
        return self._motion.at(one, other, share)


class _Motion:
    """The flow between two pictures, small, and how far it is trusted."""

    def __init__(self, there: Field, back: Field, trust: tuple[Any, Any]) -> None:
        self._there, self._back, self._trust = there, back, trust

    def at(self, one: Picture, other: Picture, share: float) -> Picture:
        """See `Mixer.carried`."""
        s = np.float32(share)
        # Flow at the middle picture's own points, from both ends: what moves evenly has there
        # about the vectors it has at either end (Jiang et al., CVPR 2018, eq. 3).
        from_one = -(1 - s) * s * self._there + s * s * self._back
        from_other = (1 - s) * (1 - s) * self._there - s * (1 - s) * self._back
        sure_one = _moved(self._trust[0], from_one)
        sure_other = _moved(self._trust[1], from_other)
        # What is hidden in one picture is taken from the other alone.
        both = (1 - s) * sure_one + s * sure_other + np.float32(1e-6)
        part, trust = s * sure_other / both, np.maximum(sure_one, sure_other)
        result = blended(one, other, share)
        for a, b, plane in zip(planes(one), planes(other), planes(result), strict=True):
            size = (plane.shape[1], plane.shape[0])
            of_other = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
            sure = cv2.resize(trust, size, interpolation=cv2.INTER_LINEAR)
            moved = cv2.blendLinear(
                _warped(a, from_one), _warped(b, from_other), 1 - of_other, of_other
            )
            plane[:] = cv2.blendLinear(moved, np.ascontiguousarray(plane), sure, 1 - sure)
        return result


def _warped(plane: Any, flow: Field) -> Any:
    high, wide = plane.shape
    scale = np.float32(wide / flow.shape[1])
    full = cv2.resize(flow, (wide, high), interpolation=cv2.INTER_LINEAR) * scale
    full[..., 0] += np.arange(wide, dtype=np.float32)
    full[..., 1] += np.arange(high, dtype=np.float32)[:, None]
    return cv2.remap(
        np.ascontiguousarray(plane),
        full[..., 0],
        full[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _motion(search: Any, one: Picture, other: Picture) -> _Motion | None:
    """How the pictures go over into each other; None where flow does not explain it."""
    greys = [_small(planes(picture)[0]) for picture in (one, other)]
    there = search.calc(greys[0], greys[1], None)
    back = search.calc(greys[1], greys[0], None)
    before = cv2.absdiff(greys[0], greys[1]).astype(np.float32)
    moved = _moved(greys[1], there)
    after = cv2.absdiff(greys[0], moved).astype(np.float32)
    if float(after.mean()) > _HELPS * float(before.mean()):
        return None
    trust = []
    for way, other_way in ((there, back), (back, there)):
        off = np.linalg.norm(way + _moved(other_way, way), axis=-1)
        size = np.linalg.norm(way, axis=-1)
        sure = (off < _OFF + 0.05 * size).astype(np.float32)
        trust.append(cv2.GaussianBlur(sure, (0, 0), _SOFT))
    return _Motion(there, back, (trust[0], trust[1]))


def _small(luma: Any) -> Any:
    high, wide = luma.shape
    scale = min(1.0, _SEARCHED / max(high, wide))
    size = max(16, round(wide * scale)), max(16, round(high * scale))
    return cv2.resize(packed(luma), size, interpolation=cv2.INTER_AREA)


def _moved(values: Any, flow: Field) -> Any:
    """`values` looked up where `flow` leads."""
    high, wide = flow.shape[:2]
    places = flow.copy()
    places[..., 0] += np.arange(wide, dtype=np.float32)
    places[..., 1] += np.arange(high, dtype=np.float32)[:, None]
    return cv2.remap(
        values, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
