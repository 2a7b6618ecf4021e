"""The form of a song: where sections begin, and which of them are the same material."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from songreel.analysis.novelty import evidence
from songreel.analysis.units import Units, turned_harmony

_SHARES = {"alike": 0.4, "harmony": 0.2, "rhythm": 0.2, "dynamics": 0.2}
"""Of each likeness when looking for blocks. Spectrum alone costs 0.01 of the boundary F-measure
(over the 32 songs of `songreel.analysis.novelty`, as all such figures here), equal shares
nothing."""
_HARMONY_IN_LETTERS = 0.7
"""Share of harmony against spectrum when asking whether two sections are the same material: a
theme that comes back has its notes, and often other instruments. 0.3 to 0.7 serve alike."""
_BAND = 7
"""Units whose likeness counts within a section: eight bars make the phrase of most songs. This,
the block score and the preference for lengths are of Marmoret et al. 2023 (see `units`)."""
_BAND_BLOCKS = 32
"""The same for blocks of a second; 16 finds more borders, and more false ones."""
_PREFERENCE = 0.1
"""Weight of the preference for 8, 4 and even numbers of bars; 0.06 to 0.12 serve alike."""
_EVIDENCE = 1.2
"""Weight of what speaks for a border itself; 0.8 to 1.6 are within 0.012."""
_FREE = 0.25
"""Cost of any length at either end of the music, where a count-in or the last bar rings alone;
that of a length of four."""
_LONGEST = 36
"""Bars in a section before it must be cut."""
_SAME = 0.7
"""Likeness from which two sections share a letter. Between 0.64 and 0.76 the pairwise F-measure
lies within 0.015 on the twenty made songs, within 0.05 on the twelve of the evaluation set."""
_TURNS = (-4, -3, -2, -1, 1, 2, 3, 4)
"""Semitones by which material may be moved and is still the same. A fourth or fifth is left out:
the usual chords moved so are mostly the usual chords."""
_TURN_GAIN = 0.1
"""Likeness that moving must gain before it is believed: the best of eight is higher by chance."""
_MOST_TURNED = 600
"""Units up to which songs are searched for modulated returns; a mix of an hour is not."""
_LEAST_SECONDS, _LEAST_BARS = 4.0, 2
_TOO_SHORT = 100.0
"""Cost of a shorter section, more than any other reason weighs."""
_MERGED_SECONDS = 25.0
"""Neighbours of one letter are one section up to this length: a verse of two short phrases."""
_MERGED_ENERGY = 0.15
"""Unless their energy differs by more than this: the second half lifts."""


@dataclass(frozen=True)
class Form:
    """Sections of a song: section i spans units [borders[i], borders[i + 1])."""

    borders: NDArray[np.intp]
    """Shape (sections + 1,), indices into the edges of the units."""
    letters: tuple[int, ...]
    """Shape (sections,): equal numbers are the same material, in order of appearance."""
    silent: tuple[bool, ...]
    clarity: tuple[float, ...]
    """Shape (sections,), 0 to 1: how clearly each section differs from the one before it."""
    phrases: NDArray[np.intp]
    """Indices of edges where the music's own phrases begin, section starts among them."""
    evidence: NDArray[np.float64]
    """Shape (units,), 0 to 1: how much speaks for a border in front of each unit."""


def find_form(units: Units, energy: NDArray[np.float64]) -> Form:
    """Sections of the song.

    Block matching finds stretches that are alike within (about a phrase long); those are
    grouped by likeness, and neighbours of one group are joined.

    Args:
        units: Bars or blocks of the song.
        energy: Shape (units.count,), mean energy of each.
    """
    blocks = sum(share * getattr(units, name) for name, share in _SHARES.items())
    likeness = np.asarray(blocks, dtype=np.float64)
    speaking = evidence(units)
    borders: list[int] = []
    for first, last in _islands(units.sounding):
        if units.sounding[first]:
            inner = _match_blocks(likeness, speaking, units, first, last)
            borders += [first + i for i in inner[:-1]]
        else:
            borders.append(first)
    found = np.array([*borders, units.count])
    same = _same_material(units)
    letters = _letters(same, found, units)
    kept = _joined(found, letters, units, energy)
    return Form(
        borders=kept,
        # Whole sections show a return that their phrases, one by one, do not.
        letters=tuple(_letters(same, kept, units).tolist()),
        silent=tuple(not units.sounding[i] for i in kept[:-1]),
        clarity=_clarity(likeness, kept),
        phrases=found[:-1],
        evidence=speaking,
    )


def _islands(sounding: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs [first, last) of music, and silences one by one."""
    runs: list[tuple[int, int]] = []
    for i, heard in enumerate(sounding):
        if runs and heard and sounding[i - 1]:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    return runs


def _match_blocks(
    likeness: NDArray[np.float64],
    speaking: NDArray[np.float64],
    units: Units,
    first: int,
    last: int,
) -> list[int]:
    """Borders 0 … n of units [first, last).

    They maximise the self-likeness of the blocks between them and what speaks for the borders.
    """
    likeness = likeness[first:last, first:last]
    allowed, edges = units.allowed[first : last + 1], units.edges[first : last + 1]
    bars, bonus = units.bars, _EVIDENCE * speaking[first:last]
    least = _LEAST_BARS if bars else 1
    count = likeness.shape[0]
    band = _BAND if bars else _BAND_BLOCKS
    longest = _LONGEST if bars else 4 * band
    at = np.arange(count)
    away = np.abs(at[:, None] - at[None, :])
    kernel = np.where((away > 0) & (away <= band), likeness, 0.0)
    area = np.zeros((count + 1, count + 1))
    area[1:, 1:] = kernel.cumsum(axis=0).cumsum(axis=1)
    typical = min(8 if bars else band, count)
    starts = np.arange(count - typical + 1)
    scale = float(_block(area, starts, starts + typical).max()) / typical
    sizes = np.arange(1, longest + 1)
    cost = _PREFERENCE * scale * (_odd_length(sizes) if bars else np.zeros(longest))
    free = _FREE * _PREFERENCE * scale if bars else 0.0
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    before = np.zeros(count + 1, dtype=np.intp)
    for end in range(1, count + 1):
        if not allowed[end] and end < count:
            continue
        begin = np.arange(max(0, end - longest), end)
        length = end - begin
        lengths = cost[length - 1]
        if end == count:
            lengths = np.minimum(lengths, free)
        elif begin[0] == 0:
            lengths[0] = min(lengths[0], free)
        score = best[begin] + _block(area, begin, end) / length - lengths + bonus[begin]
        score -= _TOO_SHORT * ((length < least) | (edges[end] - edges[begin] < _LEAST_SECONDS))
        chosen = int(score.argmax())
        if np.isfinite(score[chosen]):
            best[end], before[end] = score[chosen], begin[chosen]
        else:
            # No border was allowed for longer than a section lasts: go back to the last one.
            reached = int(np.flatnonzero(np.isfinite(best[:end]))[-1])
            best[end], before[end] = best[reached], reached
    path = [count]
    while path[-1] > 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _block(
    area: NDArray[np.float64], begin: NDArray[np.intp], end: NDArray[np.intp] | int
) -> NDArray[np.float64]:
    return np.asarray(area[end, end] - area[begin, end] - area[end, begin] + area[begin, begin])


def _odd_length(sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Cost of a section's length in bars: none for 8, most for an odd number."""
    cost = np.where(sizes % 4 == 0, 0.25, np.where(sizes % 2 == 0, 0.5, 1.0))
    return np.where(sizes == 8, 0.0, cost)


def _same_material(units: Units) -> tuple[NDArray[np.float64], ...]:
    """Likeness of material, shape (n, n) each: as it stands, then moved by each of `_TURNS`."""
    turned = _TURNS if units.count <= _MOST_TURNED else ()
    harmonies = [units.harmony, *(turned_harmony(units, turn) for turn in turned)]
    return tuple(
        np.asarray((1 - _HARMONY_IN_LETTERS) * units.alike + _HARMONY_IN_LETTERS * harmony)
        for harmony in harmonies
    )


def _letters(
    same: tuple[NDArray[np.float64], ...], borders: NDArray[np.intp], units: Units
) -> NDArray[np.intp]:
    """Number of the material of each section, by average-linkage clustering."""
    count = borders.size - 1
    if count == 1:
        return np.zeros(1, dtype=np.intp)
    alike = np.eye(count)
    for i in range(count):
        for j in range(i + 1, count):
            heard = units.sounding[borders[i]] == units.sounding[borders[j]]
            pair = borders[i : i + 2], borders[j : j + 2]
            value = _aligned(same[0], *pair) if heard else 0.0
            if heard and value < _SAME:
                moved = max((_aligned(other, *pair) for other in same[1:]), default=0.0)
                value = moved if moved - value >= _TURN_GAIN else value
            if heard and not units.sounding[borders[i]]:
                value = 1.0
            alike[i, j] = alike[j, i] = value
    distance = np.round(1 - np.clip(alike, 0, 1), 9)
    np.fill_diagonal(distance, 0.0)
    groups = fcluster(linkage(squareform(distance), "average"), 1 - _SAME, "distance")
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _aligned(same: NDArray[np.float64], one: NDArray[np.intp], other: NDArray[np.intp]) -> float:
    """Mean likeness of two sections, unit by unit, where they fit each other best.

    The shorter slides along the longer, and one unit beyond it at either end.
    """
    (a, b), (c, d) = (one, other) if one[1] - one[0] <= other[1] - other[0] else (other, one)
    short, long = same[a:b, c:d].shape
    best = 0.0
    for offset in range(-1, long - short + 2):
        diagonal = np.diagonal(same[a:b, c:d], offset)
        if diagonal.size >= max(1, 0.7 * short):
            best = max(best, float(diagonal.mean()))
    return best


def _joined(
    borders: NDArray[np.intp],
    letters: NDArray[np.intp],
    units: Units,
    energy: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Borders without those between neighbours of one letter and about one energy."""
    kept = [int(borders[0])]
    for i in range(1, letters.size):
        begin, end = int(borders[i]), int(borders[i + 1])
        alike = letters[i] == letters[i - 1] and units.sounding[begin]
        short = units.edges[end] - units.edges[kept[-1]] <= _MERGED_SECONDS
        step = abs(energy[begin:end].mean() - energy[kept[-1] : begin].mean())
        if not (alike and short and step <= _MERGED_ENERGY):
            kept.append(begin)
    return np.array([*kept, int(borders[-1])])


def _clarity(likeness: NDArray[np.float64], borders: NDArray[np.intp]) -> tuple[float, ...]:
    """Likeness within the eight units around a border less that across it, 1 at the start."""
    values = [1.0]
    for before, border, after in zip(borders[:-2], borders[1:-1], borders[2:], strict=True):
        left = slice(max(before, border - _BAND), border)
        right = slice(border, min(after, border + _BAND))
        within = (likeness[left, left].mean() + likeness[right, right].mean()) / 2
        values.append(float(np.clip((within - likeness[left, right].mean()) * 2, 0, 1)))
    return tuple(values)
