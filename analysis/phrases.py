"""Where phrases begin within sections: the places at which a calm edit may cut."""

import numpy as np
from numpy.typing import NDArray

_LEAST, _MOST = 4.0, 12.0
"""Seconds between phrases where there is no grid."""
_USUAL = 5.5
"""Seconds a phrase lasts at least where bars are known: four bars at 175 BPM."""
_PICKUP = 0.9
"""Bars: what is shorter, in front of the first downbeat of a section, leads to its phrase."""
_STEP = 5
"""Tenths of a second between places tried for a phrase without a grid."""


def phrases_in_bars(
    starts: NDArray[np.float64], downbeats: NDArray[np.float64], fixed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Starts of phrases of four bars; of eight where those are short, of two where they are long.

    Args:
        starts: Shape (n,), seconds at which sections and their inner phrases begin.
        downbeats: Shape (m,) with m >= 2, seconds.
        fixed: Shape (k,), starts that count although they are no downbeats.

    Returns:
        Increasing seconds, each a downbeat or in `fixed`. What lies between one of `fixed` and
        the next downbeat, a pickup or silence, is no phrase of its own.
    """
    bar = float(np.median(np.diff(downbeats)))
    length = 8 if 4 * bar < _USUAL else 2 if 4 * bar > _MOST else 4
    index = np.unique(np.searchsorted(downbeats, starts - bar / 2))
    index = index[index < downbeats.size]
    found: set[int] = set()
    for first, last in zip(index, np.append(index[1:], downbeats.size), strict=True):
        count = max(1, round((last - first) / length))
        # A section of nine bars is phrases of four and five; of six, one.
        found |= {int(first) + k * length for k in range(count) if first + k * length < last}
    inner = downbeats[sorted(found)]
    if fixed.size:
        before = np.searchsorted(fixed, inner, side="right") - 1
        since = np.where(before >= 0, inner - fixed[before], np.inf)
        inner = inner[since >= _PICKUP * bar]
    return np.unique(np.concatenate([inner, fixed]))


def phrases_in_time(
    sections: NDArray[np.float64],
    end: float,
    energy: NDArray[np.float64],
    change: NDArray[np.float64],
    rate: float,
) -> NDArray[np.float64]:
    """Starts of phrases 4 to 12 seconds apart, where the music breathes or turns.

    Args:
        sections: Shape (n,), seconds at which sections start; each begins a phrase.
        end: Seconds at which the last one ends.
        energy: Shape (m,), 0 to 1, `rate` values a second.
        change: Shape (m,), how much sound and harmony change there, 0 to 1.
        rate: Values a second.
    """
    found: list[float] = []
    for start, stop in zip(sections, np.append(sections[1:], end), strict=True):
        found.append(float(start))
        at = np.arange(round(start * rate), round(stop * rate) + 1, _STEP)
        if (stop - start) < 2 * _LEAST:
            continue
        here = np.clip(at, 0, energy.size - 1)
        around = [energy[np.clip(here + k, 0, energy.size - 1)] for k in (-20, -10, 10, 20)]
        lull = np.mean(around, axis=0) - energy[here]
        worth = change[here] + 2 * np.maximum(lull, 0)
        found += [float(at[i] / rate) for i in _spaced(worth, rate / _STEP)]
    return np.array(found)


def _spaced(worth: NDArray[np.float64], rate: float) -> list[int]:
    """Inner places of greatest summed worth, with steps of 4 to 12 s and of the ends too."""
    least, most = round(_LEAST * rate), round(_MOST * rate)
    last = worth.size - 1
    best = np.full(worth.size, -np.inf)
    before = np.zeros(worth.size, dtype=np.intp)
    best[0] = 0.0
    # Each phrase costs what an ordinary place is worth, so that more is not better.
    usual = float(np.percentile(worth, 75))
    for i in range(least, worth.size):
        from_, to = max(0, i - most), i - least + 1
        j = from_ + int(best[from_:to].argmax())
        if np.isfinite(best[j]):
            best[i], before[i] = best[j] + worth[i] - usual, j
    path = []
    i = int(before[last]) if np.isfinite(best[last]) else 0
    while i > 0:
        path.append(i)
        i = int(before[i])
    return path[::-1]
