"""The track as it grows, and how a part is laid onto it: `Chain`, `Joint`, `Laid`."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from songreel.generation.score.grid import Grid
from songreel.generation.score.levels import SILENT, Ease, level, meant, towards
from songreel.models.score import ScoreCue
from songreel.sound.fades import crossfade
from songreel.sound.pcm import Samples

FADE = 0.04
"""Seconds of a join between two renderings of one sound: long enough for a low note's period."""
_UNLIKE = 0.25
"""Seconds, and half a beat, of a join between two sounds that have nothing to do with each other:
as long as a beat's own decay, too short for a second tempo to be heard."""
ALIKE = 0.5
"""Correlation of a rendering that may stand for a whole beat of what it renders."""
_COMPARED = 3.0
"""Seconds over which two renderings are brought to one loudness."""
STEP = 1.0
"""LU that a join may step by."""
_LEFT, _AIM = 0.7, 0.4
"""LU that a step is left at, and that are left of a larger one: meters differ in what they gate."""
_TRIES = 12
"""Times that a join is laid anew for the sake of its step."""
_MOST = 12.0
"""dB by which a new part is held back, or helped, where it begins."""
_FURTHEST = 20.0
"""dB by which a whole part is brought to what comes before."""
_PEAK = -6.0
"""dBFS of the first part's peaks, at most: music that grows is continued without being clipped."""


class Joint(NamedTuple):
    """Where a take goes over from what is there."""

    at: int
    """Sample of the track from which on only the take is heard."""
    first: int
    """Sample of the take that comes there."""
    alike: float | None
    """Correlation of what both have before it; None where the take has nothing of the track."""


class Laid(NamedTuple):
    """What was done to a take."""

    start: int
    fade: int
    gain: float
    gain_end: float
    step: float | None


@dataclass
class _Span:
    """The track around a join, as it would be."""

    samples: Samples
    start: int
    """Sample of the track that it begins with, where the cross-fade begins."""
    fade: int


class Chain:
    """Samples of a track that only grow. What is there stays, but for the next cross-fade.

    Args:
        rate: Samples a second.
        channels: Of the track.
        seconds: That it will be long, about.
    """

    def __init__(self, rate: int, channels: int, seconds: float) -> None:
        self.rate, self.end = rate, 0
        self._below = 0.0
        """LU by which cues are louder than they are meant to be."""
        self._samples = np.zeros((channels, round((seconds + 2) * rate)), np.float32)

    @property
    def channels(self) -> int:
        """How many."""
        return int(self._samples.shape[0])

    def between(self, first: int, last: int) -> Samples:
        """The samples [first, last) as far as they are there; a view."""
        return self._samples[:, max(first, 0) : max(min(last, self.end), 0)]

    def lay(
        self, take: Samples, joint: Joint, cue: ScoreCue, grid: Grid, goal: int, floor: int
    ) -> Laid:
        """Go over to `take`.

        It comes at the loudness of what is there, goes on to what its cue is meant to have over up
        to two bars, and where the music itself steps by more than `STEP`, it is held back at first.

        Args:
            take: At the track's rate and channels, all samples finite.
            joint: Where.
            cue: What it is.
            grid: Beats there.
            goal: Sample of the track up to which it is wanted.
            floor: Sample of the track from which on a cross-fade may change it.
        """
        at, first, rate = joint.at, joint.first, self.rate
        new = take[:, first : first + goal - at]
        gain = self._gain(take, joint)
        if at == 0:
            last = gain = self._first(new, cue)
        else:
            last = gain + towards(meant(cue) + self._below, level(new, rate) + gain)
        slow = int(min(max(2 * grid.bar, 1.0) * rate, new.shape[1]))
        held, tries = 0.0, _TRIES
        while True:
            ease = Ease(gain + held, last, slow)
            span = self._span(take, joint, new, gain, ease, self._fade(joint, grid, floor, held))
            step = self._step(span, at, grid) if at > 0 else None
            if step is None or abs(step) <= _LEFT:
                break
            more = -np.sign(step) * max(abs(step) - _AIM, 0.01)
            further = round(float(np.clip(held + more, -_MOST, _MOST)), 2)
            if further == held or tries == 0:
                break
            held, tries = further, tries - 1
        stop = span.start + span.samples.shape[1]
        if stop > self._samples.shape[1]:
            room = np.zeros((self.channels, stop - self._samples.shape[1] + 10 * rate), np.float32)
            self._samples = np.concatenate([self._samples, room], axis=1)
        self._samples[:, span.start : stop] = span.samples
        self.end = stop
        return Laid(span.start, span.fade, round(gain + held, 2), round(last, 2), step)

    def _first(self, new: Samples, cue: ScoreCue) -> float:
        """Gain, dB, that brings the first part to what its cue is meant to have.

        Where its peaks do not let it, all cues are meant to be lower by as much.
        """
        found, peak = level(new, self.rate), float(np.abs(new).max(initial=0.0))
        if found < SILENT or peak == 0:
            return 0.0
        room = _PEAK - 20 * np.log10(peak)
        gain = round(float(np.clip(min(meant(cue) - found, room), -_FURTHEST, _FURTHEST)), 2)
        self._below = found + gain - meant(cue)
        return gain

    def _gain(self, take: Samples, joint: Joint) -> float:
        """Gain, dB, that brings the take to what is there, over what both have if there is any."""
        at, first = joint.at, joint.first
        if at == 0:
            return 0.0
        span = min(round(_COMPARED * self.rate), at)
        if joint.alike is not None:
            span = min(span, first)
            ours = take[:, first - span : first]
        else:
            ours = take[:, first : first + span]
        theirs = level(self.between(at - span, at), self.rate)
        found = level(ours, self.rate)
        if min(theirs, found) < SILENT:
            return 0.0
        return round(float(np.clip(theirs - found, -_FURTHEST, _FURTHEST)), 2)

    def _span(
        self, take: Samples, joint: Joint, new: Samples, gain: float, ease: Ease, fade: int
    ) -> _Span:
        """The track from the cross-fade on."""
        at, first = joint.at, joint.first
        laid = np.asarray(new * ease.gains(new.shape[1]), np.float32)
        if fade == 0:
            return _Span(laid, at, 0)
        # Before the join its gain goes from what is there to where the part begins.
        coming = take[:, first - fade : first] * Ease(gain, ease.first, fade).gains(fade)
        joined = crossfade(self.between(at - fade, at), coming)
        return _Span(np.concatenate([joined, laid], axis=1), at - fade, fade)

    def _fade(self, joint: Joint, grid: Grid, floor: int, held: float) -> int:
        beat = grid.period * self.rate
        if joint.alike is None:
            fade = min(_UNLIKE * self.rate, beat / 2)
        elif abs(held) > 1 and joint.alike >= ALIKE:
            fade = beat  # a gain that changes by so much does so over a whole beat
        else:
            fade = min(FADE * self.rate, beat / 4)
        return max(0, min(int(fade), joint.first, joint.at - floor))

    def _step(self, span: _Span, at: int, grid: Grid) -> float | None:
        """LU between what comes after the join and what is before it, whole beats near a second.

        With other spans a beat more on one side would be a step that nobody hears.
        """
        beats = max(1, round(1 / grid.period))
        size = round(beats * grid.period * self.rate)
        inside = at - span.start
        before = np.concatenate(
            [self.between(at - size, span.start), span.samples[:, max(inside - size, 0) : inside]],
            axis=1,
        )
        after = span.samples[:, inside : inside + size]
        size = min(before.shape[1], after.shape[1])
        if size < 0.3 * self.rate:
            return None
        levels = (
            level(before[:, before.shape[1] - size :], self.rate),
            level(after[:, :size], self.rate),
        )
        return round(levels[1] - levels[0], 2) if min(levels) > SILENT else None
