"""`.lab` and `.beats`: the plain columns that MIREX and mir_eval read."""

from collections.abc import Sequence

from songreel.analysis.exports import spans
from songreel.analysis.exports.spans import Span
from songreel.models.music import Analysis


def sections(analysis: Analysis) -> str:
    """The form: start, end (seconds), function."""
    return _rows(spans.sections(analysis))


def letters(analysis: Analysis) -> str:
    """The form: start, end (seconds), letter of the material."""
    return _rows(spans.letters(analysis))


def chords(analysis: Analysis) -> str:
    """Chords: start, end (seconds), Harte's syntax."""
    return _rows(spans.chords(analysis))


def keys(analysis: Analysis) -> str:
    """Keys: start, end (seconds), `C major`; X, as mir_eval has it, where there is none."""
    return _rows(spans.keys(analysis, "X"))


def beats(analysis: Analysis) -> str:
    """Beats: seconds and position in the bar; 1 is a downbeat, 0 a beat without bar lines."""
    return "".join(f"{time:.6f}\t{beat}\n" for time, _, beat in spans.positions(analysis))


def _rows(found: Sequence[Span]) -> str:
    return "".join(f"{s.start:.6f}\t{s.end:.6f}\t{s.label}\n" for s in found)
