"""What in-points are worth to a shot, and in-points for all shots of a clip: `Scale`, `apart`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.accents import Accent
from songreel.assembly.ramps import Pace
from songreel.models.clip import Clip
from songreel.models.motion import Motion, Peak
from songreel.models.schedule import ShotFrames
from songreel.models.storyboard import Shot

_SEEN, _WITHIN = 0.55, 1.5
"""Frames up to which a landing is as good as any, and at which it is worth nothing any more."""

# What a placement costs, beside the 0 to 1 that a landed movement is worth.
_SLIPPED = 0.01
"""A second of slip: only so that equals stay where they were planned."""
_FURTHER = 0.15
"""Share that each further landing in a shot counts."""
_POOR = 1.5
"""A first picture that is black or blurred."""
_CUT_INSIDE = 1.5
"""A cut of the clip's own inside the shot."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A shot that may be placed anew."""

    planned: Shot
    frames: ShotFrames
    clip: Clip
    source: int
    """Frame of the clip, at the film's rate, that was planned for its start."""
    clear: tuple[int, int]
    """Film frames after its start within which a movement is seen as one: between the
    transitions, a little inside."""
    fixed: bool = False
    """Whether it must begin with the picture it was planned with."""

    @property
    def length(self) -> int:
        """Film frames, handles included."""
        return self.frames.clip_frames


@dataclass(frozen=True)
class Choice:
    """One way for time to run in a shot, with what each in-point is then worth."""

    pace: Pace
    worth: Values
    """By source frame, shape (n,); −infinity where the clip does not have it."""
    accent: Accent | None = None
    """Of a ramp."""


class Scale:
    """Says what each in-point is worth to a shot."""

    def __init__(
        self,
        one: Asked,
        motion: Motion,
        heard: list[tuple[int, Accent]],
        rate: Fraction,
        there: int,
    ) -> None:
        self._one, self._there, self._rate = one, there, rate
        self._peaks = middles(motion.clear, rate)
        largest = max((peak.prominence for peak in motion.clear), default=1.0)
        self._clarity = np.array([(p.prominence / largest) ** 0.5 for p in motion.clear])
        self._offsets = np.array([float(offset) for offset, _ in heard])
        weights = np.array([accent.weight for _, accent in heard])
        # The strongest of a shot is worth meeting even where nothing in it is strong.
        self._weights = weights * (0.4 + 0.6 / weights.max()) if heard else weights
        sources = np.arange(there, dtype=np.float64)
        poor = np.zeros(there, dtype=bool)
        ratio = float(rate / motion.rate)
        for first, last in motion.poor:
            poor |= (sources >= first * ratio - 0.5) & (sources < last * ratio - 0.5)
        self._poor = poor
        self._cuts = np.array([cut * ratio for cut in motion.cuts])

    def __call__(self, pace: Pace, extra: float) -> Choice:
        """Every in-point with time running at `pace`, which by itself is worth `extra`."""
        one, sources = self._one, np.arange(self._there, dtype=np.float64)
        worth = extra - _SLIPPED * np.abs(sources - one.source) / float(self._rate)
        worth = worth + self._landed(pace, sources) - _POOR * self._poor
        first, last = sources - pace.back, sources + float(pace.shown[-1])
        for cut in self._cuts:
            worth = worth - _CUT_INSIDE * ((first < cut - 0.5) & (last > cut - 1 + 1e-6))
        worth[(first < -1e-9) | (last > self._there - 1 + 1e-9)] = -np.inf
        if one.fixed:
            worth[sources != one.source] = -np.inf
        return Choice(pace, worth)

    def _landed(self, pace: Pace, sources: Values) -> Values:
        """What the movements are worth that meet an accent, by source."""
        worth = np.zeros_like(sources)
        if not (self._peaks.size and self._offsets.size):
            return worth
        best, total, most = (np.zeros_like(sources) for _ in range(3))
        landing = np.zeros_like(sources)
        low, high = self._one.clear
        for middle, clarity in zip(self._peaks, self._clarity, strict=True):
            seen = pace.when(middle - sources) + 0.5
            off = np.abs(seen[:, None] - self._offsets)
            near = np.clip((_WITHIN - off) / (_WITHIN - _SEEN), 0, 1)
            landed = clarity * (np.where(off < _WITHIN, near, 0.0) * self._weights).max(axis=1)
            total += landed
            landing = np.where(landed > best, clarity, landing)
            best = np.maximum(best, landed)
            most = np.maximum(most, np.where((seen >= low) & (seen < high), clarity, 0.0))
        # The greatest movement of the shot should be the one that lands.
        best = best * np.where(most > landing, 0.5 + 0.5 * landing / np.maximum(most, 1e-9), 1.0)
        return np.asarray(best + _FURTHER * np.maximum(total - best, 0))


def middles(peaks: Sequence[Peak], rate: Fraction) -> Values:
    """Of the peaks in clip frames at the film's rate.

    A step between two pictures is seen when the second appears: half a frame after its middle.
    """
    return np.array([peak.at * float(rate) for peak in peaks])


def apart(choices: Sequence[Sequence[Choice]], there: int) -> list[tuple[Choice, int]] | None:
    """The choices and in-points worth most together, each portion after the one before.

    Dynamic programming over the frame up to which the clip is used: O(frames × choices) a shot.
    """
    before = np.zeros(there + 1)
    trail: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for options in choices:
        best = np.full(there + 1, -np.inf)
        which = np.full(there + 1, -1, dtype=np.intp)
        where = np.full(there + 1, -1, dtype=np.intp)
        for number, choice in enumerate(options):
            sources = np.flatnonzero(choice.worth > -np.inf)
            if not sources.size:
                continue
            first = np.floor(sources - choice.pace.back + 1e-6).astype(np.intp)
            end = np.floor(sources + float(choice.pace.shown[-1]) + 1e-6).astype(np.intp) + 1
            total = before[first] + choice.worth[sources]
            better = total > best[end] + 1e-9
            best[end[better]] = total[better]
            which[end[better]], where[end[better]] = number, sources[better]
        for e in range(1, there + 1):
            if best[e - 1] >= best[e]:
                best[e], which[e], where[e] = best[e - 1], which[e - 1], where[e - 1]
        if not np.isfinite(best[there]):
            return None
        trail.append((which, where))
        before = best
    chosen: list[tuple[Choice, int]] = []
    e = there
    for options, (which, where) in zip(reversed(choices), reversed(trail), strict=True):
        choice, source = options[int(which[e])], int(where[e])
        chosen.append((choice, source))
        e = floor(source - choice.pace.back + 1e-6)
    return chosen[::-1]
