"""How well crops follow their subjects, on clips whose subject is known because it was drawn.

    python benchmarks/reframe.py [--seconds 4] [--seeds 2] [--detail]

Clips of 640 × 360: grounds (plain, textured, panned, swaying, busy) by ways (still off the middle,
crossing, to and fro, walking and stopping, going with a panning camera), each with subjects of
their own size, colour and texture. For each shape: the share of frames whose crop holds the whole
box of the subject, beside the crop of the middle; how far the crop jerks (root mean square of its
second difference, in pixels of a film 1080 wide, and the greatest one); and how many clips whose
subject stays have a crop that stays. Every ground × way × seed counts alike; nothing is left out.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.attention import look
from songreel.assembly.focus import focus_of
from songreel.models.render import ASPECTS, RenderSpec
from songreel.models.storyboard import CutReason
from songreel.models.timeline import Cut

RATE = Fraction(24)
WIDTH, HEIGHT = 640, 360
GROUNDS = ("plain", "textured", "panned", "swaying", "busy")
WAYS = ("still", "crossing", "to and fro", "stops", "followed")
Picture = NDArray[np.float32]


def noise(rng: np.random.Generator, height: int, width: int, *sizes: float) -> Picture:
    """Smooth noise, 0 to 1: shape (height, width, 3).

    Colour varies a third as much as light, as it does in photographs.
    """
    total = np.zeros((height, width, 3), np.float32)
    for size in sizes:
        rough = rng.standard_normal((height, width, 3)).astype(np.float32) * np.float32(0.35)
        rough += rng.standard_normal((height, width, 1)).astype(np.float32)
        soft = cv2.GaussianBlur(rough, (0, 0), size)
        total += (soft / soft.std()).astype(np.float32) * np.float32(size**0.4)
    return np.asarray(np.clip(0.5 + 0.16 * total / total.std(), 0, 1), np.float32)


def ground(kind: str, rng: np.random.Generator) -> Callable[[int], Picture]:
    """Pictures without a subject."""
    tint = rng.uniform(0.25, 0.75, 3).astype(np.float32)
    if kind == "plain":
        slope = np.linspace(0.7, 1.1, HEIGHT, dtype=np.float32)[:, None, None]
        return lambda _: np.clip(tint * slope * np.ones((HEIGHT, WIDTH, 1), np.float32), 0, 1)
    sizes = (2.0, 9.0, 40.0) if kind != "busy" else (1.5, 4.0)
    large = noise(rng, HEIGHT + 80, WIDTH + 240, *sizes) * (0.6 + 0.4 * tint)
    speed = rng.uniform(0.6, 1.6) if kind == "panned" else 0.0
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)

    def paint(i: int) -> Picture:
        if kind == "swaying":
            x = across + 40 + 5 * np.sin(i / 9 + down / 35)
            y = down + 30 + 3 * np.sin(i / 7 + across / 50)
            return np.asarray(cv2.remap(large, x, y, cv2.INTER_LINEAR), np.float32)
        start = np.float32(20 + speed * i)
        return np.asarray(cv2.remap(large, across + start, down + 20, cv2.INTER_LINEAR), np.float32)

    return paint


def way(kind: str, rng: np.random.Generator, frames: int) -> NDArray[np.float64]:
    """Middle of the subject across the picture at each frame, in shares of its width."""
    t = np.linspace(0, 1, frames)
    side = rng.choice([-1, 1])
    if kind in ("still", "followed"):
        return np.full(frames, 0.5 + side * rng.uniform(0.2, 0.36))
    if kind == "crossing":
        return 0.5 + side * 0.36 * (2 * t - 1)
    if kind == "to and fro":
        return 0.5 + side * 0.3 * np.sin(2 * np.pi * t)
    run = np.clip((t - 0.3) / 0.4, 0, 1)
    return 0.5 + side * 0.3 * (2 * run * run * (3 - 2 * run) - 1)


def clip(
    path: Path, ground_kind: str, way_kind: str, seed: int, frames: int
) -> NDArray[np.float64]:
    """Draw a clip; the subject's box at each frame: shape (frames, 2), shares of the width."""
    rng = np.random.default_rng([seed, GROUNDS.index(ground_kind), WAYS.index(way_kind)])
    if way_kind == "followed" and ground_kind in ("textured", "busy"):
        ground_kind = "panned"
    paint = ground(ground_kind, rng)
    middle = way(way_kind, rng, frames)
    wide, high = rng.uniform(0.06, 0.11) * WIDTH, rng.uniform(0.3, 0.6) * HEIGHT
    y = rng.uniform(0.45, 0.62) * HEIGHT
    coat = noise(rng, HEIGHT, WIDTH, 3.0, 12.0) * 0.5 + rng.uniform(0, 0.5, 3).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "20", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(frames):
            picture = paint(i).copy()
            shape = np.zeros((HEIGHT, WIDTH), np.float32)
            x = middle[i] * WIDTH
            bob = 4 * np.sin(i / 3) if way_kind != "still" else 0.0
            centre = (round(x * 16), round((y + bob) * 16))
            axes = (round(wide / 2 * 16), round(high / 2 * 16))
            cv2.ellipse(shape, centre, axes, 0, 0, 360, (1.0,), -1, cv2.LINE_AA, 4)
            moved = np.roll(coat, round(x), axis=1)
            picture += shape[..., None] * (moved - picture)
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)), "rgb24"
            )
            frame.pts, frame.time_base = i, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return np.stack([middle - wide / 2 / WIDTH, middle + wide / 2 / WIDTH], axis=1)


def shot(frames: int) -> Cut:
    """A shot that shows a whole clip."""
    return Cut(shot="s01", start=0, end=frames, target=0.0, reason=CutReason.OPENING,
               clip="clip.mp4", clip_sha256="0" * 64, source=0)  # fmt: skip


def main() -> None:
    """Draw, look, lay the paths, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--detail", action="store_true", help="a line for each clip")
    given = parser.parse_args()
    frames = round(given.seconds * RATE)
    ours: dict[tuple[str, str, str], list[float]] = {}
    centred: dict[str, list[float]] = {}
    jerks: dict[str, list[float]] = {}
    worst: dict[str, float] = {}
    stays: dict[str, list[bool]] = {}
    looking = laying = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        for ground_kind in GROUNDS:
            for way_kind in WAYS:
                for seed in range(given.first_seed, given.first_seed + given.seeds):
                    boxes = clip(path, ground_kind, way_kind, seed, frames)
                    begun = time.perf_counter()
                    seen = look(path)
                    looking += time.perf_counter() - begun
                    for shape in ("9:16", "1:1", "4:5"):
                        spec = RenderSpec.of(shape, 1080, RATE)
                        half = float(ASPECTS[shape]) * HEIGHT / WIDTH / 2
                        begun = time.perf_counter()
                        cut = shot(frames).model_copy(update={"focus": focus_of(
                            shot(frames), (WIDTH, HEIGHT), (spec.width, spec.height), seen, 24.0
                        )})  # fmt: skip
                        laying += time.perf_counter() - begun
                        path_x = np.array([(cut.focused(i) or (0.5, 0))[0] for i in range(frames)])
                        path_x = np.clip(path_x, half, 1 - half)
                        inside = (boxes[:, 0] >= path_x - half) & (boxes[:, 1] <= path_x + half)
                        middle = (boxes[:, 0] >= 0.5 - half) & (boxes[:, 1] <= 0.5 + half)
                        ours.setdefault((shape, ground_kind, way_kind), []).append(inside.mean())
                        centred.setdefault(shape, []).append(middle.mean())
                        second = np.diff(path_x, 2) * 1080 / (2 * half)
                        jerks.setdefault(shape, []).append(float(np.sqrt(np.mean(second**2))))
                        worst[shape] = max(worst.get(shape, 0), float(np.abs(second).max()))
                        if way_kind in ("still", "followed"):
                            stays.setdefault(shape, []).append(len(cut.focus) == 1)
                        if given.detail and shape == "9:16":
                            print(f"{ground_kind:10} {way_kind:10} {seed} {inside.mean():5.0%} "
                                  f"trust {np.mean(seen.trust):.2f} moving "
                                  f"{np.mean(seen.moving):.2f} path {path_x.min():.2f}–"
                                  f"{path_x.max():.2f} true {boxes.mean(1).min():.2f}–"
                                  f"{boxes.mean(1).max():.2f}")  # fmt: skip
    print("9:16 by ground and way: share of frames that hold the whole subject\n")
    print(" " * 12 + "".join(f"{kind:>12}" for kind in WAYS))
    for ground_kind in GROUNDS:
        row = [np.mean(ours["9:16", ground_kind, kind]) for kind in WAYS]
        print(f"{ground_kind:12}" + "".join(f"{value:12.0%}" for value in row))
    print("\nshape   held   middle crop   jerk rms   jerk max   still for a subject that stays")
    for shape in ("9:16", "1:1", "4:5"):
        held = np.mean([np.mean(v) for (s, _, _), v in ours.items() if s == shape])
        print(f"{shape:6} {held:5.1%} {np.mean(centred[shape]):13.1%} "
              f"{np.mean(jerks[shape]):8.2f} px {worst[shape]:7.2f} px "
              f"{np.mean(stays[shape]):10.0%}")  # fmt: skip
    clips = len(GROUNDS) * len(WAYS) * given.seeds
    print(f"\nlooking {looking / clips:.2f} s for a clip of {given.seconds:g} s, "
          f"laying {1000 * laying / clips / 3:.0f} ms for a path")  # fmt: skip


if __name__ == "__main__":
    main()
