"""Every way to divide a song into shots, and the cheapest of them, found exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from songreel.prompting.guards import BEAT_RUN_BARS, EQUALS

Floats = NDArray[np.float64]
Costs = NDArray[np.int64]
Index = NDArray[np.intp]

UNIT = 1e6
"""Costs are counted in whole millionths: sums are exact, and ties the same on every machine."""
FAR = np.int64(2**60)
"""What cannot be reached."""
_FLAGS = np.array([0, 1])
BREAK = np.int64(1000 * UNIT)
"""For a limit that no other way could keep, between locked shots say."""


@dataclass(frozen=True)
class Shots:
    """Every shot that may be, each from one moment to a later one, shape (m,), by start."""

    starts: Index
    ends: Index
    lengths: Floats
    """Beats."""
    shrinking: NDArray[np.bool_]
    """Whether it lies in a build, where no shot should be longer than the one before it."""
    equal: Floats
    """Cost of being as long as the one before it."""


@dataclass(frozen=True)
class Neighbours:
    """What a shot costs after another one, beside `Shots.equal`."""

    leap: float
    """For each halving or doubling beyond one."""
    rise: float
    """For each doubling, in a build."""
    weary: float = 0.0
    """By how much `Shots.equal` grows with each shot by which a row of equals is longer than two;
    rows of beats, which have a limit of their own, do not weary."""


@dataclass(frozen=True)
class _Row:
    """Pairs of shots that are alike, shape (p,); no shot begins twice."""

    into: Index
    out: Index
    """Places among the crossing's shots."""
    costs: Costs
    tired: Costs
    """What each costs more where the row was that long before, shape (p, EQUALS)."""
    beat: bool
    """Whether they are cuts on every beat."""


@dataclass(frozen=True)
class _Crossing:
    """A moment where one shot ends and the next one begins."""

    into: Index
    """Shots that end here."""
    out: Index
    """Shots that begin here."""
    pairs: Costs
    """Cost of each pair, shape (into, out)."""
    others: Costs
    """The same, `FAR` for those that are alike."""
    tired: Costs
    """What those that are alike cost more by the length of their row, shape (into, out, EQUALS)."""
    rows: tuple[_Row, ...]
    enters: bool
    """Whether a section starts here."""
    states: Costs
    """Number of each state of the shots that end here, shape (into, EQUALS, 2)."""
    places: Index
    """Shape (into, 1): 0 and on."""
    columns: Index
    """Shape (out, 1): 0 and on."""


class Lattice:
    """The shots of a song and what follows what.

    A way through it is a state machine over shots. Beside the last shot its state says how many
    alike end with it, 1 to 8, and whether this section has had its bar of cutting on every beat.
    So three limits of the craft are kept exactly: at most 8 equal shots in a row, at most 2 bars
    of cutting on every beat, and a bar of it or more once a section.
    """

    def __init__(
        self, shots: Shots, count: int, enters: Sequence[bool], per_bar: int, cost: Neighbours
    ) -> None:
        """Lay out what may follow what.

        Args:
            shots: Every shot that may be.
            count: Moments, the song's end included.
            enters: Of each moment, whether a section starts there.
            per_bar: Beats of a bar.
            cost: Of neighbouring lengths.
        """
        self.shots, self._count = shots, count
        self._beat_most = min(EQUALS, BEAT_RUN_BARS * per_bar)
        self._beat_bar = max(per_bar, 2)
        order = np.argsort(shots.ends, kind="stable")
        into = np.split(order, np.searchsorted(shots.ends[order], np.arange(1, count)))
        edges = np.searchsorted(shots.starts, np.arange(count + 1))
        self._first = np.arange(edges[0], edges[1])
        self._last: Index = into[count - 1]
        self._at = {
            i: self._crossing(into[i], np.arange(edges[i], edges[i + 1]), bool(enters[i]), cost)
            for i in range(1, count - 1)
            if len(into[i]) and edges[i] < edges[i + 1]
        }

    def _crossing(self, into: Index, out: Index, enters: bool, cost: Neighbours) -> _Crossing:
        shots = self.shots
        before, after = shots.lengths[into], shots.lengths[out]
        ratio = np.log2(np.maximum(after[None, :], 1e-3) / np.maximum(before[:, None], 1e-3))
        same = np.abs(before[:, None] - after[None, :]) <= 0.02 * np.maximum(
            before[:, None], after[None, :]
        )
        even = shots.equal[out][None, :] * (np.abs(ratio) < 0.02)
        leaps = cost.leap * np.maximum(np.abs(ratio) - 1, 0)
        # The first shot of a build may be longer than what came before it.
        within = shots.shrinking[into][:, None] & shots.shrinking[out][None, :]
        rises = np.where(shots.shrinking[out][None, :], 0.0, leaps)
        total = even + np.where(within, cost.rise * np.maximum(ratio, 0.0), rises)
        pairs = np.round(total * UNIT).astype(np.int64)
        quick = (before < 1.02)[:, None] & (after < 1.02)[None, :]
        tired = np.round(even[:, :, None] * cost.weary * np.arange(EQUALS) * UNIT).astype(np.int64)
        tired[quick] = 0
        rows = [
            *_rows(quick, pairs, tired, beat=True),
            *_rows(same & ~quick, pairs, tired, beat=False),
        ]
        others = np.where(same | quick, FAR, pairs)
        states = into[:, None, None] * (2 * EQUALS) + np.arange(2 * EQUALS).reshape(EQUALS, 2)
        places, columns = np.arange(len(into))[:, None], np.arange(len(out))[:, None]
        return _Crossing(
            into, out, pairs, others, tired, tuple(rows), enters, states, places, columns
        )

    def cheapest(self, costs: Floats) -> Index:
        """The shots of the cheapest way through, in order.

        Of equal ways it is the one whose last shots are longer.

        Args:
            costs: Of each shot alone, shape (m,).
        """
        own = np.round(costs * UNIT).astype(np.int64)
        value = np.full((len(own), EQUALS, 2), FAR)
        back = np.full((len(own), EQUALS, 2), -1, dtype=np.int64)
        value[self._first, 0, 0] = own[self._first]
        for crossing in self._at.values():
            self._cross(crossing, value, back, own)
        ends = value[self._last]
        flat = int(ends.argmin())
        at = int(self._last[flat // (2 * EQUALS)]) * 2 * EQUALS + flat % (2 * EQUALS)
        found = []
        while at >= 0:
            found.append(at // (2 * EQUALS))
            at = int(back.reshape(-1)[at])
        return np.array(found[::-1], dtype=np.intp)

    @property
    def crossings(self) -> int:
        """Moments that one pass has to cross."""
        return len(self._at)

    def neighbours(self, shots: Index) -> float:
        """What the neighbouring lengths of an edit cost."""
        total, row = 0, 0
        for before, after in pairwise(shots.tolist()):
            crossing = self._at.get(int(self.shots.ends[before]))
            if crossing is None:
                row = 0
                continue
            i = int(np.searchsorted(crossing.into, before))
            j = after - int(crossing.out[0])
            total += int(crossing.pairs[i, j])
            alike = crossing.others[i, j] == FAR
            total += int(crossing.tired[i, j, min(row, EQUALS - 1)]) if alike else 0
            row = row + 1 if alike else 0
        return total / UNIT

    def _cross(self, c: _Crossing, value: Costs, back: Costs, own: Costs) -> None:
        """Carry the cheapest ways over one crossing, into `value` and `back`."""
        here, flags = value[c.into], _FLAGS
        new = value[c.out[0] : c.out[-1] + 1]
        old = back[c.out[0] : c.out[-1] + 1]
        # Not alike: the row of equals begins anew, from the cheapest of all rows.
        row = here.argmin(axis=1)
        least = here[c.places, row, flags]
        sums = least[:, None, :] + c.others[:, :, None]
        choice = sums.argmin(axis=0)
        best = sums[choice, c.columns, flags]
        came = c.states[choice, row[choice, flags], flags]
        if c.enters:
            best, came = _settled(best, came)
        new[:, 0], old[:, 0] = best, came
        for pairs in c.rows:
            sums = here[pairs.into] + (pairs.costs[:, None] + pairs.tired)[:, :, None]
            moved, told = self._longer(sums, c.states[pairs.into], pairs.beat)
            if c.enters and not pairs.beat:
                moved, told = _settled(moved, told)
            most = 1 + moved.shape[1]
            better = moved < new[pairs.out, 1:most]
            new[pairs.out, 1:most] = np.where(better, moved, new[pairs.out, 1:most])
            old[pairs.out, 1:most] = np.where(better, told, old[pairs.out, 1:most])
        new += own[c.out][:, None, None]
        np.minimum(new, FAR, out=new)

    def _longer(self, sums: Costs, states: Costs, beat: bool) -> tuple[Costs, Costs]:
        """States one alike further, shape (p, most - 1, 2), from shape (p, EQUALS, 2).

        Of rows of 2 to `most`.
        """
        most = self._beat_most if beat else EQUALS
        moved, told = sums[:, : most - 1].copy(), states[:, : most - 1].copy()
        if beat and self._beat_bar <= most:
            # The row has just become a bar of beats: the section's one, or one too many.
            bar = self._beat_bar - 2
            again = moved[:, bar, 1] + BREAK
            first = moved[:, bar, 0] <= again
            moved[:, bar, 1] = np.where(first, moved[:, bar, 0], again)
            told[:, bar, 1] = np.where(first, told[:, bar, 0], told[:, bar, 1])
            moved[:, bar, 0] = FAR
        over = sums[:, most - 1] + BREAK
        further = over < moved[:, most - 2]
        moved[:, most - 2] = np.where(further, over, moved[:, most - 2])
        told[:, most - 2] = np.where(further, states[:, most - 1], told[:, most - 2])
        return moved, told


def _settled(value: Costs, came: Costs) -> tuple[Costs, Costs]:
    """States, shape (…, 2), where a new section has had no bar of beats yet."""
    second = value[..., 1] < value[..., 0]
    least, kept = np.empty_like(value), np.empty_like(came)
    least[..., 0] = np.where(second, value[..., 1], value[..., 0])
    kept[..., 0] = np.where(second, came[..., 1], came[..., 0])
    least[..., 1], kept[..., 1] = FAR, -1
    return least, kept


def _rows(mask: NDArray[np.bool_], pairs: Costs, tired: Costs, *, beat: bool) -> list[_Row]:
    """The pairs of a mask, parted so that in each row no shot begins twice."""
    found: list[_Row] = []
    into, out = np.nonzero(mask)
    while len(out):
        _, first = np.unique(out, return_index=True)
        a, b = into[first], out[first]
        found.append(_Row(a, b, pairs[a, b], tired[a, b], beat))
        into, out = np.delete(into, first), np.delete(out, first)
    return found
