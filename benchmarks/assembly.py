"""Cost of putting a film together, beside one FFmpeg command and beside MoviePy.

    python benchmarks/assembly.py [--seconds 60] [--heights 720 1080] [--workers 2] [--short]

An edit with a cut on every beat (120 a minute at 120 BPM) of coded clips of 6 s, from which spans
of half a second are taken, is made by songreel, by one FFmpeg command (an input a cut, sought to
its place, `concat`) and by MoviePy, with the same settings of x264 and as many threads in all; then
once more with a punch-in on every beat. Then: a re-render after one changed shot, the proof of sync
and the report page, one plain x264 pass over the same frames, and peak memory for songs of one and
of ten minutes. MoviePy and its FFmpeg come with `pip install 'songreel[moviepy]'`; without them the
rows are left out. `--short` takes 15 s of film, at the first height only.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import av
from rivals import (
    BEAT,
    RATE,
    Job,
    Spent,
    Wav,
    ffmpeg,
    frames_in,
    make_clips,
    make_song,
    run,
    timeline,
)

from songreel.assembly.check import check
from songreel.assembly.conform import pictures
from songreel.assembly.report import write_page
from songreel.assembly.segments import pieces
from songreel.models.music import BeatGrid, Mood, Section
from songreel.models.render import RenderSpec
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

T = TypeVar("T")
CHANGED = 7
"""Shot that shows another part of its clip the second time."""
SMALL = 180
"""Height of the pictures where memory is measured: what grows with a song is not its pictures."""


def storyboard(job: Job, sound: Wav) -> Storyboard:
    """The plan that the report page tells of."""
    greys = tuple(Oklch(lightness=value, chroma=0, hue=0) for value in (0.2, 0.5, 0.8))
    shots = tuple(
        Shot(id=f"s{k:04d}", at=Anchor(seconds=float(BEAT * k / RATE)), section=0,
             reason=CutReason.BEAT, prompt="a landscape", motif="x", camera=CameraMove.ROLL,
             size=ShotSize.WIDE, palette=greys, energy=0.5, motion=0.5, seed=k)
        for k in range(len(job.spans))
    )  # fmt: skip
    look = Look(name="x", medium="x", light="x", lens="x", world="x", palette=greys,
                motifs=("x", "y"))  # fmt: skip
    whole = Section(start=0, end=job.seconds, label="section", letter="A", energy=0.5,
                    mood=Mood(valence=0, arousal=0), trust=1)  # fmt: skip
    return Storyboard(track=sound.track, look=look, style="x", seed=0, beat_locked=True,
                      sections=(whole,), shots=shots,
                      grid=BeatGrid(beats=(), downbeats=()))  # fmt: skip


def one_pass(job: Job, path: Path) -> None:
    """The film's pictures through one encoder: no cuts to keep, nothing to reuse, no song."""
    spec = RenderSpec(width=job.width, height=job.height, rate=RATE)
    options = {"preset": "superfast", "crf": str(spec.crf), "threads": "1"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = job.width, job.height, "yuv420p"
        count = 0
        for segment in pieces(timeline(job), spec):
            for frame in pictures(segment, job.folder):
                frame.pts, frame.time_base, count = count, 1 / RATE, count + 1
                frame.pict_type = av.video.frame.PictureType.NONE
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Spent(time.perf_counter() - wall, time.process_time() - cpu, 0.0)


def row(what: str, spent: Spent, frames: int, ours: Spent | None = None) -> None:
    against = ""
    if ours is not None:
        against = f"{spent.seconds / ours.seconds:6.2f} × ours, CPU {spent.cpu / ours.cpu:.2f} ×"
    memory = f"{spent.memory:6.0f} MB" if spent.memory else " " * 9
    each = f"{1000 * spent.cpu / frames:6.2f} ms a frame"
    times = f"{spent.seconds:7.2f} s {spent.cpu:7.2f} s CPU"
    print(f"  {what:34} {times} {each} {memory} {against}", flush=True)


def race(job: Job, rivals: list[str]) -> Spent:
    """One edit by everybody."""
    frames = BEAT * len(job.spans)
    kind = "a punch-in on every beat" if job.punch else "hard cuts"
    print(f"{job.width}×{job.height}, {len(job.spans)} cuts in {job.seconds} s, {kind}, "
          f"{job.workers} workers or threads")  # fmt: skip
    shutil.rmtree(job.folder / "segments", ignore_errors=True)
    ours = run("songreel", job)
    row("songreel", ours, frames)
    for rival in rivals:
        row(rival, run(rival, job), frames, ours)
    for maker in ("songreel", *rivals):
        there = frames_in(job.film(maker))
        if there != frames:
            print(f"  {maker}'s film has {there} frames, {frames} were asked for")
    return ours


def aftermath(job: Job, full: Spent) -> None:
    """What follows a render: another one, the proof, the page; and what it cannot do without."""
    frames, film = BEAT * len(job.spans), job.film("songreel")
    again = run("songreel", job, CHANGED)
    row("re-render, one shot changed", again, frames)
    print(f"  {'':34} {again.seconds / full.seconds:.1%} of the full time, "
          f"CPU {again.cpu / full.cpu:.1%}")  # fmt: skip
    run("songreel", job)
    spec = RenderSpec(width=job.width, height=job.height, rate=RATE)
    edit, sound = timeline(job), Wav(job.song, job.seconds)
    report, spent = timed(lambda: check(film, edit, sound, spec))
    row(f"check (in sync: {report.ok})", spent, frames)
    print(f"  {'':34} {spent.seconds / full.seconds:.0%} of the render")
    board = storyboard(job, sound)
    page = job.folder / "report.html"
    _, spent = timed(lambda: write_page(report, edit, page, storyboard=board))
    row("report page", spent, frames)
    _, spent = timed(lambda: one_pass(job, job.folder / "plain.mp4"))
    row("decoding and one x264 pass, 1 thread", spent, frames)
    print(f"  {'':34} CPU of the render: {full.cpu / spent.cpu:.2f} × that")
    sizes = [job.film(maker).stat().st_size / 1e6 for maker in ("songreel", "ffmpeg")
             if job.film(maker).exists()]  # fmt: skip
    print("  films: " + ", ".join(f"{size:.1f} MB" for size in sizes))


def memory(folder: Path, workers: int, minutes: tuple[int, ...]) -> None:
    """Peak memory of songs of different length."""
    for count in minutes:
        job = Job(folder, 320, SMALL, 60 * count, False, workers)
        make_song(job)
        if not job.clips:
            make_clips(job)
        shutil.rmtree(folder / "segments", ignore_errors=True)
        spent = run("songreel", job)
        print(f"peak memory, {count:2} min of 320×{SMALL}: {spent.memory:.0f} MB "
              f"({spent.seconds:.1f} s)", flush=True)  # fmt: skip


def rivals_there() -> list[str]:
    found = []
    try:
        ffmpeg()
        found.append("ffmpeg")
    except ImportError:
        print("no ffmpeg here; `pip install 'songreel[moviepy]'` brings one")
    if find_spec("moviepy"):
        found.append("moviepy")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--heights", type=int, nargs="+", default=[720, 1080])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    seconds = 15 if asked.short else asked.seconds
    rivals = rivals_there()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for height in asked.heights[: 1 if asked.short else None]:
            job = Job(folder, height * 16 // 9, height, seconds, False, asked.workers)
            make_clips(job)
            make_song(job)
            full = race(job, rivals)
            aftermath(job, full)
            punched = Job(folder, job.width, height, seconds, True, asked.workers)
            race(punched, [rival for rival in rivals if rival != "ffmpeg"])
        memory(folder, asked.workers, (1, 2) if asked.short else (1, 10))


if __name__ == "__main__":
    main()
