"""Finishing: from a scene's light to the picture: bloom, tone curve, vignette, size, grain.

The tone curve is applied on the drawing field and the result enlarged: enlarging coded values
rings less at bright edges than enlarging light, and costs a quarter. Of the coded picture luma
alone is brought to full size; chroma goes straight to the half size it is encoded at.
"""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.planes import Planes
from songreel.generation.visuals.film import bell, blur, develop, shrink
from songreel.generation.visuals.guard import CELLS, FlashGuard
from songreel.generation.visuals.kernels import f32
from songreel.generation.visuals.printing import (
    print_chroma,
    print_enlarged,
    print_luma,
    steps,
    taps,
)
from songreel.generation.visuals.scene import Finish

_GRAIN_TILES = 7
"""Grain patterns taken in turn; a prime, so that they do not repeat with the beat."""

_GLOW_SIDE = 320
"""Longer side of the picture that bloom is blurred on, about: it is soft whatever the size."""

_MARGIN = 128
"""Columns of grain beyond the picture's, from which each frame takes another part."""

Noise = NDArray[np.int16]
"""In 1/256 of a code value."""


class Finisher:
    """Turns fields of light, shape (fh, fw, 3), into pictures.

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
        (fh, fw), half = field, (size[0] // 2, size[1] // 2)
        self._rows = np.empty((10, fw), np.float32)
        self._across = (np.linspace(-1, 1, fw) ** 2).astype(np.float32)
        self._luma = np.empty((fh, fw), np.float32)
        self._chroma = np.empty((2, *(half if field == size else field)), np.float32)
        self._cells = np.empty((3, CELLS[1], CELLS[0]), np.float32)
        same = self._chroma.shape[1:] == half
        self._halves = self._chroma if same else np.empty((2, *half), np.float32)
        self._steps = 0 if field == size else steps(field, size)
        self._large = self._luma
        if field != size and not self._steps:
            self._large = np.empty(size, np.float32)
        self._step = max(1, round(max(fw, fh) / _GLOW_SIDE))
        sh, sw = -(-fh // self._step), -(-fw // self._step)
        self._small, self._near = np.zeros((2, sh, sw, 3), np.float32)
        self._wide, self._faint = np.zeros((2, max(2, sh // 4), max(2, sw // 4), 3), np.float32)
        self._around = np.zeros((sh, sw, 3), np.float32)
        self._glow = np.zeros((sh, fw, 3), np.float32)
        sigma = max(sh, sw) / _GLOW_SIDE
        self._soft, self._softer = bell(3.0 * sigma), bell(5.0 * sigma)
        longest = max(len(self._soft), len(self._softer))
        self._room = np.empty(3 * max(fw, sw + 2 * longest), np.float32)
        self._grain, self._dither = _noise(size, finish.grain)
        random = np.random.default_rng((seed, 77))
        self._begin = int(random.integers(size[0])), int(random.integers(_MARGIN - 64))
        self._taps = taps(fh, size[0])
        self._lines = np.empty((2, size[1] + 8), np.float32)

    def __call__(self, light: NDArray[np.float32], index: int, out: Planes) -> None:
        """Frame `index` from its light, drawn on `out`."""
        finish = self._finish
        if finish.bloom > 0:
            self._bloom(light)
        develop(
            light, self._glow, self._across, f32(finish.exposure), f32(finish.bloom),
            f32(finish.vignette), self._rows, self._luma, self._chroma, self._cells,
        )  # fmt: skip
        if self._guard is not None:
            self._guard(self._luma, self._chroma, self._cells)
        turn = index % _GRAIN_TILES
        down, across = self._begin[0] + turn * 101, self._begin[1] + turn * 9
        if self._steps:
            print_enlarged(
                self._luma, *self._taps, self._steps, self._grain, across, down, self._lines, out.y
            )
        else:
            if self._large is not self._luma:
                _resize(self._luma, self._large, cv2.INTER_CUBIC)
            print_luma(self._large, self._grain, across, down, out.y)
        if self._halves is not self._chroma:
            for source, to in zip(self._chroma, self._halves, strict=True):
                _resize(source, to, cv2.INTER_LINEAR)
        print_chroma(self._halves[0], self._dither, out.cb)
        print_chroma(self._halves[1], self._dither, out.cr)

    def _bloom(self, light: NDArray[np.float32]) -> None:
        """Two blurs of the light, a near and a wide one, into `_glow`."""
        # A single hot pixel must not flood the frame: what glows is held to 4 × white.
        shrink(light, self._step, f32(4), self._room, self._small)
        _resize(self._small, self._wide, cv2.INTER_AREA)
        blur(self._small, self._soft, self._room, self._near)
        blur(self._wide, self._softer, self._room, self._faint)
        _resize(self._faint, self._around, cv2.INTER_LINEAR)
        cv2.addWeighted(self._near, 0.45, self._around, 0.55, 0.0, dst=self._near)
        _resize(self._near, self._glow, cv2.INTER_LINEAR)


def _resize(source: Any, to: Any, interpolation: int) -> None:
    cv2.resize(source, (to.shape[1], to.shape[0]), dst=to, interpolation=interpolation)


@lru_cache(maxsize=8)
def _noise(size: tuple[int, int], grain: float) -> tuple[Noise, Noise]:
    """Grain with dither for luma, wider than `size` by a margin, and dither for chroma.

    Triangular noise of ±1 step keeps 8-bit ramps of luma from banding; of chroma, half a step
    does, for the eye sees a step of it less. Made once for all clips of a film: each begins
    elsewhere in it.
    """
    random = np.random.default_rng(77)
    shape = (size[0], size[1] + _MARGIN)
    dither = random.random(shape, np.float32) - random.random(shape, np.float32)
    raw = random.standard_normal(shape, np.float32)
    soft = np.asarray(cv2.GaussianBlur(raw, (0, 0), 0.7), np.float32)
    soft *= np.float32(grain * 219.0 / max(float(soft.std()), 1e-6))
    fine = random.random((size[0] // 2, size[1] // 2), np.float32) - np.float32(0.5)
    return _codes(dither + soft), _codes(fine)


def _codes(noise: NDArray[np.float32]) -> Noise:
    codes: Noise = np.rint(np.clip(noise, -127, 127) * 256).astype(np.int16)
    codes.flags.writeable = False
    return codes
