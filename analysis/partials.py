"""Spectral peaks a hundred times a second, followed from frame to frame: `find_partials`.

Places and heights are those of the parabola through three bins of the log spectrum (Smith and
Serra, PARSHL, 1987), the partials those of McAulay and Quatieri (IEEE TASSP 34(4), 1986).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import HOP
from songreel.analysis.framing import framed
from songreel.sound.compiled import compiled

WINDOW = 2048
"""Samples: 85 ms. Partials 23 Hz apart are told apart, and a vibrato of 7 Hz stays a curve."""
LOWEST, HIGHEST = 60.0, 5000.0
"""Hz: from a bass voice to the last partials that carry pitch."""
MOST = 40
"""Peaks kept in a frame, the strongest."""
DEPTH = 50.0
"""dB under the frame's strongest peak at which no more are counted."""
FLOOR = WINDOW / 4 * 10**-3.5
"""Magnitude, for a song whose greatest sample is 1, of a tone 70 dB below it: what is softer is
not heard."""
REACH = 90.0
"""Cents that a partial may move in 10 ms: speech glides by up to ten octaves a second (Xu and
Sun, "Maximum speed of pitch change", JASA 111, 2002)."""
HALF = 4
"""Frames to each side over which a partial's slope is taken: 90 ms in all, half a vibrato."""
UNKNOWN = np.float32(1e9)
"""Slope and roughness of a partial that does not last long enough."""
CHUNK = 2048
"""Frames transformed at a time: 17 MiB."""


@dataclass(frozen=True)
class Partials:
    """Peaks of each frame, shape (n, MOST); frame i is centred on i / 100 seconds."""

    cents: NDArray[np.float32]
    """Above 10 Hz, by frequency; 0 where there is no peak."""
    magnitude: NDArray[np.float32]
    """Linear; 0 where there is no peak."""
    slope: NDArray[np.float32]
    """Cents per frame at which it glides; `UNKNOWN` where it does not last 90 ms."""
    roughness: NDArray[np.float32]
    """Cents RMS about that line; `UNKNOWN` likewise."""


def find_partials(mono: NDArray[np.float32], loudest: float) -> Partials:
    """Partials of `mono` at `ANALYSIS_RATE`, shape (samples,); n = ceil(samples / 240).

    `loudest` is the greatest sample of the song that `mono` is a stretch of.
    """
    count = max(1, -(-mono.size // HOP))
    cents = np.zeros((count, MOST), np.float32)
    magnitude = np.zeros((count, MOST), np.float32)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    first, last = (int(f * WINDOW / ANALYSIS_RATE) for f in (LOWEST, HIGHEST))
    floor = np.float32(max(loudest, 1e-9) * FLOOR)
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        frames = framed(mono, start, stop, WINDOW, HOP)
        spectrum = np.abs(rfft(frames * window, axis=1)[:, : last + 2])
        _peaks(spectrum, first, last, floor, cents[start:stop], magnitude[start:stop])
    slope, roughness = _slopes(cents, _follow(cents))
    return Partials(cents, magnitude, slope, roughness)


@compiled
def _peaks(
    spectrum: NDArray[np.float32],
    first: int,
    last: int,
    quiet: np.float32,
    cents: NDArray[np.float32],
    magnitude: NDArray[np.float32],
) -> None:
    """Place and height of the strongest peaks, by the parabola through the log spectrum."""
    found = np.zeros(last - first + 1, np.float32)
    at = np.zeros(last - first + 1, np.int64)
    for i in range(spectrum.shape[0]):
        row = spectrum[i]
        top = np.float32(0.0)
        for k in range(first, last + 1):
            top = max(top, row[k])
        floor = max(top * np.float32(10 ** (-DEPTH / 20)), quiet)
        count = 0
        for k in range(first, last + 1):
            if row[k] > floor and row[k] > row[k - 1] and row[k] >= row[k + 1]:
                found[count] = row[k]
                at[count] = k
                count += 1
        least = np.float32(0.0)
        if count > MOST:
            least = np.sort(found[:count])[count - MOST]
        j = 0
        for c in range(count):
            if found[c] < least or j == MOST:
                continue
            k = at[c]
            left, mid, right = (
                np.log(row[k - 1] + 1e-12),
                np.log(row[k]),
                np.log(row[k + 1] + 1e-12),
            )
            shift = 0.5 * (left - right) / (left - 2 * mid + right - 1e-12)
            cents[i, j] = 1200 * np.log2((k + shift) * ANALYSIS_RATE / WINDOW / 10.0)
            magnitude[i, j] = np.exp(mid - 0.25 * (left - right) * shift)
            j += 1


@compiled
def _follow(cents: NDArray[np.float32]) -> NDArray[np.int16]:
    """Which peak of the frame before each continues, −1 for none, shape (n, MOST).

    It is the nearest within `REACH`, where the peak is that one's nearest too.
    """
    count, most = cents.shape
    before = np.full((count, most), -1, np.int16)
    for i in range(1, count):
        near = 0
        for j in range(most):
            here = cents[i, j]
            if here == 0:
                break
            while near + 1 < most and cents[i - 1, near + 1] > 0:
                if abs(cents[i - 1, near + 1] - here) > abs(cents[i - 1, near] - here):
                    break
                near += 1
            away = abs(cents[i - 1, near] - here)
            if cents[i - 1, near] == 0 or away > REACH:
                continue
            if j + 1 < most and abs(cents[i - 1, near] - cents[i, j + 1]) < away:
                continue
            if j > 0 and before[i, j - 1] == near:
                continue
            before[i, j] = near
    return before


@compiled
def _slopes(
    cents: NDArray[np.float32], before: NDArray[np.int16]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Least-squares line through each partial over `HALF` frames to each side."""
    count, most = cents.shape
    length = 2 * HALF + 1
    slope = np.full((count, most), UNKNOWN)
    roughness = np.full((count, most), UNKNOWN)
    path = np.zeros(length)
    squares = 0.0
    for k in range(-HALF, HALF + 1):
        squares += k * k
    for i in range(length - 1, count):
        for j in range(most):
            if cents[i, j] == 0:
                break
            at, middle, whole = j, 0, True
            for k in range(length):
                path[length - 1 - k] = cents[i - k, at]
                if k == HALF:
                    middle = at
                if k < length - 1:
                    at = before[i - k, at]
                    if at < 0:
                        whole = False
                        break
            if not whole:
                continue
            mean, rise = path.mean(), 0.0
            for k in range(length):
                rise += (k - HALF) * (path[k] - mean) / squares
            rest = 0.0
            for k in range(length):
                rest += (path[k] - mean - rise * (k - HALF)) ** 2
            slope[i - HALF, middle] = rise
            roughness[i - HALF, middle] = np.sqrt(rest / length)
    return slope, roughness
