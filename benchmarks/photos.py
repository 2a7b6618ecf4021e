"""What a photo's clip costs: guessing its depth, and each frame, on one thread.

Run it as `python benchmarks/photos.py [PHOTO ...]`; without photos it draws some. Time is the
thread's own, so it holds on a busy machine too. The encoder is not in it (`visuals.py` has that).
"""

import argparse
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from songreel.generation.encode import Picture
from songreel.generation.footage.depth import Depth, depth_of
from songreel.generation.footage.photo import focus_of, read_photo, small_grey
from songreel.generation.footage.still import moving_photo
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

PALETTE = tuple(
    Oklch(lightness=light, chroma=0.1, hue=hue)
    for light, hue in ((0.2, 285), (0.5, 320), (0.85, 60))
)


def request(frames: int, width: int, height: int, music: bool) -> ClipRequest:
    """A decided move under a full kit at 120 BPM."""
    beats = np.arange(0, frames / 24, 0.5)

    def hits(times: Sequence[float]) -> Hits:
        return Hits(times=tuple(float(t) for t in times), strengths=(1.0,) * len(times))

    level = Curve(rate=10.0, values=(0.7,) * (frames // 2))
    drive = Drive(kick=hits(beats[::2]), snare=hits(beats[1::2]), hat=hits(beats), energy=level,
                  brightness=level, bass=level)  # fmt: skip
    return ClipRequest(
        prompt="", camera=CameraMove.TRACK_RIGHT, size=ShotSize.WIDE, palette=PALETTE, energy=0.7,
        motion=0.6, seed=1, width=width, height=height, rate=Fraction(24), frames=frames,
        drive=drive if music else None,
    )  # fmt: skip


def drawn() -> Picture:
    """A landscape in detail, 24 megapixels as a camera has them."""
    rng = np.random.default_rng(1)
    rough = cv2.resize(rng.integers(0, 90, (250, 375, 3), dtype=np.uint8), (6000, 4000))
    y, x = np.mgrid[0:4000, 0:6000].astype(np.float32)
    sky = y < 1700 + 200 * np.sin(x / 700)
    rough[sky] = (170, 195, 225)
    return np.asarray(cv2.GaussianBlur(rough, (0, 0), 1.5), dtype=np.uint8)


def timed(photo: Picture, focus: tuple[float, float], depth: Depth, asked: ClipRequest) -> float:
    """Milliseconds a frame, the first, which lays the picture out, left aside."""
    pictures = moving_photo(photo, focus, asked, depth)
    next(pictures)
    start = time.thread_time()
    count = sum(1 for _ in pictures)
    return 1000 * (time.thread_time() - start) / count


def main() -> None:
    """Print a row for each photo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--frames", type=int, default=73)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = (int(n) for n in options.size.split("x"))
    print(f"{'photo':<24}{'depth':>10}{'trust':>7}{'flat':>10}{'deep':>10}{'with music':>12}")
    for name, photo in [(path.name, read_photo(path)) for path in options.photos] or [
        ("drawn", drawn())
    ]:
        focus = focus_of(small_grey(photo))
        start = time.thread_time()
        depth = depth_of(photo, focus)
        guess = 1000 * (time.thread_time() - start)
        nothing = Depth(depth.near, 0.0, "nothing")
        sure = Depth(depth.near, max(depth.trust, 0.5), depth.why)
        costs = [
            timed(photo, focus, how, request(options.frames, width, height, music))
            for how, music in ((nothing, False), (sure, False), (sure, True))
        ]
        row = "".join(f"{cost:>{room}.1f} ms" for cost, room in zip(costs, (7, 7, 9), strict=True))
        print(f"{name[:23]:<24}{guess:>7.0f} ms{depth.trust:>7.2f}{row}")


if __name__ == "__main__":
    main()
