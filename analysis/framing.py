"""Cutting a song into frames: `framed`, for every spectrum of it."""

import numpy as np
from numpy.typing import NDArray


def framed(
    mono: NDArray[np.float32], first: int, stop: int, window: int, hop: int
) -> NDArray[np.float32]:
    """Frames [first, stop) of `window` samples, shape (stop − first, window).

    Each is centred on its multiple of the hop; beyond the song there are zeros. `first` may be
    negative.
    """
    begin, end = first * hop - window // 2, (stop - 1) * hop + window // 2
    inside = mono[max(begin, 0) : max(min(end, mono.size), 0)]
    before = min(max(-begin, 0), end - begin)
    padded = np.pad(inside, (before, end - begin - before - inside.size))
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
