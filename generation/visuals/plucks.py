"""Hits that still ring: how long ago each was, which one it was, how much of all there is."""

from typing import NamedTuple

from songreel.generation.visuals.moment import Moment
from songreel.generation.visuals.stage import Stage
from songreel.models.music import Hits
from songreel.models.timebase import frame_at


def stroke(m: Moment) -> float:
    """How much new sound there is, 0 to 1: for light that answers every onset a little.

    Drums count in full where they come slowly enough for the whole picture (`Moment.pulse`),
    notes and hats less.
    """
    return max(m.pulse, 0.45 * m.kick, 0.45 * m.snare, 0.75 * m.melody, 0.40 * m.hat)


class Pluck(NamedTuple):
    """A hit that has sounded."""

    age: float
    """Seconds since the frame it was shown on, 0 on that frame."""
    strength: float
    number: int
    """Of the hit within the clip, so that a scene may send each to a place of its own."""


class Plucks:
    """The hits of one band. A frame asks for those it may still show."""

    def __init__(self, stage: Stage, hits: Hits | None) -> None:
        """`hits` are in seconds of the clip; None: none."""
        pairs = zip(hits.times, hits.strengths, strict=True) if hits is not None else ()
        rate = stage.request.rate
        self._rate = stage.rate
        self._hits = [(frame_at(time + 1e-6, rate), strength) for time, strength in pairs]

    def ringing(self, m: Moment, seconds: float) -> list[Pluck]:
        """Hits of the last `seconds` up to this frame, the latest first, at most six."""
        first = m.index - seconds * self._rate
        found = [
            Pluck((m.index - frame) / self._rate, strength, number)
            for number, (frame, strength) in enumerate(self._hits)
            if first <= frame <= m.index
        ]
        return found[::-1][:6]
