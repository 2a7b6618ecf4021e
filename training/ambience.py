"""Sound without a beat: `ambience`, rain, wind, surf, crowds, speech, drones, near silence."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from training import effects
from training.fluid import RATE
from training.score import Note, Part
from training.voices import Voice

Sound = NDArray[np.float32]


def ambience(rng: np.random.Generator, seconds: float) -> tuple[Sound, str]:
    """One kind, or two together, with the word for it."""
    size = round(seconds * RATE)
    names = list(KINDS)
    chosen = [str(rng.choice(names)) for _ in range(1 if rng.random() < 0.65 else 2)]
    out = np.zeros(size, np.float32)
    for name in chosen:
        out += effects.level(KINDS[name](rng, size), float(rng.uniform(-34, -18)))
    if rng.random() < 0.3:
        out = effects.equalise(rng, out)
    if rng.random() < 0.3:
        out = effects.reverberate(rng, out)
    return out, " and ".join(chosen)


def _slow(rng: np.random.Generator, size: int, seconds: float) -> NDArray[np.float64]:
    """A curve from 0 to 1 that wanders with no period, over about `seconds`."""
    count = max(int(size / RATE / seconds) + 3, 4)
    knots = np.sort(rng.uniform(0, size, count))
    return np.interp(np.arange(size), knots, rng.random(count))


def _noise(rng: np.random.Generator, size: int, low: float, high: float) -> NDArray[np.float64]:
    band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(band, rng.standard_normal(size)))


def _drops(
    rng: np.random.Generator, size: int, rate: float, hertz: tuple[float, float], decay: float
) -> NDArray[np.float64]:
    """Short rings at moments of a Poisson process, `rate` a second."""
    impulses = np.zeros(size)
    count = int(rng.poisson(rate * size / RATE))
    np.add.at(impulses, rng.integers(0, size, count), rng.standard_gamma(0.7, count))
    out = np.zeros(size)
    for _ in range(4):
        t = np.arange(round(6 * decay * RATE)) / RATE
        ring = np.sin(2 * np.pi * rng.uniform(*hertz) * t) * np.exp(-t / decay)
        out += oaconvolve(np.roll(impulses, int(rng.integers(size))), ring)[:size]
    return out


def rain(rng: np.random.Generator, size: int) -> Sound:
    """A hiss and drops."""
    hiss = _noise(rng, size, rng.uniform(300, 1500), rng.uniform(6000, 16_000))
    drops = _drops(rng, size, rng.uniform(5, 120), (700, 5000), rng.uniform(0.002, 0.02))
    drops *= rng.uniform(0.2, 3) * hiss.std() / (drops.std() + 1e-9)
    return np.asarray((hiss + drops) * (0.5 + _slow(rng, size, 5)), np.float32)


def wind(rng: np.random.Generator, size: int) -> Sound:
    """Bands of noise that come and go."""
    out = np.zeros(size)
    for _ in range(int(rng.integers(2, 5))):
        low = float(np.exp(rng.uniform(*np.log((60, 900)))))
        out += _noise(rng, size, low, low * rng.uniform(1.3, 4)) * _slow(rng, size, 1.5) ** 2
    return np.asarray(out, np.float32)


def surf(rng: np.random.Generator, size: int) -> Sound:
    """Waves at uneven intervals."""
    swell = _slow(rng, size, rng.uniform(2, 5)) ** 3
    return np.asarray((0.05 + swell) * _noise(rng, size, 100, 9000), np.float32)


def speech(rng: np.random.Generator, size: int) -> Sound:
    """Somebody talking, at the uneven pace of talk."""
    voice = Voice.drawn(rng, "rap")
    notes, at, end = [], 0.2, size / RATE
    pitch = float(rng.uniform(52, 62))
    while at < min(end - 0.5, 14.0):
        length = float(rng.gamma(6, 0.03)) + 0.03
        pause = float(rng.exponential(0.6)) + 0.15 if rng.random() < 0.12 else 0.0
        loud = float(rng.uniform(0.4, 1))
        notes.append(Note(at, length, round(pitch + rng.normal(0, 2)), loud))
        at += length + pause
    talk = voice.play(Part("rap", tuple(notes)), min(end, at + 0.3), rng)
    # What was said is cut up and said again in another order: enough of it for a long span.
    out = np.zeros(size, np.float32)
    place = 0
    while place < size:
        first = int(rng.integers(0, max(talk.size - RATE, 1)))
        piece = talk[first : first + int(rng.integers(RATE, 5 * RATE))][: size - place]
        out[place : place + piece.size] = piece * np.minimum(
            1, np.minimum(np.arange(piece.size), np.arange(piece.size)[::-1]) / 800
        )
        place += piece.size + int(rng.integers(0, RATE))
    return out


def babble(rng: np.random.Generator, size: int) -> Sound:
    """A room full of talk."""
    talk = speech(rng, size)
    return np.asarray(
        sum(np.roll(talk, int(rng.integers(size))) * rng.uniform(0.3, 1) for _ in range(9)),
        np.float32,
    )


def applause(rng: np.random.Generator, size: int) -> Sound:
    """Claps without number and a crowd that roars."""
    claps = np.zeros(size)
    for _ in range(3):
        impulses = (rng.random(size) < rng.uniform(20, 300) / RATE) * rng.random(size)
        band = butter(2, (rng.uniform(500, 1200), rng.uniform(2500, 6000)), "bandpass", fs=RATE,
                      output="sos")  # fmt: skip
        t = np.arange(round(0.03 * RATE)) / RATE
        clap = sosfilt(band, rng.standard_normal(t.size)) * np.exp(-t / 0.006)
        claps += oaconvolve(impulses, clap)[:size]
    roar = _noise(rng, size, 250, 2500) * _slow(rng, size, 3)
    return np.asarray(
        (claps / (claps.std() + 1e-9) + rng.uniform(0, 2) * roar / (roar.std() + 1e-9))
        * (0.2 + _slow(rng, size, 4)),
        np.float32,
    )


def drone(rng: np.random.Generator, size: int) -> Sound:
    """Held tones that swell and fade without a measure."""
    t = np.arange(size) / RATE
    out = np.zeros(size)
    root = float(rng.uniform(30, 55))
    for _ in range(int(rng.integers(3, 8))):
        hertz = 440 * 2 ** ((root + int(rng.choice([0, 7, 12, 15, 16, 19, 24, 31])) - 69) / 12)
        for part in range(1, int(rng.integers(2, 7))):
            phase = 2 * np.pi * part * hertz * (1 + rng.normal(0, 0.002)) * t
            out += np.sin(phase + rng.uniform(0, 6)) / part * _slow(rng, size, 4)
    return np.asarray(out, np.float32)


def birds(rng: np.random.Generator, size: int) -> Sound:
    """Chirps now and then over a little noise."""
    out = 0.02 * _noise(rng, size, 200, 6000)
    for at in rng.integers(0, max(size - RATE, 1), int(rng.integers(4, 60))):
        t = np.arange(round(rng.uniform(0.04, 0.4) * RATE)) / RATE
        path = rng.uniform(2000, 6000) + rng.uniform(-1500, 1500) * np.sin(
            2 * np.pi * rng.uniform(3, 40) * t
        )
        chirp = np.sin(2 * np.pi * np.cumsum(path) / RATE) * np.hanning(t.size) * rng.random()
        out[at : at + t.size] += chirp[: size - at]
    return np.asarray(out, np.float32)


def hum(rng: np.random.Generator, size: int) -> Sound:
    """A machine or the mains."""
    t = np.arange(size) / RATE
    hertz = float(rng.choice([50.0, 60.0, rng.uniform(30, 400)]))
    tone = sum(np.sin(2 * np.pi * hertz * k * t + k) * rng.random() / k for k in range(1, 9))
    return np.asarray(tone + rng.uniform(0, 1) * _noise(rng, size, 60, 4000), np.float32)


def hiss(rng: np.random.Generator, size: int) -> Sound:
    """Noise of one colour."""
    low = float(np.exp(rng.uniform(*np.log((20, 2000)))))
    return np.asarray(_noise(rng, size, low, rng.uniform(3000, 20_000)), np.float32)


def hush(rng: np.random.Generator, size: int) -> Sound:
    """Digital silence, or a noise far below hearing."""
    if rng.random() < 0.5:
        return np.zeros(size, np.float32)
    return np.asarray(1e-5 * rng.standard_normal(size), np.float32)


KINDS: dict[str, Callable[[np.random.Generator, int], Sound]] = {
    "rain": rain, "wind": wind, "surf": surf, "speech": speech, "babble": babble,
    "applause": applause, "drone": drone, "birds": birds, "hum": hum, "hiss": hiss, "hush": hush,
}  # fmt: skip
