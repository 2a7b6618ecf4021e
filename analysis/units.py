"""The units in which form is heard: bars, or blocks of a second where there is no grid."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from songreel.analysis.curves import Curves
from songreel.analysis.features import Features
from songreel.analysis.spectrum import RATE, Spectrum

_SHORTEST = 1.2
"""Seconds: bars shorter than this (2/4, or a doubled tempo) are taken in twos, threes ..."""
_MOST_BLOCKS = 1800
"""Blocks in a song without a grid: 30 minutes of seconds. Longer songs get longer blocks."""
_PARTS = 8
"""Parts of a bar whose spectra are compared one by one; 4 to 32 made no difference. A block is
compared whole."""
_CHORDS = 4
"""Parts of a bar whose chroma are compared."""
_STEPS = 16
"""Parts of a bar whose onsets are compared: sixteenths of a bar of four beats."""
_LEAST_SPECTRAL, _LEAST_HARMONIC, _LEAST_RHYTHMIC, _LEAST_DYNAMIC = 0.05, 0.01, 0.05, 0.002
"""Mean square distances per feature under which bars do not differ. A song's own mean over all
pairs of bars is 0.42 to 1.6 (spectrum) and 0.040 to 0.066 (chroma) in the evaluation set; an
unchanging loop has less than these."""


@dataclass(frozen=True)
class Units:
    """Stretches of the music between `edges`, and how alike they are. n = edges − 1."""

    edges: NDArray[np.float64]
    """Shape (n + 1,), seconds, increasing, from the first sound to the last."""
    allowed: NDArray[np.bool_]
    """Shape (n + 1,): whether a section may start at this edge."""
    bars: bool
    """Whether units are bars."""
    sounding: NDArray[np.bool_]
    """Shape (n,): False for long silences, each of which is one unit."""
    alike: NDArray[np.float32]
    """Shape (n, n), 0 to 1: likeness of spectrum, part by part."""
    timbre: NDArray[np.float32]
    """Shape (n, n), 0 to 1: likeness of the spectrum of whole units."""
    harmony: NDArray[np.float32]
    """Shape (n, n), 0 to 1: likeness of chroma, part by part."""
    rhythm: NDArray[np.float32]
    """Shape (n, n), 0 to 1: likeness of the onsets in three bands, sixteenth by sixteenth."""
    dynamics: NDArray[np.float32]
    """Shape (n, n), 0 to 1: likeness of energy, bass, density of onsets and brightness."""
    chroma: NDArray[np.float32]
    """Shape (n, parts × 12): the chroma that `harmony` compares."""

    @property
    def count(self) -> int:
        """Number of units."""
        return self.edges.size - 1


def find_units(
    features: Features,
    spectrum: Spectrum,
    curves: Curves,
    downbeats: NDArray[np.float64],
    duration: float,
    long_silence: float,
) -> Units:
    """Divide a song into bars, or into blocks where `downbeats` is empty, and compare them.

    Args:
        features: Spectra of the song.
        spectrum: For its chroma.
        curves: Ten values a second; `sounding` is True at least once.
        downbeats: Shape (b,), seconds.
        duration: Seconds of the song.
        long_silence: Seconds from which a silence is a unit of its own.
    """
    bars = downbeats.size >= 2
    islands = _islands(curves.sounding, duration, long_silence)
    whole = islands[-1][1] - islands[0][0]
    edges, allowed, silent = [], [], []
    for first, last, quiet in islands:
        if quiet:
            inner, free = np.array([first]), np.array([True])
        elif bars:
            inner, free = _bars(downbeats, first, last)
        else:
            inner, free = _blocks(first, last, whole)
        edges.append(inner)
        allowed.append(free)
        silent += [quiet] * inner.size
    every = np.append(np.concatenate(edges), islands[-1][1])
    spectra = _means(features.mel, features.frame_rate, every, _PARTS if bars else 1)
    whole_spectra = spectra.reshape(every.size - 1, -1, features.mel.shape[1]).mean(axis=1)
    onsets = np.sqrt(np.stack([features.low, features.mid, features.high], axis=1))
    onsets /= np.maximum(onsets.std(axis=0), np.float32(1e-9))
    levels = np.stack([curves.energy, curves.bass, curves.density, curves.brightness], axis=1)
    chroma = _chords(spectrum, every, _CHORDS if bars else 1)
    steps = _means(onsets, features.frame_rate, every, _STEPS if bars else 1)
    return Units(
        edges=every,
        allowed=np.append(np.concatenate(allowed), True),
        bars=bars,
        sounding=~np.array(silent),
        alike=likeness(spectra, _LEAST_SPECTRAL),
        timbre=likeness(whole_spectra, _LEAST_SPECTRAL),
        harmony=likeness(chroma, _LEAST_HARMONIC),
        rhythm=likeness(steps, _LEAST_RHYTHMIC),
        dynamics=likeness(_means(levels, RATE, every, 1), _LEAST_DYNAMIC),
        chroma=chroma,
    )


def turned_harmony(units: Units, semitones: int) -> NDArray[np.float32]:
    """Likeness of chroma where the second of two units is transposed, shape (n, n).

    On the scale of `units.harmony`. Entry (i, j) compares unit i with unit j `semitones` up.
    """
    moved = np.roll(units.chroma.reshape(units.count, -1, 12), semitones, axis=2)
    distance = _distances(units.chroma, units.chroma)
    across = _distances(units.chroma, moved.reshape(units.count, -1))
    return np.asarray(np.exp(-across / _scale(distance, _LEAST_HARMONIC * units.chroma.shape[1])))


def _islands(
    sounding: NDArray[np.bool_], duration: float, long_silence: float
) -> list[tuple[float, float, bool]]:
    """(start, end, silent) of the stretches between the long silences, and of those.

    Shorter silence in front of the first sound and after the last is left out.
    """
    at = np.flatnonzero(sounding)
    marks = [(-1, int(at[0]))] + [(int(a), int(b)) for a, b in pairwise(at)] + [(int(at[-1]), -1)]
    found: list[tuple[float, float, bool]] = []
    start = float(at[0] / RATE)
    for before, after in marks:
        first = (before + 1) / RATE
        last = after / RATE if after >= 0 else duration
        if last - first <= long_silence:
            continue
        if before >= 0:
            found.append((start, first, False))
        found.append((first, last, True))
        start = last
    if not found or not (found[-1][2] and found[-1][1] == duration):
        found.append((start, min(float((at[-1] + 1) / RATE), duration), False))
    return found


def _bars(
    downbeats: NDArray[np.float64], first: float, last: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Starts of the bars in [first, last), and which of them are true downbeats.

    Beyond the outermost downbeats the bars go on as they were, for comparison only.
    """
    bar = float(np.median(np.diff(downbeats)))
    group = max(1, int(np.ceil(_SHORTEST / bar - 0.05)))
    true = downbeats[::group]
    bar *= group
    before = true[0] - bar * np.arange(max(0, int(np.ceil((true[0] - first) / bar))), 0, -1)
    after = true[-1] + bar * np.arange(1, max(0, int(np.ceil((last - true[-1]) / bar))) + 1)
    every = np.concatenate([before, true, after])
    real = np.isin(every, true)
    # What is left of a bar at either end of the music belongs to its neighbour.
    inside = (every > first + bar / 2) & (every < last - bar / 2)
    return np.concatenate([[first], every[inside]]), np.concatenate([[True], real[inside]])


def _blocks(
    first: float, last: float, whole: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    length = max(1.0, whole / _MOST_BLOCKS)
    count = max(1, round((last - first) / length))
    edges = np.asarray(first + np.arange(count) * length, dtype=np.float64)
    return edges, np.ones(count, dtype=np.bool_)


def _parts(edges: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    """Seconds of the borders of `parts` equal parts of every unit, shape (n·parts + 1,)."""
    inner = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(parts) / parts)
    return np.append(inner.ravel(), edges[-1])


def _means(
    values: NDArray[np.float32] | NDArray[np.float64],
    rate: float,
    edges: NDArray[np.float64],
    parts: int,
) -> NDArray[np.float32]:
    """Mean of `values`, shape (m, k) at `rate` rows a second, in each part of each unit.

    Returns:
        Shape (n, parts × k).
    """
    borders = np.round(_parts(edges, parts) * rate).astype(int)
    starts = np.clip(borders[:-1], 0, values.shape[0] - 1)
    stops = np.clip(borders[1:], starts + 1, values.shape[0])
    means = np.stack([values[a:b].mean(axis=0) for a, b in zip(starts, stops, strict=True)])
    return means.reshape(edges.size - 1, -1).astype(np.float32)


def _chords(spectrum: Spectrum, edges: NDArray[np.float64], parts: int) -> NDArray[np.float32]:
    """Chroma in the middle of each part of each unit, shape (n, parts × 12)."""
    smooth = uniform_filter1d(spectrum.chroma, 5, axis=0, mode="nearest")
    borders = _parts(edges, parts)
    at = np.round((borders[:-1] + borders[1:]) / 2 * RATE).astype(int)
    found = smooth[np.clip(at, 0, smooth.shape[0] - 1)].reshape(edges.size - 1, -1)
    return np.asarray(found, dtype=np.float32)


def likeness(vectors: NDArray[np.float32], least: float) -> NDArray[np.float32]:
    """exp(−d² / mean d²) of every two rows, shape (n, n).

    The radial kernel was best of those compared by Marmoret, Cohen and Bimbot, "Barwise music
    structure analysis with the correlation block-matching segmentation algorithm", TISMIR 6(1),
    2023; scaled by the song's own mean distance a factor of 1 or 2 in it changes nothing.
    """
    distance = _distances(vectors, vectors)
    np.fill_diagonal(distance, 0.0)
    return np.asarray(np.exp(-distance / _scale(distance, least * vectors.shape[1])))


def _distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distance of every row of `one` from every row of `other`."""
    squares = (np.square(part).sum(axis=1) for part in (one, other))
    first, second = squares
    return np.asarray(np.maximum(first[:, None] + second[None, :] - 2 * (one @ other.T), 0.0))


def _scale(distance: NDArray[np.float32], least: float) -> np.float32:
    """Mean distance of two different rows, at least `least`."""
    count = distance.shape[0]
    mean = float(distance.sum(dtype=np.float64)) / max(1, count * (count - 1))
    return np.float32(max(mean, least))
