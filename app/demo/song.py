"""The project's own song: "Lantern Parade", composed and played in code."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from songreel.demo import score
from songreel.demo.drums import hits
from songreel.models.files import whole

TITLE = "Lantern Parade"


@dataclass(frozen=True)
class Truth:
    """What is known of the song because it was written so. Seconds from the file's start."""

    tempo: float
    """BPM."""
    meter: str
    key: str
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    sections: tuple[tuple[float, float, str, str], ...]
    """Start, end, label, letter. They tile the file."""
    drops: tuple[float, ...]
    stops: tuple[tuple[float, float], ...]
    """Silences inside the song, start and end."""
    kicks: tuple[float, ...]
    duration: float


def truth() -> Truth:
    """The song's grid, form and key."""
    starts = [score.seconds(4 * bar) for bar in _bars()]
    starts[0] = 0.0
    ends = [*starts[1:-1], score.duration()]
    return Truth(
        tempo=score.TEMPO,
        meter="4/4",
        key=score.KEY,
        beats=tuple(score.seconds(beat) for beat in range(4 * score.END)),
        downbeats=tuple(score.seconds(4 * bar) for bar in range(score.END)),
        sections=tuple(
            (start, end, part.label, part.letter)
            for start, end, part in zip(starts, ends, score.FORM, strict=False)
        ),
        drops=(score.seconds(4 * score.CHORUS), score.seconds(4 * score.CHORUS_2)),
        stops=((score.seconds(score.SILENCE[0]), score.seconds(score.SILENCE[1])),),
        kicks=tuple(score.seconds(hit.beat) for hit in hits() if hit.drum == "kick"),
        duration=score.duration(),
    )


def _bars() -> list[int]:
    return [sum(part.bars for part in score.FORM[:i]) for i in range(len(score.FORM) + 1)]


def write_song(path: Path, *, rate: int = 44100) -> None:
    """Play the song into a 16-bit stereo WAV file, the same bytes every time.

    Args:
        path: The file, which appears whole or not at all.
        rate: Samples a second.

    Raises:
        MachineError: The file cannot be written.
    """
    # Compiles kernels; a caller that only wants the truth does not pay for it.
    from songreel.demo.mix import mix

    # Opened before the song is played: a folder that refuses says so at once.
    with whole(path) as partial, partial.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(_sixteen_bits(mix(rate)).T.tobytes())


def _sixteen_bits(x: NDArray[np.float32]) -> NDArray[np.int16]:
    """`x` with triangular dither of two steps (Lipshitz, Wannamaker, Vanderkooy 1992)."""
    draw = np.random.RandomState(16)
    dither = draw.random_sample(x.shape) - draw.random_sample(x.shape)
    return np.round(x * 32767.0 + dither).clip(-32768, 32767).astype("<i2")
