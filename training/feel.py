"""From beats to seconds: `Timing`, with tempo curves, swing and the looseness of players."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = ("steady", "drift", "ramp", "step", "rubato")
ODDS = (0.45, 0.35, 0.09, 0.08, 0.03)


@dataclass(frozen=True)
class Timing:
    """When each beat sounds. `times` has one entry a beat and one for the end."""

    times: NDArray[np.float64]
    swing: float = 0.5
    """Where in the swung unit its second half falls: 0.5 straight, 0.67 triplets."""
    unit: float = 1.0
    """Beats in a swung unit: 1 swings eighths, 0.5 sixteenths."""

    def at(self, position: float) -> float:
        """Seconds at `position` in beats."""
        units = position / self.unit
        whole = np.floor(units + 1e-9)
        part = units - whole
        # The straight halves are stretched to swing : 1 − swing.
        part = (
            part * 2 * self.swing
            if part < 0.5
            else self.swing + (part - 0.5) * 2 * (1 - self.swing)
        )
        place = (whole + part) * self.unit
        return float(np.interp(place, np.arange(self.times.size), self.times))


def curve(
    rng: np.random.Generator, kind: str, bpm: float, beats: int, bar: int
) -> NDArray[np.float64]:
    """Seconds of beats 0 … `beats` at about `bpm`, from 0.

    Args:
        rng: Source of chance.
        kind: One of `KINDS`.
        bpm: The mean tempo.
        beats: How many.
        bar: Beats a bar, at which a step of the tempo and a phrase of rubato begin.
    """
    rate = np.full(beats, bpm)
    if kind == "drift":
        # A wandering of one to three percent over about a dozen beats, as bands without a click.
        noise = rng.standard_normal(beats + 24)
        smooth = np.convolve(noise, np.hanning(26)[1:-1], mode="same")[12 : 12 + beats]
        rate *= 1 + rng.uniform(0.008, 0.03) * smooth / (smooth.std() + 1e-9)
    elif kind == "ramp":
        rate *= np.linspace(1, rng.uniform(0.75, 1.35), beats)
    elif kind == "step":
        at = bar * int(rng.integers(beats // (3 * bar), max(2 * beats // (3 * bar), 2) + 1))
        rate[at:] *= rng.choice([rng.uniform(0.7, 0.93), rng.uniform(1.07, 1.4)])
    elif kind == "rubato":
        phrase = bar * int(rng.choice([2, 4]))
        place = (np.arange(beats) % phrase) / phrase
        # Faster towards the middle of a phrase, held at its end, and no phrase like another.
        rate *= 1 + rng.uniform(0.04, 0.14) * np.sin(np.pi * place) - 0.1 * (place > 0.85)
        rate *= np.exp(rng.uniform(0.01, 0.04) * rng.standard_normal(beats))
    return np.concatenate([[0.0], np.cumsum(60 / rate)])
