"""Songs made in code, whose beats, sections, key and loudness are known because we made them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from songreel.models.harmony import TONICS
from support.sounds import MemorySound

RATE = 24_000
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Passage:
    """Some bars that sound alike."""

    letter: str
    bars: int
    chords: tuple[int, ...]
    """Degrees of the scale from 0, one a bar, over and over."""
    drums: float = 0.0
    bass: float = 0.0
    pad: float = 0.2
    lead: float = 0.0
    roll: bool = False
    """A snare roll that doubles its speed and grows, and a pad that brightens."""
    gap: float = 0.0
    """Seconds of dead silence at the end."""


@dataclass(frozen=True)
class Song:
    """A song and the truth about it."""

    sound: MemorySound
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    borders: NDArray[np.float64]
    """Seconds at which passages start, and the end."""
    letters: tuple[str, ...]
    bpm: float
    key: str
    passages: tuple[Passage, ...] = field(default=())

    def start(self, index: int) -> float:
        return float(self.borders[index])


VERSE, CHORUS = (0, 5, 3, 4), (3, 4, 5, 0)
POP = (
    Passage("A", 4, (0, 3), pad=0.12),
    Passage("B", 8, VERSE, drums=0.25, bass=0.15, pad=0.08, lead=0.05),
    Passage("C", 8, CHORUS, drums=0.6, bass=0.4, pad=0.22, lead=0.15),
    Passage("B", 8, VERSE, drums=0.25, bass=0.15, pad=0.08, lead=0.05),
    Passage("C", 8, CHORUS, drums=0.6, bass=0.4, pad=0.22, lead=0.15),
    Passage("D", 4, (0, 0), pad=0.10),
)
DANCE = (
    Passage("A", 8, VERSE, drums=0.3, bass=0.2, pad=0.1),
    Passage("B", 8, (5, 5, 3, 3), pad=0.08, roll=True),
    Passage("C", 8, CHORUS, drums=0.7, bass=0.5, pad=0.2, lead=0.2),
    Passage("D", 8, (5, 3), pad=0.07, gap=0.5),
    Passage("C", 8, CHORUS, drums=0.7, bass=0.5, pad=0.2, lead=0.2),
)


def compose(
    passages: tuple[Passage, ...] = POP,
    *,
    bpm: float = 120.0,
    tonic: int = 9,
    mode: str = "minor",
    tuning: float = 0.0,
    seed: int = 3,
) -> Song:
    """Play `passages` in 4/4; `tonic` is a pitch class, `tuning` in semitones."""
    beat = 60 / bpm
    count = 4 * sum(p.bars for p in passages)
    beats = np.arange(count) * beat
    out = np.zeros((2, round((count * beat + 1.0) * RATE)))
    rng = np.random.default_rng(seed)
    kit = _kit(rng)
    borders, bar = [], 0
    for passage in passages:
        borders.append(bar * 4 * beat)
        for k in range(passage.bars):
            at = (bar + k) * 4 * beat
            _bar(out, passage, k, at, beat, _degrees(passage, k, tonic, mode, tuning), kit, rng)
        bar += passage.bars
        if passage.gap:
            end = bar * 4 * beat
            out[:, round((end - passage.gap) * RATE) : round(end * RATE)] = 0.0
    borders.append(bar * 4 * beat)
    out *= 0.5 / np.abs(out).max()
    return Song(
        sound=MemorySound(out.astype(np.float32)),
        beats=beats,
        downbeats=beats[::4],
        borders=np.array(borders),
        letters=tuple(p.letter for p in passages),
        bpm=bpm,
        key=f"{TONICS[tonic]} {mode}",
        passages=passages,
    )


def _degrees(passage: Passage, k: int, tonic: int, mode: str, tuning: float) -> list[float]:
    """MIDI pitches of the triad of bar k, around middle C."""
    degree = passage.chords[k % len(passage.chords)]
    scale = SCALES[mode]
    steps = [degree, degree + 2, degree + 4]
    return [60 + tonic - 12 * (tonic > 6) + scale[s % 7] + 12 * (s // 7) + tuning for s in steps]


def _kit(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    t = np.arange(int(0.25 * RATE)) / RATE
    noise = rng.normal(size=t.size)
    bright = np.diff(noise, prepend=0.0)
    kick = np.sin(2 * np.pi * (45 * t + 12 * (1 - np.exp(-t / 0.03)) * 0.25)) * np.exp(-t / 0.07)
    snare = (0.5 * noise + np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.05)
    return {"kick": kick * 1.2, "snare": snare * 0.7, "hat": bright * np.exp(-t / 0.015) * 0.35}


def _bar(
    out: NDArray[np.float64],
    passage: Passage,
    k: int,
    at: float,
    beat: float,
    chord: list[float],
    kit: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> None:
    through = k / max(passage.bars - 1, 1)
    partials = 4 + (round(8 * through) if passage.roll else 0)
    rise = 0.4 + 0.9 * through if passage.roll else 1.0
    for side, detune in ((0, 0.0), (1, 0.03)):
        for pitch in chord:
            _add(out[side], _tone(pitch + detune, 4 * beat, partials), at, passage.pad * rise)
    if passage.bass:
        for i in range(8):
            tone = _tone(chord[0] - 24, beat * 0.45, 3, decay=0.3)
            _add(out, tone, at + i * beat / 2, passage.bass)
    if passage.lead:
        for i in range(4):
            pitch = chord[int(rng.integers(3))] + 12
            _add(out, _tone(pitch, beat * 0.8, 5, decay=0.4), at + i * beat, passage.lead)
    if passage.drums:
        for i in range(4):
            _add(out, kit["snare" if i % 2 else "kick"], at + i * beat, passage.drums)
            for half in (0, 0.5):
                _add(out, kit["hat"], at + (i + half) * beat, passage.drums)
    if passage.roll:
        per_beat = (1, 2, 4)[min(2, int(3 * through))]
        for i in range(4 * per_beat):
            _add(out, kit["snare"], at + i * beat / per_beat, 0.05 + 0.3 * through)


def _tone(
    pitch: float, seconds: float, partials: int, decay: float | None = None
) -> NDArray[np.float64]:
    t = np.arange(round(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    wave = sum(np.sin(2 * np.pi * h * hertz * t) / h for h in range(1, partials + 1)
               if h * hertz < RATE / 2)  # fmt: skip
    shape = np.minimum(1, t / 0.01) * np.minimum(1, (seconds - t) / 0.02)
    return np.asarray(wave * shape * (np.exp(-t / decay) if decay else 1.0))


def _add(out: NDArray[np.float64], sound: NDArray[np.float64], at: float, level: float) -> None:
    start = round(at * RATE)
    part = sound[: max(0, out.shape[-1] - start)]
    out[..., start : start + part.size] += level * part


def noise(seconds: float, seed: int = 0, slope: float = 0.0) -> MemorySound:
    """Steady noise, mono; `slope` −6 is dB an octave, as of rain far away."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=round(seconds * RATE)))
    hertz = np.maximum(np.fft.rfftfreq(round(seconds * RATE), 1 / RATE), 20.0)
    shaped = np.fft.irfft(spectrum * (hertz / 1000) ** (slope / 6.02))
    return MemorySound((0.1 * shaped / shaped.std())[None].astype(np.float32))


def silence(seconds: float, rate: int = RATE) -> MemorySound:
    return MemorySound(np.zeros((1, round(seconds * rate)), np.float32), rate)
