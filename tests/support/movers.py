"""Moving pictures whose greatest motion is known to the frame, for what listens to motion.

Each mover has a height of motion at `at` seconds: what is seen there is the largest step from one
picture to the next. Pictures are luma, shape (height, width), drawn at any moment, so that a clip
can be made at any rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, pi, sin
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.models.clip import Clip, ClipRequest
from songreel.models.files import sha256_of
from songreel.models.storyboard import CameraMove, ShotSize
from support.barcodes import GREYS, write

Luma = NDArray[np.uint8]
SIZE = (192, 108)


@dataclass(frozen=True)
class Mover:
    """A scene whose motion is highest at the moments `at` (seconds), drawn at any `t`."""

    name: str
    at: tuple[float, ...]
    paint: Callable[[float], Luma]


def texture(seed: int, width: int, height: int, grain: float = 4.0) -> NDArray[np.float32]:
    """Smooth noise over several scales, 40 to 200, that tiles."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for scale, share in ((grain, 0.5), (3 * grain, 0.7), (9 * grain, 1.0)):
        noise = rng.standard_normal((height, width)).astype(np.float32)
        spread = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), scale)
        part = spread[height : 2 * height, width : 2 * width]
        total += share * part / part.std()
    total = (total - total.mean()) / total.std()
    return np.clip(120 + 34 * total, 40, 200).astype(np.float32)


def _ground(seed: int, size: tuple[int, int]) -> NDArray[np.float32]:
    return texture(seed, size[0] * 2, size[1] * 2)


def _seen(ground: NDArray[np.float32], x: float, y: float, size: tuple[int, int]) -> Luma:
    """The ground through a frame whose corner is at (x, y), to a part of a pixel."""
    high, wide = ground.shape
    matrix = np.float32([[1, 0, x % wide], [0, 1, y % high]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(ground, matrix, size, flags=flags, borderMode=cv2.BORDER_WRAP)
    return np.asarray(seen, np.float32)


def ball(
    at: Sequence[float], seed: int = 1, size: tuple[int, int] = SIZE, radius: float = 0.09
) -> Mover:
    """A ball that falls faster and faster, hits the ground at `at` and springs back slowly."""
    ground = _ground(seed, size)
    skin = texture(seed + 50, 256, 256, 2.0)
    wide, high = size
    r = radius * wide

    def height_of(t: float) -> float:
        after = [t - hit for hit in at if t >= hit]
        before = [hit - t for hit in at if t < hit]
        rise = 1 - exp(-min(after) / 0.35) if after else 1.0
        fall = 1 - max(0.0, 1 - min(before) / 0.55) ** 2 if before else 1.0
        return min(rise, fall)

    def paint(t: float) -> Luma:
        picture = _seen(ground, 0, 0, size)
        x, y = 0.5 * wide, high * 0.86 - r - height_of(t) * high * 0.55
        yy, xx = np.mgrid[:high, :wide].astype(np.float32)
        inside = np.clip(r - np.hypot(xx - x, yy - y) + 0.5, 0, 1)
        there = cv2.remap(
            skin, xx - np.float32(x) + 128, yy - np.float32(y) + 128, cv2.INTER_LINEAR
        )
        return picture * (1 - inside) + (there * 0.6 + 90) * inside

    return Mover("ball", tuple(at), paint)


def whip(
    at: Sequence[float], seed: int = 2, size: tuple[int, int] = SIZE, far: float = 0.5
) -> Mover:
    """A camera that drifts and, around `at`, tears along by `far` widths."""
    ground = texture(seed, size[0] * 2, size[1] * 2, 5.0)

    def paint(t: float) -> Luma:
        x = sum(far * size[0] / (1 + np.exp(-(t - hit) / 0.06)) for hit in at)
        return _seen(ground, 6 * t + x, 2 * t, size)

    return Mover("whip", tuple(at), paint)


def swing(
    at: Sequence[float], seed: int = 3, size: tuple[int, int] = SIZE, wide: float = 0.3
) -> Mover:
    """A bar that hangs still and swings across once, fastest at `at`."""
    ground = _ground(seed, size)
    skin = texture(seed + 50, 64, 256, 2.0)

    def paint(t: float) -> Luma:
        side = sum((-1) ** i * np.tanh((t - hit) / 0.16) for i, hit in enumerate(at))
        side += (len(at) % 2 == 0) * -1.0
        picture = _seen(ground, 0, 0, size)
        w, h = size
        x = w * (0.5 + wide * side)
        yy, xx = np.mgrid[:h, :w].astype(np.float32)
        inside = np.clip(0.06 * w - np.abs(xx - x) + 0.5, 0, 1) * (yy < 0.8 * h)
        there = cv2.remap(skin, xx - np.float32(x) + 32, yy, cv2.INTER_LINEAR)
        return picture * (1 - inside) + there * inside

    return Mover("swing", tuple(at), paint)


def zoom(at: Sequence[float], seed: int = 4, size: tuple[int, int] = SIZE) -> Mover:
    """A camera that jumps nearer around `at`."""
    ground = _ground(seed, size)

    def paint(t: float) -> Luma:
        step = sum(0.35 / (1 + np.exp(-(t - hit) / 0.07)) for hit in at)
        scale = np.exp(-0.02 * t - step)
        w, h = size
        matrix = np.float32([[scale, 0, w * (1 - scale / 2)], [0, scale, h * (1 - scale / 2)]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(ground, matrix, size, flags=flags, borderMode=cv2.BORDER_WRAP)

    return Mover("zoom", tuple(at), paint)


def drift(
    seed: int = 5, size: tuple[int, int] = SIZE, speed: float = 14.0, grain: float = 4.0
) -> Mover:
    """An even pan: no height of motion at all."""
    ground = texture(seed, size[0] * 2, size[1] * 2, grain)
    return Mover("drift", (), lambda t: _seen(ground, speed * t, 0, size))


def waves(seed: int = 6, size: tuple[int, int] = SIZE) -> Mover:
    """Texture that breathes without end, as clouds and water do: no clear height."""
    ground = _ground(seed, size)
    h, w = size[1], size[0]
    yy, xx = np.mgrid[:h, :w].astype(np.float32)

    def paint(t: float) -> Luma:
        dx = 5 * np.sin(2 * pi * (yy / 60 + 0.31 * t)).astype(np.float32)
        dy = 4 * np.sin(2 * pi * (xx / 80 + 0.23 * t)).astype(np.float32)
        shift = np.float32(6 * sin(0.9 * t))
        return cv2.remap(ground, xx + dx + shift + 20, yy + dy + 20, cv2.INTER_LINEAR)

    return Mover("waves", (), paint)


def make_moving(
    folder: Path,
    mover: Mover,
    seconds: float,
    rate: Fraction = Fraction(24),
    *,
    name: str = "",
    needed: int | None = None,
    film_rate: Fraction | None = None,
    grain: float = 0.0,
    flicker: float = 0.0,
    seed: int = 0,
    held: int = 1,
    crf: int = 20,
) -> Clip:
    """A clip document with its file: `mover` over `seconds`, of which a shot asked for `needed`.

    Args:
        folder: Where.
        mover: What.
        seconds: Length.
        rate: Of the file.
        name: Of the file.
        needed: Frames at the film's rate that were asked for; all of them if None.
        film_rate: The clip's own rate if None.
        grain: Standard deviation of film grain, in code values.
        flicker: Of the lamp, as a share.
        seed: Of both.
        held: Each picture stands for so many frames.
        crf: x264's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = round(seconds * rate)
    rng = np.random.default_rng(seed)
    path = folder / f"{name or mover.name}.mp4"

    def packed(i: int) -> Luma:
        luma = np.asarray(mover.paint(float(i // held * held / rate)), np.float32)
        luma = luma * np.float32(1 + flicker * rng.standard_normal())
        luma = luma + np.float32(grain) * rng.standard_normal(luma.shape, dtype=np.float32)
        high, wide = luma.shape
        picture = np.full((high * 3 // 2, wide), 128, np.uint8)
        picture[:high] = np.clip(np.rint(luma), 16, 235)
        return picture

    write(path, frames, rate, packed, crf=crf)
    width, height = SIZE
    asked = film_rate or rate
    request = ClipRequest(
        prompt=mover.name, camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS,
        energy=0.5, motion=0.5, seed=1, width=width, height=height, rate=asked,
        frames=needed or int(frames / rate * asked),
    )  # fmt: skip
    return Clip(request=request, provider="movers", file=path.name, sha256=sha256_of(path),
                frames=frames, rate=rate, width=width, height=height)  # fmt: skip
