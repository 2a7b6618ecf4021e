"""What no edit may break, mended after the choice: too fast for eyes, too even to watch."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from songreel.models.storyboard import CutReason
from songreel.prompting.moments import RANK, Moment
from songreel.prompting.pulse import Pulse, shortest
from songreel.prompting.reach import Reach

WINDOWS = ((4, 1.0), (8, 4.0))
"""At most 4 cuts in any second and 8 in any four: (cuts, seconds)."""
EQUALS = 8
"""Equal shots in a row, at most."""
BEAT_RUN_BARS = 2
"""Bars that cutting on every beat may last."""
HALF_BEATS = 0.025
"""Share of half-beat cuts, at most."""


def tame(
    pulse: Pulse,
    picked: list[Moment],
    pool: list[Moment],
    closed: list[tuple[float, float]],
    holds: list[tuple[float, float]],
    reach: Reach,
) -> list[Moment]:
    """Take out the weakest cuts wherever a run of them breaks a limit, and break even rows.

    Args:
        pulse: The song.
        picked: Starts of shots, in order, the opening first.
        pool: Every moment at which a cut may fall.
        closed: (start, end) seconds of settled shots; their ends stay and nothing goes between.
        holds: (start, longest shot) in seconds of each section.
        reach: No two shots that are longer together are joined.
    """
    settled = {time for span in closed for time in span}

    def weakest(low: int, high: int) -> int | None:
        """Index in [low, high) of the cut to give up, or None."""
        free = [
            i
            for i in range(max(low, 1), min(high, len(row)))
            if not row[i].must and row[i].time not in settled and spare(i)
        ]
        return max(free, key=lambda i: (RANK[row[i].reason], -row[i].accent, -i), default=None)

    def spare(i: int) -> bool:
        """Whether the shots on both sides of cut `i` may be one."""
        end = row[i + 1].time if i + 1 < len(row) else pulse.duration
        return reach.allows(row[i - 1].time, end)

    row = list(picked)
    for count, seconds in WINDOWS:
        _repeat(row, partial(_crowd, count=count, seconds=seconds), weakest)
    _repeat(row, lambda r: _beat_run(r, BEAT_RUN_BARS * pulse.per_bar), weakest)
    _repeat(row, lambda r: _second_beat_run(r, pulse), weakest)
    halves = [m for m in row if m.reason is CutReason.HALF_BEAT]
    allowed = int(HALF_BEATS * (len(row) - 1))
    halves.sort(key=lambda m: (m.time in settled, m.accent))
    for moment in halves[: max(len(halves) - allowed, 0)]:
        i = row.index(moment)
        if moment.time not in settled and spare(i):
            del row[i]
    _break_even_rows(pulse, row, pool, closed, holds, reach, weakest)
    return row


def _break_even_rows(
    pulse: Pulse,
    row: list[Moment],
    pool: list[Moment],
    closed: list[tuple[float, float]],
    holds: list[tuple[float, float]],
    reach: Reach,
    weakest: Callable[[int, int], int | None],
) -> None:
    """In each row of too many equal shots join two, or divide one where two would be too long."""
    after = 0
    for _ in range(len(row)):
        span = _equal_run(row, after)
        if span is None:
            return
        i = weakest(*span)
        if i is not None and i + 1 < len(row):
            hold = next(hold for start, hold in reversed(holds) if start <= row[i].time + 1e-6)
            if row[i + 1].time - row[i - 1].time <= hold:
                del row[i]
                continue
        start, end = row[span[0]], row[span[0] + 1]
        least = float(shortest(np.array([pulse.energy(start.time, end.time)]))[0])
        # Where no two shots can be joined, all that eyes can follow will do.
        for room in (1.2 * least, least) if reach.longest < np.inf else (1.2 * least,):
            inner = [
                m
                for m in pool
                if start.time + room <= m.time <= end.time - room
                and not any(a <= m.time < b for a, b in closed)
            ]
            if inner:
                break
        else:
            if reach.longest == np.inf:
                return
            after = span[1]
            continue
        row.insert(span[0] + 1, min(inner, key=lambda m: (RANK[m.reason], -m.accent)))


Find = Callable[[list[Moment]], tuple[int, int] | None]


def _repeat(row: list[Moment], find: Find, weakest: Callable[[int, int], int | None]) -> None:
    """Remove the weakest cut of each offending run that `find` gives until there is none."""
    while (span := find(row)) is not None:
        i = weakest(*span)
        if i is None:
            return
        del row[i]


def _crowd(row: list[Moment], count: int, seconds: float) -> tuple[int, int] | None:
    # The opening is no cut: a window of cuts begins at index 1.
    for i in range(1, len(row) - count):
        if row[i + count].time - row[i].time < seconds - 1e-6:
            return i, i + count + 1
    return None


def runs(lengths: list[float], same: Callable[[float, float], bool]) -> list[tuple[int, int]]:
    """Spans [start, end) of neighbours that are `same`, in order, covering every index."""
    spans: list[tuple[int, int]] = []
    start = 0
    for i in range(1, len(lengths) + 1):
        if i == len(lengths) or not same(lengths[i - 1], lengths[i]):
            spans.append((start, i))
            start = i
    return spans


def shot_lengths(row: list[Moment]) -> list[float]:
    """Lengths in beats between neighbours of `row`."""
    return [b.position - a.position for a, b in pairwise(row)]


def is_beat(length: float) -> bool:
    """Whether a shot of `length` beats is no longer than a beat."""
    return length < 1.02


def alike(a: float, b: float) -> bool:
    """Whether two lengths in beats look equal."""
    return abs(a - b) <= 0.02 * max(a, b)


def _beat_runs(row: list[Moment]) -> list[tuple[int, int]]:
    spans = runs(shot_lengths(row), lambda a, b: is_beat(a) == is_beat(b))
    lengths = shot_lengths(row)
    return [(a, b) for a, b in spans if is_beat(lengths[a])] if lengths else []


def _beat_run(row: list[Moment], most: int) -> tuple[int, int] | None:
    for start, end in _beat_runs(row):
        if end - start > most:
            middle = (start + end) // 2
            return middle - 1, middle + 2
    return None


def _second_beat_run(row: list[Moment], pulse: Pulse) -> tuple[int, int] | None:
    """A bar or more of cut-per-beat in a section that has had one already."""
    sections = [s.start for s in pulse.analysis.sections]
    had: set[int] = set()
    for start, end in _beat_runs(row):
        if end - start < max(pulse.per_bar, 2):
            continue
        section = sum(row[start].time >= s - pulse.beat / 2 for s in sections)
        if section in had:
            return start + 1, end
        had.add(section)
    return None


def _equal_run(row: list[Moment], after: int = 0) -> tuple[int, int] | None:
    """The middle of a run of equal shots that is too long; shots joined there stay watchable.

    The first such run that starts at shot `after` or later.
    """
    lengths = shot_lengths(row)
    for start, end in runs(lengths, alike):
        if end - start > EQUALS and start >= after:
            middle = start + (end - start) // 2
            return max(start + 1, middle - 1), min(end, middle + 2)
    return None
