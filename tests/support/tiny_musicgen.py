"""Tiny MusicGens for tests: built once a run, asked directly or through their source."""

import time
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from songreel.generation.provider import Context
from songreel.generation.sound.musicgen.book import Model, find
from songreel.generation.sound.musicgen.recipe import RATE
from songreel.generation.sound.musicgen.source import MusicGen
from songreel.models.clip import Job, JobState
from songreel.models.files import sha256_of
from songreel.models.local import LocalOptions
from songreel.models.sound_request import Heard, SoundFiles, SoundRequest
from songreel.sound.pcm import measure, write_wav

NAMES = ("tiny-musicgen", "tiny-musicgen-stereo", "tiny-musicgen-melody")


@cache
def folder_of(name: str) -> Path:
    """The tiny model's folder, built when it is first asked for."""
    from songreel.generation.sound.musicgen.tiny import build

    folder = Path(mkdtemp(prefix="songreel-tiny."))
    build(folder, find(name).recipe)
    return folder


@cache
def in_folder(name: str) -> Model:
    """The tiny model as one in a folder of the user's own."""
    return find(str(folder_of(name)))


def source(scratch: Path, model: Path | str) -> MusicGen:
    """The source `local` with that model, on the processor."""
    return MusicGen(
        Context(
            scratch=scratch / "scratch", cache=scratch / "cache", model=str(model),
            local=LocalOptions(devices="cpu"),
        )
    )  # fmt: skip


def asked(seconds: float = 0.5, heard: Path | None = None, **more: Any) -> SoundRequest:
    """A piece of music, going on from the file `heard`."""
    fields: dict[str, Any] = {
        "task": "music", "prompt": "lofi piano, 90 BPM, A minor", "seconds": seconds, "seed": 7,
    }  # fmt: skip
    if heard is not None:
        facts = measure(heard)
        fields["heard"] = Heard(sha256=sha256_of(heard), seconds=facts.samples / facts.rate)
    return SoundRequest.model_validate(fields | more)


def tone(path: Path, samples: int, rate: int = RATE, channels: int = 1) -> Path:
    """A soft chord of so many samples, other on the right than on the left."""
    t = np.arange(samples) / rate
    sides = [0.2 * np.sin(2 * np.pi * pitch * t) for pitch in (220.0, 330.0)[:channels]]
    write_wav(path, np.array(sides, np.float32), rate)
    return path


def made(maker: MusicGen, request: SoundRequest, heard: Path | None = None) -> Path:
    """The file that comes of a request."""
    state = ended(maker, maker.submit(maker.plan(request), SoundFiles(heard)))
    assert state.status == "done", state
    assert state.result is not None
    return Path(state.result)


def ended(maker: MusicGen, job: Job[SoundRequest], within: float = 300.0) -> JobState:
    """Where a job stands once it has ended."""
    until = time.monotonic() + within
    while (state := maker.poll(job)).status == "waiting":
        assert time.monotonic() < until, state
        time.sleep(0.01)
    return state


def writing(maker: MusicGen, job: Job[SoundRequest], within: float = 300.0) -> JobState:
    """Where a job stands once its first tokens are there."""
    until = time.monotonic() + within
    while not (state := maker.poll(job)).detail.startswith("token"):
        assert state.status == "waiting", state
        assert time.monotonic() < until, state
        time.sleep(0.005)
    return state
