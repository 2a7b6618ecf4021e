"""Snares between the beats: `between`, `moved`.

In polka, in the train beat and in fast rock and metal the bass drum plays the beats and the snare
each half between them. A snare on every beat with a stronger bass drum between is that, heard half
a beat off: where snares play the second and fourth beat, beats alternate.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from songreel.analysis.bar_pointer import BarPath
from songreel.analysis.pulse import Pulse

STRONGER = 1.2
"""Times the low strokes on the beats that those half way must have. Of pieces with a plain beat it
is at most 0.9, but for gallops and swung or broken beats, 1.1 to 2.2, whose beats alternate."""
ALIKE = 0.4
"""Natural logarithm of the ratio by which every other beat may be stronger, in the middle and
below: of backbeats one of both is 0.5 and more."""
BASS = 1.5
"""Worth of a standard deviation of low strokes where they alone tell beat from half."""
NEAR = 2
"""Frames by which a half may be off."""

Curve = NDArray[np.float64]


def between(pulse: Pulse, path: BarPath) -> bool:
    """Whether the beats of a path lie on snares between the true ones."""
    frames = path.frames[:-1]
    halves = (path.frames[1:] + path.frames[:-1]) // 2
    low, mid = pulse.strokes["low"], pulse.strokes["mid"]
    return bool(
        low[halves].mean() > STRONGER * low[frames].mean()
        and mid[halves].mean() < mid[frames].mean()
        and max(_alternation(low[frames]), _alternation(mid[frames])) < ALIKE
    )


def moved(pulse: Pulse, path: BarPath, beat: Curve, start: Curve) -> tuple[Curve, Curve]:
    """What beats and bars are worth if beat and half are alike but for the bass drum.

    Args:
        pulse: The pulse.
        path: The beats found at first, for their interval.
        beat: Shape (n,), as `songreel.analysis.grid.Evidence.beat`.
        start: The same for bars.
    """
    half = round(float(np.median(np.diff(path.frames))) / 2)
    low = np.log1p(pulse.strokes["low"])
    bass = BASS * (low - low.mean()) / max(float(low.std()), 0.1)
    return _either(beat, half) + bass, _either(start, half) + bass


def _either(worth: Curve, half: int) -> Curve:
    """The greatest of a frame and of what lies half a beat before and after it."""
    wide = np.pad(maximum_filter1d(worth, 2 * NEAR + 1), half, mode="edge")
    return np.asarray(np.maximum(worth, np.maximum(wide[: worth.size], wide[2 * half :])))


def _alternation(strokes: Curve) -> float:
    even, odd = float(strokes[0::2].mean()), float(strokes[1::2].mean())
    return abs(float(np.log(max(even, 1e-3) / max(odd, 1e-3))))
