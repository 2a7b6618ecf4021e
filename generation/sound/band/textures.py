"""Sounds that go on: wind, rain, sea, rooms, streets, crowds, fire, engines, drones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songreel.sound.instruments import effects
from songreel.sound.instruments.notes import Clock, Note, Stereo
from songreel.sound.instruments.synth import Patch, play

Draw = np.random.RandomState


def noise(size: int, draw: Draw, together: float = 0.3) -> Stereo:
    """White noise in both ears, alike by `together`."""
    x = draw.standard_normal((2, size)).astype(np.float32)
    x[1] = together * x[0] + (1 - together**2) ** 0.5 * x[1]
    return x


def drift(
    size: int, rate: int, draw: Draw, seconds: float, low: float, high: float
) -> NDArray[np.float32]:
    """A value that wanders between `low` and `high`, turning every `seconds` or so; shape (n,)."""
    knots = max(4, int(size / rate / seconds) + 4)
    at = np.linspace(0, size, knots)
    way = np.interp(np.arange(size), at, draw.uniform(0, 1, knots))
    # Half a cosine from knot to knot would need a spline; a smooth step does.
    return np.asarray(low + (high - low) * way * way * (3 - 2 * way), np.float32)


def scattered(
    size: int, rate: int, draw: Draw, a_second: float, grains: Sequence[NDArray[np.float64]]
) -> Stereo:
    """One of `grains` at random moments, loudnesses and places."""
    out = np.zeros((2, size), np.float32)
    for _ in range(int(draw.poisson(a_second * size / rate))):
        first = int(draw.randint(size))
        loud, side = draw.uniform(0.1, 1.0) ** 2, draw.uniform(0, np.pi / 2)
        grain = grains[int(draw.randint(len(grains)))]
        x = (loud * grain[: size - first]).astype(np.float32)
        out[0, first : first + x.size] += np.float32(np.cos(side)) * x
        out[1, first : first + x.size] += np.float32(np.sin(side)) * x
    return out


def wind(size: int, rate: int, draw: Draw) -> Stereo:
    """Gusts, with the whistle that edges give them."""
    gust = drift(size, rate, draw, 2.2, 0.25, 1.0)
    body = effects.swept_band(noise(size, draw), 180 + 420 * gust, 0.8, rate)
    edge = effects.swept_band(noise(size, draw, 0.1), 500 + 900 * gust, 4.0, rate)
    return effects.low_pass((body + 0.12 * gust * edge) * gust, 2600, rate, 1)


def rain(size: int, rate: int, draw: Draw) -> Stereo:
    """A hiss of many drops, and single ones near by."""
    hiss = effects.high_pass(noise(size, draw, 0.1), 1200, rate)
    hiss = effects.low_pass(hiss, 9000, rate, 1) * drift(size, rate, draw, 3.0, 0.75, 1.0)
    t = np.arange(round(0.03 * rate)) / rate
    drops = [
        np.sin(2 * np.pi * (hz * t + 9000 * t * t)) * np.exp(-t / (9.0 / hz))
        for hz in draw.uniform(900, 5200, 24)
    ]
    return np.asarray(0.5 * hiss + 1.6 * scattered(size, rate, draw, 70, drops), np.float32)


def sea(size: int, rate: int, draw: Draw) -> Stereo:
    """Waves that come in, break and run out."""
    t = np.arange(size) / rate
    every = draw.uniform(6.5, 8.5)
    place = (t / every + draw.uniform(0, 1)) % 1.0
    swell = np.where(place < 0.4, (place / 0.4) ** 2, np.exp(-(place - 0.4) / 0.2))
    swell = (0.15 + swell).astype(np.float32)
    low = effects.low_pass(noise(size, draw), 350, rate)
    foam = effects.swept_band(noise(size, draw, 0.1), 700 + 2200 * swell, 0.6, rate)
    return np.asarray(1.4 * low * (0.4 + 0.6 * swell) + 0.8 * foam * swell, np.float32)


def stream(size: int, rate: int, draw: Draw) -> Stereo:
    """Water over stones: bubbles, each a short rising tone (Minnaert's resonance)."""
    bed = effects.high_pass(effects.low_pass(noise(size, draw), 2400, rate), 350, rate)
    out = 0.25 * bed
    t = np.arange(round(0.06 * rate)) / rate
    bubbles = [
        np.sin(2 * np.pi * hz * (t + draw.uniform(0.5, 3.0) * t * t))
        * np.exp(-t * hz / 11.0)
        * (t / 0.004).clip(0, 1)
        for hz in np.exp(draw.uniform(np.log(350), np.log(2400), 40))
    ]
    return np.asarray(out + 0.8 * scattered(size, rate, draw, 70, bubbles), np.float32)


def room(size: int, rate: int, draw: Draw) -> Stereo:
    """The air of a room: almost nothing, low."""
    air = effects.low_pass(noise(size, draw, 0.6), 220, rate, 1)
    return air + np.float32(0.05) * effects.low_pass(noise(size, draw, 0.2), 2500, rate)


def street(size: int, rate: int, draw: Draw) -> Stereo:
    """Traffic far off, and cars that pass."""
    out = effects.low_pass(noise(size, draw, 0.5), 260, rate) * 1.5
    t = np.arange(size) / rate
    for _ in range(1 + int(draw.poisson(size / rate / 6))):
        at, wide, way = draw.uniform(0, t[-1] + 0.01), draw.uniform(0.8, 1.8), draw.choice([-1, 1])
        near = np.exp(-(((t - at) / wide) ** 2))
        side = np.pi / 4 * (1 + np.tanh(way * (t - at) / wide))
        tyres = effects.swept_band(
            noise(size, draw, 0.9), (500 + 700 * near).astype(np.float32), 0.7, rate
        )[0]
        out += 0.7 * np.stack((np.cos(side), np.sin(side))).astype(np.float32) * (near * tyres)
    return np.asarray(out, np.float32)


def crowd(size: int, rate: int, draw: Draw) -> Stereo:
    """Many voices, none of them to be understood: vowels that come and go in syllables."""
    out = np.zeros((2, size), np.float32)
    for _ in range(14):
        vowel = drift(size, rate, draw, 0.17, 320, 900)
        says = drift(size, rate, draw, 0.13, 0, 1) * drift(size, rate, draw, 1.3, 0, 1)
        voice = effects.swept_band(noise(size, draw, 1.0), vowel, 5.0, rate)[0] * says
        side = draw.uniform(0, np.pi / 2)
        out += np.stack((np.cos(side) * voice, np.sin(side) * voice)).astype(np.float32)
    return effects.low_pass(out, 3200, rate)


def birds(size: int, rate: int, draw: Draw) -> Stereo:
    """A few birds, each with a call of its own, in a little air."""
    out = 0.02 * effects.low_pass(noise(size, draw), 900, rate)
    for _ in range(3):
        t = np.arange(round(draw.uniform(0.07, 0.16) * rate)) / rate
        hz, turn = draw.uniform(2600, 4800), draw.uniform(-9000, 9000)
        wobble = 0.6 * np.sin(2 * np.pi * draw.uniform(18, 40) * t)
        note = np.sin(2 * np.pi * (hz * t + turn * t * t / 2) + wobble * 6)
        note *= np.sin(np.pi * t / t[-1]) ** 2
        gap = np.zeros(round(draw.uniform(0.03, 0.09) * rate))
        call = np.concatenate(
            [part for _ in range(int(draw.randint(2, 6))) for part in (note, gap)]
        )
        out = out + 0.5 * scattered(size, rate, draw, 0.9, [call])
    return np.asarray(out, np.float32)


def crickets(size: int, rate: int, draw: Draw) -> Stereo:
    """A summer night."""
    t = np.arange(size) / rate
    out = np.zeros((2, size), np.float32)
    for _ in range(5):
        hz, chirps, begin = draw.uniform(4200, 5200), draw.uniform(1.4, 2.4), draw.uniform(0, 1)
        trill = np.clip(np.sin(2 * np.pi * 32 * t), 0, 1) * np.sin(
            np.pi * np.minimum((t * chirps + begin) % 1 / 0.4, 1.0)
        )
        x = (np.sin(2 * np.pi * hz * t) * trill * draw.uniform(0.3, 1)).astype(np.float32)
        side = draw.uniform(0, np.pi / 2)
        out += np.stack((np.cos(side) * x, np.sin(side) * x)).astype(np.float32)
    return effects.low_pass(out, 7000, rate)


def fire(size: int, rate: int, draw: Draw) -> Stereo:
    """A low roar and crackling wood."""
    roar = effects.low_pass(noise(size, draw, 0.5), 300, rate) * drift(
        size, rate, draw, 0.5, 0.5, 1
    )
    t = np.arange(round(0.02 * rate)) / rate
    snap = draw.standard_normal(t.size) * np.exp(-t / 0.002)
    crackle = effects.high_pass(scattered(size, rate, draw, 18, [snap]), 900, rate)
    return np.asarray(0.9 * roar + 1.2 * np.tanh(0.7 * crackle), np.float32)


def engine(size: int, rate: int, draw: Draw) -> Stereo:
    """Something that turns: harmonics of a slow shaft, and its air."""
    turns = np.cumsum(drift(size, rate, draw, 3.0, 38, 44)) / rate
    tone = sum(np.sin(2 * np.pi * k * turns) / k for k in range(1, 14))
    x = np.repeat(np.asarray(tone, np.float32)[None], 2, axis=0)
    return effects.low_pass(0.6 * x + 0.3 * noise(size, draw), 700, rate)


def drone(size: int, rate: int, draw: Draw) -> Stereo:
    """A low chord that does not resolve."""
    patch = Patch(
        voices=5, detune=13, spread=0.9, attack=1.2, decay=2.0, sustain=0.9, release=0.4,
        cutoff=520, track=0.2, q=0.9, vibrato=6,
    )  # fmt: skip
    root = 33 + int(draw.randint(0, 5))
    beats = size / rate
    notes = [
        Note(0.0, beats, root + up, v) for up, v in ((0, 0.8), (7, 0.5), (12, 0.5), (13, 0.22))
    ]
    x = play(notes, patch, size, rate, int(draw.randint(2**31)), Clock(60.0))
    return np.asarray(x * drift(size, rate, draw, 2.5, 0.6, 1.0), np.float32)
