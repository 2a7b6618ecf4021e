"""The film in pieces that are made, kept and joined one by one: `Segment`, `pieces`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import av
import cv2

from songreel.assembly.coding import Coding, copyable, film_options
from songreel.assembly.edit import soft_span
from songreel.assembly.effects.effect import Chain, ring_frames
from songreel.fonts.faces import drawn_by
from songreel.models.effect import Beat, PlacedEffect
from songreel.models.order import fingerprint
from songreel.models.overlay import Overlay
from songreel.models.render import RenderSpec
from songreel.models.timeline import Cut, Timeline
from songreel.models.transition import TransitionKind

CODE = 4
"""Raised whenever the same segment would come out with other pixels or other coding."""

LEAST = 6
"""Frames from which copying is worth it: what is beside them is coded by itself, from a keyframe
on, and a keyframe costs what three other frames do."""

_AGAIN = "letterbox"
"""What is laid over pictures that wear it once more where they are made anew: effects that move
the picture take its bars along."""

_NONE: Mapping[str, Coding] = MappingProxyType({})


@dataclass(frozen=True)
class Segment:
    """Film frames [first, last): of the body of one shot, or a soft transition between two.

    `old` is the shot that goes and is None in a body and in a fade-in at the film's start.
    """

    first: int
    last: int
    cut: Cut
    old: Cut | None
    soft: bool
    spec: RenderSpec
    finish: tuple[PlacedEffect, ...] = ()
    """The film's, their frames counted from the segment's first."""
    overlays: tuple[Overlay, ...] = ()
    """Those that are seen here, counted likewise."""
    copied: bool = False
    """Whether the clip's own packets are taken: then there is no file of it."""

    @property
    def frames(self) -> int:
        """Length."""
        return self.last - self.first

    @property
    def source(self) -> int:
        """Frame of the new shot's clip that comes first here, where it plays as it is."""
        return self.cut.source + self.first - self.cut.start

    @property
    def offset(self) -> int:
        """Frame of the transition that comes first here; it starts before the film at times."""
        return self.first - (self.cut.start - self.cut.transition_frames // 2)

    @cached_property
    def fingerprint(self) -> str:
        """Of everything that decides the segment's bytes, and nothing of where it lies."""
        libraries: dict[str, Any] = av.library_versions
        return fingerprint(
            {
                "code": CODE,
                "libraries": {name: list(number) for name, number in libraries.items()},
                "pyav": av.__version__,
                "opencv": cv2.__version__,
                "size": [self.spec.width, self.spec.height],
                "rate": str(self.spec.rate),
                "codec": "prores" if self.spec.format == "mov" else film_options(self.spec),
                "frames": self.frames,
                "new": self._shown(self.cut),
                "old": self._shown(self.old) if self.old else None,
                "mix": self._mix() if self.soft else None,
                "finish": [one.model_dump(mode="json") for one in self.finish],
                "words": [one.model_dump(mode="json") for one in self.overlays],
                **({"set by": drawn_by()} if self.overlays else {}),
            }
        )

    def effects(self, cut: Cut) -> tuple[PlacedEffect, ...]:
        """Of one of its shots, their frames counted from the segment's first."""
        first, ring = self.first - cut.start, ring_frames(self.spec.rate)
        return tuple(one.within(first, first + self.frames, ring) for one in cut.effects)

    def _mix(self) -> list[Any]:
        cut = self.cut
        settings = dict(sorted(cut.transition_settings.items()))
        return [cut.transition, cut.transition_frames, self.offset, settings]

    def _shown(self, cut: Cut) -> list[Any]:
        into = self.first - cut.start
        lit = cut.transition is TransitionKind.FLASH and into < cut.transition_frames
        light = [into, cut.transition_frames] if lit else None
        here = range(into, into + self.frames) if cut.retime or cut.focus else ()
        return [
            cut.clip_sha256,
            cut.source + into,
            light,
            [cut.between, [round(cut.shown(i), 6) for i in here]] if cut.retime else None,
            [cut.focused(i) for i in here] if cut.focus else None,
            [one.model_dump(mode="json") for one in self.effects(cut)],
        ]


def pieces(
    timeline: Timeline, spec: RenderSpec, codings: Mapping[str, Coding] = _NONE
) -> tuple[Segment, ...]:
    """Segments that tile the film, in order.

    Args:
        timeline: The edit.
        spec: The film's.
        codings: Clips whose packets may be taken as they are, by their sha256. Frames that show
            such a clip as it is are, from a keyframe of it on.
    """
    found: list[Segment] = []
    cuts, ring = timeline.cuts, ring_frames(spec.rate)

    def add(first: int, last: int, cut: Cut, old: Cut | None, soft: bool) -> None:
        if last <= first:
            return
        worn = set(cut.worn) & set(old.worn if old else cut.worn) - {_AGAIN}
        finish = tuple(
            here
            for one in timeline.finish
            if one.effect not in worn
            and not _idle(here := one.within(first, last, ring), last - first)
        )
        words = tuple(
            one.shifted(-first) for one in timeline.overlays if one.start < last and one.end > first
        )
        found.append(Segment(first, last, cut, old, soft, spec, finish, words))

    for i, cut in enumerate(cuts):
        first, last = soft_span(cut)
        add(first, last, cut, cuts[i - 1] if i else None, soft=True)
        end = soft_span(cuts[i + 1])[0] if i + 1 < len(cuts) else timeline.frames
        coding = codings.get(cut.clip_sha256)
        at = last
        for start, stop in _stretches(timeline, cut, last, end, coding) if coding else ():
            add(at, start, cut, None, soft=False)
            found.append(Segment(start, stop, cut, None, False, spec, copied=True))
            at = stop
        add(at, end, cut, None, soft=False)
    return tuple(found)


def _stretches(
    timeline: Timeline, cut: Cut, first: int, last: int, coding: Coding
) -> list[tuple[int, int]]:
    """Film frames of [first, last), the body of `cut`, that its clip's packets can show."""
    if cut.retime or cut.focus:
        return []
    into = cut.source - cut.start
    free = (frame + into for frame in _untouched(timeline, cut, first, last))
    return [
        (a - into, b - into) for a, b in copyable(coding, first + into, last + into, free, LEAST)
    ]


def _untouched(timeline: Timeline, cut: Cut, first: int, last: int) -> Iterator[int]:
    """Film frames of [first, last) that show the clip as it is."""
    own = Chain(cut.effects, timeline.rate)
    film = Chain([one for one in timeline.finish if one.effect not in cut.worn], timeline.rate)
    words = [one for one in timeline.overlays if one.start < last and one.end > first]
    lit = cut.transition_frames if cut.transition is TransitionKind.FLASH else 0
    for frame in range(max(first, cut.start + lit), last):
        if any(one.start <= frame < one.end for one in words):
            continue
        if own.idle(frame - cut.start) and film.idle(frame):
            yield frame


def _idle(placed: PlacedEffect, frames: int) -> bool:
    """Whether it is a fade that leaves these frames as they are: they need not be made anew."""
    if placed.effect != "fade" or not placed.level:
        return False
    at = {0, frames - 1, *(frame for frame, _ in placed.level if 0 <= frame < frames)}
    return all(Beat(placed, frame, 1.0).level == 1.0 for frame in at)
