"""The moments of a song that a movement should meet: `Accent`, `accents`, `heard_in`."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from songreel.models.music import Analysis, Hits
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import frame_at

STRONG = 0.5
"""Weight from which a moment is an accent: downbeats, drums on strong beats, loud drums."""

LEAST = 0.15
"""Weight that the strongest moment of a shot without such an accent must have to stand in."""

_TOGETHER = 0.04
"""Seconds within which a drum sounds on a beat, and two drums sound as one."""

_DRUMS = {"kick": 0.45, "snare": 0.5}
_NOTES = {"bass": 0.35, "melody": 0.35}
"""What the loudest onset of a band weighs; notes count where there is no pulse to trust."""

_DOWNBEAT, _STRONG_BEAT, _BEAT = 0.5, 0.25, 0.1
_PHRASE, _SECTION, _DROP = 0.2, 0.4, 0.6
_HEARD = 0.3
"""Strength of a drum from which its onset, not the grid's beat, says when the accent sounds."""
_SUNG = 0.15
"""What the loudest note adds to a beat: it tells beats apart where no drum does."""
_ALONE = 0.6
"""Share of its weight that a drum off the beat keeps."""


@dataclass(frozen=True)
class Accent:
    """A moment of the song."""

    at: float
    """Seconds."""
    weight: float
    """How much it asks for a movement, 0 to 1."""
    on: str
    """What is there, the weightiest first named: `drop`, `section`, `downbeat`, `beat`, or the
    band of an onset."""


def accents(storyboard: Storyboard, analysis: Analysis) -> tuple[Accent, ...]:
    """Every beat and onset of the song with its weight, in order.

    Beats are the storyboard's, which the user may have corrected; where its cuts are not locked
    to them they do not count, and onsets of notes stand in. A drum sounds within a frame of its
    beat or is an accent of its own.
    """
    drums = _hits(analysis, _DRUMS)
    if not storyboard.beat_locked or not storyboard.grid.beats:
        return _joined([*drums, *_hits(analysis, _NOTES)])
    marks = _marks(storyboard, analysis)
    times = [mark.at for mark in marks]
    sounding: dict[int, list[Accent]] = {}
    alone: list[Accent] = []
    for drum in drums:
        near = _nearest(times, drum.at)
        if near is not None and abs(times[near] - drum.at) <= _TOGETHER:
            sounding.setdefault(near, []).append(drum)
        else:
            alone.append(Accent(drum.at, _ALONE * drum.weight, drum.on))
    notes: dict[int, float] = {}
    for note in _hits(analysis, dict.fromkeys(_NOTES, _SUNG)):
        near = _nearest(times, note.at)
        if near is not None and abs(times[near] - note.at) <= 2 * _TOGETHER:
            notes[near] = max(notes.get(near, 0.0), note.weight)
    beats = []
    for i, mark in enumerate(marks):
        heard = sounding.get(i, [])
        loudest = max(heard, key=lambda drum: drum.weight, default=None)
        at = mark.at
        if loudest is not None and loudest.weight >= _HEARD * _DRUMS[loudest.on]:
            at = loudest.at
        lifted = max(loudest.weight if loudest is not None else 0.0, notes.get(i, 0.0))
        weight = min(1.0, mark.weight + lifted)
        on = loudest.on if loudest is not None and mark.on == "beat" else mark.on
        beats.append(Accent(at, weight, on))
    return _joined([*beats, *alone])


def heard_in(
    found: Sequence[Accent], first: int, last: int, rate: Fraction
) -> tuple[tuple[int, Accent], ...]:
    """The accents on film frames [first, last): (the frame on screen when it sounds, accent).

    Where none is strong the strongest moment stands in, the earlier of equals.
    """
    times = [accent.at for accent in found]
    near = found[
        bisect_left(times, float((first - 1) / rate)) : bisect_right(
            times, float((last + 1) / rate)
        )
    ]
    here = [(frame_at(accent.at, rate), accent) for accent in near]
    here = [each for each in here if first <= each[0] < last]
    strong = [each for each in here if each[1].weight >= STRONG]
    if strong:
        return tuple(strong)
    most = max(here, key=lambda each: each[1].weight, default=None)
    return (most,) if most is not None and most[1].weight >= LEAST else ()


def _hits(analysis: Analysis, bands: dict[str, float]) -> list[Accent]:
    found = []
    for band, weight in bands.items():
        hits: Hits = getattr(analysis.onsets, band)
        found += [
            Accent(at, weight * strength, band)
            for at, strength in zip(hits.times, hits.strengths, strict=True)
        ]
    return found


def _marks(storyboard: Storyboard, analysis: Analysis) -> list[Accent]:
    """The beats with what they weigh by their place in bar and form."""
    grid = storyboard.grid
    downbeats = set(grid.downbeats)
    half = grid.beats_per_bar // 2 if grid.beats_per_bar % 2 == 0 else 0
    weights, names = [], []
    for i in range(len(grid.beats)):
        _, beat = grid.bar_and_beat(i)
        strong = half > 1 and beat == half + 1
        down = i in downbeats
        weights.append(_DOWNBEAT if down else _STRONG_BEAT if strong else _BEAT)
        names.append("downbeat" if down else "beat")
    form = [(time, _PHRASE, "") for time in analysis.phrases]
    form += [(section.start, _SECTION, "section") for section in storyboard.sections[1:]]
    form += [(event.start, _DROP, "drop") for event in analysis.events if event.kind == "drop"]
    for time, weight, name in form:
        i = grid.nearest(time)
        if abs(grid.beats[i] - time) <= grid.period(i) / 4:
            weights[i] += weight
            names[i] = name or names[i]
    return [
        Accent(time, weight, name)
        for time, weight, name in zip(grid.beats, weights, names, strict=True)
    ]


def _nearest(times: Sequence[float], at: float) -> int | None:
    right = bisect_left(times, at)
    around = [i for i in (right - 1, right) if 0 <= i < len(times)]
    return min(around, key=lambda i: abs(times[i] - at), default=None)


def _joined(found: Sequence[Accent]) -> tuple[Accent, ...]:
    """In order; what sounds together is one accent, at its weightiest part."""
    joined: list[Accent] = []
    for accent in sorted(found, key=lambda one: (one.at, -one.weight)):
        if joined and accent.at - joined[-1].at <= _TOGETHER:
            last = joined.pop()
            first = max(last, accent, key=lambda one: one.weight)
            both = max(last.weight, accent.weight) + 0.3 * min(last.weight, accent.weight)
            accent = Accent(first.at, min(1.0, both), first.on)
        joined.append(accent)
    return tuple(joined)
