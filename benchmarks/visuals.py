"""What the built-in visuals cost beside the encoder: frames a second and memory, on one thread.

Run it as `python benchmarks/visuals.py`; options: --seconds of each clip, --size, scene keys. A
scene that is added to the registry appears by itself.

Every clip is drawn, finished and coded as a film's clips are, in one run; the time is the thread's
own, so it holds on a busy machine too. `ratio` is what the whole reaches of what the encoder alone
would: 1 would be a picture that costs nothing.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from songreel.generation.encode import final_options, write_clip
from songreel.generation.planes import Planes
from songreel.generation.visuals.guard import FlashGuard
from songreel.generation.visuals.moment import Moments
from songreel.generation.visuals.post import Finisher
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.scene import Scene
from songreel.generation.visuals.stage import Stage
from songreel.models.clip import ClipRequest, Drive, Final, Sung
from songreel.models.music import Curve, Hits
from songreel.models.render import RenderSpec
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

RATE = Fraction(24)
PALETTE = (
    (0.14, 0.05, 285),
    (0.34, 0.16, 290),
    (0.55, 0.22, 320),
    (0.72, 0.15, 350),
    (0.92, 0.05, 60),
)
BANDS = 16


def request(seconds: float, width: int, height: int) -> ClipRequest:
    """A chorus at 128 BPM with a full kit and a word on every beat: the dear case."""
    beats = np.arange(0, seconds, 60 / 128)
    level = Curve(rate=4, values=(0.85,) * (int(seconds * 4) + 2))
    full = (1.0,) * len(beats)
    bands = np.random.default_rng(5).integers(20, 100, (int(seconds * 25) + 2, BANDS))
    words = ["every", "light", "in", "the", "city", "knows", "your", "name", "tonight"]
    drive = Drive(
        beats=tuple(beats),
        downbeats=tuple(beats[::4]),
        kick=Hits(times=tuple(beats), strengths=full),
        snare=Hits(times=tuple(beats[1::2]), strengths=full[1::2]),
        hat=Hits(times=tuple(beats + 60 / 256), strengths=full),
        melody=Hits(times=tuple(beats), strengths=full),
        energy=level,
        brightness=level,
        bass=level,
        section="chorus",
        spectrum=Spectrum(
            rate=25,
            edges=tuple(float(edge) for edge in np.geomspace(40, 16000, BANDS + 1)),
            levels=tuple(tuple(int(v) for v in row) for row in bands),
        ),
        words=tuple(
            Sung(start=float(beat), end=float(beat) + 0.4, text=words[i % len(words)], line=i // 9)
            for i, beat in enumerate(beats)
        ),
    )
    return ClipRequest(
        prompt="",
        camera=CameraMove.PUSH_IN,
        size=ShotSize.WIDE,
        palette=tuple(Oklch(lightness=v, chroma=c, hue=h) for v, c, h in PALETTE),
        energy=0.85,
        motion=0.7,
        seed=11,
        width=width,
        height=height,
        rate=RATE,
        frames=int(seconds * RATE),
        drive=drive,
    )


@dataclass
class Cost:
    """What one scene's clip took. Seconds of the thread's time, whole clip."""

    frames: int
    scale: float
    compile: float = 0.0
    """The first clip's beginning above another's: kernels compiled, or read from the cache."""
    begin: float = 0.0
    """Before the first frame of any clip."""
    draw: float = 0.0
    finish: float = 0.0
    encode: float = 0.0
    bytes: int = 0
    peak: int = 0
    """Most memory of the process while it worked on the clip, bytes."""

    @property
    def whole(self) -> float:
        """The clip from its first light to its last packet."""
        return self.draw + self.finish + self.encode

    @property
    def ratio(self) -> float:
        """Speed of the whole against that of the encoder alone."""
        return self.encode / self.whole


def now() -> float:
    return time.thread_time()


def begun(scene_type: type[Scene], wanted: ClipRequest) -> tuple[Stage, Scene, Finisher]:
    """All that is made before the first frame."""
    stage = Stage(wanted)
    scene = scene_type(stage)
    field, size = (scene.height, scene.width), (stage.height, stage.width)
    finisher = Finisher(field, size, scene.finishing(), stage.seed, FlashGuard(stage.rate))
    return stage, scene, finisher


def made(scene_type: type[Scene], wanted: ClipRequest, path: Path) -> Cost:
    """Make the clip, and say what it took."""
    cost = Cost(wanted.frames, scene_type.scale)
    forget_peak()
    start = now()
    stage, scene, finisher = begun(scene_type, wanted)
    light = np.zeros((scene.height, scene.width, 3), np.float32)
    shown = Planes(stage.width, stage.height)
    moments = Moments(stage)
    scene.draw(moments[0], light)
    finisher(light, 0, shown)
    cost.compile = now() - start
    start = now()
    stage, scene, finisher = begun(scene_type, wanted)
    moments = Moments(stage)
    cost.begin = now() - start
    cost.compile -= cost.begin

    def pictures() -> Iterator[Planes]:
        for moment in moments:
            start = now()
            scene.draw(moment, light)
            drawn = now()
            finisher(light, moment.index, shown)
            cost.draw += drawn - start
            cost.finish += now() - drawn
            yield shown

    start = now()
    write_clip(
        pictures(),
        path,
        width=wanted.width,
        height=wanted.height,
        rate=wanted.rate,
        count=wanted.frames,
        options=final_options(Final(crf=RenderSpec.model_fields["crf"].default), wanted.rate),
    )
    cost.encode = now() - start - cost.draw - cost.finish
    cost.bytes, cost.peak = path.stat().st_size, peak()
    return cost


def forget_peak() -> None:
    """Begin a new peak, where the system can (Linux); else `peak` is that of the whole run."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """Most memory of this process since `forget_peak`, bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


HEAD = (
    f"{'scene':<14}{'scale':>6}{'first s':>9}{'begin':>7}{'draw':>7}{'finish':>8}{'encode':>8}"
    f"{'draw/s':>9}{'finish/s':>9}{'encode/s':>9}{'whole/s':>9}{'ratio':>7}{'Mbit/s':>8}{'MiB':>6}"
)


def line(name: str, costs: Sequence[Cost]) -> str:
    """A row of the table: the mean over `costs`, times in ms a frame, speeds in frames a second."""

    def mean(what: str) -> float:
        return fmean(getattr(cost, what) / cost.frames * 1e3 for cost in costs)

    draw, finish, encode = mean("draw"), mean("finish"), mean("encode")
    whole = draw + finish + encode
    rates = "".join(f"{1e3 / each:>9.0f}" for each in (draw, finish, encode, whole))
    mbits = fmean(cost.bytes * 8 / (cost.frames / RATE) / 1e6 for cost in costs)
    return (
        f"{name:<14}{fmean(cost.scale for cost in costs):>6.2f}"
        f"{fmean(cost.compile for cost in costs):>9.2f}"
        f"{fmean(cost.begin for cost in costs) * 1e3:>7.0f}"
        f"{draw:>7.1f}{finish:>8.1f}{encode:>8.1f}{rates}{encode / whole:>7.2f}"
        f"{mbits:>8.1f}{max(cost.peak for cost in costs) / 2**20:>6.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="What the built-in visuals cost.")
    parser.add_argument("scenes", nargs="*", help="scene keys; all where left out")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--size", default="1280x720")
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    cv2.setNumThreads(1)
    known = scenes()
    print(
        f"{width}x{height} at {RATE}, {options.seconds:g} s of each; times on one thread: first in "
        "s, begin in ms a clip, draw, finish, encode in ms a frame; /s: frames a second"
    )
    print(HEAD)
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as folder:
        for key in options.scenes or known:
            wanted = request(options.seconds, width, height)
            costs[key] = made(known[key], wanted, Path(folder) / "clip.mp4")
            print(line(key, [costs[key]]), flush=True)
    worst = min(costs, key=lambda key: costs[key].ratio)
    print(line("mean", list(costs.values())))
    print(line(f"worst: {worst}", [costs[worst]]))


if __name__ == "__main__":
    main()
