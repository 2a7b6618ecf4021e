"""How densely the finished film is cut, section by section: `paces`, `follows`."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from songreel.models.music import Analysis
from songreel.models.render import CutCheck, SectionPace
from songreel.models.timebase import frame_time
from songreel.models.timeline import Timeline

LEAST, SHORTEST, SPAN = 4, 4.0, 6.0
"""Sections, seconds of one, and dB between the softest and the loudest, from which it can be told
whether cuts follow energy."""


def paces(
    timeline: Timeline, cuts: Sequence[CutCheck], analysis: Analysis
) -> tuple[SectionPace, ...]:
    """The cutting of each section of the song.

    Args:
        timeline: The edit, for its length and for cuts that cannot be seen.
        cuts: As found in the file.
        analysis: For sections and their energy.
    """
    rate, length = timeline.rate, frame_time(timeline.frames, timeline.rate)
    frames = [0, *(cut.planned if cut.found is None else cut.found for cut in cuts)]
    starts = np.array([frame_time(frame, rate) for frame in frames])
    lengths = np.diff([*starts, length])
    told = []
    for section in analysis.sections:
        if section.start >= length:
            break
        # A cut is shown up to a frame before the moment it was planned for.
        end = min(section.end, length)
        early = frame_time(1, rate) + 1e-6
        inside = (starts >= section.start - early) & (starts < end - early)
        shots = lengths[inside]
        told.append(
            SectionPace(
                label=section.label,
                letter=section.letter,
                start=section.start,
                end=end,
                energy=section.energy,
                cuts=int(inside[1:].sum()),
                median_shot=round(float(np.median(shots)), 3) if shots.size else None,
            )
        )
    return tuple(told)


def follows(sections: Sequence[SectionPace], analysis: Analysis) -> float | None:
    """Spearman's ρ of energy and cut rate; None where there is too little to tell it by."""
    told = [s for s in sections if s.label != "silence" and s.end - s.start >= SHORTEST]
    levels = [analysis.loudness.short_term.mean(s.start, s.end) for s in told]
    if len(told) < LEAST or max(levels) - min(levels) < SPAN:
        return None
    energies, rates = [s.energy for s in told], [s.rate for s in told]
    if len(set(energies)) == 1 or len(set(rates)) == 1:
        return 0.0
    return round(float(spearmanr(energies, rates).statistic), 3)


def rate_curve(starts: Sequence[float], length: float, window: float = 8.0) -> list[float]:
    """Cuts a minute at each whole second of a film, counted in `window` seconds around it.

    Args:
        starts: Seconds of each cut; the opening is none.
        length: Seconds of the film.
        window: Seconds; cut short at the film's ends, where few cuts count for less.
    """
    times = np.asarray(starts)
    curve = []
    for at in np.arange(0, length + 1):
        first, last = max(at - window / 2, 0.0), min(at + window / 2, length)
        count = int(((times >= first) & (times < last)).sum())
        curve.append(60 * count / max(last - first, 0.75 * window))
    return curve
