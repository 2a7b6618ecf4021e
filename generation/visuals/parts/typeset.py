"""Setting words as type: pages that are read at a glance, rows, sizes and places."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

SPACE = 0.40
"""Ems between words."""
CAP, DROP = 0.73, 0.20
"""Ems above the baseline and, where letters have tails, below it (of Inter)."""


class Placed(NamedTuple):
    """Where a word stands: left end of its baseline, and its em, all in the box's units."""

    x: float
    y: float
    size: float


class Box(NamedTuple):
    """Room for type: its left, bottom, width and height, in scene coordinates."""

    left: float
    bottom: float
    width: float
    height: float


def pages(lines: Sequence[int], letters: Sequence[int], words: int, most: int) -> list[list[int]]:
    """Words grouped into what is shown together: a line, or even parts of a long one.

    Args:
        lines: The line of each word, in order.
        letters: Letters of each word.
        words: Most words of a page.
        most: Most letters of a page; a longer word has a page to itself.

    Returns:
        Indices into `lines`, page by page, in order.
    """
    found: list[list[int]] = []
    for number in sorted(set(lines)):
        line = [i for i, one in enumerate(lines) if one == number]
        total = sum(letters[i] for i in line)
        parts = max(-(-len(line) // words), -(-total // most))
        share = total / parts
        part: list[int] = []
        size = 0
        for i in line:
            over = part and (size + letters[i] / 2 > share or len(part) >= words)
            if over:
                found.append(part)
                part, size = [], 0
            part.append(i)
            size += letters[i]
        if part:
            found.append(part)
    return found


def stacked(widths: Sequence[float], box: Box, *, tails: bool) -> list[Placed]:
    """Rows that each fill the box's width, so that short ones are large: a poster.

    Of all ways to break the words into rows, the one that fills the box best without making one
    row more than five times as high as another.

    Args:
        widths: Advance of each word, ems.
        box: What to fill; the block stands in its middle, flush left.
        tails: Whether letters reach below the baseline.
    """
    best: tuple[float, list[tuple[list[int], float]], float] | None = None
    count = len(widths)
    rise = CAP + (DROP if tails else 0.0)
    lead = 0.11 if not tails else 0.03
    for breaks in range(min(count, 6)):
        for at in combinations(range(1, count), breaks):
            ends = (0, *at, count)
            rows = [list(range(a, b)) for a, b in pairwise(ends)]
            sizes = [box.width / _wide([widths[i] for i in row]) for row in rows]
            high = sum(sizes) * (rise + lead) - sizes[-1] * lead
            scale = min(1.0, box.height / high)
            # Area covered; a block that is narrowed leaves an empty side.
            score = min(high, box.height) / box.height * scale**1.3
            score /= max(max(sizes) / min(sizes) / 5.0, 1.0)
            if best is None or score > best[0]:
                best = (score, list(zip(rows, sizes, strict=True)), scale)
    assert best is not None
    _, rows_, scale = best
    total = scale * (sum(size for _, size in rows_) * (rise + lead) - rows_[-1][1] * lead)
    y = box.bottom + (box.height + total) / 2
    placed = []
    for row, size in rows_:
        y -= size * scale * CAP
        x = box.left
        for i in row:
            placed.append(Placed(x, y, size * scale))
            x += (widths[i] + SPACE) * size * scale
        y -= size * scale * (rise - CAP + lead)
    return placed


def even(widths: Sequence[float], box: Box, *, most_rows: int = 3, centred: bool = True,
         most: float = 10.0) -> list[Placed]:  # fmt: skip
    """Rows of one size, as large as the box allows, on its bottom or about its middle.

    Args:
        widths: Advance of each word, ems.
        box: What to fill.
        most_rows: Rows at most.
        centred: Whether the block stands in the middle of the box's height, else on its bottom.
        most: Largest em, as a share of the box's height.
    """
    lead = 1.12
    best: tuple[float, list[list[int]]] = (0.0, [])
    for count in range(1, min(most_rows, len(widths)) + 1):
        rows = _balanced(widths, count)
        longest = max(_wide([widths[i] for i in row]) for row in rows)
        high = (count - 1) * lead + CAP + DROP
        size = min(box.width / longest, box.height / high, most * box.height)
        if size > best[0]:
            best = (size, rows)
    size, rows = best
    high = ((len(rows) - 1) * lead + CAP) * size
    y = box.bottom + ((box.height + high) / 2 if centred else high)
    placed = []
    for k, row in enumerate(rows):
        base = y - (CAP + k * lead) * size
        x = box.left + (box.width - _wide([widths[i] for i in row]) * size) / 2
        for i in row:
            placed.append(Placed(x, base, size))
            x += (widths[i] + SPACE) * size
    return placed


def _wide(widths: Sequence[float]) -> float:
    return sum(widths) + SPACE * (len(widths) - 1)


def _balanced(widths: Sequence[float], count: int) -> list[list[int]]:
    """The words in `count` rows whose longest is shortest."""
    best: tuple[float, list[list[int]]] | None = None
    for at in combinations(range(1, len(widths)), count - 1):
        ends = (0, *at, len(widths))
        rows = [list(range(a, b)) for a, b in pairwise(ends)]
        longest = max(_wide([widths[i] for i in row]) for row in rows)
        if best is None or longest < best[0]:
            best = (longest, rows)
    assert best is not None
    return best[1]
