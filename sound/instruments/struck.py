"""A two-operator FM voice: electric piano, bells."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.sound.instruments.notes import Clock, Note, Stereo, hertz


@dataclass(frozen=True, kw_only=True)
class Struck:
    """An FM sound that is struck and dies away: electric piano, bell."""

    ratio: float
    """Frequency of the modulator over that of the carrier."""
    index: float
    """Peak phase deviation, in cycles × 2π, at full velocity."""
    index_decay: float
    decay: float
    """Seconds to 1/e for A4; lower notes ring longer."""
    release: float = 0.12
    tine: float = 0.0
    """Level of a short partial, fourteen times the pitch, that makes the attack speak."""
    tremolo: float = 0.0
    """Depth of the slow swing between left and right."""
    spread: float = 0.0
    """How far notes are placed left and right of the middle, by pitch."""


def strike(notes: Iterable[Note], sound: Struck, size: int, rate: int, clock: Clock) -> Stereo:
    """Play `notes` on `sound`; arguments and result as of `synth.play`."""
    out = np.zeros((2, size), np.float32)
    for note in notes:
        first = round(clock.seconds(note.beat) * rate)
        hold = round(clock.seconds(note.beat + note.beats) * rate) - first
        frequency = hertz(note.pitch)
        decay = sound.decay * (440.0 / frequency) ** 0.5
        count = min(hold + round(6 * sound.release * rate), size - first)
        t = (np.arange(count) / rate).astype(np.float32)
        velocity = note.velocity
        # Less index for high notes: their side bands would be shrill.
        index = sound.index * velocity**1.5 * min(1.0, (523.0 / frequency) ** 0.7)
        swing = index * (0.25 + 0.75 * np.exp(-t / sound.index_decay))
        turn = _turn(frequency, count, rate)
        body = np.sin(turn + swing * np.sin(_turn(frequency * sound.ratio, count, rate)))
        body += 0.3 * np.sin(_turn(frequency * 1.0023, count, rate) + 0.6 * swing * np.sin(turn))
        envelope = np.exp(-t / decay) * np.minimum(t / 0.0015, 1.0)
        envelope[hold:] *= np.exp(-(t[hold:] - hold / rate) / sound.release)
        envelope *= np.minimum(1.0, (t[-1] - t) / (3 * sound.release))
        if sound.tine and frequency * 14 < 0.4 * rate:
            short = slice(0, round(0.25 * rate))
            tine = np.exp(-t[short] / 0.04) * np.sin(_turn(14 * frequency, count, rate)[short])
            body[short] += sound.tine * velocity * tine
        side = np.full(count, sound.spread * np.clip((note.pitch - 74) / 12, -1, 1), np.float32)
        if sound.tremolo:
            side += sound.tremolo * np.sin(2 * np.pi * 4.2 * (t + first / rate))
        angle = (side + 1) * np.float32(np.pi / 4)
        tone = 0.7 * velocity * envelope * body
        out[0, first : first + count] += tone * np.cos(angle)
        out[1, first : first + count] += tone * np.sin(angle)
    return out


def _turn(frequency: float, count: int, rate: int) -> NDArray[np.float32]:
    """Phase of `count` samples of a sine, wrapped in double precision. Shape (count,)."""
    return np.asarray(2 * np.pi * (np.arange(count) * (frequency / rate) % 1.0), np.float32)
