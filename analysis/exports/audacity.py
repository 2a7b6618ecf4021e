"""Label tracks as Audacity imports them: start, end, label, with a tab between.

File > Import > Labels reads one file as one track. A label of no length is a point.
"""

from collections.abc import Iterable

from songreel.analysis.exports import spans
from songreel.analysis.exports.spans import Span
from songreel.models.music import Analysis


def beats(analysis: Analysis) -> str:
    """A point a beat: `bar.beat`."""
    found = spans.positions(analysis)
    return _points((time, f"{bar}.{beat}" if beat else "beat") for time, bar, beat in found)


def downbeats(analysis: Analysis) -> str:
    """A point a bar: its number."""
    return _points((time, str(bar)) for bar, time in enumerate(analysis.downbeats, start=1))


def sections(analysis: Analysis) -> str:
    """The form: letter and function."""
    return _rows(Span(s.start, s.end, f"{s.letter} {s.label}", s.trust) for s in analysis.sections)


def chords(analysis: Analysis) -> str:
    """Chords."""
    return _rows(spans.chords(analysis))


def keys(analysis: Analysis) -> str:
    """Keys and modulations."""
    return _rows(spans.keys(analysis, "no key"))


def events(analysis: Analysis) -> str:
    """Builds, drops, stops, silences."""
    return _rows(spans.events(analysis))


def onsets(analysis: Analysis) -> str:
    """Onsets of all bands in order of time: a point each, its band's name."""
    hits = [(time, name) for name, found in spans.bands(analysis) for time in found.times]
    return _points(sorted(hits))


def _points(points: Iterable[tuple[float, str]]) -> str:
    return "".join(f"{time:.6f}\t{time:.6f}\t{label}\n" for time, label in points)


def _rows(found: Iterable[Span]) -> str:
    return "".join(f"{s.start:.6f}\t{s.end:.6f}\t{s.label}\n" for s in found)
