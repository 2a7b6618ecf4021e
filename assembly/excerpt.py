"""A stretch of a film as a film of its own: `excerpted`, and its sound: `SoundPart`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.stretch import SoundStretch
from songreel.models.effect import PlacedEffect
from songreel.models.errors import InvalidInput
from songreel.models.timebase import frame_time
from songreel.models.timeline import Cut, Timeline
from songreel.models.transition import AT_ONCE, TransitionKind

STUB = 0.3
"""Seconds: a shot of which less is left at an excerpt's start gives way to the next one."""


@dataclass(frozen=True)
class Span:
    """Film frames [first, last), and how the excerpt fades: frames of each fade, 0 for none."""

    first: int
    last: int
    fade_in: int = 0
    fade_out: int = 0

    @property
    def frames(self) -> int:
        """Length."""
        return self.last - self.first


def samples_of(span: Span, rate: Fraction, sample_rate: int) -> tuple[int, int]:
    """First sample of the song, and how many, that sound under `span`.

    As many as its frames cover and not one more, so that the excerpt has exactly its frames.
    """
    first = round(Fraction(span.first) / rate * sample_rate)
    return first, floor(Fraction(span.frames) / rate * sample_rate)


def excerpted(timeline: Timeline, span: Span) -> Timeline:
    """Frames [first, last) of `timeline`, counted from 0.

    Cuts stay on their frames and show what they showed; a transition that the excerpt begins or
    ends in is left out, and so are notices of other shots; the picture fades with the sound.

    Raises:
        InvalidInput: The span is not inside the film.
    """
    if not 0 <= span.first < span.last <= timeline.frames:
        raise InvalidInput(
            f"frames {span.first} to {span.last} are not in the film, which has {timeline.frames}"
        )
    inside = [cut for cut in timeline.cuts if cut.end > span.first and cut.start < span.last]
    inside = _without_stub(inside, span.first, round(STUB * timeline.rate))
    shift = frame_time(span.first, timeline.rate)
    cuts = tuple(
        _placed(cut, span, max(0.0, cut.target - shift), opening=i == 0)
        for i, cut in enumerate(inside)
    )
    finish = tuple(moved(one, -span.first) for one in timeline.finish)
    overlays = tuple(
        one.shifted(-span.first).model_copy(
            update={"end": min(one.end - span.first, span.frames - span.fade_out // 2)}
        )
        for one in timeline.overlays
        if one.end > span.first and one.start < span.last - span.fade_out // 2
    )
    return timeline.model_copy(
        update={
            "frames": span.frames,
            "cuts": cuts,
            "finish": (*finish, *_fades(span)),
            "overlays": overlays,
            "notices": tuple(
                text
                for text in timeline.notices
                if any(text.startswith(f"shot {cut.shot}") for cut in inside)
            ),
        }
    )


def begun_at(cut: Cut, start: int, update: Mapping[str, object] | None = None) -> Cut:
    """`cut` from film frame `start` on, before or after its own; what it shows there stays."""
    by = start - cut.start
    first = cut.source + by
    changes: dict[str, object] = {
        "start": start,
        "source": cut.source if cut.retime else max(first, 0),
        "retime": tuple((frame - by, shown) for frame, shown in cut.retime),
        "focus": tuple((frame - by, across, down) for frame, across, down in cut.focus),
        "effects": tuple(moved(one, -by) for one in cut.effects),
    }
    return cut.model_copy(update=changes | dict(update or {}))


def moved(placed: PlacedEffect, by: int) -> PlacedEffect:
    """The same effect, its frames counted from elsewhere."""
    return placed.model_copy(
        update={
            "hits": tuple((frame + by, strength) for frame, strength in placed.hits),
            "level": tuple((frame + by, level) for frame, level in placed.level),
        }
    )


def _without_stub(cuts: list[Cut], first: int, shortest: int) -> list[Cut]:
    """A shot that is over in no time looks like a mistake: the next one is shown earlier."""
    if len(cuts) < 2 or cuts[0].end - first >= shortest:
        return cuts
    stub = cuts[0].end - first
    if cuts[1].retime or cuts[1].source < stub:
        return cuts  # its clip has nothing before
    at_once = {"transition": TransitionKind.CUT, "transition_frames": 0}
    return [begun_at(cuts[1], first, at_once), *cuts[2:]]


def _placed(cut: Cut, span: Span, target: float, *, opening: bool) -> Cut:
    """`cut` on the excerpt's frames."""
    start = max(cut.start, span.first)
    into = start - cut.start
    changes: dict[str, object] = {}
    if opening and (into or cut.transition not in AT_ONCE):
        changes = {"transition": TransitionKind.CUT, "transition_frames": 0}
    inner = begun_at(cut, start, changes)
    landing = cut.landing
    if landing is not None:
        early = landing.accent - (cut.target - target)
        landing = (
            landing.model_copy(update={"accent": early, "peak": landing.peak - span.first})
            if early >= 0
            else None
        )
    return inner.model_copy(
        update={
            "start": start - span.first,
            "end": min(cut.end, span.last) - span.first,
            "target": target,
            "landing": landing,
        }
    )


def _fades(span: Span) -> tuple[PlacedEffect, ...]:
    """From black at the start and into it at the end, over as many frames as the sound fades."""
    level: list[tuple[int, float]] = []
    if span.fade_in:
        level += [(-1, 0.0), (span.fade_in, 1.0)]
    if span.fade_out:
        level += [(span.frames - 1 - span.fade_out, 1.0), (span.frames - 1, 0.0)]
    return (PlacedEffect(effect="fade", strength=1.0, level=tuple(level)),) if level else ()


@dataclass(frozen=True)
class SoundPart(SoundStretch):
    """`count` samples of a song from sample `first` on, faded at both ends: a `Sound`.

    Between the fades every sample is the song's own.
    """

    fade_in: int = 0
    """Samples."""
    fade_out: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fade_in < 0 or self.fade_out < 0 or self.fade_in + self.fade_out > self.count:
            raise InvalidInput(
                f"fades of {self.fade_in} and {self.fade_out} samples do not fit into {self.count}"
            )

    def _made(self) -> dict[str, Any]:
        return {"fades": [self.fade_in, self.fade_out]}

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """See `Sound.blocks`."""
        at = 0
        for block in self._heard(self.first):
            yield self._faded(block, at)
            at += block.shape[1]

    def _faded(self, block: NDArray[np.float32], at: int) -> NDArray[np.float32]:
        """`block`, whose first sample is sample `at` of the part, with the fades on it."""
        last = at + block.shape[1]
        if at >= self.fade_in and last <= self.count - self.fade_out:
            return block
        place = np.arange(at, last)
        gain = np.ones(block.shape[1])
        if self.fade_in:
            gain *= _eased((place + 0.5) / self.fade_in)
        if self.fade_out:
            gain *= _eased((self.count - place - 0.5) / self.fade_out)
        return np.asarray(block * gain, np.float32)


def _eased(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """A raised cosine from 0 to 1, 1 beyond: no corner at either end that could click."""
    return np.where(share >= 1, 1.0, 0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1)))
