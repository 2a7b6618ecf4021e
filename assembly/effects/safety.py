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
    held: dict[int, list[Strike]] = {}
    for strike in fixed:
        held.setdefault(strike.frame, []).append(strike)
        load[strike.frame] = together(held[strike.frame])
    last: dict[str, list[int]] = {}
    dropped: set[int] = set()
    order = sorted(range(len(strikes)), key=lambda i: (-strikes[i].weight, strikes[i].frame))
    for i in order:
        strike = strikes[i]
        if strike.swings == 0:
            continue
        apart = ceil(rate * strike.swings / MOST)
        near = last.setdefault(strike.owner, [])
        there = held.get(strike.frame, [])
        load[strike.frame] = together([*there, strike])
        crowded = any(0 < abs(frame - strike.frame) < apart for frame in near)
        if crowded or _most(load, strike.frame, second) > MOST:
            load[strike.frame] = together(there)
            dropped.add(i)
            continue
        held[strike.frame] = [*there, strike]
        near.append(strike.frame)
    return dropped


def together(strikes: Sequence[Strike]) -> int:
    """Changes that several make together which begin on one frame.

    They begin with the same change and die away together, so their changes do not add up: as many
    as of the one with most, and one more for each further hit.
    """
    if not strikes:
        return 0
    struck = sum(strike.swings > 1 for strike in strikes)
    return max(strike.swings for strike in strikes) + max(struck - 1, 0)


def _most(load: "np.ndarray[tuple[int], np.dtype[np.int64]]", frame: int, second: int) -> int:
    """Changes in the fullest of all seconds that hold `frame`."""
    first = max(frame - second + 1, 0)
    sums = np.concatenate([[0], np.cumsum(load[first : frame + second])])
    windows = sums[second:] - sums[:-second] if len(sums) > second else sums[-1:]
    return int(windows.max())
