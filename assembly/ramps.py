"""How time runs in a shot: evenly, or from one speed to another around an accent: `Pace`, `ramp`.

A cue called `speed ramp` (`songreel.models.effect.SPEED_RAMP`) asks for one: before the accent the
clip runs at `before`, and over `ease` seconds up to the accent it changes to `after`, so that it
has its full speed as the accent sounds. With `before` above `after` it rushes in and falls into
slow motion. Slow parts are filled in by motion compensation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from songreel.models.effect import EffectCue, Setting
from songreel.models.errors import InvalidInput

SLOWEST, FASTEST = 0.2, 4.0
"""Of a ramp. Below the one what was filled in is all there is; above the other nothing is seen."""

_BEFORE, _AFTER, _EASE = 0.5, 1.25, 0.3
_KNOTS = 2
"""Frames between the knots of a curve."""


@dataclass(frozen=True)
class Pace:
    """Clip frames shown at the film frames `first`, `first` + 1 … of a shot, 0 at its start.

    `speed` is at the accent, or throughout.
    """

    first: int
    shown: NDArray[np.float64]
    speed: float
    even: bool
    share: float = 1.0
    """How much of the ramp that was asked for it is; 0 for an even pace."""

    @classmethod
    def steady(cls, speed: float, head: int, length: int) -> "Pace":
        """`length` frames, `head` of them before the shot's start, all at one speed."""
        frames = np.arange(-head, length - head, dtype=np.float64)
        return cls(-head, frames * speed, speed, even=True, share=0.0)

    @property
    def back(self) -> float:
        """Clip frames shown before the shot's start."""
        return float(-self.shown[0])

    @property
    def span(self) -> float:
        """Clip frames from the first shown to the last."""
        return float(self.shown[-1] - self.shown[0])

    def when(self, clip_frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Film frames after the shot's start at which these are shown; NaN where they are not."""
        frames = self.first + np.arange(len(self.shown), dtype=np.float64)
        return np.asarray(np.interp(clip_frames, self.shown, frames, left=np.nan, right=np.nan))

    def knots(self) -> tuple[tuple[int, float], ...]:
        """For `Cut.retime`; empty where the clip plays as it is."""
        last = self.first + len(self.shown) - 1
        if self.even:
            if self.speed == 1.0:
                return ()
            return ((0, 0.0), (max(last, 1), round(self.speed * max(last, 1), 4)))
        frames = sorted({self.first, 0, *range(self.first, last, _KNOTS), last})
        kept = [(i, round(float(self.shown[i - self.first]), 4)) for i in frames]
        return tuple(
            knot
            for i, knot in enumerate(kept)
            if i in (0, len(kept) - 1) or abs(_bend(kept[i - 1], knot, kept[i + 1])) > 2e-4
        )


def _bend(a: tuple[int, float], b: tuple[int, float], c: tuple[int, float]) -> float:
    return (c[1] - b[1]) / (c[0] - b[0]) - (b[1] - a[1]) / (b[0] - a[0])


@dataclass(frozen=True)
class Ramp:
    """What a cue asks for, checked."""

    before: float
    after: float
    ease: float
    on: str

    def pace(self, accent: int, head: int, length: int, rate: Fraction, share: float) -> Pace:
        """The time map with its accent `accent` frames after the shot's start.

        Speeds are raised to the power `share`, so that 0 is none of the ramp. The change of speed
        is a smooth step, even on a scale of ratios: each moment of it is the same to the eye.
        """
        n = max(2.0, self.ease * float(rate))
        middles = np.arange(-head, length - head - 1) + 0.5
        u = np.clip((middles - (accent - n)) / n, 0, 1)
        eased = u * u * (3 - 2 * u)
        low, high = np.log(self.before) * share, np.log(self.after) * share
        speeds = np.exp(low + (high - low) * eased)
        shown = np.concatenate([[0.0], np.cumsum(speeds)])
        return Pace(-head, shown - shown[head], float(np.exp(high)), even=False, share=share)


def ramp(cue: EffectCue, shot: str) -> Ramp:
    """What `cue` asks for in `shot`.

    Raises:
        InvalidInput: A setting is unknown or out of range.
    """
    known = {"before": _BEFORE, "after": _AFTER, "ease": _EASE}
    unknown = sorted(set(cue.settings) - set(known))
    if unknown:
        raise InvalidInput(
            f"shot {shot}: a {cue.effect} has no setting {unknown[0]!r}; known: {', '.join(known)}"
        )
    before, after = (_speed(cue.settings, name, known[name], shot) for name in ("before", "after"))
    ease = _number(cue.settings, "ease", _EASE, shot)
    if not 0 <= ease <= 3:
        raise InvalidInput(f"shot {shot}: a speed ramp cannot ease over {ease:g} s; use 0 to 3")
    return Ramp(before, after, ease, cue.on)


def _speed(settings: Mapping[str, Setting], name: str, default: float, shot: str) -> float:
    speed = _number(settings, name, default, shot)
    if not SLOWEST <= speed <= FASTEST:
        raise InvalidInput(
            f"shot {shot}: a speed ramp cannot run at {speed:g}; {name} is {SLOWEST:g} to "
            f"{FASTEST:g}"
        )
    return speed


def _number(settings: Mapping[str, Setting], name: str, default: float, shot: str) -> float:
    value = settings.get(name, default)
    if not isinstance(value, int | float):
        raise InvalidInput(f"shot {shot}: {name} of a speed ramp is a number, not {value!r}")
    return float(value)
