"""Where each cut of the report's plot stands: `Chart`, in units of its SVG."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from songreel.models.render import SyncReport
from songreel.models.timebase import clock
from songreel.models.transition import AT_ONCE

WIDTH, HEIGHT = 1000.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 12.0, 12.0, 196.0


@dataclass(frozen=True)
class Dot:
    """A measured cut, or one that could not be measured (drawn on the zero line)."""

    x: float
    y: float
    kind: str
    """`hard`, `soft`, `off` or `untold`."""
    hint: str


@dataclass(frozen=True)
class Band:
    """A section under the plot."""

    x: float
    width: float
    label: str
    hue: int


@dataclass(frozen=True)
class Chart:
    """The plot of cut errors over the film."""

    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    ticks: tuple[tuple[float, str], ...]
    lines: tuple[tuple[float, str], ...]
    early: float
    """y of the earliest moment allowed."""
    late: float
    """y of the latest."""
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = _BOTTOM


def chart(
    report: SyncReport,
    off: Collection[str],
    sections: Sequence[tuple[float, float, str, int]],
    seconds: float,
) -> Chart:
    """Lay out the errors of `report`.

    Args:
        report: What was measured.
        off: Shots whose cut is not where it was planned.
        sections: (start, end, label, hue in degrees) of each section; seconds.
        seconds: Length of the film.
    """
    frame = 1000 / float(report.spec.rate)
    early, late = -(1 + report.spec.lead) * frame, -report.spec.lead * frame
    errors = [1000 * cut.error for cut in report.cuts if cut.error is not None]
    low = min([early, *errors]) - 0.35 * frame
    high = max([late, *errors, 0.0]) + 0.35 * frame

    def across(time: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(max(time / seconds, 0), 1), 1)

    def down(milliseconds: float) -> float:
        return round(_TOP + (_BOTTOM - _TOP) * (high - milliseconds) / (high - low), 1)

    dots = []
    for cut in report.cuts:
        soft = cut.transition not in AT_ONCE
        name = f"{cut.shot} at {clock(cut.target)}, {cut.reason.value}"
        if cut.error is None:
            dots.append(Dot(across(cut.target), down(0), "untold", f"{name}: cannot be told"))
            continue
        kind = "off" if cut.shot in off else "soft" if soft else "hard"
        hint = f"{name}: {signed(1000 * cut.error)}"
        dots.append(Dot(across(cut.target), down(1000 * cut.error), kind, hint))
    bands = tuple(
        Band(across(start), round(across(end) - across(start), 1), label, hue)
        for start, end, label, hue in sections
    )
    lines = [(down(0), "the beat"), (down(early), signed(early, 0))]
    if report.spec.lead:
        lines.append((down(late), signed(late, 0)))
    return Chart(
        tuple(dots), bands, time_ticks(seconds, across), tuple(lines), down(early), down(late)
    )


def time_ticks(seconds: float, across: Callable[[float], float]) -> tuple[tuple[float, str], ...]:
    """(x, clock time) of up to ten round moments in a film of `seconds`."""
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if seconds / s <= 10), 1200)
    return tuple((across(t), f"{t // 60}:{t % 60:02d}") for t in range(0, int(seconds) + 1, step))


def signed(milliseconds: float, digits: int = 1) -> str:
    """`−12.5 ms`, with a true minus sign."""
    return f"{milliseconds:+.{digits}f} ms".replace("-", "−")
