"""Notes that are made once and played many times: `Sampled`."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from songreel.sound.instruments.notes import Clock, Note, Stereo

LAYERS = 5
"""Strengths of stroke that are told apart."""


class Sampled(NamedTuple):
    """How the recordings of an instrument are played."""

    take: Callable[[int, int, int], Stereo]
    """A note by pitch, layer (0 to LAYERS − 1) and rate, ringing until it is over."""
    release: float
    """Seconds to 1/e after the note is let go."""
    rings: bool = False
    """It is never damped: bells, harps."""


def perform(
    notes: Iterable[Note], instrument: Sampled, size: int, rate: int, clock: Clock
) -> Stereo:
    """Play `notes`; a brighter note is one of a harder layer at the same loudness.

    Args:
        notes: None before the first sample.
        instrument: What they are played on.
        size: Samples of the whole.
        rate: Samples a second.
        clock: When they fall.

    Returns:
        Shape (2, size).
    """
    out = np.zeros((2, size), np.float32)
    fade = np.exp(-np.arange(round(7 * instrument.release * rate)) / (instrument.release * rate))
    fade = (fade * np.linspace(1, 0, fade.size)).astype(np.float32)
    for note in notes:
        first = round(clock.seconds(note.beat) * rate)
        strength = min(max(note.velocity + 0.18 * note.bright, 0.0), 1.0)
        layer = min(int(strength * LAYERS), LAYERS - 1)
        x = instrument.take(note.pitch, layer, rate)[:, : max(size - first, 0)]
        gain = np.float32(note.velocity**1.4)
        hold = round(clock.span(note.beats) * rate)
        if instrument.rings or hold >= x.shape[1]:
            out[:, first : first + x.shape[1]] += gain * x
            continue
        out[:, first : first + hold] += gain * x[:, :hold]
        rest = x[:, hold : hold + fade.size]
        out[:, first + hold : first + hold + rest.shape[1]] += gain * rest * fade[: rest.shape[1]]
    return out


def placed(mono: NDArray[np.float64], side: float) -> Stereo:
    """One channel at a place between −1 (left) and 1 (right), at constant power."""
    angle = (side + 1) * np.pi / 4
    return np.stack((mono * np.cos(angle), mono * np.sin(angle))).astype(np.float32)


def ended(x: NDArray[np.float64], rate: int, fade: float) -> NDArray[np.float64]:
    """`x`, its last `fade` seconds going to zero."""
    count = min(round(fade * rate), x.shape[-1])
    x[..., -count:] *= np.linspace(1, 0, count)
    return x
