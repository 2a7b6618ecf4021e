"""Easing and particles: smooth functions of 0 to 1, and lives without state; also for Python.

A frame depends on its moment alone, so nothing is moved from frame to frame: where a particle is
follows from the time and its number.
"""

from typing import Any

import numpy as np

from songreel.generation.visuals.kernels import clamp01, f32, hash1, kernel


@kernel
def ease_in(u: Any) -> Any:
    """From rest: 0 to 1 as u³."""
    u = clamp01(f32(u))
    return u * u * u


@kernel
def ease_out(u: Any) -> Any:
    """To rest: 0 to 1, fast at first."""
    u = f32(1) - clamp01(f32(u))
    return f32(1) - u * u * u


@kernel
def ease_both(u: Any) -> Any:
    """From rest to rest: 0 to 1 as 6u⁵ − 15u⁴ + 10u³, smooth in speed and in force."""
    u = clamp01(f32(u))
    return u * u * u * (u * (u * f32(6) - f32(15)) + f32(10))


@kernel
def overshoot(u: Any) -> Any:
    """0 to 1, a tenth too far on the way, then back: for what arrives with weight."""
    u = f32(1) - clamp01(f32(u))
    return f32(1) - u * u * (f32(2.7) * u - f32(1.7))


@kernel
def swell(u: Any) -> Any:
    """0 at both ends, 1 in the middle, smooth: the light of something that comes and goes."""
    u = clamp01(f32(u))
    u = f32(4) * u * (f32(1) - u)
    return u * u * (f32(3) - f32(2) * u)


@kernel
def life_of(number: Any, time: Any, seconds: Any, seed: Any) -> Any:
    """Age, 0 to 1, and the seed of the present life of particle `number`: (age, seed).

    Each lives `seconds`, again and again, out of step with the others. What it is like in this life
    is drawn from the seed with `hash1(0, seed)`, `hash1(1, seed)` …
    """
    turns = time / seconds + hash1(number, seed)
    whole = np.floor(turns)
    return f32(turns - whole), np.int64(whole) * 7919 + np.int64(number) * 104729 + np.int64(seed)


@kernel
def thrown(u: Any, v: Any, pull: Any, drag: Any, seconds: Any) -> Any:
    """How far something thrown at (u, v) has come after `seconds`: (x, y).

    Args:
        u: Speed at first, units a second; `v` likewise, up positive.
        v: See `u`.
        pull: Downwards, units a second a second.
        drag: Share of the speed lost a second, about; 0 for none.
        seconds: Since it was thrown.
    """
    slowed = seconds / (f32(1) + drag * seconds)
    return u * slowed, v * slowed - f32(0.5) * pull * seconds * slowed
