"""A source of effects, and films to make sound for, whose truth is known."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from songreel.models.clip import Job, JobState
from songreel.models.errors import InvalidInput
from songreel.models.sound_request import SoundFiles, SoundRequest
from songreel.sound.pcm import write_wav
from support.sound_shop import SoundShop

RATE = 44_100
TICK = 200
"""Samples of a tick, 4.5 ms."""


class FoleyShop(SoundShop):
    """Hears what it sees: a tick where the picture jumps, over noise of a level that its seed sets,
    so that pieces differ as a model's do.
    """

    longest = 6.0
    tasks = ("effects",)
    ticks = True
    level = staticmethod(lambda request: -30.0 - request.seed % 7)

    def plan(self, request: SoundRequest) -> SoundRequest:
        steps = request.settings.get("num_steps", 25)
        if not isinstance(steps, int) or not 4 <= steps <= 50:
            raise InvalidInput(f"num_steps is {steps}; {self.name} takes 4 to 50")
        if request.total > self.longest:
            raise InvalidInput(f"{self.name} makes {self.longest:g} s at a time")
        return super().plan(request)

    def poll(self, job: Job[SoundRequest]) -> JobState:
        state = super().poll(job)
        if state.status != "done":
            return state
        request = job.request
        n = round((request.total - self.slack) * RATE)
        rng = np.random.default_rng(request.seed)
        noise = rng.standard_normal(n) * 10 ** (self.level(request) / 20)
        if request.seen is not None and self.ticks:
            for at in jumps(self._seen(request)):
                first = round(at * RATE)
                noise[first : first + TICK] += 0.5
        result = self.world / f"result-{job.id}.wav"
        write_wav(result, noise[None].astype(np.float32), RATE)
        return JobState(status="done", progress=1.0, result=str(result))

    def submit(self, request: SoundRequest, files: SoundFiles, /) -> Job[SoundRequest]:
        job = super().submit(request, files)
        if request.seen is not None and files.seen is not None:
            (self.world / f"seen-{request.seen.sha256}").write_text(str(files.seen))
        return job

    def _seen(self, request: SoundRequest) -> Path:
        """The pictures it was given, also to an earlier run."""
        assert request.seen is not None
        return Path((self.world / f"seen-{request.seen.sha256}").read_text())


def jumps(video: Path) -> list[float]:
    """Seconds at which a video's grey changes."""
    found, before = [], None
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            grey = float(np.frombuffer(frame.planes[0], np.uint8).mean())
            if before is not None and abs(grey - before) > 12:
                found.append(float(frame.pts * frame.time_base))
            before = grey
    return found


def make_film(
    path: Path,
    frames: int,
    rate: Fraction,
    cuts: Sequence[int] = (),
    *,
    sound: NDArray[np.float32] | None = None,
    sound_rate: int = 48_000,
    times: Sequence[int] | None = None,
    size: tuple[int, int] = (64, 36),
) -> Path:
    """A film whose grey and pattern change at `cuts`, with a sound of its own if given.

    Args:
        path: Ends in .mp4, .mkv or .mov.
        frames: To write.
        rate: Pictures a second.
        cuts: Frames at which another picture begins.
        sound: Shape (channels, n).
        sound_rate: Samples a second of it.
        times: Of each frame, in thousandths of a second, for films whose pictures come unevenly.
        size: Width and height.
    """
    wide, high = size
    rng = np.random.default_rng(3)
    looks = [
        np.clip(grey + rng.integers(-40, 40, (high // 4 + 1, wide // 4 + 1)), 0, 255)
        .repeat(4, 0).repeat(4, 1)[:high, :wide].astype(np.uint8)
        for grey in (60, 190, 110, 220, 80, 150) * (len(cuts) // 6 + 1)
    ]  # fmt: skip
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "20", "threads": "1"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        if times is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        voice = None
        if sound is not None:
            layout = "stereo" if sound.shape[0] == 2 else "mono"
            voice = container.add_stream("aac", rate=sound_rate, layout=layout)
        for k in range(frames):
            shot = sum(cut <= k for cut in cuts)
            picture = np.repeat(looks[shot][..., None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = k, 1 / rate
            if times is not None:
                frame.pts, frame.time_base = times[k], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None and sound is not None:
            for at in range(0, sound.shape[1], 1024):
                block = np.ascontiguousarray(sound[:, at : at + 1024])
                heard = av.AudioFrame.from_ndarray(block, "fltp", voice.layout.name)
                heard.sample_rate, heard.pts = sound_rate, at
                heard.time_base = Fraction(1, sound_rate)
                container.mux(voice.encode(heard))
            container.mux(voice.encode(None))
    return path
