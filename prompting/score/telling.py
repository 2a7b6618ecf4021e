"""Why a score's tempo and build are what they are, in sentences."""

from collections.abc import Sequence

from songreel.prompting.score.arc import Arc
from songreel.prompting.score.tempo import ON, TOLERANCE, Fitted, fit_tempo

_MOST = 6
"""Boundaries that are named one by one."""

_FAR = 0.3
"""Share by which a tempo may be off that is only proposed."""


def bpm_text(bpm: float) -> str:
    """A tempo without needless decimals."""
    return f"{bpm:.2f}".rstrip("0").rstrip(".")


def told_tempo(
    fitted: Fitted,
    names: Sequence[str],
    *,
    wanted: float,
    given: str,
    edges: Sequence[float],
    meter: int,
    arousal: float,
    kind: str,
    pace: tuple[float, float],
) -> list[str]:
    """Sentences on a tempo: what asked for it, and how the scenes' boundaries lie on it.

    Args:
        fitted: The tempo.
        names: Of the scene that begins at each boundary; empty for the film's end.
        wanted: BPM that was asked for.
        given: Whence it is, where it was given; empty where it follows from the mood.
        edges: Seconds of the boundaries.
        meter: Beats a bar.
        arousal: Of the film.
        kind: The genre's name.
        pace: BPM of the genre.
    """
    if given:
        text = f"{bpm_text(fitted.bpm)} BPM, {given}"
        if abs(fitted.bpm - wanted) > 1e-6:
            text = f"{bpm_text(fitted.bpm)} BPM, near the {bpm_text(wanted)} given"
    else:
        text = (
            f"{bpm_text(fitted.bpm)} BPM: an arousal of {arousal:+.2f} asks for "
            f"{bpm_text(round(wanted))} in {kind} ({pace[0]:g} to {pace[1]:g})"
        )
    said = [f"{text}; {_met(fitted, len(names))}"]
    off = [
        f"{name or 'the end'} {late:+.2f} s"
        for name, late in zip(names, fitted.off, strict=True)
        if abs(late) > ON
    ]
    if off:
        more = f" and {len(off) - _MOST} more" if len(off) > _MOST else ""
        said.append(f"off the nearest beat (+ is late): {', '.join(off[:_MOST])}{more}")
    best = fitted
    for reach in (TOLERANCE, _FAR):
        other = fit_tempo(edges, wanted, meter, reach)
        if _worth(other) >= _worth(best) + max(1.0, len(names) / 4):
            best = other
    if best is not fitted:
        said.append(
            f"at {bpm_text(best.bpm)} BPM {_met(best, len(names))}; set bpm: "
            f"{bpm_text(best.bpm)} to have it so"
        )
    return said


def told_energy(ids: Sequence[str], levels: Sequence[float], arc: Arc) -> str:
    """A sentence on how it grows."""
    if len(ids) == 1:
        return f"energy {levels[0]:.2f}"
    top = max(range(len(levels)), key=lambda n: (levels[n], n))
    if arc == "steady":
        return f"energy keeps between {min(levels):.2f} and {max(levels):.2f}"
    return f"energy goes from {levels[0]:.2f} to {levels[-1]:.2f}, highest in {ids[top]}"


def _worth(fitted: Fitted) -> float:
    return fitted.bars + 0.5 * fitted.beats


def _met(fitted: Fitted, count: int) -> str:
    """How many boundaries fall where."""
    one = "the one boundary" if count == 1 else f"all {count} boundaries"
    if fitted.bars == count:
        return f"{one} {'falls' if count == 1 else 'fall'} on bars"
    if fitted.bars + fitted.beats == count:
        return f"{fitted.bars} of {count} boundaries fall on bars, the others on beats"
    return f"of {count} boundaries {fitted.bars} fall on bars and {fitted.beats} on other beats"
