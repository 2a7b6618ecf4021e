"""Cards of what was heard: `analysis`, `beat_grid`."""

from typing import TYPE_CHECKING

from songreel.models.shown import lanes
from songreel.models.shown.card import Card
from songreel.models.shown.markup import Markup, facts, folded, joined, sentences, table, tag
from songreel.models.timebase import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songreel.models.music import Analysis, BeatGrid

_PARTS = {
    "grid": "beats", "octave": "tempo octave", "meter": "bar lines", "sections": "sections",
    "key": "key",
}  # fmt: skip
"""Parts of `Trust`, in a musician's words."""


def analysis(heard: "Analysis") -> Card:
    """Tempo, meter, key and how far they can be believed; form, energy, beats and mood."""
    level = heard.loudness.integrated
    told = (
        lanes.short(heard.track.duration),
        f"{heard.tempo:.1f} BPM" if heard.tempo else "no pulse",
        heard.meter,
        str(heard.key) if heard.key else "no key",
        *(() if level is None else (f"{level:.1f} LUFS",)),
    )
    doubts = sentences((*heard.trust.reasons, *heard.notices), "To be known:")
    return Card(
        heard.track.title,
        told,
        (
            picture(heard),
            tag("div", _trust(heard), _mood(heard), class_="side"),
            doubts,
            folded(f"{len(heard.sections)} sections", _sections(heard)),
        ),
    )


def picture(heard: "Analysis") -> Markup:
    """The song along its time."""
    whole = heard.track.duration
    beats, bars = len(heard.beats), len(heard.downbeats)
    events = [event for event in heard.events if event.kind != "silence"]
    happens = [
        (e.start, after, e.kind, f"{e.kind} at {clock(e.start)}, strength {e.strength:.2f}", "")
        for e, after in zip(events, (*(e.start for e in events[1:]), whole), strict=False)
        if after > e.start
    ]  # the words have the room up to the next event
    moods = [
        (s.start, s.end, ", ".join(s.mood.words), ", ".join(s.mood.words), "")
        for s in heard.sections
    ]
    return lanes.lanes(
        (
            ("sections", lanes.sections(heard.sections, whole)),
            ("energy", lanes.area(heard.energy, whole, "energy over time, 0 to 1")),
            ("beats", lanes.ticks(heard.beats, heard.downbeats, whole,
                                  f"{beats} beats in {bars} bars")),
            ("events", lanes.blocks(happens, whole, "events: " + ", ".join(
                f"{h[2]} at {lanes.short(h[0])}" for h in happens)) if happens else None),
            ("mood", lanes.blocks(moods, whole, "mood by section")
             if any(m[2] for m in moods) else None),
            ("", lanes.axis(whole)),
        )
    )  # fmt: skip


def _trust(heard: "Analysis") -> Markup:
    rows = [
        (name, lanes.meter(getattr(heard.trust, part), f"trust in {name}", trust=True),
         f"{getattr(heard.trust, part):.2f}")
        for part, name in _PARTS.items()
    ]  # fmt: skip
    return tag(
        "div",
        table(("trust", "", "0 to 1"), rows, numbers=("0 to 1",), label="trust in each part"),
    )


def _mood(heard: "Analysis") -> Markup:
    moods = [(s.mood, s.letter, f"{s.label} {s.letter}") for s in heard.sections]
    words = ", ".join(heard.mood.words) or "no words"
    return tag("div", tag("p", f"mood: {words}", class_="small"), lanes.plane(moods))


def _sections(heard: "Analysis") -> Markup:
    rows = [
        (
            clock(s.start),
            joined((_chip(s.letter), s.label)),
            bars_in(heard.downbeats, s.start, s.end),
            lanes.meter(s.energy, "energy"),
            ", ".join(s.mood.words),
            str(s.key) if s.key else "",
            f"{s.trust:.2f}",
        )
        for s in heard.sections
    ]
    heads = ("from", "section", "bars", "energy", "mood", "key", "trust")
    return tag("div", table(heads, rows, numbers=("bars", "trust"), label="sections"),
               class_="wide")  # fmt: skip


def bars_in(downbeats: "Sequence[float]", start: float, end: float) -> int:
    """How many bars begin in [start, end) seconds; a border within 50 ms of one is on it."""
    return sum(start - 0.05 <= time < end - 0.05 for time in downbeats)


def _chip(letter: str) -> Markup:
    return tag("span", letter, style=f"background:{lanes.tint(letter)};border-radius:3px;"
               "padding:0 5px;margin-right:5px")  # fmt: skip


def beat_grid(grid: "BeatGrid") -> Card:
    """Beats and bars."""
    if not grid.beats:
        return Card("beat grid", ("no beats",))
    whole, half = grid.beats[-1] + grid.period(len(grid.beats)), len(grid.beats) // 2
    told = (
        f"{len(grid.beats)} beats",
        f"{len(grid.downbeats)} bars of {grid.beats_per_bar}",
        f"{60 / grid.period(half):.1f} BPM in the middle",
    )
    lane = lanes.ticks(grid.beats, grid.downbeat_times, whole, ", ".join(told))
    first = grid.downbeat_times[0] if grid.downbeats else None
    more = facts({"bar 1": clock(first)} if first is not None else {"bar 1": "none"})
    return Card("beat grid", told, (lanes.lanes((("beats", lane), ("", lanes.axis(whole)))), more))
