"""A picture of any shape in a frame of another: `Fit`, and the blurred backdrop."""

from dataclasses import dataclass

import cv2
import numpy as np

from songreel.generation.encode import Picture

MOST_LOST = 0.34
"""Share of a picture that filling the frame may cut off. 3:2 in 16:9 loses 16 %, 4:3 25 %, 2.39:1
26 %; a square (44 %) and everything upright is shown whole instead."""

TRIMMED = 0.2
"""Share that is cut off a picture shown whole-ish, so that it stands larger in the frame."""

MOST_ENLARGED = 3.0
"""A picture with fewer pixels is shown smaller, on its backdrop: beyond this it is mush."""

_BACKDROP_LIGHT = 0.55
_BACKDROP_EVEN = 0.4
"""Share of the picture's mean colour in its backdrop: a dark lower half must not read as a bar."""

_HEADS = 0.4
"""How far down a picture its people's faces tend to be. Detail alone favours grass and water."""


@dataclass(frozen=True)
class Fit:
    """Where a picture lies in a frame. Pixels of the frame."""

    width: int
    height: int
    """Size to which the whole picture is scaled."""
    left: int
    top: int
    """Of the scaled picture, negative where it is cut off."""
    fills: bool
    """Whether the frame is covered; otherwise there is a backdrop around the picture."""


def fit(
    source: tuple[int, int], frame: tuple[int, int], focus: tuple[float, float] = (0.5, 0.5)
) -> Fit:
    """Crop to fill where little is lost, else show the picture whole on a backdrop.

    Args:
        source: Width and height of the picture, square pixels.
        frame: Width and height of the frame.
        focus: What should stay visible, across and down, 0 to 1.
    """
    (w, h), (W, H) = source, frame
    across, down = interest(focus)
    cover, whole = max(W / w, H / h), min(W / w, H / h)
    fills = 1 - whole / cover <= MOST_LOST and cover <= MOST_ENLARGED
    scale = cover if fills else min(whole / (1 - TRIMMED), cover, MOST_ENLARGED)
    # Filling must never leave a line of the frame bare, hence up and not to the nearest.
    width = max(W, int(np.ceil(w * scale))) if fills else max(2, round(w * scale))
    height = max(H, int(np.ceil(h * scale))) if fills else max(2, round(h * scale))
    return Fit(
        width, height, _place(width, W, across), _place(height, H, down), fills
    )  # fmt: skip


def size_to_follow(source: tuple[int, int], frame: tuple[int, int]) -> tuple[int, int]:
    """Size in which a video is handed on: the frame's, or one that covers it in its own shape.

    Where filling the frame would cut off much, all of the picture is kept, and the edit crops it
    around what moves; a picture too small for that is shown whole in the frame instead.
    """
    (w, h), (W, H) = source, frame
    cover = max(W / w, H / h)
    if fit(source, frame).fills or cover > MOST_ENLARGED:
        return frame
    return max(W, 2 * round(w * cover / 2)), max(H, 2 * round(h * cover / 2))


def interest(focus: tuple[float, float]) -> tuple[float, float]:
    """Where to look, from where the detail is; both across and down, 0 to 1."""
    return focus[0], 0.45 * focus[1] + 0.55 * _HEADS


def _place(length: int, room: int, focus: float) -> int:
    """Offset that brings `focus` of a picture `length` long near the middle of `room`."""
    if length <= room:
        return (room - length) // 2
    return -int(np.clip(round(length * focus - room / 2), 0, length - room))


def backdrop(picture: Picture, width: int, height: int) -> Picture:
    """The picture as a soft, dim, even ground that covers `width` × `height`."""
    h, w = picture.shape[:2]
    # The middle of the picture in the frame's shape.
    part_w, part_h = min(w, round(h * width / height)), min(h, round(w * height / width))
    x, y = (w - part_w) // 2, (h - part_h) // 2
    part = picture[y : y + max(part_h, 1), x : x + max(part_w, 1)]
    short = 24
    size = (max(short, short * width // height), max(short, short * height // width))
    tiny = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(tiny, (0, 0), 2.5), dtype=np.float32)
    even = soft + np.float32(_BACKDROP_EVEN) * (soft.mean(axis=(0, 1)) - soft)
    # Up in two steps: smooth while it is small, cheap once it is large.
    medium = cv2.resize(
        even * np.float32(_BACKDROP_LIGHT),
        (size[0] * 8, size[1] * 8),
        interpolation=cv2.INTER_CUBIC,
    )
    rounded = np.clip(np.rint(medium), 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.resize(rounded, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8
    )


def shade(width: int, height: int, place: Fit) -> Picture:
    """The shadow that the picture of `place` throws on its backdrop: 255 where there is none."""
    less = 8
    mask = np.full((height // less + 1, width // less + 1), 255, dtype=np.uint8)
    reach = max(1.0, min(width, height) / less / 40)
    top, left = place.top // less + round(reach / 2), place.left // less
    far = (left + place.width // less, top + place.height // less)
    cv2.rectangle(mask, (left, top), far, (100,), cv2.FILLED)
    soft = cv2.resize(cv2.GaussianBlur(mask, (0, 0), reach), (width, height))
    return np.asarray(cv2.merge([soft, soft, soft]), dtype=np.uint8)


def compose(picture: Picture, place: Fit, ground: Picture) -> Picture:
    """Lay the scaled picture (of `place`'s size) over `ground`, in place; returns `ground`."""
    height, width = ground.shape[:2]
    x0, y0 = max(place.left, 0), max(place.top, 0)
    x1, y1 = min(place.left + place.width, width), min(place.top + place.height, height)
    ground[y0:y1, x0:x1] = picture[
        y0 - place.top : y1 - place.top, x0 - place.left : x1 - place.left
    ]
    return ground
