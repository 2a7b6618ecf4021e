"""`Coarse`: a smaller field for what is soft, laid under or added to the scene's own."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.film import bell, blur
from songreel.generation.visuals.kernels import Field, f32, kernel


class Coarse:
    """Mist, glow, sky or water drawn on a fraction of the pixels."""

    def __init__(self, height: int, width: int, by: int = 4) -> None:
        """`height` and `width` are of the scene's field, `by` how often this one goes into it."""
        self.height, self.width = max(4, -(-height // by)), max(4, -(-width // by))
        self.field: Field = np.zeros((self.height, self.width, 3), np.float32)
        """Draw here; shape (height, width, 3)."""
        self._blurred: Field = np.zeros_like(self.field)
        self._large: Field = np.zeros((height, width, 3), np.float32)
        self._room = np.zeros(0, np.float32)
        self._bell, self._sigma = np.zeros(0, np.float32), 0.0

    def blur(self, sigma: float) -> None:
        """Blur what is drawn, by `sigma` of its own pixels."""
        if sigma != self._sigma:
            self._bell, self._sigma = bell(sigma), sigma
            self._room = np.zeros(3 * (self.width + 2 * len(self._bell)), np.float32)
        blur(self.field, self._bell, self._room, self._blurred)
        self.field, self._blurred = self._blurred, self.field

    def lay(self, out: NDArray[np.float32]) -> None:
        """Overwrite `out` with the field, smoothly enlarged."""
        _enlarge(self.field, out)

    def add(self, out: NDArray[np.float32], gain: float = 1.0) -> None:
        """Add the field, smoothly enlarged, times `gain`, to `out`."""
        _enlarge(self.field, self._large)
        _add(out.reshape(-1), self._large.reshape(-1), f32(gain))


def _enlarge(field: Any, to: Any) -> None:
    cv2.resize(field, (to.shape[1], to.shape[0]), dst=to, interpolation=cv2.INTER_LINEAR)


@kernel
def _add(out: Field, more: Field, gain: Any) -> None:
    for i in range(out.shape[0]):
        out[i] += more[i] * gain
