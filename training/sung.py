"""Tunes for voices: `melody`, lines of syllables with rests between, and `rap`."""

import numpy as np

Sung = tuple[float, float, int, float]
"""Beat, length in beats, degree of the scale and loudness of a syllable."""


def melody(rng: np.random.Generator, beats: int, steps: int, bars: int, long: bool) -> list[Sung]:
    """`bars` bars of lines of one or two bars, off the beat about as often as on it.

    Args:
        rng: Source of chance.
        beats: A bar.
        steps: A beat.
        bars: How many.
        long: Held notes, as in a chorus.
    """
    syllables: list[Sung] = []
    degree = int(rng.integers(0, 5))
    grid = steps if steps != 4 or rng.random() < 0.5 else 2
    motif: list[tuple[float, float]] = []
    for bar in range(bars):
        if not motif or rng.random() < 0.35:
            motif = _line(rng, beats, grid, long)
        for beat, length in motif:
            degree = int(np.clip(degree + rng.choice([-2, -1, 0, 0, 1, 2]), -2, 9))
            syllables.append((bar * beats + beat, length, degree, float(rng.uniform(0.6, 1))))
    return syllables


def rap(rng: np.random.Generator, beats: int, bars: int) -> list[Sung]:
    """Speech in sixteenths and triplets, with a rest at most ends of lines."""
    syllables: list[Sung] = []
    for bar in range(bars):
        triplets = rng.random() < 0.2
        rate = 3 if triplets else 4
        density = float(rng.uniform(0.5, 0.9))
        stop = beats - (float(rng.choice([0, 0.5, 1, 1.5])))
        for i in range(beats * rate):
            place = i / rate
            odds = density + (0.1 if i % rate == 0 else 0.0)
            if place < stop and rng.random() < odds:
                degree = int(rng.integers(-1, 2)) + (1 if rng.random() < 0.15 else 0)
                loud = float(rng.uniform(0.6, 1))
                syllables.append((bar * beats + place, 0.9 / rate, degree, loud))
    return syllables


def _line(rng: np.random.Generator, beats: int, grid: int, long: bool) -> list[tuple[float, float]]:
    count = beats * grid
    odds = rng.uniform(0.25, 0.5) * (0.6 if long else 1.0)
    starts = [i for i in range(count) if rng.random() < odds]
    if rng.random() < 0.4 and 0 in starts:
        starts.remove(0)
    found = []
    for i, start in enumerate(starts):
        stop = starts[i + 1] if i + 1 < len(starts) else count
        length = (stop - start) / grid
        found.append((start / grid, min(length, 4.0) * float(rng.uniform(0.7, 0.98))))
    return found
