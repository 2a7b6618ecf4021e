"""Sounds without a beat, made in code: rain, speech, babble, pads, a drone, a crowd, wind, sea."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from corpus.drums import RATE, Wave, stroke
from corpus.voices import note

SECONDS = 30.0
FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480),
            (570, 840, 2410), (660, 1720, 2410), (490, 1350, 1690))  # fmt: skip
"""Hz of seven vowels of men (Peterson and Barney, JASA 24, 1952)."""
Floats = NDArray[np.float64]


def rain(rng: np.random.Generator) -> Floats:
    """Drops at random moments on a roof, over a hiss."""
    hiss = _band(rng, 800, 12_000)
    drops = np.zeros(hiss.size)
    count = rng.poisson(9 * SECONDS)
    drops[rng.integers(0, hiss.size, count)] = rng.lognormal(0, 0.7, count)
    ringing = lfilter([1.0], [1.0, -0.998], drops) * _band(rng, 1500, 9000)
    return np.asarray(ringing + 0.15 * hiss)


def downpour(rng: np.random.Generator) -> Floats:
    """A hiss that swells and sinks."""
    return _band(rng, 400, 14_000) * (1 + 0.5 * _drift(rng, 0.2))


def speech(rng: np.random.Generator) -> Floats:
    """One talker: syllables of 0.1 to 0.35 s, each a vowel after noise, in phrases with pauses.

    Three to five syllables a second, unevenly, as people speak (Greenberg, Speech Communication
    29, 1999: syllables last 0.2 s on average, with a standard deviation of half of that).
    """
    out = np.zeros(round(SECONDS * RATE))
    second, pitch = 0.2, rng.uniform(95, 220)
    while second < SECONDS - 1:
        for _ in range(rng.integers(3, 12)):
            length = float(np.clip(rng.lognormal(np.log(0.19), 0.45), 0.07, 0.45))
            _add(out, _syllable(rng, length, pitch * rng.uniform(0.85, 1.2)), second)
            second += length
            if second > SECONDS - 1:
                break
        second += float(rng.uniform(0.2, 0.9))
    return out


def babble(rng: np.random.Generator) -> Floats:
    """Six talkers at once."""
    return np.sum([speech(rng) * rng.uniform(0.4, 1.0) for _ in range(6)], axis=0)


def pads(rng: np.random.Generator) -> Floats:
    """Chords that swell in and out, changing after 3 to 7 seconds, unevenly."""
    out = np.zeros(round(SECONDS * RATE))
    second = 0.0
    while second < SECONDS - 3:
        length = float(rng.uniform(3, 7))
        root = int(rng.integers(45, 57))
        for step in (0, 7, 12, 16 if rng.random() < 0.5 else 15):
            wave = note("pad", root + step, round(length, 1)).astype(np.float64)
            t = np.arange(wave.size) / wave.size
            _add(out, wave * np.sin(np.pi * t), second)
        second += 0.8 * length
    return out


def drone(rng: np.random.Generator) -> Floats:
    """A low fifth whose partials come and go slowly."""
    t = np.arange(round(SECONDS * RATE)) / RATE
    out = np.zeros(t.size)
    for h in range(1, 9):
        for ratio in (1.0, 1.4983):
            out += np.sin(2 * np.pi * 65.4 * h * ratio * t) / h * (1.2 + _drift(rng, 0.15))
    return out


def crowd(rng: np.random.Generator) -> Floats:
    """A hundred people clapping, each at a tempo of their own, over their murmur."""
    out = 0.3 * _band(rng, 300, 3000)
    clap = stroke("clap", "tight").astype(np.float64)
    for _ in range(100):
        gap = rng.uniform(0.2, 0.35)
        times = np.cumsum(gap * rng.normal(1, 0.08, round(SECONDS / gap)))
        for time in times[times < SECONDS - 0.4]:
            _add(out, clap * rng.uniform(0.02, 0.25), float(time))
    return out


def wind(rng: np.random.Generator) -> Floats:
    """Low noise in gusts."""
    return _band(rng, 60, 600) * np.exp(1.2 * _drift(rng, 0.4))


def sea(rng: np.random.Generator) -> Floats:
    """Waves that break every 6 to 11 seconds."""
    out = 0.1 * _band(rng, 100, 2000)
    surf, second = _band(rng, 200, 8000), 0.0
    t = np.arange(out.size) / RATE
    while second < SECONDS:
        rise, fall = rng.uniform(1, 2.5), rng.uniform(2, 4)
        late = t - second
        out += surf * np.where(late < 0, np.exp(late / rise * 2), np.exp(-late / fall * 2))
        second += float(rng.uniform(6, 11))
    return out


def keys(rng: np.random.Generator) -> Floats:
    """Typing: bursts of uneven strokes."""
    out = 0.002 * _band(rng, 100, 8000)
    second, tick = 0.3, stroke("rim", "tight").astype(np.float64)
    while second < SECONDS - 1:
        _add(out, tick * rng.uniform(0.3, 1.0), second)
        second += float(rng.lognormal(np.log(0.14), 0.6))
        if rng.random() < 0.06:
            second += float(rng.uniform(0.5, 2.0))
    return out


def silence(_: np.random.Generator) -> Floats:
    """Nothing."""
    return np.zeros(round(SECONDS * RATE))


UNMETERED: dict[str, Callable[[np.random.Generator], Floats]] = {
    "rain": rain, "downpour": downpour, "speech": speech, "babble": babble, "pads": pads,
    "drone": drone, "crowd": crowd, "wind": wind, "sea": sea, "typing": keys, "silence": silence,
}  # fmt: skip


def unmetered(name: str, seed: int = 0) -> Wave:
    """One of `UNMETERED`, mono at 48 kHz, 30 s, peak 0.5."""
    wave = UNMETERED[name](np.random.default_rng([seed, *name.encode()]))
    return np.asarray(0.5 * wave / (np.abs(wave).max() or 1.0), np.float32)


def _syllable(rng: np.random.Generator, seconds: float, pitch: float) -> Floats:
    t = np.arange(round(seconds * RATE)) / RATE
    glide = pitch * (1 + rng.uniform(-0.15, 0.1) * t / seconds)
    pulses = np.diff(np.floor(np.cumsum(glide) / RATE), prepend=0.0)
    vowel = np.zeros(t.size)
    for i, hertz in enumerate(FORMANTS[rng.integers(len(FORMANTS))]):
        radius = np.exp(-np.pi * (60 + 40 * i) / RATE)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2]
        vowel += lfilter([1 - radius], poles, pulses) / (1 + i)
    onset = min(int(rng.uniform(0.02, 0.08) * RATE), t.size)
    consonant = np.zeros(t.size)
    consonant[:onset] = rng.standard_normal(onset) * np.hanning(onset)
    shape = np.sin(np.pi * np.minimum(t / seconds, 1.0)) ** 0.6
    wave = vowel / (np.abs(vowel).max() + 1e-9) * shape + 0.15 * rng.random() * consonant
    return np.asarray(wave * rng.uniform(0.5, 1.0))


def _band(rng: np.random.Generator, low: float, high: float) -> Floats:
    """Noise between two frequencies, standard deviation 1."""
    band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    wave = sosfilt(band, rng.standard_normal(round(SECONDS * RATE)))
    return np.asarray(wave / wave.std())


def _drift(rng: np.random.Generator, hertz: float) -> Floats:
    """A slow random movement up to `hertz`, about −1 to 1."""
    count = round(SECONDS * RATE)
    knots = rng.uniform(-1, 1, int(2 * hertz * SECONDS) + 4)
    places = np.linspace(0, knots.size - 1, count)
    whole = np.minimum(places.astype(int), knots.size - 2)
    part = 0.5 - 0.5 * np.cos(np.pi * (places - whole))
    return np.asarray(knots[whole] * (1 - part) + knots[whole + 1] * part)


def _add(out: Floats, wave: Floats, second: float) -> None:
    start = round(second * RATE)
    stop = min(start + wave.size, out.size)
    out[start:stop] += wave[: stop - start]
