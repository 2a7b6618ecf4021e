"""Pictures along a song's time, and small ones beside text: lanes, meters, swatches, a plane."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from songreel.models.shown.markup import Markup, joined, tag
from songreel.models.timebase import clock

if TYPE_CHECKING:
    from songreel.models.music import Curve, Mood, Section
    from songreel.models.storyboard import Oklch

_HUES = (250, 55, 145, 350, 300, 95, 195, 30, 275, 20, 125, 230)
"""Of section letters, A first, in degrees of OKLCH; of one lightness, so that none shouts."""
_COLUMNS = 320
"""Points of a curve: about one every third pixel."""
_TICKS = 900
"""More ticks than this run together into a bar."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_LOW_TRUST = 0.5


def hue(letter: str) -> int:
    """Hue of a section's letter, in degrees."""
    return _HUES[(ord(letter[:1] or "A") - ord("A")) % len(_HUES)]


def tint(letter: str) -> str:
    """Background of a section: text in the page's own colour is read on it, light or dark."""
    return f"oklch(0.65 0.13 {hue(letter)}/.38)"


def css(colour: "Oklch") -> str:
    """A colour as CSS writes it."""
    return f"oklch({colour.lightness:.3f} {colour.chroma:.3f} {colour.hue:.1f})"


def short(seconds: float) -> str:
    """`seconds` as minutes and whole seconds."""
    return clock(seconds)[:-3]


def lanes(rows: Iterable[tuple[str, Markup | None]]) -> Markup:
    """Lanes one under the other, each with its name; rows without a lane are left out."""
    found = [joined((tag("i", name), lane)) for name, lane in rows if lane is not None]
    return tag("div", *found, class_="lanes")


def blocks(
    spans: Iterable[tuple[float, float, str, str, str]],
    whole: float,
    label: str,
    kind: str = "",
) -> Markup:
    """Spans of time side by side.

    Args:
        spans: Start and end in seconds, words inside, words on pointing at it, CSS colour.
        whole: Seconds of the lane.
        label: For those who do not see it.
        kind: `low`, `axis`, `bare`.
    """
    inside = [
        tag("span", words, title=told or None,
            style=f"left:{100 * a / whole:.3f}%;width:{100 * (b - a) / whole:.3f}%"
            + (f";background:{colour}" if colour else ""))
        for a, b, words, told, colour in spans
    ]  # fmt: skip
    return tag("div", *inside, class_=f"lane {kind}".strip(), role="img", aria_label=label)


def sections(found: "Sequence[Section]", whole: float) -> Markup:
    """The form."""
    spans = [
        (s.start, s.end, f"{s.label} {s.letter}",
         f"{s.label} {s.letter}, {clock(s.start)} to {clock(s.end)}, energy {s.energy:.2f}",
         tint(s.letter))
        for s in found
    ]  # fmt: skip
    told = ", ".join(f"{s.label} {s.letter} from {short(s.start)}" for s in found)
    return blocks(spans, whole, f"sections: {told}")


def axis(whole: float) -> Markup:
    """Minutes and seconds."""
    step = next((s for s in _STEPS if whole / s <= 9), _STEPS[-1])
    marks = [i * step for i in range(int(whole / step) + 1) if i * step < 0.97 * whole]
    spans = [(at, min(at + step, whole), short(at), "", "") for at in marks]
    return blocks(spans, whole, f"time, 0:00 to {short(whole)}", "axis")


def area(curve: "Curve", whole: float, label: str) -> Markup:
    """A curve from 0 to 1 as a filled area."""
    count = min(_COLUMNS, max(2, int(whole * curve.rate)))
    edges = [i * whole / count for i in range(count + 1)]
    points = [
        f"{1000 * (a + b) / 2 / whole:.1f},{100 - 96 * min(max(curve.mean(a, b), 0), 1):.1f}"
        for a, b in pairwise(edges)
    ]
    first, last = points[0].split(",")[1], points[-1].split(",")[1]
    path = f"M0,100L0,{first}L{'L'.join(points)}L1000,{last}L1000,100Z"
    drawn = tag("path", d=path, fill="oklch(0.62 0.12 250/.5)", stroke="oklch(0.62 0.12 250)",
                stroke_width=1, vector_effect="non-scaling-stroke")  # fmt: skip
    return _drawing(drawn, label, "tall")


def ticks(
    many: Sequence[float], strong: Sequence[float], whole: float, label: str
) -> Markup | None:
    """Moments: those that are `strong` reach to the top. The many are left out if too many."""
    if not (many or strong):
        return None
    small = many if len(many) <= _TICKS else ()
    if len(strong) > _TICKS:
        strong, label = (), f"{label}; too many to be drawn"
    paths = [
        tag("path", d="".join(f"M{1000 * t / whole:.2f},100V{top}" for t in times),
            stroke="currentColor", stroke_width=1, fill="none", opacity=opacity,
            vector_effect="non-scaling-stroke")
        for times, top, opacity in ((small, 55, 0.55), (strong, 5, 0.9)) if times
    ]  # fmt: skip
    return _drawing(joined(paths), label, "low")


def _drawing(inside: Markup, label: str, kind: str) -> Markup:
    drawn = tag("svg", tag("title", label), inside, viewBox="0 0 1000 100", role="img",
                preserveAspectRatio="none", aria_label=label)  # fmt: skip
    return tag("div", drawn, class_=f"lane {kind}")


def meter(value: float, label: str, *, trust: bool = False) -> Markup:
    """A share from 0 to 1 as a bar; `trust` under one half is coloured as a warning."""
    kind = "meter low" if trust and value < _LOW_TRUST else "meter"
    bar = tag("i", style=f"width:{100 * min(max(value, 0), 1):.0f}%")
    return tag("span", bar, class_=kind, role="img", aria_label=f"{label}: {value:.2f}")


def swatches(palette: "Sequence[Oklch]", kind: str = "") -> Markup:
    """Colours, side by side."""
    told = "colours: " + ", ".join(css(colour) for colour in palette)
    inside = [
        tag("span", class_=f"swatch {kind}".strip(), style=f"background:{css(c)}") for c in palette
    ]
    return tag("span", *inside, role="img", aria_label=told, style="white-space:nowrap")


def plane(moods: "Sequence[tuple[Mood, str, str]]") -> Markup:
    """Moods on the plane of valence (rightwards) and arousal (upwards), in the song's order.

    Args:
        moods: Each with a section's letter and what it is called.
    """
    places = [(100 + 90 * mood.valence, 80 - 70 * mood.arousal) for mood, _, _ in moods]
    way = "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [
        tag("circle", tag("title", f"{name}: {', '.join(mood.words) or 'no words'}"),
            cx=f"{x:.1f}", cy=f"{y:.1f}", r=5, fill=f"oklch(0.65 0.13 {hue(letter)})",
            stroke="currentColor", stroke_width=1)
        for (mood, letter, name), (x, y) in zip(moods, places, strict=True)
    ]  # fmt: skip
    cross = tag("path", d="M100,6V154M6,80H194", stroke="currentColor", opacity=0.35)
    words = [
        tag("text", text, x=x, y=y, text_anchor=anchor, font_size=10, fill="currentColor")
        for text, x, y, anchor in (
            ("intense", 104, 13, "start"), ("calm", 104, 154, "start"),
            ("sad", 6, 76, "start"), ("happy", 194, 76, "end"),
        )
    ]  # fmt: skip
    told = "mood over the song: " + ", ".join(
        f"{name} valence {m.valence:+.2f} arousal {m.arousal:+.2f}" for m, _, name in moods
    )
    line = tag("path", d=f"M{way}", stroke="currentColor", opacity=0.5, fill="none")
    return tag("svg", cross, line, *words, *dots, viewBox="0 0 200 160", width=200, height=160,
               role="img", aria_label=told)  # fmt: skip
