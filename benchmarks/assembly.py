"""Cost of putting a film together: a minute at 1280×720 and 24 fps from ready clips.

    python benchmarks/assembly.py [--seconds 60] [--width 1280 --height 720] [--workers 2]

Prints seconds and CPU seconds of the edit-to-file way (conform, join, mux), of the proof of sync
and of the report page, beside one plain x264 pass over the same frames with the same settings:
what any tool must pay that decodes the clips and encodes the film once.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.check import check
from songreel.assembly.edit import edit
from songreel.assembly.render import render
from songreel.assembly.report import write_page
from songreel.assembly.stills import Gallery
from songreel.generation.encode import write_clip
from songreel.models.clip import Clip, ClipRequest
from songreel.models.files import sha256_of
from songreel.models.music import BeatGrid, Mood, Section, Track
from songreel.models.progress import silent
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import (
    Anchor,
    CameraMove,
    CutReason,
    Look,
    Oklch,
    Shot,
    ShotSize,
    Storyboard,
)
from songreel.models.transition import Transition, TransitionKind

RATE = Fraction(24)
SHOT = 2.0
T = TypeVar("T")
GREYS = tuple(Oklch(lightness=value, chroma=0, hue=0) for value in (0.2, 0.5, 0.8))


@dataclass(frozen=True)
class Song:
    """Noise under a slow swell, made block by block."""

    track: Track
    path: Path = Path("benchmark.wav")
    bits: int | None = 16
    notices: tuple[str, ...] = ()

    def blocks(self) -> Iterator[NDArray[np.float32]]:  # noqa: D102
        rng = np.random.default_rng(1)
        for first in range(0, self.track.samples, 65536):
            count = min(65536, self.track.samples - first)
            swell = 0.2 + 0.1 * np.sin((first + np.arange(count)) / 9000)
            yield (swell * rng.standard_normal((2, count)).clip(-3, 3)).astype(np.float32) / 4


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


def storyboard(seconds: float) -> Storyboard:
    track = Track(title="Benchmark", file="benchmark.wav", sha256="0" * 64, codec="pcm",
                  sample_rate=44100, channels=2, samples=round(seconds * 44100))  # fmt: skip
    fade = Transition(kind=TransitionKind.CROSSFADE, seconds=0.5)
    shots = [
        Shot(id=f"s{i:03d}", at=Anchor(seconds=i * SHOT), section=0, reason=CutReason.BEAT,
             transition=fade if i % 6 == 5 else Transition(), prompt="a landscape", motif="x",
             camera=CameraMove.ROLL, size=ShotSize.WIDE, palette=GREYS, energy=0.5, motion=0.5,
             seed=i)
        for i in range(int(seconds / SHOT))
    ]  # fmt: skip
    look = Look(name="x", medium="x", light="x", lens="x", world="x", palette=GREYS,
                motifs=("x", "y"))  # fmt: skip
    whole = Section(start=0, end=seconds, label="section", letter="A", energy=0.5,
                    mood=Mood(valence=0, arousal=0), trust=1)  # fmt: skip
    return Storyboard(track=track, look=look, style="x", seed=0, beat_locked=True,
                      sections=(whole,), shots=tuple(shots),
                      grid=BeatGrid(beats=(), downbeats=()))  # fmt: skip


def make_clips(board: Storyboard, spec: RenderSpec, folder: Path) -> dict[str, Clip]:
    clips = {}
    for i, shot in enumerate(schedule(board, spec.rate)):
        path = folder / f"{shot.shot}.mp4"
        write_clip(pictures(i, spec.width, spec.height), path, width=spec.width,
                   height=spec.height, rate=spec.rate, count=shot.clip_frames)  # fmt: skip
        request = ClipRequest(
            prompt="x", camera=CameraMove.ROLL, size=ShotSize.WIDE, palette=GREYS, energy=0.5,
            motion=0.5, seed=i, width=spec.width, height=spec.height, rate=spec.rate,
            frames=shot.clip_frames, head=shot.head,
        )  # fmt: skip
        clips[shot.shot] = Clip(
            request=request, provider="benchmark", file=path.name, sha256=sha256_of(path),
            frames=shot.clip_frames, rate=spec.rate, width=spec.width, height=spec.height,
        )  # fmt: skip
    return clips


def decoded(folder: Path) -> Iterator[av.VideoFrame]:
    for path in sorted(folder.glob("*.mp4")):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            yield from container.decode(stream)


def decode_all(folder: Path) -> None:
    for _ in decoded(folder):
        pass


def one_pass(folder: Path, spec: RenderSpec, path: Path) -> None:
    """Every clip's frames through one encoder: no cuts to keep, nothing to reuse, no song."""
    options = {"preset": "superfast", "crf": str(spec.crf), "threads": "1"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=spec.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        for i, frame in enumerate(decoded(folder)):
            frame.pts, frame.time_base = i, 1 / spec.rate
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """(result, seconds, CPU seconds of all threads)."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    spec = RenderSpec(width=asked.width, height=asked.height, rate=RATE)
    board = storyboard(asked.seconds)
    song = Song(board.track)
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "clips").mkdir()
        clips = make_clips(board, spec, project / "clips")
        timeline = edit(board, clips, spec)
        film = project / "film.mp4"

        def make():
            return render(timeline, song, spec, project=project, output=film,
                          workers=asked.workers, progress=silent)  # fmt: skip

        gallery = Gallery()
        rows = []
        result, *spent = timed(make)
        rows.append(("render, all segments made", *spent))
        again, *spent = timed(make)
        rows.append(("render, all segments reused", *spent))
        report, *spent = timed(lambda: check(film, timeline, song, spec, gallery=gallery))
        rows.append(("check", *spent))
        _, *spent = timed(
            lambda: write_page(
                report, timeline, project / "report.html", storyboard=board, gallery=gallery
            )
        )
        rows.append(("report page", *spent))
        _, *decoding = timed(lambda: decode_all(project / "clips"))
        rows.append(("decoding the clips, nothing else", *decoding))
        _, *plain = timed(lambda: one_pass(project / "clips", spec, project / "plain.mp4"))
        rows.append(("one pass of x264 over the clips", *plain))
        print(f"{timeline.frames} frames of {spec.width}×{spec.height}, "
              f"{len(timeline.cuts)} shots, {result.made_segments} segments, "
              f"{asked.workers} workers; in sync: {report.ok}")  # fmt: skip
        assert again.sha256 == result.sha256
        for what, wall, cpu in rows:
            each = 1000 * cpu / timeline.frames
            print(f"{what:34} {wall:7.2f} s {cpu:7.2f} s CPU {each:6.2f} ms a frame")
        ours, theirs = rows[0][2], plain[1]
        print(f"render / one pass, CPU: {ours / theirs:.2f}; decoding is {decoding[1] / ours:.0%}")
        sizes = film.stat().st_size, (project / "plain.mp4").stat().st_size
        print(f"film {sizes[0] / 1e6:.1f} MB with sound, one pass {sizes[1] / 1e6:.1f} MB without")


if __name__ == "__main__":
    main()
