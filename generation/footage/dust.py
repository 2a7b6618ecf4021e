"""Dust in the light before a photo, and a breath of the film's colour from its corner: `Dust`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.encode import Picture
from songreel.generation.footage.listen import Answer
from songreel.generation.footage.moves import View
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest

_MOTES = 34
_BRIGHTEST = 0.34
"""Light of a mote on a hat, of full scale; at rest it has a tenth of it."""
_GLOW = 0.055
"""Light that a stroke throws in from the corner, of full scale: half of what counts as part of a
flash (WCAG 2.3.1: a tenth), and on a fifth of the picture."""
_GUST = np.array([0.03, -0.01])
"""Frames across and down in a second of a snare at full strength."""
_SIZES = (1.3, 2.0, 3.2, 6.0, 11.0)
_SHARES = (0.36, 0.3, 0.18, 0.11, 0.05)
"""Radii in pixels of 720 lines, and how many are of each: most are specks, few are out of focus."""


class Dust:
    """What answers to hats and snares in one clip.

    The motes hang nearer than anything in the picture and pass by as the camera moves; hats and
    notes light them, snares blow them on. All is added as light: nothing of the photo is covered.
    """

    def __init__(self, request: ClipRequest, answer: Answer, views: list[View]) -> None:
        self._answer, self._views = answer, views
        self._size = (request.height, request.width)
        stage = Stage(request)
        self._rate = stage.rate
        random = stage.random(31)
        scale = min(self._size) / 720
        kind = random.choice(len(_SIZES), _MOTES, p=_SHARES)
        self._radius = np.array(_SIZES)[kind] * scale * random.uniform(0.8, 1.25, _MOTES)
        self._sprites = [_disc(radius) for radius in self._radius]
        self._start = random.uniform(0, 1, (_MOTES, 2))
        self._drift = random.normal(0, 1, (_MOTES, 2)) * 0.006 + (0.004, -0.006)
        self._near = 0.5 + 0.25 * kind
        self._phase = random.uniform(0, 1, _MOTES)
        light, accent = stage.light, stage.accent
        self._colour = _coded(0.75 * light + 0.25 * accent)
        # A snare's gust, a frame at a time; it dies away and never turns back.
        self._gust = np.cumsum(answer.snare) / stage.rate
        self._left = bool(request.seed % 2)
        self._leak = self._corner(_coded(0.5 * light + 0.5 * accent))

    def over(self, frame: Picture, index: int) -> None:
        """Lay frame `index`'s light over `frame`."""
        answer, view = self._answer, self._views[index]
        glow = float(answer.glow[index]) * answer.amount
        if glow > 0.02:
            cv2.scaleAdd(self._leak, glow, frame, dst=frame)
        time = index / max(len(self._views) - 1, 1)
        wander = self._drift * (3 * index / self._rate) + _GUST * self._gust[index]
        middle = self._views[0]
        passing = np.array([view.x - middle.x, view.y - middle.y])[None, :] * self._near[:, None]
        at = (self._start + wander - passing * 1.2) % 1.2 - 0.1
        twinkle = 0.5 + 0.5 * np.sin(2 * np.pi * (self._phase + (0.6 + self._phase) * time * 2))
        lit = 0.1 + 0.9 * float(answer.hat[index]) * (0.35 + 0.65 * self._phase)
        light = _BRIGHTEST * answer.amount * lit * (0.5 + 0.5 * twinkle)
        height, width = self._size
        for sprite, place, strength, radius in zip(
            self._sprites, at, light, self._radius, strict=True
        ):
            # What is out of focus spreads the same light over more.
            self._add(
                frame, sprite, place[0] * width, place[1] * height,
                float(strength) * min(1.0, 2.4 / radius**0.5),
            )  # fmt: skip

    def _add(
        self, frame: Picture, sprite: NDArray[np.float32], x: float, y: float, strength: float
    ) -> None:
        side = sprite.shape[0]
        left, top = int(x) - side // 2, int(y) - side // 2
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + side, frame.shape[1]), min(top + side, frame.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        shift = np.array([[1, 0, x - int(x)], [0, 1, y - int(y)]], dtype=np.float32)
        moved = cv2.warpAffine(sprite, shift, (side, side), flags=cv2.INTER_LINEAR)
        cut = moved[y0 - top : y1 - top, x0 - left : x1 - left, None]
        light = cut * (self._colour * np.float32(255 * strength))
        part = frame[y0:y1, x0:x1]
        np.minimum(part + light, 255, out=part, casting="unsafe")

    def _corner(self, colour: NDArray[np.float32]) -> Picture:
        height, width = self._size
        rows, columns = 18, 32
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        x = x / columns if self._left else 1 - x / columns
        fall = np.exp(-((x / 0.55) ** 2) - ((y / rows - 0.15) / 0.6) ** 2)
        full = cv2.resize(fall, (width, height), interpolation=cv2.INTER_CUBIC)
        leak = np.clip(full, 0, 1)[..., None] * colour * np.float32(255 * _GLOW)
        return np.asarray(np.rint(leak), dtype=np.uint8)


def _disc(radius: float) -> NDArray[np.float32]:
    """A soft disc of `radius` pixels with room to be moved by one."""
    half = int(np.ceil(radius * 1.6)) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    away = np.hypot(x, y) / np.float32(radius)
    disc: NDArray[np.float32] = np.clip(1.5 - away, 0, 1).astype(np.float32)
    return disc * disc * (3 - 2 * disc)


def _coded(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light as sRGB codes, 0 to 1, its brightest channel at 1: a colour of light."""
    bright = linear / max(float(linear.max()), 1e-3)
    coded: NDArray[np.float32] = np.power(np.clip(bright, 0, 1), 1 / 2.2).astype(np.float32)
    return coded
