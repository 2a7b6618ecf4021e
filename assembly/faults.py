"""Stretches of a film that a viewer would call broken: black, frozen, flashing."""

from math import ceil

import numpy as np

from songreel.assembly.edit import soft_span
from songreel.assembly.flashes import FlashMeter
from songreel.assembly.thumbs import Thumb
from songreel.models.render import Fault
from songreel.models.timeline import Timeline
from songreel.models.transition import TransitionKind

SHORTEST = 0.5
"""Seconds from which black or stillness is a fault."""

_BLACK_LUMA = 24
"""A pixel up to here is black: 16 is black in BT.709, 8 more is what a dark room still hides."""

_BLACK_SHARE = 0.98
"""Share of the picture that is black in a black frame, as FFmpeg's blackdetect has it."""

_STILL_CELL, _STILL_MEAN, _STILL_POINTS = 1.0, 0.1, 1.25
"""A frozen picture: no area mean moves by more than 1 level, all of them by 0.1 on average, single
pixels by 1.25. x264 goes on refining a held picture: within 36 frames of a textured one at
1280×720 (superfast, CRF 20) they moved by 1, 0.07 and 1.0; a drift of half a pixel a second moves
the second by 0.18 in half a second, a mouth of 24 pixels the first by 4."""

_STILL_COARSE = 14.0, 2.0
"""The first two times the side of an area in pixels, where areas are so small that coding shows in
their means: at 128×72, with 2 pixels, a held picture moved by 6 and 0.44."""


class FaultWatch:
    """Fed a film's frames in order, collects its faults."""

    def __init__(self, timeline: Timeline) -> None:
        self._shortest = ceil(SHORTEST * timeline.rate)
        self._dips = [
            soft_span(cut) for cut in timeline.cuts if cut.transition is TransitionKind.DIP
        ]
        self._flashes = FlashMeter(timeline.rate)
        self._black: int | None = None
        self._held: tuple[int, Thumb] | None = None
        self._faults: list[Fault] = []
        self._last = -1

    def feed(self, frame: int, thumb: Thumb) -> None:
        """Look at film frame `frame`."""
        self._last = frame
        black = self._is_black(frame, thumb)
        if black and self._black is None:
            self._black = frame
        elif not black:
            self._end_black(frame)
        if self._held is None or black or not _still(self._held[1], thumb):
            self._end_held(frame)
            self._held = None if black else (frame, thumb)
        self._flashes.feed(frame, thumb)

    @property
    def flashes(self) -> int:
        """Most flashes in any second so far, over a quarter of the picture."""
        return self._flashes.most

    def finish(self) -> tuple[Fault, ...]:
        """All faults, by their start, with the film at its end."""
        self._end_black(self._last + 1)
        self._end_held(self._last + 1)
        self._faults.extend(
            Fault(kind="flashing", start=first, end=last, detail=f"{count} flashes in a second")
            for first, last, count in self._flashes.stretches
        )
        return tuple(sorted(self._faults, key=lambda fault: (fault.start, fault.kind)))

    def _is_black(self, frame: int, thumb: Thumb) -> bool:
        if any(first <= frame < last for first, last in self._dips):
            return False
        return float((thumb.luma <= _BLACK_LUMA).mean()) >= _BLACK_SHARE

    def _end_black(self, frame: int) -> None:
        if self._black is not None and frame - self._black >= self._shortest:
            self._faults.append(Fault(kind="black", start=self._black, end=frame))
        self._black = None

    def _end_held(self, frame: int) -> None:
        if self._held is not None and frame - self._held[0] >= self._shortest:
            self._faults.append(Fault(kind="frozen", start=self._held[0], end=frame))
        self._held = None


def _still(held: Thumb, thumb: Thumb) -> bool:
    coarse_cell, coarse_mean = (limit / thumb.side for limit in _STILL_COARSE)
    areas = np.abs(held.luma.astype(np.int16) - thumb.luma.astype(np.int16))
    if areas.max() > max(_STILL_CELL, coarse_cell) or areas.mean() > max(_STILL_MEAN, coarse_mean):
        return False
    points = np.abs(held.points.astype(np.int16) - thumb.points.astype(np.int16))
    return bool(points.mean() <= _STILL_POINTS)
