"""Effects that lead from one section to the next: noise that rises and falls, a climbing tone."""

import numpy as np

from songreel.demo.score import BREAK, BUILD, CHORUS, CHORUS_2, OUTRO, SILENCE, VERSE, seconds
from songreel.sound.instruments import effects
from songreel.sound.instruments.notes import Stereo


def noise(rate: int, size: int) -> Stereo:
    """Risers into both choruses, falls out of them, and breaths before the verse and break."""
    draw = np.random.RandomState(7)
    hiss = draw.standard_normal((2, size)).astype(np.float32) * 0.2
    hiss[1] = 0.5 * hiss[0] + 0.87 * hiss[1]
    level = np.zeros(size, np.float32)
    hz = np.full(size, 400.0, np.float32)
    for first, last, peak, low, high in (
        (BUILD * 4.0, SILENCE[0], 0.55, 350, 7500),
        (BREAK * 4.0 + 6, CHORUS_2 * 4.0 - 0.25, 0.42, 350, 7000),
        (VERSE * 4.0 - 4, VERSE * 4.0, 0.22, 500, 5000),
        (OUTRO * 4.0 - 3, OUTRO * 4.0, 0.2, 500, 5000),
    ):
        a, b = round(seconds(first) * rate), round(seconds(last) * rate)
        t = np.linspace(0, 1, b - a)
        level[a:b] += peak * t**2.2 * np.minimum((1 - t) * (b - a) / (0.02 * rate), 1)
        hz[a:b] = low * (high / low) ** t
    for beat, peak, length in (
        (CHORUS * 4.0, 0.4, 5), (CHORUS_2 * 4.0, 0.4, 5), (BREAK * 4.0, 0.3, 6),
        (BUILD * 4.0, 0.2, 4),
    ):  # fmt: skip
        a, b = round(seconds(beat) * rate), round(seconds(beat + length) * rate)
        t = np.linspace(0, 1, b - a)
        level[a:b] += peak * (1 - t) ** 2 * np.minimum(t * (b - a) / (0.003 * rate), 1)
        hz[a:b] = 6500 * (300 / 6500) ** t
    return np.asarray(effects.swept_band(hiss, hz, 0.9, rate) * level)


def siren(rate: int, size: int) -> Stereo:
    """A tone that climbs an octave under the noise of the build, from A to the silence."""
    a, b = round(seconds(BUILD * 4 + 8) * rate), round(seconds(SILENCE[0]) * rate)
    t = np.linspace(0, 1, b - a)
    out = np.zeros((2, size), np.float32)
    for side, detune in ((0, 0.997), (1, 1.003)):
        pitch = 220.0 * detune * 2.0 ** (2 * t**1.5)
        turn = 2 * np.pi * np.cumsum(pitch) / rate
        tone = sum(np.sin(k * turn) / k**1.3 for k in range(1, 7))
        out[side, a:b] = tone * t**2 * np.minimum((1 - t) * (b - a) / (0.015 * rate), 1)
    return out
