"""FFmpeg's `ebur128` filter as PyAV carries it: the meter that ours is held against."""

from dataclasses import dataclass
from fractions import Fraction
from math import log10

import av
import av.filter
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reading:
    """What the filter says at the end of a sound, and on the way."""

    integrated: float
    range: float
    true_peak: float
    """dB."""
    peak: float
    """dB."""
    momentary: NDArray[np.float64]
    """LUFS over the 400 ms before each 100 ms step's end."""
    short_term: NDArray[np.float64]
    """The same over 3 s."""


def ffmpeg_reads(samples: NDArray[np.float32], rate: int, layout: str) -> Reading:
    """Run the filter over `samples`, shape (channels, n)."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        format="fltp", sample_rate=rate, layout=layout, time_base=Fraction(1, rate)
    )
    meter = graph.add("ebur128", "peak=true+sample:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    said: list[dict[str, str]] = []

    def drain() -> None:
        while True:
            try:
                frame = sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if "lavfi.r128.M" in frame.metadata:
                said.append(dict(frame.metadata))

    for first in range(0, samples.shape[1], rate // 10):
        block = np.ascontiguousarray(samples[:, first : first + rate // 10])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, first
        source.push(frame)
        drain()
    source.push(None)
    drain()

    def value(name: str) -> float:
        return float(said[-1][f"lavfi.r128.{name}"])

    def curve(name: str) -> NDArray[np.float64]:
        return np.array([float(each[f"lavfi.r128.{name}"]) for each in said])

    return Reading(
        integrated=value("I"),
        range=value("LRA"),
        true_peak=20 * log10(max(value("true_peak"), 1e-9)),
        peak=20 * log10(max(value("sample_peak"), 1e-9)),
        momentary=curve("M"),
        short_term=curve("S"),
    )
