"""What rings on when sound ends in the middle of things: `ring_on`."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, lfiltic

from songreel.sound.compiled import compiled
from songreel.sound.instruments.notes import Stereo

_ORDER = 640
"""Coefficients of the predictor: two for each of some hundred partials, at 48 kHz."""
_HEARD = 0.45
"""Seconds that it learns from."""
_LASTS = 0.22
"""Seconds to 1/e of what it goes on with: a chord let go, not held."""


@compiled
def _burg(x: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Coefficients of a linear predictor of `x` (Burg 1975); its poles lie inside the circle."""
    size = x.size
    forward = x.copy()
    backward = x.copy()
    a = np.zeros(order + 1)
    a[0] = 1.0
    old = np.zeros(order + 1)
    for m in range(order):
        over = 0.0
        under = 1e-12
        for i in range(m + 1, size):
            over += forward[i] * backward[i - 1]
            under += forward[i] * forward[i] + backward[i - 1] * backward[i - 1]
        k = -2.0 * over / under
        old[:] = a
        for i in range(1, m + 2):
            a[i] = old[i] + k * old[m + 1 - i]
        for i in range(size - 1, m, -1):
            f = forward[i]
            b = backward[i - 1]
            forward[i] = f + k * b
            backward[i] = b + k * f
    return a


def ring_on(heard: Stereo, seconds: float, rate: int) -> Stereo:
    """How the end of `heard` goes on: its partials, dying away.

    A linear predictor that learns the last half second says what comes next; so there is no step
    at the join, whoever made the sound.

    Args:
        heard: Shape (2, n).
        seconds: Length of the result.
        rate: Samples a second.

    Returns:
        Shape (2, round(seconds × rate)); it ends at zero.
    """
    count = round(seconds * rate)
    last = heard[:, -round(_HEARD * rate) :].astype(np.float64)
    out = np.zeros((2, count), np.float32)
    order = min(_ORDER, last.shape[1] // 3)
    if count == 0 or order < 8:
        return out
    t = np.arange(count) / rate
    fade = np.exp(-t / _LASTS) * np.linspace(1, 0, count)
    for channel, x in enumerate(last):
        if float(np.abs(x[-round(0.02 * rate) :]).max(initial=0.0)) < 1e-5:
            continue
        a = _burg(x, order)
        start = lfiltic([1.0], a, x[::-1][:order])
        gone, _ = lfilter([1.0], a, np.zeros(count), zi=start)
        # Never louder than what was heard, should a pole lie close to the circle.
        peak = float(np.abs(x).max())
        out[channel] = np.clip(gone, -peak, peak) * fade
    return out
