"""How often a moving picture flashes, after WCAG 2.3.1 (general and red flash)."""

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CELLS = (16, 9)


def flashes(frames: Iterable[NDArray[np.uint8]], rate: float, area: float = 0.25) -> float:
    """Most flashes within any second, as pairs of opposing changes (so halves are possible).

    A change is one of relative luminance by 0.1 or more, the darker state below 0.8; or, for
    red, one of saturated red by more than 20 (of R − G − B, as of 320). It counts where `area`
    of the picture makes it in the same direction at about the same time (within three frames
    at 24 a second: what passes across the picture is no flash).

    Args:
        frames: sRGB, shape (height, width, 3) each.
        rate: Frames a second.
        area: Share of the picture that must change together.
    """
    luminance, red, saturated = [], [], []
    for frame in frames:
        small = cv2.resize(frame, CELLS, interpolation=cv2.INTER_AREA).astype(np.float64) / 255.0
        linear = np.where(small <= 0.04045, small / 12.92, ((small + 0.055) / 1.055) ** 2.4)
        luminance.append(linear @ np.array([0.2126, 0.7152, 0.0722]))
        red.append(np.maximum(linear[..., 0] - linear[..., 1] - linear[..., 2], 0.0) * 320.0)
        saturated.append(linear[..., 0] >= 0.8 * np.maximum(linear.sum(axis=2), 1e-6))
    bright = np.array(luminance)
    return max(
        _most(bright, 0.1, lambda a, b: np.minimum(a[0], b[0]) < 0.8, bright, rate, area),
        _most(np.array(red), 20.0, lambda a, b: a[0] or b[0], np.array(saturated), rate, area),
    )


Counts = Callable[[NDArray[Any], NDArray[Any]], Any]


def _most(
    values: NDArray[np.float64],
    step: float,
    counts: Counts,
    state: NDArray[Any],
    rate: float,
    area: float,
) -> float:
    cells, states = values.reshape(len(values), -1), state.reshape(len(values), -1)
    turns = np.zeros(cells.shape)
    for cell in range(cells.shape[1]):
        for i, direction in _swings(cells[:, cell].tolist(), step, counts, states[:, cell, None]):
            turns[i, cell] = direction
    together = max(1, round(rate / 8))
    times: list[int] = []
    last = 0
    for i in range(len(turns)):
        span = turns[max(0, i - together + 1) : i + 1]
        for direction in (1, -1):
            if direction != last and np.mean(np.any(span == direction, axis=0)) >= area:
                times.append(i)
                last = direction
                span[:] = 0  # a change counts once
    return max((sum(t <= other < t + rate for other in times) / 2 for t in times), default=0.0)


def _swings(
    values: list[float], step: float, counts: Counts, state: NDArray[Any]
) -> list[tuple[int, int]]:
    """Where a value has gone up (1) or down (−1) by `step` since it last turned."""
    found = []
    low = high = 0
    direction = 0
    for i, value in enumerate(values):
        low = i if value < values[low] else low
        high = i if value > values[high] else high
        if direction <= 0 and value - values[low] >= step and counts(state[low], state[i]):
            direction, low, high = 1, i, i
            found.append((i, 1))
        elif direction >= 0 and values[high] - value >= step and counts(state[high], state[i]):
            direction, low, high = -1, i, i
            found.append((i, -1))
        elif direction > 0:
            low = i
        elif direction < 0:
            high = i
    return found
