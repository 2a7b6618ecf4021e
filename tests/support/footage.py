"""Folders of footage, films of shots that ask for it, and what is shown of it."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from songreel.generation.footage.choose import choose
from songreel.generation.footage.scan import scan
from songreel.generation.footage.show import show
from songreel.generation.footage.source import open_library
from songreel.generation.footage.span import Span
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve
from songreel.models.storyboard import CameraMove, ShotSize
from support.pictures import (
    scenery,
    write_photo,
    write_video,
)

SIZE = (128, 72)


def wanted(frames: int = 24, seed: int = 7, **more) -> ClipRequest:
    fields = {
        "prompt": "a coast", "camera": CameraMove.STATIC, "size": ShotSize.WIDE,
        "palette": [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]], "energy": 0.5,
        "motion": 0.3, "width": SIZE[0], "height": SIZE[1], "rate": Fraction(25),
    }  # fmt: skip
    return ClipRequest(**(fields | {"frames": frames, "seed": seed} | more))


def shown(path: Path, request: ClipRequest, span: Span | None = None) -> list[np.ndarray]:
    """Every frame of `request` from the one file at `path`."""
    source = next(s for s in open_library(path.parent).sources if s.path == path)
    request = request.model_copy(update={"source": (span or Span(source.sha256)).to_source()})
    return [frame.copy() for frame in show(source, (0.5, 0.5), request)]


def folder_of(tmp_path: Path, photos: int, videos: int = 0) -> Path:
    folder = tmp_path / f"of {photos} and {videos}"
    folder.mkdir(exist_ok=True)
    for i in range(photos):
        write_photo(folder / f"p{i:02d}.jpg", scenery(160, 90, hue=i * 23.0))
    for i in range(videos):
        frames = [scenery(128, 72, i * 50.0, (1 + 3.0 * i) * k) for k in range(200)]
        write_video(folder / f"v{i}.mp4", frames)
    return folder


FLAT = Curve(rate=10.0, values=(0.5,))


def film_of(count: int, frames: int = 50, **changed) -> dict[str, ClipRequest]:
    """Shots of `frames` each, end to end, in a song of 200 s."""
    film = {}
    for i in range(count):
        start, end = i * frames / 25 / 200, (i + 1) * frames / 25 / 200
        song = {"song_start": start, "song_end": end}
        drive = Drive(energy=FLAT, brightness=FLAT, bass=FLAT, **song)
        film[f"s{i:02d}"] = wanted(
            frames, seed=i * 31 + 5, energy=(i * 7 % 10) / 10, motion=0.4, drive=drive
        )
    return film | {shot: film[shot].model_copy(update=update) for shot, update in changed.items()}


def spans_of(folder: Path, film: dict[str, ClipRequest], **more) -> dict[str, Span]:
    library = open_library(folder)
    return choose(film, library.sources, scan(library.sources), **more)
