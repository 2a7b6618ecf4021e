"""A few bars that lead back into themselves: `loops`, `looped`, `LoopSound`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.assembly.excerpt import Span, begun_at, excerpted
from songreel.assembly.stretch import SoundStretch
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis, BeatGrid
from songreel.models.sound import Sound
from songreel.models.timebase import clock, frame_at, frames_for
from songreel.models.timeline import Timeline
from songreel.models.transition import TransitionKind

SHORTEST, LONGEST = 3.0, 8.0
"""Seconds, as the canvases of streaming services ask for."""

JOIN = 0.025
"""Seconds over which the loop's end goes over into what comes before its start: long enough for a
bass note's period, too short to be heard as a fade."""

LOOSE_JOIN = 0.2
"""The same where no bars are known."""

DISSOLVE = 0.4
"""Seconds over which the picture does the same where the loop does not begin on a cut."""

_RATE, _HOP, _SIZE = 11025, 220, 1024
_BANDS = 40
_AROUND = 0.75
"""Seconds before and after both ends that must sound alike."""

_BAR_COUNTS = {1: 0.0, 2: -0.05, 4: -0.08, 8: -0.05}
"""What whole phrases are better by."""


@dataclass(frozen=True)
class Loop:
    """Frames [first, last) of the film, and how well they lead back into themselves."""

    first: int
    last: int
    start: float
    end: float
    """Seconds of the musical moments."""
    bars: int
    """0 where no bars are known."""
    likeness: float
    """1: what leads to the end and what would follow it sound as what leads to the start and what
    follows that; 0: they have nothing in common."""
    drift: float
    """Seconds by which the film's whole frames are longer than the bars."""
    on_cut: bool

    @property
    def reasons(self) -> tuple[str, ...]:
        """In words."""
        length = f"{self.bars} bar{'s' if self.bars > 1 else ''}" if self.bars else "no bars known"
        cut = "begins on a cut" if self.on_cut else "the picture dissolves into its beginning"
        return (
            f"{clock(self.start)} to {clock(self.end)}, {length}",
            f"the music around both ends is alike to {self.likeness:.0%}",
            f"whole frames move the beat by {1000 * self.drift:+.0f} ms at each turn",
            cut,
        )


def loops(
    timeline: Timeline,
    sound: Sound,
    analysis: Analysis,
    grid: BeatGrid,
    *,
    trusted: bool,
    seconds: tuple[float, float] = (SHORTEST, LONGEST),
    at: float | None = None,
    lead: int = 0,
    count: int = 3,
) -> tuple[Loop, ...]:
    """The best loops of the film, best first.

    Args:
        timeline: The film.
        sound: Its song.
        analysis: Of the song.
        grid: Beats as the plan has them.
        trusted: Whether bars can be believed; else any tenth of a second may be an end.
        seconds: Least and greatest length.
        at: Begin at the bar nearest to this second.
        lead: Frames by which the film's cuts come early.
        count: How many at most; none lies within another.

    Raises:
        InvalidInput: The lengths are out of range, or no whole bars are as long as that.
    """
    low, high = seconds
    if not 1 <= low <= high <= 30:
        raise InvalidInput(
            f"a loop of {low:g} to {high:g} s: ask for 1 to 30 s, e.g. --seconds 3-8"
        )
    marks = _marks(grid, analysis, trusted)
    prints = _prints(sound)
    energy = analysis.energy
    top = max(float(np.percentile(energy.array, 95)), 1e-6)
    cut_starts = {cut.start for cut in timeline.cuts}
    starts: Sequence[float] = marks
    if at is not None and marks:
        starts = [min(marks, key=lambda mark: abs(mark - at))]
    found: list[tuple[float, Loop]] = []
    for start in starts:
        for i, end in enumerate(marks):
            if not low - 1e-6 <= end - start <= high + 1e-6:
                continue
            first = max(frame_at(start, timeline.rate) - lead, 0)
            # Whole frames nearest to the bars' own length: a turn must not trip.
            last = first + round((end - start) * timeline.rate)
            if last > timeline.frames or last - first < low * timeline.rate - 1:
                continue
            likeness = _likeness(prints, start, end)
            drift = float((last - first) / timeline.rate) - (end - start)
            bars = i - marks.index(start) if trusted else 0
            on_cut = first in cut_starts and any(first < cut < last for cut in cut_starts)
            cost = 1 - likeness + 12 * max(0.0, abs(drift) - 0.004)
            cost -= 0.25 * min(energy.mean(start, end) / top, 1.0)
            cost += _BAR_COUNTS.get(bars, 0.12) if trusted else 0.0
            cost += 0.0 if on_cut else 0.2 if first in cut_starts else 0.06
            cost += 0.3 * any(
                event.kind in ("build", "stop", "silence")
                and event.start < end - 0.1
                and event.end > start + 0.1
                for event in analysis.events
            )
            found.append(
                (cost, Loop(first, last, start, end, bars, round(likeness, 3), drift, on_cut))
            )
    if not found:
        what = "whole bars" if trusted else "stretch"
        where = f" from {clock(at)} on" if at is not None else ""
        raise InvalidInput(
            f"the song has no {what} of {low:g} to {high:g} s{where}: "
            "allow another length with --seconds"
        )
    found.sort(key=lambda entry: (round(entry[0], 9), entry[1].first, entry[1].last))
    chosen: list[Loop] = []
    for _, loop in found:
        if len(chosen) < count and all(
            loop.last <= other.first or loop.first >= other.last for other in chosen
        ):
            chosen.append(loop)
    return tuple(chosen)


def looped(timeline: Timeline, loop: Loop) -> Timeline:
    """The loop's frames as a film whose last picture leads on to its first.

    Where it begins on a cut and has others, its end meets one more. Elsewhere the shot that it
    begins in is shown from a little earlier over the last frames, coming through what ends: the
    frame before the first one is the last. A clip that has nothing before is held on its first
    picture.
    """
    inner = excerpted(timeline, Span(loop.first, loop.last))
    begins = next(cut for cut in timeline.cuts if cut.start <= loop.first < cut.end)
    if begins.start == loop.first and len(inner.cuts) > 1:
        return inner
    frames = min(round(DISSOLVE * timeline.rate), inner.frames // 4, inner.cuts[-1].end
                 - inner.cuts[-1].start - 1)  # fmt: skip
    if frames < 2:
        return inner
    # The last frame of all is whole: even a tenth of another picture would be seen to vanish.
    start = inner.frames - 1 - frames + frames // 2
    earlier = begun_at(begins, loop.first - (inner.frames - start))
    # What its clip has before the loop, shown in the film or not; else its first picture is held.
    before_it = loop.first - begins.start
    if not begins.retime and begins.source + before_it < frames:
        held = max(begins.source + before_it, 0)
        earlier = earlier.model_copy(
            update={"source": held, "retime": ((0, 0.0), (inner.frames - start, 0.0))}
        )
    closing = earlier.model_copy(
        update={
            "start": start,
            "end": inner.frames,
            "target": float(start / timeline.rate),
            "transition": TransitionKind.CROSSFADE,
            "transition_frames": frames,
            "transition_settings": {},
            "landing": None,
        }
    )
    before = inner.cuts[-1].model_copy(update={"end": start})
    return inner.model_copy(update={"cuts": (*inner.cuts[:-1], before, closing)})


def join_of(loop: Loop) -> float:
    """Seconds of the sound's join."""
    return JOIN if loop.bars else LOOSE_JOIN


def same_crop(timeline: Timeline) -> Timeline:
    """A loop that was cropped for another shape, its closing dissolve with the crop of its start.

    Paths are laid shot by shot; that of the first shot and of its return must meet.
    """
    first, last = timeline.cuts[0], timeline.cuts[-1]
    returns = last.transition is TransitionKind.CROSSFADE and last.clip == first.clip
    point = first.focused(0)
    if len(timeline.cuts) < 2 or not returns or point is None:
        return timeline
    held = last.model_copy(update={"focus": ((0, *point),)})
    return timeline.model_copy(update={"cuts": (*timeline.cuts[:-1], held)})


def turns_on_cut(timeline: Timeline, loop: Loop) -> bool:
    """Whether the loop's end meets a cut of the film, so that its turn is one like the others."""
    return loop.on_cut and any(cut.start == loop.first for cut in timeline.cuts)


@dataclass(frozen=True)
class LoopSound(SoundStretch):
    """Samples of a song that lead back into themselves without a click: a `Sound`.

    The last `join` samples go over into those that come before the first one in the song, with
    the gains of equal power for what the two have in common.
    """

    join: int

    def _made(self) -> dict[str, Any]:
        return {"join": self.join}

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """See `Sound.blocks`; one block, since a loop is short."""
        join = min(self.join, self.count // 4, self.first)
        sounds = np.concatenate(list(self._heard(self.first - join)), axis=1)
        before, kept = sounds[:, :join], sounds[:, join:].copy()
        if join:
            kept[:, -join:] = _joined(kept[:, -join:], before)
        yield kept


def loop_samples(loop: Loop, rate: Fraction, sample_rate: int) -> tuple[int, int]:
    """First sample of the song and how many the loop has: as many as its frames cover."""
    first = round(Fraction(loop.first) / rate * sample_rate)
    count = floor(Fraction(loop.last - loop.first) / rate * sample_rate)
    assert frames_for(count, sample_rate, rate) == loop.last - loop.first
    return first, count


def _joined(old: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.float32]:
    share = (np.arange(old.shape[1]) + 1) / (old.shape[1] + 1)
    down, up = np.cos(np.pi / 2 * share), np.sin(np.pi / 2 * share)
    energy = float(np.sqrt(np.sum(np.square(old)) * np.sum(np.square(new))))
    alike = max(0.0, float(np.sum(old * new)) / energy) if energy > 0 else 0.0
    level = np.sqrt(down**2 + up**2 + 2 * alike * down * up)
    return np.asarray((old * down + new * up) / level, np.float32)


def _marks(grid: BeatGrid, analysis: Analysis, trusted: bool) -> list[float]:
    if trusted and grid.downbeats:
        return list(grid.downbeat_times)
    return [round(0.1 * i, 3) for i in range(int(analysis.track.duration * 10) + 1)]


@dataclass(frozen=True)
class _Prints:
    """What the song sounds like over time: shape (looks, bands), `rate` looks a second."""

    values: NDArray[np.float32]
    rate: float


def _prints(sound: Sound) -> _Prints:
    """Loudness of the song in bands of equal pitch, dB above its own floor."""
    track = sound.track
    stream = soxr.ResampleStream(track.sample_rate, _RATE, 1, dtype="float32")
    parts = [
        stream.resample_chunk(np.ascontiguousarray(block.mean(axis=0))) for block in sound.blocks()
    ]
    parts.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    mono = np.concatenate([np.zeros(_SIZE // 2, np.float32), *parts, np.zeros(_SIZE, np.float32)])
    looks = 1 + (len(mono) - _SIZE) // _HOP
    window = np.hanning(_SIZE).astype(np.float32)
    edges = np.geomspace(45, _RATE / 2, _BANDS + 1) / _RATE * _SIZE
    bins = np.unique(np.clip(np.round(edges).astype(int), 1, _SIZE // 2))
    found = np.empty((looks, len(bins) - 1), np.float32)
    for i in range(0, looks, 512):
        here = range(i, min(i + 512, looks))
        framed = np.stack([mono[k * _HOP : k * _HOP + _SIZE] for k in here]) * window
        power = np.square(np.abs(np.fft.rfft(framed, axis=1)))
        found[i : i + len(here)] = np.add.reduceat(power, bins[:-1], axis=1)[:, : len(bins) - 1]
    level = 10 * np.log10(found + 1e-9)
    return _Prints(np.maximum(level, level.max() - 70).astype(np.float32), _RATE / _HOP)


def _likeness(prints: _Prints, start: float, end: float) -> float:
    """How alike the music around two moments is: correlation of their prints, 0 to 1."""
    reach = round(_AROUND * prints.rate)
    one, other = round(start * prints.rate), round(end * prints.rate)
    back = min(reach, one, other)
    on = min(reach, len(prints.values) - max(one, other))
    if back + on < reach // 2:
        return 0.0
    a = prints.values[one - back : one + on]
    b = prints.values[other - back : other + on]
    mean = prints.values.mean(axis=0)
    a, b = a - mean, b - mean
    power = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return max(0.0, float(np.sum(a * b)) / power) if power > 0 else 1.0
