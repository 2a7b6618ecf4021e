"""No more than three flashes a second, whatever is asked for: `calm`, `Strike`.

A flash is a pair of opposing changes of luminance over a quarter of the picture (WCAG 2.3.1). What
an effect does to a picture cannot be known before there is one, so the worst is taken: a flash
brightens all of it and darkens all of it again; a picture that is knocked aside by the size of its
own pattern changes everywhere. Each hit of an effect counts as that many changes, a cut as one, and
hits are left out, the weakest first, until no second holds more than `MOST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from songreel.assembly.effects.effect import Effect

MOST = 7
"""Changes in any second: the eighth would end the fourth flash."""
UNKNOWN = 4
"""Changes that a hit of another package's effect counts as, where it does not tell."""


@dataclass(frozen=True)
class Strike:
    """Something that changes light at a frame of the film.

    Attributes:
        frame: On which it begins.
        swings: Changes there and back that it makes at most.
        weight: What it is worth; the weightier stays.
        owner: Whose it is; strikes of one owner keep their distance.
    """

    frame: int
    swings: int
    weight: float
    owner: str


def swings_of(effect: Effect, strength: float) -> int:
    """Changes of luminance that one hit of `effect` makes in the picture that suits it worst.

    An effect tells by a method `swings(strength)`; one that changes no light says 0.
    """
    tell = getattr(effect, "swings", None)
    return int(tell(strength)) if callable(tell) else UNKNOWN


def calm(
    fixed: Sequence[Strike], strikes: Sequence[Strike], frames: int, rate: Fraction
) -> set[int]:
    """Which of `strikes` to leave out, by their index.

    Args:
        fixed: What stays in any case: cuts and transitions.
        strikes: Hits of effects. Those on one frame fall together: the first change is the same.
        frames: Of the film.
        rate: Frames a second.

    Returns:
        Indices. The weightier hits stay, the earlier of two; hits of one owner are spread evenly
        rather than spent in the first part of a second.
    """
    second = ceil(rate)
    load = np.zeros(frames + 2 * second, np.int64)
    for strike in fixed:
        _add(load, strike)
    last: dict[str, list[int]] = {}
    dropped: set[int] = set()
    order = sorted(range(len(strikes)), key=lambda i: (-strikes[i].weight, strikes[i].frame))
    for i in order:
        strike = strikes[i]
        if strike.swings == 0:
            continue
        apart = ceil(rate * strike.swings / MOST)
        near = last.setdefault(strike.owner, [])
        crowded = any(0 < abs(frame - strike.frame) < apart for frame in near)
        if crowded or not _fits(load, strike, second):
            dropped.add(i)
            continue
        _add(load, strike)
        near.append(strike.frame)
    return dropped


def _added(load: "np.ndarray[tuple[int], np.dtype[np.int64]]", strike: Strike) -> int:
    return strike.swings - (1 if load[strike.frame] and strike.swings else 0)


def _add(load: "np.ndarray[tuple[int], np.dtype[np.int64]]", strike: Strike) -> None:
    load[strike.frame] += _added(load, strike)


def _fits(load: "np.ndarray[tuple[int], np.dtype[np.int64]]", strike: Strike, second: int) -> bool:
    """Whether every second that holds the strike's frame stays within `MOST`."""
    first = max(strike.frame - second + 1, 0)
    sums = np.concatenate([[0], np.cumsum(load[first : strike.frame + second])])
    windows = sums[second:] - sums[:-second] if len(sums) > second else sums[-1:]
    return bool(windows.max() + _added(load, strike) <= MOST)
