"""The same edit made three ways: by songreel, by one FFmpeg command, by MoviePy.

Material for `assembly.py`: coded clips of several seconds from which short spans are taken, a song,
and a cut on every beat. Each maker runs in a process of its own (`python rivals.py MAKER …`), which
prints its seconds and its peak memory; importing is not counted.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import exp
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.models.effect import PlacedEffect
from songreel.models.files import sha256_of
from songreel.models.music import Track
from songreel.models.render import RenderSpec
from songreel.models.storyboard import CutReason
from songreel.models.timeline import Cut, Timeline

RATE = Fraction(24)
BEAT = 12
"""Frames from cut to cut: 120 BPM at 24 fps."""
CLIPS, CLIP_SECONDS = 16, 6
"""Clips are cut into again and again, at other places."""
KEYFRAMES = 48
"""Frames from one keyframe of a clip to the next: 2 s, as phones and services code them."""
PUNCH, DECAY = 0.08, 0.18
"""What the effect punch-in does at full strength: 8 % larger on the beat, back to a third of that
in 0.18 s."""


@dataclass(frozen=True)
class Job:
    """An edit in a folder: clips, song, cuts."""

    folder: Path
    width: int
    height: int
    seconds: int
    punch: bool
    workers: int

    @property
    def song(self) -> Path:
        """The song's file."""
        return self.folder / f"song{self.seconds}.wav"

    @property
    def clips(self) -> list[Path]:
        """The clips' files."""
        return sorted((self.folder / f"clips{self.height}").glob("*.mp4"))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """(clip, first frame) of each cut, no clip twice in a row."""
        count, room = int(self.seconds * RATE) // BEAT, int(CLIP_SECONDS * RATE) - BEAT
        return [(7 * k % CLIPS, 37 * k % room) for k in range(count)]

    def film(self, maker: str) -> Path:
        """File that `maker` writes."""
        return self.folder / f"{maker}{self.height}{'-punch' if self.punch else ''}.mp4"


@dataclass(frozen=True)
class Wav:
    """A 16-bit WAV file as a `songreel.models.sound.Sound`."""

    path: Path
    seconds: int
    bits: int | None = 16
    notices: tuple[str, ...] = ()

    @property
    def track(self) -> Track:  # noqa: D102
        return Track(title="Benchmark", file=self.path.name, sha256="0" * 64, codec="pcm",
                     sample_rate=44100, channels=2, samples=44100 * self.seconds)  # fmt: skip

    def blocks(self) -> Iterator[NDArray[np.float32]]:  # noqa: D102
        with wave.open(str(self.path)) as file:
            while data := file.readframes(65536):
                samples = np.frombuffer(data, np.int16).reshape(-1, 2).T
                yield np.ascontiguousarray(samples, np.float32) / 32768


def pictures(seed: int, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """A soft landscape in colour that turns and comes nearer, with fine grain over it."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(10, 245, (9, 16, 3)).astype(np.float32)
    field = cv2.resize(coarse, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    i = 0
    while True:
        turn = cv2.getRotationMatrix2D((width, height), 0.2 * i, 1 + 0.004 * i)
        turn[:, 2] -= (width / 2, height / 2)
        moved = cv2.warpAffine(field, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
        yield np.clip(moved + np.roll(grain, 7 * i, axis=1), 0, 255).astype(np.uint8)
        i += 1


def make_clips(job: Job) -> None:
    """Clips as x264 makes them by default: B-frames, references, a keyframe every 2 s."""
    folder = job.folder / f"clips{job.height}"
    folder.mkdir(exist_ok=True)
    for k in range(CLIPS):
        with av.open(str(folder / f"{k:02d}.mp4"), "w") as container:
            options = {"preset": "veryfast", "crf": "20", "g": str(KEYFRAMES)}
            stream = container.add_stream("libx264", rate=RATE, options=options)
            stream.width, stream.height, stream.pix_fmt = job.width, job.height, "yuv420p"
            shown = pictures(k, job.width, job.height)
            for _ in range(int(CLIP_SECONDS * RATE)):
                frame = av.VideoFrame.from_ndarray(next(shown), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))


def make_song(job: Job) -> None:
    """Noise under a slow swell."""
    rng = np.random.default_rng(1)
    with wave.open(str(job.song), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        for second in range(job.seconds):
            swell = 3000 + 1500 * np.sin((44100 * second + np.arange(44100)) / 9000)
            noise = swell[:, None] * rng.standard_normal((44100, 2)).clip(-3, 3)
            file.writeframes(noise.astype(np.int16).tobytes())


def timeline(job: Job, changed: int | None = None) -> Timeline:
    """The edit; `changed` is a shot that shows another part of its clip."""
    hashes = [sha256_of(path) for path in job.clips]
    punch = PlacedEffect(effect="punch-in", strength=1.0, hits=((0, 1.0),))
    cuts = tuple(
        Cut(shot=f"s{k:04d}", start=BEAT * k, end=BEAT * (k + 1), target=float(BEAT * k / RATE),
            reason=CutReason.BEAT, clip=f"clips{job.height}/{clip:02d}.mp4",
            clip_sha256=hashes[clip], source=first + (k == changed),
            effects=(punch,) if job.punch else ())
        for k, (clip, first) in enumerate(job.spans)
    )  # fmt: skip
    return Timeline(rate=RATE, width=job.width, height=job.height, frames=BEAT * len(cuts),
                    beat_locked=True, cuts=cuts)  # fmt: skip


def size_at(seconds: float) -> float:
    """How much larger the picture is, so long after a beat."""
    return 1 + PUNCH * exp(-seconds / DECAY)


def enlarged(plane: NDArray[np.uint8], size: float) -> NDArray[np.uint8]:
    """`plane`, of any number of channels, `size` times as large about its middle."""
    rows, columns = plane.shape[:2]
    across, down = (columns - 1) / 2, (rows - 1) / 2
    turn = np.array([[size, 0, across * (1 - size)], [0, size, down * (1 - size)]])
    return cv2.warpAffine(plane, turn, (columns, rows), flags=cv2.INTER_LINEAR)


def by_songreel(job: Job, changed: int | None = None) -> float:
    from songreel.assembly.render import render
    from songreel.models.progress import silent

    cv2.setNumThreads(1)
    edit, sound = timeline(job, changed), Wav(job.song, job.seconds)
    spec = RenderSpec(width=job.width, height=job.height, rate=RATE)
    began = time.perf_counter()
    render(edit, sound, spec, project=job.folder, output=job.film("songreel"),
           workers=job.workers, progress=silent)  # fmt: skip
    return time.perf_counter() - began


def encoder() -> list[str]:
    """What `conform` asks of x264, in FFmpeg's words."""
    return ["-profile:v", "high", "-crf", str(RenderSpec().crf), "-g", "48",
            "-x264-params", "open-gop=0:mbtree=0",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]  # fmt: skip


def ffmpeg() -> str:
    """The program: that of the path, or the one MoviePy brings."""
    found = shutil.which("ffmpeg")
    if found is None:
        from imageio_ffmpeg import get_ffmpeg_exe

        found = get_ffmpeg_exe()
    return found


def by_ffmpeg(job: Job) -> float:
    """One command: an input a cut, sought to its place, all of them through `concat`."""
    command = [ffmpeg(), "-y", "-loglevel", "error"]
    for clip, first in job.spans:
        command += ["-ss", f"{float(first / RATE):.6f}", "-t", f"{float(BEAT / RATE):.6f}",
                    "-i", str(job.clips[clip])]  # fmt: skip
    count = len(job.spans)
    joined = "".join(f"[{k}:v]" for k in range(count)) + f"concat=n={count}:v=1:a=0[film]"
    command += ["-i", str(job.song), "-filter_complex", joined, "-map", "[film]",
                "-map", f"{count}:a", "-c:v", "libx264", "-preset", "superfast", *encoder(),
                "-threads", str(job.workers), "-r", str(RATE), "-pix_fmt", "yuv420p",
                "-c:a", "aac", "-b:a", "320k", "-movflags", "+faststart",
                str(job.film("ffmpeg"))]  # fmt: skip
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def by_moviepy(job: Job) -> float:
    """As its guide has it: subclips of files opened once each, concatenated, written."""
    from moviepy import AudioFileClip, VideoFileClip, concatenate_videoclips

    def punched(get_frame: Any, t: float) -> Any:
        return enlarged(get_frame(t), size_at(t))

    began = time.perf_counter()
    parts = []
    opened = {k: VideoFileClip(str(path), audio=False) for k, path in enumerate(job.clips)}
    for clip, first in job.spans:
        start = float(first / RATE)
        part = opened[clip].subclipped(start, start + float(BEAT / RATE))
        parts.append(part.transform(punched) if job.punch else part)
    film = concatenate_videoclips(parts).with_audio(AudioFileClip(str(job.song)))
    film.write_videofile(
        str(job.film("moviepy")), fps=float(RATE), codec="libx264", preset="superfast",
        threads=job.workers, audio_codec="aac", audio_bitrate="320k", logger=None,
        temp_audiofile_path=str(job.folder),
        ffmpeg_params=[*encoder(), "-movflags", "+faststart"],
    )  # fmt: skip
    return time.perf_counter() - began


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)


@dataclass(frozen=True)
class Spent:
    """What one maker took."""

    seconds: float
    cpu: float
    """Seconds of all cores, those of the programs it started included."""
    memory: float
    """MB, at its peak: of the process, or of the largest program that it started."""


def run(maker: str, job: Job, changed: int | None = None) -> Spent:
    """Let one maker work in a process of its own."""
    numbers = (job.width, job.height, job.seconds, int(job.punch), job.workers,
               -1 if changed is None else changed)  # fmt: skip
    asked = [maker, str(job.folder), *map(str, numbers)]
    told = subprocess.run([sys.executable, __file__, *asked], check=True, capture_output=True)
    return Spent(*json.loads(told.stdout.splitlines()[-1]))


def main() -> None:
    maker, folder, *numbers = sys.argv[1:]
    width, height, seconds, punch, workers, changed = map(int, numbers)
    job = Job(Path(folder), width, height, seconds, bool(punch), workers)
    idle = cpu_seconds()
    match maker:
        case "songreel":
            spent = by_songreel(job, None if changed < 0 else changed)
        case "ffmpeg":
            spent = by_ffmpeg(job)
        case _:
            spent = by_moviepy(job)
    memory = max(own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    print(json.dumps([spent, cpu_seconds() - idle, memory]))


def own_peak() -> float:
    """MB of this process; `ru_maxrss` would begin with that of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_seconds() -> float:
    """Of this process and of those it started and saw end."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
