"""Times below the hop: `refine` moves beats onto their onsets and keeps the grid smooth."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.evened import evened

WINDOW = 256
"""Samples: 10.7 ms, short enough to place an attack and long enough to tell bands."""
STEP = 24
"""Samples between spectra: 1 ms."""
LAG = 8
"""Spectra between which the rise is taken: 8 ms."""
REACH = 0.05
"""Seconds searched to each side of a beat."""
EDGES = (60.0, 150.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0, 10_000.0)
"""Hz: octave bands whose rises are summed, so that bass does not drown a hi-hat."""
OUTLIER = 0.012
"""Seconds: an onset this far from the smooth grid counts half (Cauchy weight)."""


def refine(mono: NDArray[np.float32], beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beat times in seconds, moved by at most 50 ms.

    Args:
        mono: The song at `ANALYSIS_RATE`.
        beats: Shape (n,), seconds, increasing, right to about 30 ms.

    Returns:
        Shape (n,), increasing.
    """
    if beats.size < 3:
        return beats
    onsets, clear = onset_near(mono, beats)
    grid = beats
    # Four rounds of reweighting: the outliers no longer change after three.
    for _ in range(4):
        weight = clear / (1 + np.square((onsets - grid) / OUTLIER))
        grid = evened(onsets, weight)
    moved = np.clip(grid, beats - REACH, beats + REACH)
    return moved if np.all(np.diff(moved) > 0) else beats


def onset_near(
    mono: NDArray[np.float32], times: NDArray[np.float64], reach: float = REACH
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sharpest onset within `reach` of each time.

    The steepest rise lies 3 to 4 ms before the first sample of a click or drum and 1 to 8 ms after
    the note-on of sampled instruments, whose attacks take time: no constant would mend both.

    Returns:
        Onset times in seconds and how clear each is, 0 to 1; both of shape (n,).
    """
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    weights = _bands()
    half = round(reach * ANALYSIS_RATE / STEP)
    offsets = (np.arange(-half - LAG, half + LAG + 1) * STEP)[:, None] + np.arange(WINDOW)
    taper = np.cos(np.linspace(-1, 1, 2 * half + 1) * 1.2)
    found, clear = np.empty(times.size), np.empty(times.size)
    energy = float(np.einsum("i,i->", mono, mono, dtype=np.float64))
    # Of what sounds alone: silence behind a song changes nothing in it.
    scale = 1e-3 * (np.sqrt(energy / max(int(np.count_nonzero(mono)), 1)) or 1.0)
    for i, time in enumerate(times):
        place = round(float(time) * ANALYSIS_RATE) - WINDOW // 2 + offsets
        inside = (place >= 0) & (place < mono.size)
        pieces = mono[np.clip(place, 0, mono.size - 1)] * inside
        spectra = np.abs(rfft(pieces * window, axis=1)) @ weights
        loud = np.log(spectra / WINDOW + scale)
        # Rise from LAG/2 before to LAG/2 after each instant.
        rise = np.maximum(loud[LAG:] - loud[:-LAG], 0).mean(axis=1)
        rise = rise[LAG // 2 : LAG // 2 + 2 * half + 1] * taper
        peak = int(rise.argmax())
        found[i] = round(float(time) * ANALYSIS_RATE) / ANALYSIS_RATE + (
            (peak - half + _between(rise, peak)) * STEP / ANALYSIS_RATE
        )
        clear[i] = rise[peak] / (rise[peak] + 0.5) * (1 - rise.mean() / (rise[peak] + 1e-9))
    return found, np.maximum(clear, 1e-3)


def to_track(times: NDArray[np.float64], offset: float) -> NDArray[np.float64]:
    """Times from the first sound, to 0.1 ms, as seconds of the track, to 1 µs.

    Rounded before the offset is added, and none before the first sound: silence in front then
    shifts every time by its length.
    """
    tenths = np.round(times * 10_000) / 10_000
    return np.asarray(np.round((np.maximum(tenths, 0.0) + offset) * 1e6) / 1e6, np.float64)


def _between(curve: NDArray[np.float64], peak: int) -> float:
    """Place of a peak between samples by a parabola, −0.5 to 0.5."""
    if not 0 < peak < curve.size - 1:
        return 0.0
    left, top, right = curve[peak - 1 : peak + 2]
    bend = left - 2 * top + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _bands() -> NDArray[np.float32]:
    bins = np.arange(WINDOW // 2 + 1) * (ANALYSIS_RATE / WINDOW)
    edges = np.array(EDGES)
    inside = (bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])
    return np.asarray(inside / np.maximum(inside.sum(axis=0), 1), np.float32)
