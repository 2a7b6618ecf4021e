"""Drum samples: kits of Hydrogen and kits synthesised in code, `hydrogen_kit`, `made_kit`."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from training.fluid import RATE
from training.score import KIT, Part

Sound = NDArray[np.float32]
Hits = tuple[Sound, ...]
"""Strokes of one voice, the softest first."""
HYDROGEN = Path("/usr/share/hydrogen/data/drumkits")
OPEN_KITS = ("Audiophob", "rumpf_kit_z01_h2")
"""Kits of Debian's hydrogen-drumkits under CC0 and CC BY 3.0. The others are under the GPL or a
share-alike licence and are left out."""
WORDS = {
    "kick": ("kick", "bass drum", "bd"),
    "snare": ("snare", "sd"),
    "clap": ("clap",),
    "rim": ("rim", "stick", "side"),
    "open": ("open", "ohat"),
    "hat": ("hat", "hh", "closed"),
    "crash": ("crash",),
    "ride": ("ride", "cymbal"),
    "high tom": ("tom hi", "tom 1", "tom1", "high tom"),
    "tom": ("tom",),
    "shaker": ("shaker", "tamb"),
}
"""Words in an instrument's name that tell the voice it is, tried in this order."""
STAND_IN = {"china": "crash", "crash 2": "crash", "bell": "ride", "low tom": "tom",
            "pedal": "hat", "clap": "snare", "rim": "snare", "open": "hat", "ride": "hat",
            "crash": "open",
            "high tom": "tom", "tom": "snare", "shaker": "hat", "click": "rim",
            "low click": "rim"}  # fmt: skip


def hydrogen_kit(name: str, folder: Path = HYDROGEN) -> dict[str, Sound]:
    """Samples of an installed kit by voice of `KIT`, each from its onset on."""
    home = folder / name
    kit: dict[str, Sound] = {}
    for element in ElementTree.parse(home / "drumkit.xml").iter():
        # Some kits carry the namespace of Hydrogen in their tags, some do not.
        if element.tag.rpartition("}")[2] != "instrument":
            continue
        fields = {child.tag.rpartition("}")[2]: child.text or "" for child in element.iter()}
        title = fields.get("name", "").lower()
        voice = next((v for v, words in WORDS.items() if any(w in title for w in words)), None)
        path = home / fields.get("filename", "")
        if voice is None or voice in kit or not path.is_file():
            continue
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        mono = sound.mean(axis=1)
        if rate != RATE:
            mono = soxr.resample(mono, rate, RATE)
        kit[voice] = _from_onset(np.asarray(mono, np.float32))
    return _complete(kit)


def made_kit(rng: np.random.Generator) -> dict[str, Sound]:
    """A kit of its own kind: sweeps for drums, filtered noise and metal for the rest."""
    kit = {
        "kick": _sweep(rng, rng.uniform(90, 260), rng.uniform(38, 62), rng.uniform(0.12, 0.6)),
        "tom": _sweep(rng, rng.uniform(150, 200), rng.uniform(80, 110), 0.3),
        "high tom": _sweep(rng, rng.uniform(220, 280), rng.uniform(120, 160), 0.25),
        "hat": _metal(rng, rng.uniform(0.02, 0.08)),
        "open": _metal(rng, rng.uniform(0.2, 0.5)),
        "ride": _metal(rng, rng.uniform(0.3, 0.8)),
        "crash": _metal(rng, rng.uniform(0.8, 1.6)),
        "shaker": _noise(rng, 4000, 12_000, 0.05),
        "rim": _sweep(rng, 1800, 1500, 0.02),
        "clap": _clap(rng),
        "click": _beep(rng, 900, 3000),
        "low click": _beep(rng, 500, 1500),
    }
    low = float(rng.uniform(150, 900))
    body = _sweep(rng, rng.uniform(200, 330), rng.uniform(160, 200), rng.uniform(0.06, 0.15))
    rattle = _noise(rng, low, 11_000, rng.uniform(0.06, 0.22))
    kit["snare"] = _sum(body * np.float32(rng.uniform(0.2, 0.9)), rattle)
    return _complete(kit)


def _layer(hits: Hits, velocity: float, count: int) -> Sound:
    """One of the recordings of about this loudness, not the same one twice in a row."""
    near = round(velocity * (len(hits) - 1)) + (-1, 0, 1, 0)[count % 4]
    return hits[min(max(near, 0), len(hits) - 1)]


def strike(part: Part, kit: Mapping[str, Sound | Hits], end: float) -> Sound:
    """A part of drums or clicks on a kit, shape (end × RATE,), each stroke at its sample."""
    voices = {key: kit[voice] for voice, key in KIT.items()}
    out = np.zeros(round(end * RATE), np.float32)
    for count, note in enumerate(part.notes):
        found = voices.get(note.pitch)
        at = round(note.start * RATE)
        if found is None or at >= out.size:
            continue
        sound = found if isinstance(found, np.ndarray) else _layer(found, note.velocity, count)
        stop = min(at + sound.size, out.size)
        # Loudness falls faster than velocity, as with players.
        out[at:stop] += np.float32(note.velocity**1.5) * sound[: stop - at]
    return out


def _complete(kit: dict[str, Sound]) -> dict[str, Sound]:
    for voice in KIT:
        name = voice
        while name not in kit and name in STAND_IN:
            name = STAND_IN[name]
        if name not in kit:
            raise ValueError(f"the kit has nothing that can serve as {voice}")
        kit[voice] = kit[name]
    return {voice: sound / (np.abs(sound).max() + np.float32(1e-9)) for voice, sound in kit.items()}


def _from_onset(sound: Sound) -> Sound:
    """The sample without the silence in front, which would make every stroke late."""
    loud = np.flatnonzero(np.abs(sound) > 0.05 * np.abs(sound).max())
    return sound[max(int(loud[0]) - 20, 0) :] if loud.size else sound


def _sweep(rng: np.random.Generator, start: float, stop: float, decay: float) -> Sound:
    t = np.arange(round((5 * decay + 0.02) * RATE)) / RATE
    pitch = stop + (start - stop) * np.exp(-t / rng.uniform(0.01, 0.05))
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / RATE + rng.uniform(0, 1.5))
    click = rng.uniform(0, 0.5) * rng.standard_normal(t.size) * np.exp(-t / 0.003)
    return np.asarray((tone + click) * np.exp(-t / decay), np.float32)


def _beep(rng: np.random.Generator, low: float, high: float) -> Sound:
    hertz = float(rng.uniform(low, high))
    return _sweep(rng, hertz, hertz, float(rng.uniform(0.006, 0.03)))


def _noise(rng: np.random.Generator, low: float, high: float, decay: float) -> Sound:
    t = np.arange(round((5 * decay + 0.02) * RATE)) / RATE
    band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(band, rng.standard_normal(t.size)) * np.exp(-t / decay), np.float32)


def _metal(rng: np.random.Generator, decay: float) -> Sound:
    """Six square waves out of tune through a high pass, with noise: an analogue cymbal."""
    t = np.arange(round((5 * decay + 0.02) * RATE)) / RATE
    tones = sum(np.sign(np.sin(2 * np.pi * f * t)) for f in rng.uniform(300, 1800, 6))
    mix = np.asarray(tones) / 6 + rng.uniform(0.3, 2) * rng.standard_normal(t.size)
    edge = butter(4, rng.uniform(4500, 8000), "highpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(edge, mix) * np.exp(-t / decay), np.float32)


def _clap(rng: np.random.Generator) -> Sound:
    sound = np.zeros(round(0.4 * RATE), np.float32)
    for at in (0.0, 0.010, 0.021):
        piece = _noise(rng, 700, 5000, 0.006)
        start = round(at * RATE)
        sound[start : start + piece.size] += piece
    return _sum(sound, 0.6 * _noise(rng, 700, 5000, rng.uniform(0.04, 0.1)))


def _sum(one: Sound, two: Sound) -> Sound:
    out = np.zeros(max(one.size, two.size), np.float32)
    out[: one.size] += one
    out[: two.size] += two
    return out
