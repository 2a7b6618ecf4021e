"""Black bars for a wider picture: `draw_bars`."""

from typing import Any

from songreel.grading.checks import within
from songreel.grading.codes import BLACK, GREY

_MOST = 0.35
"""Share of the height that is given up at most: 2.39 in a film of 16:9 takes 0.26."""


def ratio_of(ratio: float = 2.39) -> float:
    """Width to height of what is left between the bars.

    Raises:
        ValueError: It is not between 1 and 4.
    """
    return within("ratio", ratio, 1, 4)


def bar_of(width: int, height: int, ratio: float, strength: float) -> int:
    """Rows of each bar, even; none in a picture that is wider already, or square or tall."""
    lost = height - width / ratio
    bar = round(lost / 2 * strength / 2) * 2
    return 0 if bar <= 0 or lost > _MOST * height else bar


def draw_bars(luma: Any, first: Any, second: Any, bar: int) -> None:
    """Lay bars of `bar` rows, even, over a picture's planes, above and below.

    Args:
        luma: Shape (rows, columns), uint8.
        first: Blue difference, shape (rows / 2, columns / 2), uint8.
        second: Red difference, likewise.
        bar: Rows of each.
    """
    if not bar:
        return
    rows = luma.shape[0]
    luma[:bar] = luma[rows - bar :] = BLACK
    for plane in (first, second):
        plane[: bar // 2] = plane[(rows - bar) // 2 :] = GREY
