"""Tables for a spreadsheet: CSV after RFC 4180, one header line with the units in its names."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

import numpy as np

from songreel.analysis.exports import spans
from songreel.models.music import Analysis, Curve

_CURVES = ("energy", "brightness", "noisiness", "bass", "voice", "valence", "arousal")


def beats(analysis: Analysis) -> str:
    """A row a beat."""
    grid = analysis.grid
    rows = [
        (f"{time:.6f}", bar, beat, f"{60 / grid.period(i):.3f}")
        for i, (time, bar, beat) in enumerate(spans.positions(analysis))
    ]
    return _table(("time_s", "bar", "beat", "tempo_bpm"), rows)


def sections(analysis: Analysis) -> str:
    """A row a section."""
    head = ("start_s", "end_s", "label", "letter", "energy", "voice", "key", "valence", "arousal",
            "mood", "trust", "label_trust")  # fmt: skip
    rows = [
        (f"{s.start:.6f}", f"{s.end:.6f}", s.label, s.letter, _short(s.energy), _short(s.voice),
         spans.named(s.key, ""), _short(s.mood.valence), _short(s.mood.arousal),
         ", ".join(s.mood.words), _short(s.trust), _short(s.label_trust))
        for s in analysis.sections
    ]  # fmt: skip
    return _table(head, rows)


def chords(analysis: Analysis) -> str:
    """A row a chord, in the syntax of Harte (2005)."""
    return _spans("chord", spans.chords(analysis), "trust")


def keys(analysis: Analysis) -> str:
    """A row a key span."""
    return _spans("key", spans.keys(analysis, ""), "trust")


def events(analysis: Analysis) -> str:
    """A row an event."""
    return _spans("event", spans.events(analysis), "strength")


def onsets(analysis: Analysis) -> str:
    """A row an onset, in order of time."""
    rows = sorted(
        (time, name, strength)
        for name, hits in spans.bands(analysis)
        for time, strength in zip(hits.times, hits.strengths, strict=True)
    )
    shown = [(f"{time:.6f}", name, _short(strength)) for time, name, strength in rows]
    return _table(("time_s", "band", "strength"), shown)


def curves(analysis: Analysis) -> str:
    """All curves over time, a row for each value of the energy curve."""
    count = len(analysis.energy.values)
    times = np.arange(count) / analysis.energy.rate
    loud = analysis.loudness
    found: list[tuple[str, Curve | None]] = [(name, getattr(analysis, name)) for name in _CURVES]
    found += [("momentary_lufs", loud.momentary), ("short_term_lufs", loud.short_term)]
    found += [("tempo_bpm", analysis.tempo_curve)]
    there = [(name, curve) for name, curve in found if curve is not None]
    columns = [
        np.interp(times, np.arange(curve.array.size) / curve.rate, curve.array)
        for _, curve in there
    ]
    rows = (
        (f"{times[i]:.3f}", *(_short(float(column[i])) for column in columns)) for i in range(count)
    )
    return _table(("time_s", *(name for name, _ in there)), rows)


def _spans(name: str, found: Sequence[spans.Span], value: str) -> str:
    rows = [(f"{s.start:.6f}", f"{s.end:.6f}", s.label, _short(s.trust)) for s in found]
    return _table(("start_s", "end_s", name, value), rows)


def _short(value: float) -> str:
    return f"{value:.4g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
