"""The labelled spans, times and onsets of an analysis, as every format writes them."""

from collections.abc import Iterator
from typing import NamedTuple

from songreel.models.harmony import Key
from songreel.models.music import Analysis, Hits


class Span(NamedTuple):
    """A labelled stretch, [start, end) seconds."""

    start: float
    end: float
    label: str
    trust: float


def sections(analysis: Analysis) -> list[Span]:
    """The form by function: `chorus`."""
    return [Span(s.start, s.end, s.label, s.label_trust or s.trust) for s in analysis.sections]


def letters(analysis: Analysis) -> list[Span]:
    """The form by likeness: equal letters are the same material."""
    return [Span(s.start, s.end, s.letter, s.trust) for s in analysis.sections]


def chords(analysis: Analysis) -> list[Span]:
    """Chords in the syntax of Harte (2005), whose shorthand has no power chord: `C:(1,5)`."""
    return [
        Span(c.start, c.end, str(c).removesuffix("5") + "(1,5)" if c.quality == "5" else str(c),
             c.trust)
        for c in analysis.chords
    ]  # fmt: skip


def keys(analysis: Analysis, none: str = "N") -> list[Span]:
    """Keys, `C major`; the song's one key where no modulations were looked for.

    Args:
        analysis: What was heard.
        none: The word for a stretch without a key.
    """
    if not analysis.keys:
        whole = str(analysis.key) if analysis.key else none
        return [Span(0.0, analysis.track.duration, whole, analysis.trust.key)]
    return [Span(k.start, k.end, named(k.key, none), k.trust) for k in analysis.keys]


def named(key: Key | None, none: str) -> str:
    """A key's name, or `none`."""
    return none if key is None else str(key)


def events(analysis: Analysis) -> list[Span]:
    """Builds, drops, stops and silences; a drop is a moment."""
    return [Span(e.start, e.end, e.kind, e.strength) for e in analysis.events]


def bands(analysis: Analysis) -> Iterator[tuple[str, Hits]]:
    """Onsets by band: `kick`, `snare`, `hat`, `bass`, `melody`."""
    for name in type(analysis.onsets).model_fields:
        yield name, getattr(analysis.onsets, name)


def positions(analysis: Analysis) -> list[tuple[float, int, int]]:
    """(seconds, bar, beat in the bar) of every beat, from 1; a pickup is bar 0.

    A pickup's beats are numbered so that the downbeat after it is a beat one: before a 4/4 bar a
    pickup of one beat is beat 4. Without bar lines every beat is beat 0 of bar 0.
    """
    grid = analysis.grid
    first = grid.downbeats[0] if grid.downbeats else 0
    found = []
    for i, time in enumerate(grid.beats):
        bar, beat = grid.bar_and_beat(i)
        if not grid.downbeats:
            beat = 0
        elif bar == 0:
            beat = (i - first) % grid.beats_per_bar + 1
        found.append((time, bar, beat))
    return found
