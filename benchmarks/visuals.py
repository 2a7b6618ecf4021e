"""What the built-in visuals cost: CPU milliseconds a frame, beside encoding the same frames.

Run it as `python benchmarks/visuals.py`; options: --seconds of each clip, --size, scene keys.
CPU time is of the whole process on one thread, so it holds on a busy machine too.
"""

import argparse
import io
import time
from collections.abc import Iterator
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.render import frames
from songreel.models.clip import ClipRequest, Drive
from songreel.models.music import Curve, Hits
from songreel.models.storyboard import CameraMove, Oklch, ShotSize

RATE = Fraction(24)
PALETTE = (
    (0.14, 0.05, 285),
    (0.34, 0.16, 290),
    (0.55, 0.22, 320),
    (0.72, 0.15, 350),
    (0.92, 0.05, 60),
)


def request(seconds: float, width: int, height: int) -> ClipRequest:
    """A chorus at 128 BPM with a full kit: the dear case."""
    beats = np.arange(0, seconds, 60 / 128)
    level = Curve(rate=4, values=(0.85,) * (int(seconds * 4) + 2))
    full = (1.0,) * len(beats)
    drive = Drive(
        beats=tuple(beats),
        downbeats=tuple(beats[::4]),
        kick=Hits(times=tuple(beats), strengths=full),
        snare=Hits(times=tuple(beats[1::2]), strengths=full[1::2]),
        hat=Hits(times=tuple(beats + 60 / 256), strengths=full),
        energy=level,
        brightness=level,
        bass=level,
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


def encode(pictures: Iterator[NDArray[np.uint8]], width: int, height: int) -> tuple[float, int]:
    """CPU seconds of x264 (superfast, CRF 22, one thread) with colour conversion, and bytes."""
    sink = io.BytesIO()
    spent = 0.0
    with av.open(sink, "w", format="matroska") as container:
        stream = container.add_stream(
            "libx264", rate=RATE, options={"preset": "superfast", "crf": "22", "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            start = time.process_time()
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
            spent += time.process_time() - start
        start = time.process_time()
        for packet in stream.encode():
            container.mux(packet)
        spent += time.process_time() - start
    return spent, sink.getbuffer().nbytes


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU cost of the built-in visuals.")
    parser.add_argument("scenes", nargs="*", help="scene keys; all where left out")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--size", default="1280x720")
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    cv2.setNumThreads(1)
    known = scenes()
    print(f"{width}x{height}, {options.seconds:g} s each, CPU ms a frame on one thread")
    print(f"{'scene':<14}{'first':>9}{'draw':>8}{'x264':>8}{'ratio':>8}{'Mbit/s':>8}")
    for key in options.scenes or known:
        wanted = request(options.seconds, width, height)
        start = time.process_time()
        next(frames(wanted, known[key]))
        first = time.process_time() - start
        start = time.process_time()
        count = sum(1 for _ in frames(wanted, known[key]))
        draw = time.process_time() - start
        spent, size = encode(frames(wanted, known[key]), width, height)
        print(
            f"{key:<14}{first:>7.2f} s{draw / count * 1e3:>8.1f}{spent / count * 1e3:>8.1f}"
            f"{draw / spent:>8.2f}{size * 8 / options.seconds / 1e6:>8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
