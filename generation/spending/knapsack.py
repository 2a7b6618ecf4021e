"""The best choice of one way a family under a sum, over models that may be mixed: exact."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.generation.spending.menu import NOTHING, Way

Ints = NDArray[np.int64]

_NEVER = np.iinfo(np.int64).max // 2


class Option(NamedTuple):
    """A way with its gain in whole units."""

    way: Way
    gain: int


class Pick(NamedTuple):
    """The best choice: a way for every family, in their order."""

    ways: tuple[Way, ...]
    gain: int
    """Units over what is free."""
    score: int
    """Gain less what mixing models costs; never falls as the sum grows."""
    upgrade: int | None
    """Cheapest single change for the better with the models chosen, millionths of a USD more
    than now; None if there is none."""


def pick(
    menus: Sequence[Mapping[str, Sequence[Way]]],
    sum_: int,
    *,
    unit: float,
    mixing: int,
    most: int,
    present: frozenset[str] = frozenset(),
) -> Pick:
    """Choose a way for every family so that costs stay within `sum_` and the score is highest.

    For each set of at most `most` models a multiple-choice knapsack is solved by dynamic
    programming over the gain: the least cost at which each whole number of units can be had. So
    costs stay exact, and only gains are rounded (down, to `unit`). Of equal scores the cheaper
    choice wins, then the models that are named first.

    Args:
        menus: For each family the ways by model.
        sum_: Millionths of a USD.
        unit: Gain that counts one.
        mixing: Units that every model beyond the first one costs the film.
        most: Models in the film.
        present: Models that the film has in any case.
    """
    options = [
        {
            source: [option for way in ways if (option := Option(way, int(way.gain / unit))).gain]
            for source, ways in menu.items()
        }
        for menu in menus
    ]
    models = _useful(options, present)
    best: tuple[int, int] | None = None
    found: list[Option] = []
    chosen: tuple[str, ...] = ()
    for palette in _palettes(models, most, present):
        penalty = mixing * max(len(present | set(palette)) - 1, 0)
        picked = _fill(options, palette, sum_)
        cost = sum(option.way.cost for option in picked)
        key = sum(option.gain for option in picked) - penalty, -cost
        if best is None or key > best:
            best, found, chosen = key, picked, palette
    assert best is not None
    reachable = chosen or tuple(name for name in models if not present or name in present)
    steps = [
        option.way.cost - now.way.cost
        for offered, now in zip(options, found, strict=True)
        for source in reachable
        for option in offered.get(source, ())
        if option.gain > now.gain
    ]
    return Pick(
        ways=tuple(option.way for option in found),
        gain=sum(option.gain for option in found),
        score=best[0],
        upgrade=min(steps, default=None),
    )


Options = Mapping[str, Sequence[Option]]


def _palettes(models: Sequence[str], most: int, present: frozenset[str]) -> list[tuple[str, ...]]:
    """Sets of models that keep the film within `most`; none at all comes first."""
    found: list[tuple[str, ...]] = [()]
    for size in range(1, most + 1):
        for palette in combinations(models, size):
            mixed = present | set(palette)
            if len(mixed) <= max(most, len(present)):
                found.append(palette)
    return found


def _useful(options: Sequence[Options], present: frozenset[str]) -> tuple[str, ...]:
    """Models that are not beaten everywhere by a single other one, in the order named.

    Those that are in the film anyway stay: using them mixes nothing more.
    """
    names = list(dict.fromkeys(name for offered in options for name in offered))
    names = [name for name in names if any(offered.get(name) for offered in options)]
    kept: list[str] = []
    for i, name in enumerate(names):
        rivals = [other for j, other in enumerate(names) if j != i]
        beaten = any(
            _beats(options, other, name)
            and (not _beats(options, name, other) or names.index(other) < i)
            for other in rivals
        )
        if not beaten or name in present:
            kept.append(name)
    return tuple(kept)


def _beats(options: Sequence[Options], one: str, other: str) -> bool:
    """Whether to every way of `other` there is one of `one` that is as good and costs no more."""
    return all(
        any(
            mine.way.cost <= theirs.way.cost and mine.gain >= theirs.gain
            for mine in offered.get(one, ())
        )
        for offered in options
        for theirs in offered.get(other, ())
    )


def _fill(options: Sequence[Options], palette: Sequence[str], sum_: int) -> list[Option]:
    """The most gain within `sum_`, and of the ways to have it the cheapest."""
    offers = [
        [Option(NOTHING, 0), *(o for source in palette for o in offered.get(source, ()))]
        for offered in options
    ]
    top = sum(max(option.gain for option in offer) for offer in offers)
    least: Ints = np.full(top + 1, _NEVER)
    least[0] = 0
    takes: list[NDArray[np.uint16]] = []
    for offer in offers:
        following: Ints = np.full(top + 1, _NEVER)
        taken = np.zeros(top + 1, dtype=np.uint16)
        for number, option in enumerate(offer):
            costs = least[: top + 1 - option.gain] + option.way.cost
            better = costs < following[option.gain :]
            following[option.gain :][better] = costs[better]
            taken[option.gain :][better] = number
        least = np.minimum(following, _NEVER)
        takes.append(taken)
    gain = int(np.flatnonzero(least <= sum_)[-1])
    picked: list[Option] = []
    for offer, taken in zip(reversed(offers), reversed(takes), strict=True):
        option = offer[int(taken[gain])]
        picked.append(option)
        gain -= option.gain
    return picked[::-1]
