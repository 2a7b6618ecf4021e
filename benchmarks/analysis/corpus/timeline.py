"""When beats fall: `Timeline`, steady, stepping, sliding and swaying."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Timeline:
    """Seconds of the beats of a piece; the last is the one on which it ends."""

    times: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Beats before the last."""
        return self.times.size - 1

    def at(self, position: float) -> float:
        """Seconds of a position in beats; the last tempo goes on beyond the end."""
        last = float(self.times[-1] - self.times[-2])
        beyond = max(position - self.count, 0.0) * last
        return float(np.interp(position, np.arange(self.times.size), self.times)) + beyond


def steady(bpm: float, count: int, start: float = 0.4) -> Timeline:
    """`count` beats at one tempo from `start` seconds on."""
    return Timeline(start + np.arange(count + 1) * 60 / bpm)


def stepping(*parts: tuple[float, int], start: float = 0.4) -> Timeline:
    """Tempi in BPM and for how many beats each holds."""
    return _of(np.concatenate([np.full(count, bpm) for bpm, count in parts]), start)


def sliding(first: float, last: float, count: int, start: float = 0.4) -> Timeline:
    """A tempo that goes evenly from `first` to `last` BPM over `count` beats."""
    return _of(np.linspace(first, last, count), start)


def swaying(
    bpm: float, depth: float, phrase: int, count: int, start: float = 0.4, seed: int = 0
) -> Timeline:
    """Rubato: slow at the ends of phrases of `phrase` beats, and uneven from beat to beat.

    `depth` is the share by which the tempo sinks at a phrase's end; beats are uneven by a sixth
    of it (standard deviation).
    """
    rng = np.random.default_rng(seed)
    through = (np.arange(count) % phrase) / phrase
    # Parabolic phrasing (Todd, JASA 77, 1985): fastest in the middle of a phrase.
    arch = 1 - depth * np.square(2 * through - 0.9)
    return _of(bpm * arch * (1 + depth / 6 * rng.standard_normal(count)), start)


def _of(tempi: NDArray[np.float64], start: float) -> Timeline:
    return Timeline(start + np.concatenate([[0.0], np.cumsum(60 / tempi)]))
