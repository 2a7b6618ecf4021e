"""Small pictures of a film, for the report: at its cuts, and all of it in one. `Gallery`."""

from dataclasses import dataclass, field
from typing import Any

import cv2
from av.video.frame import VideoFrame

from songreel.assembly.edit import soft_span
from songreel.models.timeline import Cut, Timeline

SHORT_SIDE = 108
"""Pixels of a still's shorter side: sharp at the size the report shows it, 4 to 6 kB each."""


@dataclass
class Gallery:
    """What is kept of a film's pictures while it is watched."""

    stills: dict[int, bytes] = field(default_factory=dict)
    """JPEGs of the pictures on both sides of each cut, by film frame."""
    barcode: bytes | None = None
    """PNG of the film's colours from left to right."""


def wanted_stills(timeline: Timeline) -> frozenset[int]:
    """Frames of the film on both sides of each cut."""
    both = {frame for cut in timeline.cuts for frame in sides(cut, timeline.frames)}
    return frozenset(frame for frame in both if frame >= 0)


def sides(cut: Cut, frames: int) -> tuple[int, int]:
    """Last frame before `cut` and first after it; of a fade, the last and first whole pictures.

    The first is −1 where the film begins. `frames` is the film's length.
    """
    first, last = soft_span(cut)
    return (min(first, cut.start) - 1 if cut.start else -1), min(max(last, cut.start), frames - 1)


def jpeg_of(frame: VideoFrame) -> bytes:
    """A decoded frame as a small JPEG."""
    scale = min(1.0, SHORT_SIDE / min(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    # Decoded frames of some formats carry no flag; every film made here is BT.709.
    small = frame.reformat(
        width=width, height=height, format="bgr24", src_colorspace="ITU709", threads=1
    )
    pixels: Any = small.to_ndarray()
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return bytes(coded)
