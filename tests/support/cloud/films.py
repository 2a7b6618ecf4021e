"""Real small videos whose pictures tell which request they were made for."""

import hashlib
import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from support.pictures import Picture, number_in, numbered


class Form(NamedTuple):
    """What a model delivers."""

    width: int
    height: int
    rate: Fraction
    frames: int
    sound: bool = False
    """Some models give their clips a sound track."""

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.rate


class Marks(NamedTuple):
    """What a clip's picture says of its request: each 0 to 255."""

    seed: int
    prompt: int


def marks(seed: int, prompt: str) -> Marks:
    """What is to be seen in a clip made for this seed and prompt."""
    return Marks(seed % 256, hashlib.sha256(prompt.encode()).digest()[0])


def read_marks(picture: Picture) -> Marks:
    """What a frame of a clip says, in the size it was made in."""
    half = picture.shape[0] // 2
    return Marks(number_in(picture[:half]), number_in(picture[half : 2 * half]))


@lru_cache(maxsize=256)
def video(form: Form, seen: Marks) -> bytes:
    """An MP4 of `form`: two rows of bars that hold the marks, and a wave that runs between."""
    width, height, half = form.width, form.height, form.height // 2
    still = np.full((height, width), 96, np.uint8)
    still[:half] = numbered(seen.seed, width, half)[..., 0]
    still[half : 2 * half] = numbered(seen.prompt, width, half)[..., 0]
    crest = np.sin(np.arange(width) * (12 * np.pi / width)) * 80 + 128
    wave = np.tile(crest.astype(np.uint8), (height // 4, 1))
    top = height * 3 // 8
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w") as container:
            options = {"preset": "ultrafast", "crf": "30", "x264-params": "mbtree=0"}
            stream: Any = container.add_stream("libx264", rate=form.rate, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.codec_context.thread_count = 1
            sound: Any = container.add_stream("aac", rate=48000) if form.sound else None
            planes[:height] = still
            for index in range(form.frames):
                shift = index * max(2, width // 120)
                planes[top : top + wave.shape[0]] = np.roll(wave, shift, axis=1)
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                frame.pts, frame.time_base = index, 1 / form.rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if sound is not None:
                for start in range(0, int(form.seconds * 48000), 1024):
                    silence = np.zeros((2, 1024), np.float32)
                    hush = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
                    hush.sample_rate, hush.pts = 48000, start
                    container.mux(sound.encode(hush))
                container.mux(sound.encode(None))
        return path.read_bytes()
