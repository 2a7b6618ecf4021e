"""The report's pictures of a whole film, in units of their SVG: `panels`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2

from songreel.assembly.chart import WIDTH, Band, time_ticks
from songreel.assembly.pace import rate_curve
from songreel.models.music import Analysis
from songreel.models.render import SyncReport
from songreel.models.storyboard import Oklch, Storyboard
from songreel.models.sync_score import SyncScore
from songreel.models.timebase import clock, frame_time
from songreel.models.timeline import Timeline

LEFT, RIGHT = 46.0, WIDTH - 46.0
_PACE_TOP, _PACE_BOTTOM = 14.0, 154.0
_LENGTH_TOP, _LENGTH_BOTTOM = 14.0, 134.0
_LUCK_TOP, _LUCK_BOTTOM = 14.0, 154.0
Across = Callable[[float], float]
"""x of a moment in seconds."""
SHORTEST, LONGEST = 0.25, 16.0
"""Seconds at the bottom and the top of the picture of shot lengths, one octave a step."""


@dataclass(frozen=True)
class Swatch:
    """A section's colours under the film's own: from its shots' palettes."""

    x: float
    width: float
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """One shot."""

    x: float
    width: float
    y: float
    height: float
    hue: int
    hint: str


@dataclass(frozen=True)
class Luck:
    """The score of the edit as the music is moved against it, and what chance gives."""

    path: str
    zero: tuple[float, float]
    """x of one frame on both sides of no shift."""
    chance: float
    """y of the mean of random edits …"""
    likely: tuple[float, float]
    """… and of three standard deviations below and above it."""
    peak: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Panels:
    """All of them; empty or None where there is nothing to draw."""

    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]
    bands: tuple[Band, ...]
    edges: tuple[float, ...]
    """x of each cut."""
    swatches: tuple[Swatch, ...]
    energy: str
    """SVG path of the energy's area."""
    rate: str
    """SVG path of the cut rate."""
    rate_most: float
    """Cuts a minute at the top."""
    bars: tuple[Bar, ...]
    octaves: tuple[tuple[float, str], ...]
    luck: Luck | None


def panels(
    report: SyncReport,
    timeline: Timeline,
    storyboard: Storyboard,
    analysis: Analysis | None,
    hues: Sequence[int],
) -> Panels:
    """Lay out the pictures.

    Args:
        report: What was measured.
        timeline: The edit.
        storyboard: For sections and palettes.
        analysis: For the energy; without it that is left out.
        hues: Degrees, of each section of the storyboard.
    """
    length = frame_time(timeline.frames, timeline.rate)

    def across(seconds: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(max(seconds / length, 0.0), 1.0), 1)

    frames = [cut.planned if cut.found is None else cut.found for cut in report.cuts]
    starts = [frame_time(frame, timeline.rate) for frame in frames]
    bands = tuple(
        Band(across(s.start), round(across(s.end) - across(s.start), 1), s.label, hue)
        for s, hue in zip(storyboard.sections, hues, strict=True)
        if s.start < length
    )
    rates = rate_curve(starts, length)
    most = max(10.0, 10 * -(-max(rates) // 10))
    return Panels(
        left=LEFT,
        right=RIGHT,
        ticks=time_ticks(length, across),
        bands=bands,
        edges=tuple(across(start) for start in starts),
        swatches=_swatches(storyboard, bands),
        energy=_energy(analysis, length, across) if analysis else "",
        rate=_line([(across(i), _pace_y(value / most)) for i, value in enumerate(rates)]),
        rate_most=most,
        bars=_bars(report, storyboard, [0.0, *starts], length, across, hues),
        octaves=tuple((_length_y(seconds), f"{seconds:g} s") for seconds in (0.5, 1, 2, 4, 8)),
        luck=_luck(report.proof, float(1 / timeline.rate)) if report.proof else None,
    )


def _pace_y(share: float) -> float:
    return round(_PACE_BOTTOM - (_PACE_BOTTOM - _PACE_TOP) * min(max(share, 0.0), 1.0), 1)


def _length_y(seconds: float) -> float:
    share = log2(min(max(seconds, SHORTEST), LONGEST) / SHORTEST) / log2(LONGEST / SHORTEST)
    return round(_LENGTH_BOTTOM - (_LENGTH_BOTTOM - _LENGTH_TOP) * share, 1)


def _css(colour: Oklch) -> str:
    return f"oklch({colour.lightness:.3f} {colour.chroma:.3f} {colour.hue:.1f})"


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _energy(analysis: Analysis, length: float, across: Across) -> str:
    count = 400
    times = [length * i / count for i in range(count + 1)]
    step = length / count
    points = [(across(t), _pace_y(analysis.energy.mean(t, t + step))) for t in times]
    return f"{_line(points)} L{across(length)} {_PACE_BOTTOM} L{LEFT} {_PACE_BOTTOM} Z"


def _swatches(storyboard: Storyboard, bands: Sequence[Band]) -> tuple[Swatch, ...]:
    found = []
    for i, band in enumerate(bands):
        shots = [shot for shot in storyboard.shots if shot.section == i]
        if not shots:
            continue
        # The shot in the section's middle stands for it: neighbours differ by a shade.
        palette = shots[len(shots) // 2].palette
        found.append(Swatch(band.x, band.width, tuple(_css(colour) for colour in palette)))
    return tuple(found)


def _bars(
    report: SyncReport,
    storyboard: Storyboard,
    starts: Sequence[float],
    length: float,
    across: Across,
    hues: Sequence[int],
) -> tuple[Bar, ...]:
    sections = {shot.id: shot.section for shot in storyboard.shots}
    names = [storyboard.shots[0].id, *(cut.shot for cut in report.cuts)]
    bars = []
    for name, (start, end) in zip(names, pairwise([*starts, length]), strict=True):
        x, y = across(start), _length_y(end - start)
        hint = f"{name} at {clock(start)}: {end - start:.2f} s"
        hue = hues[sections.get(name, 0)]
        bars.append(
            Bar(x, round(max(across(end) - x - 1, 0.8), 1), y, _LENGTH_BOTTOM - y, hue, hint)
        )
    return tuple(bars)


def _luck(proof: SyncScore, frame: float) -> Luck:
    low = min(*proof.curve, proof.chance - 3.5 * proof.spread)
    high = max(*proof.curve, proof.chance + 3.5 * proof.spread)
    span = max(high - low, 1e-9)
    first, last = proof.shifts[0], proof.shifts[-1]

    def across(shift: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (shift - first) / (last - first), 1)

    def down(score: float) -> float:
        return round(_LUCK_BOTTOM - (_LUCK_BOTTOM - _LUCK_TOP) * (score - low) / span, 1)

    points = [(across(x), down(y)) for x, y in zip(proof.shifts, proof.curve, strict=True)]
    best = max(proof.curve)
    ticks = tuple(
        (across(shift / 1000), f"{shift:+d} ms".replace("-", "−") if shift else "as cut")
        for shift in (-500, -250, 0, 250, 500)
    )
    return Luck(
        path=_line(points),
        zero=(across(-frame), across(frame)),
        chance=down(proof.chance),
        likely=(down(proof.chance - 3 * proof.spread), down(proof.chance + 3 * proof.spread)),
        peak=(across(proof.peak), down(best)),
        ticks=ticks,
    )
