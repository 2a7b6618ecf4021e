"""The film in pieces that are made, kept and joined one by one: `Segment`, `pieces`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import av

from songreel.assembly.edit import soft_span
from songreel.models.clip import fingerprint
from songreel.models.render import RenderSpec
from songreel.models.storyboard import TransitionKind
from songreel.models.timeline import Cut, Timeline

CODE = 2
"""Raised whenever the same segment would come out with other pixels or other coding."""


@dataclass(frozen=True)
class Segment:
    """Film frames [first, last): the body of one shot, or a soft transition between two.

    `old` is the shot that goes and is None in a body and in a fade-in at the film's start.
    """

    first: int
    last: int
    cut: Cut
    old: Cut | None
    soft: bool
    spec: RenderSpec

    @property
    def frames(self) -> int:
        """Length."""
        return self.last - self.first

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
                "size": [self.spec.width, self.spec.height],
                "rate": str(self.spec.rate),
                "codec": "prores" if self.spec.format == "mov" else f"h264 {self.spec.crf}",
                "frames": self.frames,
                "new": self._shown(self.cut),
                "old": self._shown(self.old) if self.old else None,
                "mix": [self.cut.transition, self.cut.transition_frames, self.offset]
                if self.soft
                else None,
            }
        )

    def source(self, cut: Cut) -> int:
        """Frame of `cut`'s clip shown first here; negative before the clip's start."""
        return cut.source + self.first - cut.start

    def _shown(self, cut: Cut) -> list[Any]:
        into = self.first - cut.start
        lit = cut.transition is TransitionKind.FLASH and into < cut.transition_frames
        light = [into, cut.transition_frames] if lit else None
        return [cut.clip_sha256, self.source(cut), light]


def pieces(timeline: Timeline, spec: RenderSpec) -> tuple[Segment, ...]:
    """Segments that tile the film, in order."""
    found: list[Segment] = []
    cuts = timeline.cuts
    for i, cut in enumerate(cuts):
        first, last = soft_span(cut)
        if last > first:
            old = cuts[i - 1] if i else None
            found.append(Segment(first, last, cut, old, soft=True, spec=spec))
        end = soft_span(cuts[i + 1])[0] if i + 1 < len(cuts) else timeline.frames
        if end > last:
            found.append(Segment(last, end, cut, None, soft=False, spec=spec))
    return tuple(found)
