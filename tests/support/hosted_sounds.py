"""Sound bought from the local server; also a process of its own, to be killed.

`python -m support.hosted_sounds SERVICE FOLDER TALE` has eight pieces of sound made in FOLDER.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from songreel.generation.encode import write_clip
from songreel.generation.patience import Patience
from songreel.generation.provider import Context
from songreel.generation.sound.hosted import FalSounds, ReplicateSounds
from songreel.generation.sound.orders import Delivery, Wanted, fulfil
from songreel.generation.sound.source import SoundSource, Task
from songreel.models.files import sha256_of
from songreel.models.progress import Progress, silent
from songreel.models.sound_request import Heard, Seen, SoundFiles, SoundRequest
from songreel.sound.pcm import write_wav
from songreel.store.ledger import Ledger
from support.hosted_films import HASTY, LAG

RATE = 8000
"""Of the sound that is continued: small, and not the model's own."""

CLASSES = {"replicate": ReplicateSounds, "fal": FalSounds}


def source_of(
    service: str, scratch: Path, model: str = "", *, wait: float = 5.0, lag: float | None = LAG,
    **context: Any,
) -> Any:  # fmt: skip
    """A source of the class under test; without a `lag`, its own."""
    scratch.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"timeout": httpx.Timeout(wait)}
    if lag is not None:
        options["lag"] = lag
    return CLASSES[service](Context(scratch=scratch, model=model, **context), **options)


@contextmanager
def sources_in(scratch: Path) -> Iterator[Callable[..., Any]]:
    """A maker of sources by name, all of which are closed at the end."""
    made = []

    def one(name: str, **more: Any) -> Any:
        service, _, model = name.partition(":")
        source = source_of(service, scratch, model, **{"lag": 0.0, **more})
        made.append(source)
        return source

    yield one
    for source in made:
        source.close()


def wanted(task: Task = "music", **more: Any) -> SoundRequest:
    """Four seconds of piano, or of rain."""
    fields = {"prompt": "piano, 120 BPM, A minor", "seconds": 4.0, "seed": 7}
    if task == "effects":
        fields |= {"prompt": "rain on a metal roof", "negative": "music, speech"}
    return SoundRequest(task=task, **(fields | more))


def a_sound(folder: Path, seconds: float = 1.0, tone: float = 440.0) -> tuple[Path, Heard]:
    """A WAV to be continued."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"before-{seconds:g}-{tone:g}.wav"
    t = np.arange(round(seconds * RATE)) / RATE
    write_wav(path, np.float32(0.3 * np.sin(2 * np.pi * tone * t))[None], RATE)
    return path, Heard(sha256=sha256_of(path), seconds=seconds)


def a_video(folder: Path, seconds: float = 1.0, rate: int = 25) -> tuple[Path, Seen]:
    """A silent video to be given sound."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pictures-{seconds:g}-{rate}.mp4"
    count = round(seconds * rate)
    pictures = (np.full((36, 64, 3), 40 + 5 * (i % 30), np.uint8) for i in range(count))
    if not path.exists():
        write_clip(pictures, path, width=64, height=36, rate=Fraction(rate), count=count)
    return path, Seen(sha256=sha256_of(path), seconds=seconds)


def prompt(number: int, tale: str = "") -> str:
    """The words of piece `number`."""
    return f"piano and soft drums, part {number}, 120 BPM, A minor{f', {tale}' if tale else ''}"


def asked(source: SoundSource, number: int, folder: Path, tale: str = "") -> Wanted:
    """What is wanted for piece `number`: a second more of a WAV, or a second of pictures."""
    fields: dict[str, Any] = {"prompt": prompt(number, tale), "seed": 7 + number}
    if "music" in source.tasks:
        path, heard = a_sound(folder / "given")
        request = SoundRequest(task="music", seconds=1.0, heard=heard, **fields)
        return Wanted(f"s{number:02d}", source.plan(request), SoundFiles(heard=path))
    path, seen = a_video(folder / "given")
    request = SoundRequest(task="effects", seconds=1.0, seen=seen, negative="music", **fields)
    return Wanted(f"s{number:02d}", source.plan(request), SoundFiles(seen=path))


def deliver(
    service: str,
    folder: Path,
    wanted: int | Sequence[Wanted] = 4,
    *,
    tale: str = "",
    model: str = "",
    allowance: Decimal | None = None,
    patience: Patience = HASTY,
    progress: Progress = silent,
    wait: float = 5.0,
) -> Delivery:
    """Have the pieces in `folder`, with its ledger there."""
    source = source_of(service, folder / "scratch", model, wait=wait)
    if isinstance(wanted, int):
        wanted = [asked(source, number, folder, tale) for number in range(wanted)]
    purse = Ledger(folder / "ledger.db").purse("film", "a film", allowance)
    try:
        return fulfil(
            wanted, source=source, folder=folder / "sounds", progress=progress,
            patience=patience, purse=purse,
        )  # fmt: skip
    finally:
        source.close()


def main() -> None:
    """See the module's docstring."""
    service, folder, tale = sys.argv[1:]
    deliver(service, Path(folder), 8, tale=tale)


if __name__ == "__main__":
    main()
