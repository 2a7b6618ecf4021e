"""Progressions played in code: chords, keys and their changes are known because we chose them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songreel.models.harmony import Chord

RATE = 24_000
QUALITIES = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus4": (0, 5, 7), "5": (0, 7),
}  # fmt: skip
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11), "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}  # fmt: skip
_NUMERALS = {"I": 0, "bII": 1, "II": 2, "bIII": 3, "III": 4, "IV": 5, "#IV": 6, "V": 7,
             "bVI": 8, "VI": 9, "bVII": 10, "VII": 11}  # fmt: skip


@dataclass(frozen=True)
class Played:
    """A progression as sound, mono at 24 kHz, and the truth about it."""

    samples: NDArray[np.float32]
    chords: tuple[Chord, ...]
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]

    @property
    def duration(self) -> float:
        return self.samples.size / RATE


def numerals(text: str, tonic: int) -> list[tuple[int, str]]:
    """`"I VI:min IV V:7"` above `tonic` as roots and qualities; major where none is said."""
    named = [word.partition(":") for word in text.split()]
    return [((tonic + _NUMERALS[root]) % 12, quality or "maj") for root, _, quality in named]


def play(
    progression: list[tuple[int, str]],
    *,
    scale: tuple[int, ...] | list[tuple[int, ...]] = (),
    sound: str = "pad",
    bpm: float = 110.0,
    beats_per_chord: int = 4,
    beats_per_bar: int = 4,
    bass: float = 0.25,
    lead: float = 0.1,
    drums: float = 0.0,
    cents: float = 0.0,
    staccato: float = 1.0,
    octave: int = 0,
    seed: int = 1,
) -> Played:
    """Play a progression, one chord after another.

    Args:
        progression: Roots (pitch classes) and qualities.
        scale: Pitch classes the melody may use, or one such set for each chord; the chord's
            own notes where empty.
        sound: `pad`, `organ`, `pluck`, or `guitar`: the whole chord through a clipper.
        bpm: Beats a minute.
        beats_per_chord: Beats that each chord lasts.
        beats_per_bar: Beats of a bar.
        bass: Level of a bass on the roots.
        lead: Level of a melody.
        drums: Level of a kit.
        cents: How far above A4 = 440 Hz the whole is tuned.
        staccato: Share of each chord's and note's time that it sounds.
        octave: Octaves by which chords and melody are moved.
        seed: Of melody and drums.
    """
    rng = np.random.default_rng(seed)
    beat = 60 / bpm
    length = beats_per_chord * beat
    count = len(progression)
    out = np.zeros(round((count * length + 0.5) * RATE))
    chords = []
    melody = 72
    for i, (root, quality) in enumerate(progression):
        at = i * length
        chords.append(Chord(start=at, end=at + length, root=root, quality=quality))
        tones = [(root + step) % 12 for step in QUALITIES[quality]]
        base = 48 + root if root < 7 else 36 + root
        voicing = [base] + [60 + (t - 60) % 12 for t in tones]
        if sound == "guitar":
            voicing = [40 + (t - 40) % 12 for t in tones] + [52 + (tones[0] - 52) % 12]
        _chord(out, voicing, at, length, sound, cents + 1200 * octave, staccato)
        allowed = scale[i] if scale and isinstance(scale, list) else scale
        pool = tones + tones + (list(allowed) if allowed else tones)
        for k in range(beats_per_chord * 2):
            if bass and k % 2 == 0:
                tone = _tone(36 + root, 0.9 * beat * staccato, 5, cents, 0.4)
                _add(out, tone, at + k * beat / 2, bass)
            if lead:
                pitch = min((m for p in pool for m in range(60 + p, 96, 12)),
                            key=lambda m: abs(m - melody - rng.integers(-5, 6)))  # fmt: skip
                melody = int(np.clip(pitch, 67, 88))
                tone = _tone(melody, 0.48 * beat * staccato, 6, cents + 1200 * octave, 0.5)
                _add(out, tone, at + k * beat / 2, lead)
    beats = np.arange(count * beats_per_chord) * beat
    if drums:
        _kit(out, beats, beat, drums, rng)
    out *= 0.5 / np.abs(out).max()
    return Played(out.astype(np.float32), tuple(chords), beats, beats[::beats_per_bar])


def _chord(
    out: NDArray[np.float64],
    voicing: list[int],
    at: float,
    length: float,
    sound: str,
    cents: float,
    staccato: float,
) -> None:
    strokes = 1 if sound in ("pad", "guitar") else 4
    for k in range(strokes):
        seconds = length / strokes * staccato
        decay = {"pad": None, "organ": None, "pluck": 0.35, "guitar": None}[sound]
        partials = {"pad": 6, "organ": 4, "pluck": 8, "guitar": 3}[sound]
        wave = np.sum([_tone(p, seconds, partials, cents, decay) for p in voicing], axis=0)
        if sound == "guitar":
            wave = 2.5 * np.tanh(4 * wave)
        _add(out, wave, at + k * length / strokes, 0.12)


def _kit(
    out: NDArray[np.float64],
    beats: NDArray[np.float64],
    beat: float,
    level: float,
    rng: np.random.Generator,
) -> None:
    t = np.arange(int(0.3 * RATE)) / RATE
    noise = rng.normal(size=t.size)
    kick = np.sin(2 * np.pi * (50 * t + 3 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    snare = (0.6 * noise + np.sin(2 * np.pi * 187 * t)) * np.exp(-t / 0.07)
    hat = np.diff(noise, prepend=0.0) * np.exp(-t / 0.03)
    for i, at in enumerate(beats):
        _add(out, snare if i % 2 else kick, at, level)
        for half in (0.0, 0.5):
            _add(out, hat, at + half * beat, 0.5 * level)


def _tone(
    pitch: float, seconds: float, partials: int, cents: float, decay: float | None
) -> NDArray[np.float64]:
    t = np.arange(max(1, round(seconds * RATE))) / RATE
    hertz = 440 * 2 ** ((pitch - 69 + cents / 100) / 12)
    wave = sum(np.sin(2 * np.pi * h * hertz * t + h) / h for h in range(1, partials + 1)
               if h * hertz < RATE / 2)  # fmt: skip
    shape = np.minimum(1, t / 0.01) * np.clip((seconds - t) / 0.02, 0, 1)
    return np.asarray(wave * shape * (np.exp(-t / decay) if decay else 1.0))


def _add(out: NDArray[np.float64], sound: NDArray[np.float64], at: float, level: float) -> None:
    start = round(at * RATE)
    part = sound[: max(0, out.size - start)]
    out[start : start + part.size] += level * part
