"""Heights of a motion curve, and which of them a viewer sees as one moment: `peaks_of`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songreel.models.motion import Peak

_BLUR = 0.03
"""Seconds (standard deviation) over which the curve is smoothed: less than a frame of film."""

_AROUND = 1.0
"""Seconds on either side in which a peak must stand out."""

# Measured on moving pictures made in code (tests/support/movers.py), with and without grain,
# flicker and held pictures: hits, whips, swings and zooms against even pans and drifting texture.
_STANDS_OUT = 0.5
"""Share of its height that a clear peak rises above what is around it."""
_LEAST = 0.06
"""Widths a second that a clear peak rises at least: below it nobody notices."""
_NOTHING = 0.01
"""Widths a second: what rises less is not counted among the heights."""
_NOISE = 5.0
"""Times the curve's own jitter that it rises at least."""
_BESIDE = 0.45
"""Share of the largest prominence around it that a clear peak has."""
_EDGE = 2
"""Pictures from a clip's ends, and from cuts in it, where nothing can be told."""

Values = NDArray[np.float64]


def smoothed(values: Values, rate: float) -> Values:
    """`values` through a Gaussian of `_BLUR` seconds; the first value, which is none, left out."""
    if len(values) < 3:
        return values.copy()
    reach = max(1, round(3 * _BLUR * rate))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (_BLUR * rate)) ** 2)
    kernel /= kernel.sum()
    known = values.copy()
    known[0] = known[1]
    return np.convolve(np.pad(known, reach, mode="edge"), kernel, mode="valid")


def peaks_of(values: Values, rate: float, cuts: Sequence[int] = ()) -> tuple[Peak, ...]:
    """Peaks of a motion curve in order.

    Args:
        values: Shape (n,): motion from the picture before to each one.
        rate: Pictures a second.
        cuts: Pictures that begin another shot.

    Returns:
        Every local height worth the name, with its prominence among the values within a second.
    """
    curve = smoothed(values, rate)
    n = len(curve)
    if n < 5:
        return ()
    jitter = 1.4826 * float(np.median(np.abs(np.diff(curve, 2)))) / 2
    window = round(_AROUND * rate)
    heights = (i for i in range(1, n - 1) if curve[i - 1] < curve[i] >= curve[i + 1])
    found = [(i, p) for i in heights if (p := _prominence(curve, i, window)) >= _NOTHING]
    peaks = []
    for i, prominence in found:
        near = max(p for k, p in found if abs(k - i) <= window)
        edge = i < _EDGE + 1 or i > n - 1 - _EDGE or any(abs(i - cut) <= _EDGE for cut in cuts)
        clear = (
            not edge
            and prominence >= _STANDS_OUT * curve[i]
            and prominence >= _LEAST
            and prominence >= _NOISE * jitter
            and prominence >= _BESIDE * near
        )
        peaks.append(
            Peak(
                at=round(max(_summit(curve, i) - 0.5, 0.0) / rate, 5),
                height=round(float(curve[i]), 4),
                prominence=round(prominence, 4),
                clear=bool(clear),
            )
        )
    return tuple(peaks)


def _prominence(curve: Values, i: int, window: int) -> float:
    """Height above the higher of the two lowest values between it and higher ground."""
    feet = []
    for side in (curve[max(0, i - window) : i][::-1], curve[i + 1 : i + 1 + window]):
        higher = np.flatnonzero(side > curve[i])
        reach = side[: higher[0]] if higher.size else side
        feet.append(float(reach.min()) if reach.size else float(curve[i]))
    return float(curve[i]) - max(feet)


def _summit(curve: Values, i: int) -> float:
    """Where between the pictures the curve is highest: the top of a parabola through three."""
    a, b, c = float(curve[i - 1]), float(curve[i]), float(curve[i + 1])
    bend = a - 2 * b + c
    return i + (0.5 * (a - c) / bend if bend < 0 else 0.0)
