"""A song made as long as is asked, to measure what hearing costs: `stretch`, `write`."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.audio import open_sound

Samples = NDArray[np.int16]


def stretch(song: Path, seconds: float) -> tuple[Samples, int]:
    """The song over and over until it lasts `seconds`, shape (n, channels), and its rate."""
    sound = open_sound(song)
    rate = sound.track.sample_rate
    wanted, parts, count = round(seconds * rate), [], 0
    while count < wanted:
        for block in sound.blocks():
            parts.append(np.clip(32767 * block, -32768, 32767).astype(np.int16))
            count += block.shape[1]
            if count >= wanted:
                break
    return np.concatenate(parts, axis=1)[:, :wanted].T.copy(), rate


def write(path: Path, sound: tuple[Samples, int]) -> None:
    """A WAV file of 16 bits."""
    samples, rate = sound
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
