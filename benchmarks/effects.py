"""Cost of each effect: CPU milliseconds a frame on one core, beside coding the frame.

    python benchmarks/effects.py [--frames 24] [--sizes 1280x720 1920x1080]

Every effect is at full strength and on its hit in every frame, where it has most to do. Beside it
stand x264 at the settings of our segments, and what grain adds to its bytes.
"""

import argparse
import io
import time
from collections.abc import Callable, Sequence

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.assembly.coding import coder
from songreel.assembly.effects.effect import OWN, Chain, find
from songreel.assembly.pictures import frame_of
from songreel.models.effect import Beat, PlacedEffect, Setting
from songreel.models.render import RenderSpec

SETTINGS: dict[str, dict[str, Setting]] = {
    "grade": {"contrast": 1.1, "saturation": 1.1, "shadows": (250.0, 0.04)},
}
Picture = NDArray[np.uint8]


def pictures(width: int, height: int, count: int) -> list[Picture]:
    """A textured picture that moves by parts of a pixel, as packed yuv420p."""
    random = np.random.default_rng(1)
    texture = random.standard_normal((height * 2, width * 2)).astype(np.float32)
    texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), 3))
    found = []
    for i in range(count):
        picture = np.empty((height * 3 // 2, width), np.uint8)
        across = np.float32([[1, 0, -1.7 * i], [0, 1, -0.6 * i]])
        seen = cv2.warpAffine(texture, across, (width, height), borderMode=cv2.BORDER_REFLECT)
        picture[:height] = np.clip(120 + 400 * np.asarray(seen), 16, 235)
        small = np.asarray(cv2.resize(seen, (width // 2, height // 2)))
        picture[height:].reshape(2, height // 2, width // 2)[:] = np.clip(
            128 + 150 * small, 40, 216
        )
        found.append(picture)
    return found


def cost(work: Callable[[Picture, int], object], frames: Sequence[Picture]) -> float:
    """CPU milliseconds a frame, the least of three rounds; the first call compiles."""
    work(frames[0], 0)
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for i, frame in enumerate(frames):
            work(frame, i)
        rounds.append((time.process_time() - start) / len(frames) * 1000)
    return min(rounds)


def coded(frames: Sequence[Picture], spec: RenderSpec) -> tuple[float, float]:
    """CPU milliseconds and kilobytes a frame of x264 as segments are coded."""
    file = io.BytesIO()
    start = time.process_time()
    with av.open(file, "w", format="mp4") as container:
        stream = coder(container, spec)
        for i, picture in enumerate(frames):
            frame = frame_of(picture)
            frame.pts, frame.time_base = i, 1 / spec.rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    spent = time.process_time() - start
    return spent / len(frames) * 1000, len(file.getvalue()) / len(frames) / 1000


def placed(name: str, strength: float = 1.0) -> PlacedEffect:
    """An effect with a hit on every frame."""
    hits = tuple((frame, 0.9) for frame in range(0, 1000, 8))
    struck = getattr(find(name, {}), "moved_by", "") == "hits"
    settings = SETTINGS.get(name, {})
    return PlacedEffect(effect=name, strength=strength, settings=settings,
                        hits=hits if struck else ())  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--sizes", nargs="+", default=["1280x720", "1920x1080"])
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    columns: dict[str, list[str]] = {}
    for size in asked.sizes:
        width, height = (int(side) for side in size.split("x"))
        frames = pictures(width, height, asked.frames)
        spec = RenderSpec(width=width, height=height)
        for name in OWN:
            effect, one = find(name, SETTINGS.get(name, {})), placed(name)
            beats = [Beat(one, 8 * i, 24.0) for i in range(len(frames))]
            ms = cost(lambda picture, i, e=effect, b=beats: e.picture(picture, b[i]), frames)
            columns.setdefault(name, []).append(f"{ms:.1f}")
        both = Chain([placed("push"), placed("punch-in"), placed("grade")], spec.rate)
        ms = cost(both.picture, frames)
        columns.setdefault("push + punch-in + grade", []).append(f"{ms:.1f}")
        grain = Chain([placed("grain", 0.24)], spec.rate)
        for title, shown in (
            ("x264", frames),
            ("x264 with grain of 0.24", [grain.picture(p, i) for i, p in enumerate(frames)]),
        ):
            ms, kilobytes = coded(shown, spec)
            columns.setdefault(title, []).append(f"{ms:.1f} ({kilobytes:.0f} kB)")
    print("| CPU ms a frame | " + " | ".join(asked.sizes) + " |")
    print("|---|" + "---|" * len(asked.sizes))
    for name, values in columns.items():
        print(f"| {name} | " + " | ".join(values) + " |")


if __name__ == "__main__":
    main()
