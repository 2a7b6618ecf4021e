"""How long shots are to be along a stretch: phrases that gather, builds that shorten."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songreel.prompting.moments import STOP_EDGE, Moment
from songreel.prompting.pulse import Pulse
from songreel.prompting.seeds import unit

Floats = NDArray[np.float64]

STEEP = 16.0
"""How many times longer a build's first shots are than its last where it leads nowhere: its
mean length then stays the section's."""
SLOPES = (0.5, 0.25, 0.65, -0.2)
"""How a phrase's lengths lean, in octaves at its start: mostly from long to short."""


def shrinking(pulse: Pulse, row: Sequence[Moment], length: float, rushes: bool) -> Floats:
    """Wanted length in beats at each moment of a build, shape (n,)."""
    positions = np.array([m.position for m in row])
    total = float(positions[-1] - positions[0])
    held = sum(
        e.end - e.start
        for e in pulse.analysis.events
        if e.kind == "stop" and row[0].time < e.start < row[-1].time + STOP_EDGE
    )
    run = max(total - held / pulse.beat, total / 2)
    fraction = np.clip((positions - positions[0]) / max(run, 1e-3), 0, 1)
    long = 2 * pulse.felt_bar
    if rushes:
        # From two bars down to a beat, most of the way in bars: the run of beats at the end
        # lasts about a bar and never more than the two that eyes bear.
        rush: Floats = long * (1.0 / long) ** (fraction**1.2)
        return rush
    steep = length * (STEEP**0.5 - STEEP**-0.5) / np.log(STEEP) * STEEP ** (0.5 - fraction)
    # At most half of it at a time, and from there to a quarter: it has to be seen.
    most = min(max(long, 1.5 * length), max(run / 2, 1.0))
    wanted: Floats = np.maximum(np.minimum(steep, most * 4.0**-fraction), 1.0)
    return wanted


def contour(pulse: Pulse, row: Sequence[Moment], letter: str, seed: int, swing: float) -> Floats:
    """Wanted length at each moment against the section's mean, shape (n,).

    Within a phrase shots begin long and end short, as phrases gather towards their end; some
    phrases, by their place and the section's letter, do it less or the other way round.
    """
    phrase = 4 * pulse.felt_bar
    offsets = np.array([m.position for m in row]) - row[0].position
    first, last = row[0].position + 0.5, row[-1].position - 0.5
    # From the song, not from the moments: what lies inside a locked shot is none of these.
    heads = [
        position - row[0].position
        for time in pulse.analysis.phrases
        if first < (position := pulse.position(time)) < last
    ]
    starts = np.array(sorted({0.0, *heads}))
    which = np.searchsorted(starts, offsets + 1e-6, side="right") - 1
    along = np.clip((offsets - starts[which]) / phrase, 0, 1)
    slopes = np.array(
        [SLOPES[int(len(SLOPES) * unit(seed, letter, "contour", i))] for i in range(len(starts))]
    )
    factor: Floats = 2.0 ** (swing * slopes[which] * (1 - 2 * along))
    return factor
