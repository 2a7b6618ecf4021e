"""A recorded kit with its microphones: `Microphones`, mixed anew for each piece.

MuldjordKit 1.0 by Lars Muldjord (CC BY 4.0), a kit for metal and rock: eight strokes of each voice,
from soft to hard, through the close microphones, the overheads and the room.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import sosfilt

from training.effects import bell
from training.fluid import RATE
from training.kits import STAND_IN, Hits
from training.score import KIT

Sound = NDArray[np.float32]
HOME = Path("DrumGizmo/MuldjordKit/Samples")
VOICES = {
    "kick": ("KdrumL", "KdrumL", 1.2),
    "snare": ("Snare", "Snare_top", 1.5),
    "hat": ("HihatClosed", "Hihat", 0.8),
    "open": ("HihatOpen", "Hihat", 1.5),
    "crash": ("CrashL", "OHL", 3.5),
    "crash 2": ("CrashR", "OHR", 3.5),
    "china": ("China", "OHR", 2.5),
    "ride": ("RideL", "RideL", 2.5),
    "bell": ("RideLBell", "RideL", 2.0),
    "high tom": ("Tom1", "Tom1", 1.5),
    "tom": ("Tom3", "Tom3", 1.8),
    "low tom": ("Tom4", "Tom4", 1.8),
}
"""Folder, close microphone and seconds of each voice."""
STRENGTH = {"hat": 0.35, "open": 0.45, "pedal": 0.2, "ride": 0.35, "bell": 0.5, "crash": 0.6,
            "crash 2": 0.6, "china": 0.55}  # fmt: skip
"""Level of a voice beside drums at 1."""
STROKES = 8
Stroke = tuple[Sound, Sound, Sound]
"""Close, overheads and room."""


@dataclass(frozen=True)
class Microphones:
    """Strokes by voice, softest first, as each kind of microphone heard them."""

    strokes: dict[str, tuple[Stroke, ...]]

    @classmethod
    def open(cls, folder: Path) -> "Microphones":
        """The kit from a copy of its repository; the first time it is cut, which takes a minute."""
        store = folder / "muldjord.npz"
        if not store.exists():
            part = store.with_suffix(f".{np.random.default_rng().integers(1 << 30)}.npz")
            np.savez(part, allow_pickle=False, **_cut(folder / HOME))
            part.rename(store)
        strokes = {}
        with np.load(store) as data:
            for voice in VOICES:
                rows = data[voice].astype(np.float32) / 32767
                strokes[voice] = tuple((row[0], row[1], row[2]) for row in rows)
        return cls(strokes)

    def mixed(self, rng: np.random.Generator) -> dict[str, Hits]:
        """A kit for `training.kits.strike`, with levels of microphones and voices by chance."""
        near, over, room = rng.uniform(0.5, 1), rng.uniform(0.2, 1), rng.uniform(0, 1) ** 2
        cymbals = 10 ** (rng.uniform(-6, 8) / 20)
        tight = rng.random() < 0.4
        tone = {voice: _tone(rng, voice) for voice in VOICES}
        kit: dict[str, Hits] = {}
        for voice, strokes in self.strokes.items():
            hits = []
            strength = STRENGTH.get(voice, 1.0) * 10 ** (rng.uniform(-3, 3) / 20)
            strength *= cymbals if voice in STRENGTH else 1.0
            for close, overhead, ambience in strokes:
                sound = near * close + over * overhead + room * ambience
                if tight and voice in ("kick", "snare", "high tom", "tom", "low tom"):
                    sound = sound * np.exp(-np.arange(sound.size) / RATE / 0.12)
                sound = sosfilt(tone[voice], sound)
                peak = np.abs(sound).max() + 1e-9
                hits.append(np.asarray(sound * (strength / peak), np.float32))
            kit[voice] = tuple(hits)
        for voice in KIT:
            name = voice
            while name not in kit:
                name = STAND_IN[name]
            kit[voice] = kit[name]
        return kit


def _tone(rng: np.random.Generator, voice: str) -> NDArray[np.float64]:
    """Sections of an equaliser for one voice; metal's bass drums are often all click."""
    rows = [bell(float(np.exp(rng.uniform(*np.log((80, 9000))))), rng.uniform(-7, 7), 0.8)]
    if voice == "kick":
        rows.append(bell(float(rng.uniform(2500, 6000)), float(rng.uniform(-4, 14)), 0.9))
        rows.append(bell(float(rng.uniform(45, 80)), float(rng.uniform(-3, 8)), 0.9))
    return np.concatenate(rows)


def _cut(home: Path) -> dict[str, NDArray[np.int16]]:
    found = {}
    for voice, (folder, microphone, seconds) in VOICES.items():
        names = sorted((home / folder).glob(f"*-{folder}-{microphone}.flac"))
        loud = []
        for path in names:
            sound, _ = soundfile.read(path, dtype="float32", always_2d=True)
            loud.append(float(np.abs(sound).max()))
        order = np.argsort(loud)
        chosen = [
            names[i] for i in order[np.linspace(0, len(order) - 1, STROKES).round().astype(int)]
        ]
        rows = np.zeros((STROKES, 3, round(seconds * RATE)), np.float32)
        for row, path in zip(rows, chosen, strict=True):
            stem = path.name.removesuffix(f"{microphone}.flac")
            close = _read(path)
            start = _onset(close)
            for place, group in enumerate(((microphone,), ("OHL", "OHR"), ("AmbL", "AmbR"))):
                heard = sum(_read(path.with_name(f"{stem}{name}.flac")) for name in group)
                heard = np.asarray(heard)[start : start + row.shape[1]]
                row[place, : heard.size] = heard
            row *= np.linspace(1, 0, row.shape[1], dtype=np.float32) ** 0.5
            row /= np.abs(row).max() + 1e-9
        found[voice] = np.round(rows * 32767).astype(np.int16)
    return found


def _read(path: Path) -> Sound:
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = sound.mean(axis=1)
    return np.asarray(mono if rate == RATE else soxr.resample(mono, rate, RATE), np.float32)


def _onset(sound: Sound) -> int:
    loud = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())
    return max(int(loud[0]) - 30, 0)
