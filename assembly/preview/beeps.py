"""The song with beeps on its beats: `Beeped`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.models.music import BeatGrid, Track
from songreel.models.sound import Sound

BEAT, DOWNBEAT = 1046.5, 1568.0
"""Hz: C6, and the fifth above it on the first beat of a bar."""
LENGTH, DECAY = 0.09, 0.018
"""Seconds; the second is in which a beep falls to 1/e."""
LEVELS = (0.16, 0.26)
"""Peaks of beat and downbeat beside a song that was mastered to −14 LUFS, full scale 1."""
MASTERED = -14.0
"""LUFS: what the beeps are set for; under a quieter song they are quieter."""
ROOM = 0.72
"""What the song is turned down to, so that the two together never clip: −2.9 dB."""


class Beeped:
    """A `Sound`: `sound` and a beep on each beat, higher on downbeats, to the sample.

    Args:
        sound: The song.
        grid: Its beats.
        loudness: Of the song, LUFS; None where it cannot be told.
    """

    def __init__(self, sound: Sound, grid: BeatGrid, loudness: float | None) -> None:
        self._sound = sound
        rate = sound.track.sample_rate
        quieter = 10 ** (min(0.0, (loudness if loudness is not None else MASTERED) - MASTERED) / 20)
        shares = [level * max(quieter, 0.12) for level in LEVELS]
        self._beeps = [
            _beep(pitch, share, rate) for pitch, share in zip((BEAT, DOWNBEAT), shares, strict=True)
        ]
        first = set(grid.downbeats)
        self._starts = [
            (round(time * rate), self._beeps[i in first]) for i, time in enumerate(grid.beats)
        ]

    @property
    def path(self) -> Path:
        """The song's file."""
        return self._sound.path

    @property
    def track(self) -> Track:
        """The song's: nothing is longer or shorter."""
        return self._sound.track

    @property
    def bits(self) -> int | None:
        """No integer holds a mix exactly."""
        return None

    @property
    def notices(self) -> tuple[str, ...]:
        """The song's."""
        return self._sound.notices

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The mix, in the song's own blocks."""
        position, ahead = 0, 0
        for block in self._sound.blocks():
            mixed = block * np.float32(ROOM)
            end = position + block.shape[1]
            while (
                ahead < len(self._starts)
                and self._starts[ahead][0] + len(self._starts[ahead][1]) <= position
            ):
                ahead += 1
            for start, beep in self._starts[ahead:]:
                if start >= end:
                    break
                first, last = max(start, position), min(start + len(beep), end)
                if first < last:
                    mixed[:, first - position : last - position] += beep[
                        first - start : last - start
                    ]
            position = end
            yield mixed


def _beep(pitch: float, peak: float, rate: int) -> NDArray[np.float32]:
    time = np.arange(round(LENGTH * rate)) / rate
    wave = np.sin(2 * np.pi * pitch * time) * np.exp(-time / DECAY)
    wave *= np.minimum(1, time / 0.001) * np.minimum(1, (LENGTH - time) / 0.005)
    return np.asarray(wave * peak / np.abs(wave).max(), np.float32)
