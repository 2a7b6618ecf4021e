"""Chords of a piece made in code: `Harmony`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
LOOPS = {
    MAJOR: ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 4), (0, 3, 0, 4), (5, 3, 0, 4), (1, 4, 0, 0),
            (0, 2, 3, 4), (0, 0, 3, 4)),
    MINOR: ((0, 5, 2, 6), (0, 6, 5, 4), (0, 3, 4, 0), (0, 0, 5, 6), (0, 3, 6, 2), (0, 0, 0, 6)),
}  # fmt: skip
"""Common progressions in degrees of the scale."""
NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Harmony:
    """Roots and triads over a piece. Pitches are MIDI keys."""

    tonic: int
    scale: tuple[int, ...]
    changes: NDArray[np.float64]
    """Beats at which a chord begins, the first 0."""
    roots: NDArray[np.int64]
    """Pitch class of each chord's root."""
    thirds: NDArray[np.int64]
    """3 or 4 semitones each."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, bars: int, beats: int) -> "Harmony":
        """A loop of four chords that changes now and then, each a bar, two, or half of one."""
        tonic = int(rng.integers(12))
        scale = MAJOR if rng.random() < 0.5 else MINOR
        spans = [1.0, 2.0, 0.5, 4.0] if beats % 2 == 0 else [1.0, 2.0, 1.0, 4.0]
        span = beats * float(rng.choice(spans, p=[0.6, 0.2, 0.12, 0.08]))
        changes = np.arange(0, bars * beats, span)
        loops = LOOPS[scale]
        loop = loops[int(rng.integers(len(loops)))]
        degrees = np.empty(changes.size, np.int64)
        for i in range(changes.size):
            if i % 16 == 0 and rng.random() < 0.6:
                loop = loops[int(rng.integers(len(loops)))]
            degrees[i] = loop[i % len(loop)]
        steps = np.array(scale)
        third = (steps[(degrees + 2) % 7] - steps[degrees]) % 12
        return cls(tonic, scale, changes, (tonic + steps[degrees]) % 12, np.clip(third, 3, 4))

    @classmethod
    def spelt(
        cls,
        chords: list[tuple[float, float, str]],
        beats: NDArray[np.float64],
        bars: int,
        length: int,
    ) -> "Harmony":
        """The chords of an annotation such as `Bb:min7`, one for each half bar of `length` beats.

        Args:
            chords: Start and end in seconds, and name; N where there is none.
            beats: Seconds of each beat from the first bar's start.
            bars: How many bars.
            length: Beats a bar.
        """
        changes = np.arange(0, bars * length, length / 2 if length % 2 == 0 else length)
        roots, thirds = [], []
        root, third = 0, 4
        for beat in changes:
            second = float(np.interp(beat, np.arange(beats.size), beats)) + 0.05
            for start, end, name in chords:
                if start <= second < end and name[0] in NAMES:
                    sharp = name[1:2] == "#"
                    root = NAMES[name[0]] + sharp - (name[1:2] == "b")
                    third = 3 if ":min" in name or ":dim" in name else 4
            roots.append(root % 12)
            thirds.append(third)
        return cls(roots[0], MAJOR, changes, np.array(roots), np.array(thirds))

    def _at(self, beat: float) -> int:
        return int(np.searchsorted(self.changes, beat + 1e-6, side="right")) - 1

    def bass(self, beat: float) -> int:
        """Root at `beat`, 28 (E1) to 39."""
        return 28 + int(self.roots[self._at(beat)] - 4) % 12

    def chord(self, beat: float) -> tuple[int, ...]:
        """Triad at `beat` above 48 (C3)."""
        at = self._at(beat)
        root = 48 + int(self.roots[at])
        return root, root + int(self.thirds[at]), root + 7

    def note(self, degree: int) -> int:
        """Degree of the scale above 60 (C4)."""
        return 60 + self.tonic + 12 * (degree // 7) + self.scale[degree % 7]
