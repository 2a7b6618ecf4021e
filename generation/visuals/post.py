"""Finishing: from a scene's light to the picture: bloom, tone curve, vignette, size, grain.

The tone curve is applied on the drawing field and the result enlarged: enlarging coded values
rings less at bright edges than enlarging light, and costs a quarter.
"""

from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from songreel.generation.planes import Planes
from songreel.generation.visuals.guard import FlashGuard
from songreel.generation.visuals.kernels import f32, kernel
from songreel.generation.visuals.scene import Finish

_GRAIN_TILES = 7
"""Grain patterns taken in turn; a prime, so that they do not repeat with the beat."""


_GLOW_SIDE = 320
"""Longer side of the picture that bloom is blurred on: it is soft whatever the output's size."""


class Finisher:
    """Turns fields of light, shape (fh, fw, 3), into frames, shape (height, width, 3), uint8.

    One object serves one clip. Its buffers are its own, so clips may be finished in threads.
    """

    def __init__(
        self,
        field: tuple[int, int],
        size: tuple[int, int],
        finish: Finish,
        seed: int,
        guard: FlashGuard | None = None,
    ) -> None:
        """`field` and `size` are (height, width) of the drawing field and of the output.

        `guard` watches over flashes; without it a picture is finished as it was drawn.
        """
        self._guard = guard
        self._finish = finish
        self._field, self._size = field, size
        fh, fw = field
        shrink = max(1.0, max(fw, fh) / _GLOW_SIDE)
        self._small_size = (max(4, round(fw / shrink)), max(4, round(fh / shrink)))
        self._wide_size = (max(2, self._small_size[0] // 4), max(2, self._small_size[1] // 4))
        self._glow = np.zeros((fh, fw, 3), np.float32)
        self._coded = np.empty((fh, fw, 3), np.float32)
        self._large = self._coded if field == size else np.empty((*size, 3), np.float32)
        self._frame = np.empty((*size, 3), np.uint8)
        self._vignette = _vignette(fh, fw, finish.vignette)
        random = np.random.default_rng((seed, 77))
        # Triangular noise of ±1 step keeps 8-bit ramps from banding; the grain adds to it.
        shape = (size[0], size[1] + 64)
        dither = random.random(shape, np.float32) - random.random(shape, np.float32)
        raw = random.standard_normal(shape, np.float32)
        grain = np.asarray(cv2.GaussianBlur(raw, (0, 0), 0.7), np.float32)
        amplitude = finish.grain * 255.0 / max(float(grain.std()), 1e-6)
        self._noise = (dither + grain * amplitude).astype(np.float32)

    def __call__(self, light: NDArray[np.float32], index: int, out: Planes) -> None:
        """Frame `index` from its light, drawn on `out`."""
        if self._finish.bloom > 0:
            self._bloom(light)
        _develop(
            light,
            self._glow,
            self._vignette,
            f32(self._finish.exposure),
            f32(self._finish.bloom),
            self._coded,
        )
        if self._guard is not None:
            self._guard(self._coded)
        if self._large is not self._coded:
            cv2.resize(
                self._coded,
                (self._size[1], self._size[0]),
                dst=self._large,
                interpolation=cv2.INTER_CUBIC,
            )
        turn = index % _GRAIN_TILES
        _print(self._large, self._noise, turn * 9, turn * 101, self._frame)
        picture = av.VideoFrame.from_ndarray(self._frame, format="rgb24")
        frame = picture.reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        for to, plane in zip((out.y, out.cb, out.cr), frame.planes, strict=True):
            buffer: Any = plane
            rows = np.frombuffer(buffer, np.uint8).reshape(plane.height, plane.line_size)
            to[:] = rows[:, : plane.width]

    def _bloom(self, light: NDArray[np.float32]) -> None:
        """Two blurs of the light, a near and a wide one, into `_glow`."""
        near: Any = cv2.resize(light, self._small_size, interpolation=cv2.INTER_AREA)
        # A single hot pixel must not flood the frame: what glows is held to 4 × white.
        np.minimum(near, 4.0, out=near)
        wide: Any = cv2.resize(near, self._wide_size, interpolation=cv2.INTER_AREA)
        sigma = max(self._small_size) / _GLOW_SIDE
        near = cv2.GaussianBlur(near, (0, 0), 3.0 * sigma)
        wide = cv2.GaussianBlur(wide, (0, 0), 5.0 * sigma)
        near *= 0.45
        near += 0.55 * cv2.resize(wide, self._small_size, interpolation=cv2.INTER_LINEAR)
        fh, fw = self._field
        cv2.resize(near, (fw, fh), dst=self._glow, interpolation=cv2.INTER_LINEAR)


def _vignette(height: int, width: int, strength: float) -> NDArray[np.float32]:
    """Factor on the light, shape (height, width): 1 in the middle, falling as cos⁴ does."""
    y = np.linspace(-1, 1, height)[:, None]
    x = np.linspace(-1, 1, width)[None, :]
    fall = 1.0 / (1.0 + 0.55 * (x * x + y * y)) ** 2
    factor: NDArray[np.float32] = (1.0 - strength * (1.0 - fall)).astype(np.float32)
    return factor


@kernel
def _film(x: Any) -> Any:
    """Film-like tone curve from light to coded sRGB (Hejl and Burgess-Dawson, GDC 2010)."""
    x = max(x - f32(0.004), f32(0))
    return (x * (f32(6.2) * x + f32(0.5))) / (x * (f32(6.2) * x + f32(1.7)) + f32(0.06))


@kernel
def _develop(
    light: NDArray[np.float32],
    glow: NDArray[np.float32],
    vignette: NDArray[np.float32],
    exposure: Any,
    bloom: Any,
    out: NDArray[np.float32],
) -> None:
    """Add the glow, darken the corners, apply the tone curve: coded values 0 to 1 in `out`."""
    height, width = light.shape[0], light.shape[1]
    stay = f32(1) - f32(0.25) * bloom
    for y in range(height):
        for x in range(width):
            gain = exposure * vignette[y, x]
            r = (light[y, x, 0] * stay + glow[y, x, 0] * bloom) * gain
            g = (light[y, x, 1] * stay + glow[y, x, 1] * bloom) * gain
            b = (light[y, x, 2] * stay + glow[y, x, 2] * bloom) * gain
            # Strong light bleeds into the other layers of the film, so that a saturated lamp
            # burns out towards white and not towards a corner of the colour cube.
            over = f32(0.055) * (r + g + b)
            spill = over * over / (over + f32(0.25))
            out[y, x, 0] = _film(r + spill)
            out[y, x, 1] = _film(g + spill)
            out[y, x, 2] = _film(b + spill)


@kernel
def _print(
    coded: NDArray[np.float32],
    noise: NDArray[np.float32],
    shift_x: int,
    shift_y: int,
    out: NDArray[np.uint8],
) -> None:
    """Add grain and dither, the same to all three channels, and round to 8 bits."""
    height, width = coded.shape[0], coded.shape[1]
    for y in range(height):
        row = (y + shift_y) % height
        for x in range(width):
            n = noise[row, x + shift_x] + f32(0.5)
            for c in range(3):
                value = coded[y, x, c] * f32(255) + n
                out[y, x, c] = np.uint8(min(max(value, f32(0)), f32(255)))
