"""One sound on every beat, at 40 to 220 BPM: how exactly beats are placed."""

import numpy as np

from corpus.drums import LEVELS, RATE, Wave, stroke
from corpus.pieces import Piece
from corpus.voices import note, perceived

SPEEDS = (40.0, 48.5, 57.0, 66.0, 75.5, 84.0, 93.0, 104.0, 117.3, 130.0, 146.0, 160.0, 178.0,
          199.0, 220.0)  # fmt: skip
SOUNDS = ("click", "block", "kick", "snare", "hat", "bass", "piano", "guitar", "brass", "strings")
"""Sharp clicks and drums; notes whose attack takes 3 to 90 ms."""
PITCHES = {"bass": (33, 40, 36, 31), "piano": (60, 64, 67, 72), "guitar": (52, 59, 56, 64),
           "brass": (58, 62, 65, 70), "strings": (55, 62, 59, 67)}  # fmt: skip
SECONDS = 24.0


def metronomes(sound: str) -> list[Piece]:
    """The sound at all `SPEEDS`, in bars of four; a sound that swells up to 130 BPM.

    Truth is where the sound is perceived to begin: its first sample, or where its attack has come
    near its full level (see `corpus.voices.perceived`).
    """
    speeds = [bpm for bpm in SPEEDS if sound != "strings" or bpm <= 130]
    return [_metronome(sound, bpm, i) for i, bpm in enumerate(speeds)]


def _metronome(sound: str, bpm: float, index: int) -> Piece:
    # Starts that fall between the frames of any analysis.
    starts = np.arange(0.3 + 0.0137 * index, SECONDS - 0.3, 60 / bpm)
    early, late = (0.0, 0.0) if sound in LEVELS else perceived(sound)
    beats = starts + (early + late) / 2

    def make() -> Wave:
        out = np.zeros(round((SECONDS + 0.6) * RATE), np.float32)
        for i, start in enumerate(starts):
            if sound in LEVELS:
                wave = stroke(sound)
            else:
                pitches, held = PITCHES[sound], round(min(0.6 * 60 / bpm, 0.5), 3)
                wave = note(sound, pitches[i // 4 % len(pitches)], held)
            at = round(start * RATE)
            stop = min(at + wave.size, out.size)
            out[at:stop] += np.float32(1.0 if i % 4 == 0 else 0.6) * wave[: stop - at]
        return np.asarray(0.7 * out / np.abs(out).max(), np.float32)

    return Piece(f"{sound} {bpm:g}", beats, beats[::4], bpm, "4/4", make, slack=(late - early) / 2)
