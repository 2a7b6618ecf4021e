"""A singer made in code: vowels through formants, glides, vibrato, consonants between."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (570, 840, 2410),
          (300, 870, 2240), (660, 1720, 2410))  # fmt: skip
"""Hz of three formants, men (Peterson and Barney, JASA 1952)."""
CONTROL = 200
"""Values a second of the curves."""


def sung(
    tune: Sequence[tuple[float, float, int]], seconds: float, rate: int, seed: int = 4
) -> NDArray[np.float64]:
    """Sing `tune`: start and length in seconds and MIDI pitch of each syllable."""
    rng = np.random.default_rng(seed)
    count = round(seconds * CONTROL)
    t = np.arange(count) / CONTROL
    pitch, loud = np.full(count, float(tune[0][2])), np.zeros(count)
    formants = np.tile(np.array(VOWELS[0], float), (count, 1))
    noises = []
    for i, (start, length, midi) in enumerate(tune):
        a, b = round(start * CONTROL), min(round((start + length) * CONTROL), count)
        pitch[a:] = midi
        loud[a:b] = 1.0
        formants[a:] = VOWELS[int(rng.integers(len(VOWELS)))]
        if i % 3 != 2:
            loud[max(a - 8, 0) : a + 6] = 0.0
            noises.append((max(start - 0.04, 0.0), 0.07))
        depth = np.clip((t[a:b] - start - 0.15) / 0.2, 0, 1) * 0.4
        pitch[a:b] += depth * np.sin(2 * np.pi * 5.6 * t[a:b])
    pitch = _smooth(pitch, 0.08) + _smooth(rng.normal(size=count), 0.1) * 0.4
    loud = _smooth(loud, 0.03)
    formants = np.stack([_smooth(column, 0.07) for column in formants.T], axis=1)
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    fine = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(np.interp(fine, t, hertz)) / rate
    out = np.zeros(fine.size)
    for h in range(1, 31):
        place = h * hertz[:, None]
        gain = (np.array([1, 0.5, 0.3]) / (1 + np.square((place - formants) / 90))).sum(axis=1)
        gain = (gain + 0.01) * loud / h * (h * hertz < 0.45 * rate)
        out += np.interp(fine, t, gain) * np.sin(h * phase)
    band = butter(2, [3500, 8000], "band", fs=rate, output="sos")
    for start, length in noises:
        a, n = round(start * rate), round(length * rate)
        hiss = sosfilt(band, rng.normal(size=n)) * np.hanning(n)
        out[a : a + n] += (0.6 * out.std() * hiss)[: out.size - a]
    return out


def _smooth(values: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    window = np.hanning(max(3, round(seconds * CONTROL) + 2))
    width = window.size
    padded = np.pad(values, width, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="same")[width:-width]
