"""Seats for shots on a corrected grid: in order, long enough, as cheap as can be. `settle`."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Anchor

GONE, DEAR = 30.0, 60.0
"""Cost of a shot that is merged away, and of one that a person has cut or chosen a take for: more
than any move that is offered."""
LEAP = 24
"""Shots that may be merged away in a row."""


class Place(NamedTuple):
    """Where a shot may begin, and what that costs."""

    anchor: Anchor
    time: float
    """Seconds."""
    cost: float


class Seat(NamedTuple):
    """A shot that looks for its place."""

    shot: str
    places: tuple[Place, ...]
    floor: float
    """Seconds it lasts at least."""
    locked: bool
    dear: bool = False


def settle(seats: Sequence[Seat], duration: float) -> tuple[dict[str, Anchor], dict[str, str]]:
    """A place for every shot that has room, by dynamic programming over all.

    Args:
        seats: In the film's order; the first one is locked.
        duration: Of the song, seconds.

    Returns:
        The anchors of the shots that stay, and for each that goes the shot it is merged into.

    Raises:
        InvalidInput: Two locked shots have no room beside each other.
    """
    away = [inf if seat.locked else DEAR if seat.dear else GONE for seat in seats]
    costs: list[list[float]] = []
    came: list[list[tuple[int, int]]] = []
    for i, seat in enumerate(seats):
        row, back = [], []
        for place in seat.places:
            best, origin = (place.cost, (-1, -1)) if i == 0 else (inf, (-1, -1))
            skipped = 0.0
            for j in range(i - 1, max(i - LEAP, 0) - 1, -1):
                if skipped >= best - place.cost:
                    break
                for c, before in enumerate(seats[j].places):
                    if place.time - before.time >= seats[j].floor - 1e-9:
                        total = costs[j][c] + skipped + place.cost
                        if total < best - 1e-9:
                            best, origin = total, (j, c)
                skipped += away[j]
            row.append(best)
            back.append(origin)
        costs.append(row)
        came.append(back)
    at, tail, least = (-1, -1), 0.0, inf
    for j in range(len(seats) - 1, -1, -1):
        if tail == inf:
            break
        for c, place in enumerate(seats[j].places):
            fits = duration - place.time >= min(seats[j].floor, duration / 2) - 1e-9
            if fits and costs[j][c] + tail < least:
                at, least = (j, c), costs[j][c] + tail
        tail += away[j]
    if at == (-1, -1):
        raise InvalidInput(_crowd(seats))
    chosen: dict[int, Place] = {}
    while at[0] >= 0:
        chosen[at[0]] = seats[at[0]].places[at[1]]
        at = came[at[0]][at[1]]
    merged: dict[str, str] = {}
    into = seats[0].shot
    for i, seat in enumerate(seats):
        if i in chosen:
            into = seat.shot
        else:
            merged[seat.shot] = into
    return {seats[i].shot: place.anchor for i, place in chosen.items()}, merged


def _crowd(seats: Sequence[Seat]) -> str:
    """Which locked shots stand in each other's way."""
    names = [seat.shot for seat in seats[1:] if seat.locked]
    known = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
    return (
        f"on the corrected grid the locked shots ({known}) have no room beside each other or "
        "within the song; unlock some with `songreel cuts PROJECT --unlock`"
    )
