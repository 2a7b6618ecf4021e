"""Beats and bars at once: `decode_bars`, a semi-Markov search over places in the bar.

The bar-pointer model of Whiteley, Cemgil and Godsill (ISMIR 2006) in the efficient form of Krebs,
Böck and Widmer (ISMIR 2015), with tempo changes at beats only: a state is (frame of a beat,
interval before it, place in the bar). What speaks for a bar's start so helps to tell beat from
off-beat and a tempo from its half. Songs of hours are searched in bounded memory: of what lies
further back than a minute, the path that is best now is kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.sound.compiled import compiled

STIFFNESS = 100.0
"""Cost of a relative change of the interval (Krebs et al. 2015)."""
TURN = 0.12
"""Largest relative change of the interval from one beat to the next."""
SLIP = 12.0
"""Cost of a bar of another length, log-odds."""
JUMP = 25.0
"""Cost of going on at any other interval: a new tempo from one bar to the next."""
LAG = 6000
"""Frames after which a path is settled: a minute."""


@dataclass(frozen=True)
class BarPath:
    """The likeliest beats in bars of one length."""

    frames: NDArray[np.int64]
    """Of the beats."""
    places: NDArray[np.int64]
    """Place of each beat in its bar, 0 first."""
    score: float
    """Log-odds of the whole path, costs taken off."""


def decode_bars(
    beat: NDArray[np.float64],
    start: NDArray[np.float64],
    length: int,
    shortest: int,
    longest: int,
) -> BarPath:
    """The best path through bars of `length` beats.

    Args:
        beat: Shape (n,), n >= 1, what a beat that starts no bar is worth at each frame: log-odds.
        start: Shape (n,), the same for a bar's first beat.
        length: Beats a bar, >= 1.
        shortest: Least interval between beats, frames, >= 1.
        longest: Greatest, >= shortest.
    """
    intervals = np.arange(shortest, longest + 1, dtype=np.float64)
    change = np.abs(intervals[:, None] - intervals[None, :])
    # A step of one frame is the grid's own rounding, not a change of tempo: nearly free.
    cost = (
        STIFFNESS * np.maximum(change - 1, 0) / np.minimum(intervals[:, None], intervals[None, :])
    )
    cost += np.where(change > 0, 0.02 * STIFFNESS / longest, 0.0)
    reach = np.maximum(2, np.round(TURN * intervals)).astype(np.int64)
    frames, places, score = _search(
        beat.astype(np.float32), start.astype(np.float32), length, shortest,
        cost.astype(np.float32), reach, SLIP, JUMP, LAG,
    )  # fmt: skip
    return BarPath(frames, places, float(score))


@compiled
def _search(
    beat: NDArray[np.float32],
    start: NDArray[np.float32],
    length: int,
    shortest: int,
    cost: NDArray[np.float32],
    reach: NDArray[np.int64],
    slip: float,
    jump: float,
    lag: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    n, count = beat.size, cost.shape[0]
    longest = shortest + count - 1
    size = longest + 1
    # Scores are looked back to by one longest interval, paths by the lag: rings keep hours small.
    kept = min(n, 2 * lag + longest)
    best = np.full((size, count, length), np.float32(-1e30), np.float32)
    came = np.full((kept, count, length), -1, np.int16)
    merged = np.empty(length, np.float32)
    whence = np.empty(length, np.int64)
    # The best of all intervals at each frame and place, from which any tempo may go on.
    peak = np.full((size, length), np.float32(-1e30), np.float32)
    peak_at = np.zeros((size, length), np.int64)
    frames = np.empty(n // shortest + 2, np.int64)
    places = np.empty(n // shortest + 2, np.int64)
    found, settled = 0, -1
    for t in range(n):
        row = t % size
        for j in range(count):
            before = t - shortest - j
            if before < 0:
                # The first beat: all intervals and places are equal.
                for k in range(length):
                    best[row, j, k] = start[t] if k == 0 else beat[t]
                    came[t % kept, j, k] = -1
                continue
            old = before % size
            for k in range(length):
                merged[k] = peak[old, k] - np.float32(jump)
                whence[k] = peak_at[old, k]
            for i in range(max(0, j - reach[j]), min(count, j + reach[j] + 1)):
                price = cost[i, j]
                for k in range(length):
                    value = best[old, i, k] - price
                    if value > merged[k]:
                        merged[k] = value
                        whence[k] = i
            for k in range(1, length):
                best[row, j, k] = merged[k - 1] + beat[t]
                came[t % kept, j, k] = whence[k - 1] * length + k - 1
            top, last = merged[length - 1], length - 1
            for k in range(length - 1):
                if merged[k] - slip > top:
                    top, last = merged[k] - np.float32(slip), k
            best[row, j, 0] = top + start[t]
            came[t % kept, j, 0] = whence[last] * length + last
        for k in range(length):
            where = np.argmax(best[row, :, k])
            peak_at[row, k] = where
            peak[row, k] = best[row, where, k]
        over = t == n - 1
        if not over and (t % lag != lag - 1 or t < 2 * lag - 1):
            continue
        # The best state of the last longest interval, and the path that led to it.
        top, s, j, k = np.float32(-1e30), t, 0, 0
        for r in range(max(0, t - longest + 1), t + 1):
            for i in range(count):
                for p in range(length):
                    if best[r % size, i, p] > top:
                        top, s, j, k = best[r % size, i, p], r, i, p
        first = found
        score = top
        while s > settled:
            if over or s <= t - lag:
                frames[found] = s
                places[found] = k
                found += 1
            value = came[s % kept, j, k]
            if value < 0:
                break
            s -= shortest + j
            j, k = value // length, value % length
        frames[first:found] = frames[first:found][::-1].copy()
        places[first:found] = places[first:found][::-1].copy()
        if found > 0:
            # A path that moved a little must not set the same beat twice.
            settled = frames[found - 1] + shortest // 2
    return frames[:found].copy(), places[:found].copy(), float(score)
