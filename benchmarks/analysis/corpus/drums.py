"""Drums made in code: `stroke` gives one stroke of a kit."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

RATE = 48_000
"""Hz of everything in the corpus."""
Wave = NDArray[np.float32]

KITS: dict[str, dict[str, float]] = {
    # Fundamental of the bass drum (Hz), its ring (s), the snare's tone (Hz), share of its wires,
    # its ring (s), and the hi-hat's ring (s).
    "room": {"kick": 58, "boom": 0.16, "tone": 195, "wires": 0.7, "ring": 0.13, "hat": 0.035},
    "tight": {"kick": 68, "boom": 0.09, "tone": 230, "wires": 0.55, "ring": 0.09, "hat": 0.022},
    "deep": {"kick": 44, "boom": 0.55, "tone": 180, "wires": 0.8, "ring": 0.12, "hat": 0.018},
    "club": {"kick": 50, "boom": 0.22, "tone": 210, "wires": 0.75, "ring": 0.16, "hat": 0.03},
    "brush": {"kick": 62, "boom": 0.12, "tone": 170, "wires": 0.95, "ring": 0.2, "hat": 0.03},
    "dusty": {"kick": 72, "boom": 0.11, "tone": 215, "wires": 0.6, "ring": 0.1, "hat": 0.028},
    "heavy": {"kick": 64, "boom": 0.08, "tone": 205, "wires": 0.65, "ring": 0.15, "hat": 0.04},
}
"""Seven kits of the corpus's own."""

LEVELS = {"kick": 1.0, "snare": 0.75, "hat": 0.22, "open": 0.24, "ride": 0.2, "crash": 0.35,
          "rim": 0.45, "clap": 0.6, "shaker": 0.14, "tom": 0.7, "cowbell": 0.3, "conga": 0.5,
          "tambourine": 0.22, "foot": 0.13, "sweep": 0.22, "click": 0.8,
          "block": 0.8}  # fmt: skip
"""Peak of a full stroke; these are the names of strokes."""


@lru_cache(maxsize=256)
def stroke(name: str, kit: str = "room") -> Wave:
    """One stroke, shape (n,), at `RATE`; its first sample is its onset.

    Args:
        name: One of `LEVELS`.
        kit: One of `KITS`.
    """
    parts = KITS[kit]
    rng = np.random.default_rng([*name.encode(), *kit.encode()])
    if name == "kick":
        t = _time(parts["boom"] * 4)
        sweep = parts["kick"] * t + 3.2 * 0.022 * parts["kick"] / 44 * (1 - np.exp(-t / 0.022))
        wave = np.sin(2 * np.pi * sweep) * np.exp(-t / parts["boom"])
        wave += 0.25 * _noise(rng, t, 1500, 6000) * np.exp(-t / 0.004)
    elif name == "snare":
        t = _time(parts["ring"] * 4)
        wires = _noise(rng, t, 900, 11_000) * np.exp(-t / parts["ring"])
        tone = parts["tone"]
        shell = np.sin(2 * np.pi * tone * t) + 0.5 * np.sin(2 * np.pi * 1.6 * tone * t)
        share = parts["wires"]
        wave = share * wires + (1 - share) * shell * np.exp(-t / (0.5 * parts["ring"]))
    elif name in ("tom", "conga"):
        low = 110.0 if name == "tom" else 250.0
        t = _time(0.5 if name == "tom" else 0.25)
        wave = np.sin(2 * np.pi * (low * t + 0.6 * (1 - np.exp(-t / 0.05)))) * np.exp(-t / 0.1)
        wave += 0.1 * _noise(rng, t, 800, 5000) * np.exp(-t / 0.008)
    elif name in ("cowbell", "rim", "block", "click"):
        pairs = {"cowbell": (562, 845, 0.07), "rim": (480, 1740, 0.018),
                 "block": (880, 1330, 0.025), "click": (1500, 3100, 0.006)}  # fmt: skip
        one, two, ring = pairs[name]
        t = _time(ring * 6)
        wave = (np.sin(2 * np.pi * one * t + 0.6) + np.sin(2 * np.pi * two * t + 0.4)) * np.exp(
            -t / ring
        )
    elif name == "clap":
        t = _time(0.3)
        bursts = np.zeros(t.size)
        for late in (0.0, 0.009, 0.019):
            after = t - late
            bursts += np.where(after >= 0, np.exp(-np.maximum(after, 0) / 0.006), 0.0)
        tail = np.where(t > 0.02, np.exp(-(t - 0.02) / 0.07), 0.0)
        wave = _noise(rng, t, 700, 4500) * (bursts + 0.8 * tail)
    else:
        bands = {"hat": (6500, 16_000, parts["hat"]), "open": (6000, 15_000, 0.22),
                 "ride": (3800, 14_000, 0.35), "crash": (2500, 15_000, 0.8),
                 "shaker": (5000, 13_000, 0.03), "tambourine": (7000, 16_000, 0.07),
                 "foot": (5500, 12_000, 0.02), "sweep": (1500, 9000, 0.16)}  # fmt: skip
        low, high, ring = bands[name]
        t = _time(ring * 5)
        wave = _noise(rng, t, low, high) * np.exp(-t / ring)
        if name in ("sweep", "shaker"):
            wave *= np.minimum(1.0, t / (0.03 if name == "sweep" else 0.012))
        if name == "ride":
            wave += 0.3 * np.sin(2 * np.pi * 3150 * t) * np.exp(-t / 0.05)
    wave[-480:] *= np.linspace(1, 0, 480)
    return np.asarray(LEVELS[name] * wave / np.abs(wave).max(), np.float32)


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(max(round(seconds * RATE), 600)) / RATE


def _noise(
    rng: np.random.Generator, t: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """White noise between two frequencies, of standard deviation 0.4; starts at full level."""
    band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    wave = sosfilt(band, rng.standard_normal(t.size + 2000))[2000:]
    return np.asarray(0.4 * wave / wave.std())
