"""Where a cut goes that is dragged: `snap`, the one rule, which the timeline follows too.

The rule, for a moment of `t` seconds in a song with beats b[0..n-1] (increasing), downbeats
(indices into b) and phrases (seconds):

1. Candidates by how it is to snap:
   `phrase`: the beats that lie within `SAME` of a start of a phrase; `bar`: the downbeats; `beat`:
   all beats; `half`: all beats, and the middle between each two that follow each other. `off`:
   none.
2. Where there are none (no beats, or no phrases), the moment is taken as it is.
3. The candidate that is nearest to t wins; of two equally near ones the earlier. Distances are
   compared in float64 (|c - t|); two that differ by less than `EQUAL` are equal.
4. A beat is written as its bar and beat (`17:3`, `0:2` in a pickup), the middle after it with
   `+1/2`. A moment as it is: where the grid has beats and t lies between the first and the last of
   them, it is counted to a `PARTS`th of the beat it lies in, the nearest one, halves up
   (floor(x + 1/2)), and written in lowest terms; the beat itself where that is 0, the next beat
   where that is a whole. Elsewhere it is seconds, rounded to the microsecond.
   A moment before the song is taken for its start.
5. A cut snaps to its candidate however far it lies: what a person sees while dragging is where it
   will be. Who drags between bounds leaves out the candidates beyond them first.

`tests/data/snap_cases.json` has cases; this module and the timeline's `grid.js` are held to them.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Protocol

from songreel.models.edits import Snap
from songreel.models.music import BeatGrid
from songreel.models.storyboard import Anchor

SAME = 0.005
"""Seconds from a start of a phrase within which a beat is that start; phrases begin on beats."""
EQUAL = 1e-9
"""Seconds."""
PARTS = 48
"""Parts of a beat that a moment is counted in: 10 ms at 120 bpm; thirds and quarters exactly."""


class Counted(Protocol):
    """What has a grid: a `Board`, or an `Analysis` with its `grid`'s indices."""

    @property
    def beats(self) -> tuple[float, ...]:
        """Seconds."""
        ...

    @property
    def downbeats(self) -> tuple[int, ...]:
        """Indices into `beats`."""
        ...

    @property
    def phrases(self) -> tuple[float, ...]:
        """Seconds."""
        ...


def snap(song: Counted, seconds: float, how: Snap) -> Anchor:
    """The moment to which a cut goes that is let go of at `seconds`."""
    found = places(song, how)
    grid = BeatGrid(beats=song.beats, downbeats=song.downbeats)
    if not found:
        return free(grid, seconds)
    position = nearest([place[0] for place in found], seconds)
    _, index, part = found[position]
    return Anchor.on_grid(grid, index, part)


def places(song: Counted, how: Snap) -> list[tuple[float, int, Fraction]]:
    """All candidates, increasing: seconds, index of the beat, and part of a beat after it."""
    beats, whole = song.beats, Fraction(0)
    if how == "bar":
        return [(beats[i], i, whole) for i in song.downbeats]
    if how == "beat":
        return [(time, i, whole) for i, time in enumerate(beats)]
    if how == "phrase":
        return [(beats[i], i, whole) for i in _starts(beats, song.phrases)]
    if how == "half":
        found = [(time, i, whole) for i, time in enumerate(beats)]
        found += [
            (beats[i] + (beats[i + 1] - beats[i]) * 0.5, i, Fraction(1, 2))
            for i in range(len(beats) - 1)
        ]
        return sorted(found)
    return []


def nearest(times: Sequence[float], seconds: float) -> int:
    """Index of the time nearest to `seconds`, the earlier of two; `times` increase."""
    right = min(bisect_left(times, seconds), len(times) - 1)
    left = max(right - 1, 0)
    near = abs(times[left] - seconds) - abs(times[right] - seconds)
    return left if near < EQUAL else right


def free(grid: BeatGrid, seconds: float) -> Anchor:
    """The moment as it is, counted on the grid where that reaches."""
    beats, seconds = grid.beats, max(seconds, 0.0)
    if len(beats) < 2 or not beats[0] <= seconds <= beats[-1]:
        return Anchor(seconds=round(seconds, 6))
    at = grid.index_at(seconds)
    count = floor(at * PARTS + 0.5)
    return Anchor.on_grid(grid, count // PARTS, Fraction(count % PARTS, PARTS))


def _starts(beats: Sequence[float], phrases: Sequence[float]) -> list[int]:
    found = set()
    for time in phrases if beats else ():
        index = nearest(beats, time)
        if abs(beats[index] - time) <= SAME:
            found.add(index)
    return sorted(found)
